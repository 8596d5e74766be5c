"""Stand-ins for the player, the songs and the folder, which tests can break on command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.jukebox.library import Scan, Song
from scripts.playback.playback_mixer import Source
from scripts.tables.program import SoundError
from scripts.temporary import playback


class FakeClock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeSource:
    """A song of `seconds` whose every sample is `level`; `held` limits what is decoded."""

    def __init__(self, seconds: float, level: int = 1000, held: int | None = None) -> None:
        self.length = round(seconds * playback.SAMPLE_RATE)
        self.level = level
        self.held = held
        self.error: SoundError | None = None
        self.closed = False
        self.sought: list[int] = []

    @property
    def frames(self) -> int:
        return self.length

    @property
    def end(self) -> int | None:
        return self.length if self.held is None else None

    def seek(self, frame: int) -> None:
        self.sought.append(frame)

    def ready(self, frame: int) -> int:
        return max(0, (self.length if self.held is None else self.held) - frame)

    def read(self, frame: int, count: int) -> NDArray[np.int16]:
        return np.full((min(count, self.ready(frame)), 2), self.level, np.int16)

    def close(self) -> None:
        assert not self.closed, "closed twice"
        self.closed = True


class Tone(FakeSource):
    """A song that is a sine: any jump in what is played is heard as a click."""

    def read(self, frame: int, count: int) -> NDArray[np.int16]:
        frames = np.arange(frame, frame + min(count, self.ready(frame)))
        wave = self.level * np.sin(2 * np.pi * 441 * frames / playback.SAMPLE_RATE)
        return np.repeat(wave[:, None], 2, axis=1).astype(np.int16)


def largest_step(samples: NDArray[np.int16]) -> int:
    return int(np.abs(np.diff(samples[:, 0].astype(int))).max())


class FakePlayer:
    """Keeps time by a fake clock. `broken` makes the device fail; `log` is what was asked."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.broken = False
        self.closed = False
        self.volume = -1.0
        self.source: Source | None = None
        self.log: list[str] = []
        self._from = 0
        self._since = 0.0
        self._rest = 0

    def play(self, source: Source, frame: int, volume: float) -> None:
        self.log.append("play")
        if self.broken:
            raise SoundError("No device.")
        assert not getattr(source, "closed", False), "a closed song is played"
        self.source, self.volume = source, volume
        self._from, self._since = frame, self.clock.now

    def stop(self) -> None:
        self.log.append("stop")
        self._rest = self.position()
        self.source = None

    def position(self) -> int:
        if self.source is None:
            return self._rest
        frame = self._from + round((self.clock.now - self._since) * playback.SAMPLE_RATE)
        return frame if self.source.end is None else min(frame, self.source.end)

    def is_done(self) -> bool:
        if self.broken:
            self._rest, self.source = self.position(), None
            raise SoundError("The device is gone.")
        end = self.source.end if self.source else None
        return end is not None and self.position() >= end

    def set_volume(self, volume: float, slowly: bool = False) -> None:
        self.volume = volume

    def recent_samples(self, frames: int) -> NDArray[np.int16]:
        assert frames >= 0
        return np.full((frames, 2), 1000, np.int16)

    def close(self) -> None:
        self.closed = True
        self.source = None


class FakeLibrary:
    """A folder whose songs are a table: name -> seconds (negative: broken, None: cannot open)."""

    def __init__(self, **songs: float | None) -> None:
        self.folder = Path("output")
        self.songs: dict[str, float | None] = dict(songs)
        self.stamps: dict[str, int] = {}
        self.skipped: dict[str, str] = {}
        self.opened: list[FakeSource] = []

    def scan(self) -> Scan:
        songs = tuple(
            Song(self.folder / f"{name}.mp3", name, 1, self.stamps.get(name, 0))
            for name in self.songs
        )
        return Scan(songs, self.skipped)

    def decode(self, path: Path) -> FakeSource:
        seconds = self.songs.get(path.stem)
        if seconds is None:
            raise SoundError(f"{path.name} is no longer there.")
        source = FakeSource(abs(seconds))
        if seconds < 0:
            source.error = SoundError(f"{path.name} holds no sound that can be read.")
        self.opened.append(source)
        return source
