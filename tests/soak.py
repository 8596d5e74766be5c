"""Hours of the jukebox by a fake clock and a fake device: keys, files and failures at random.

The folder, its scans, the trash of deleted songs and the saved state are the real ones. Run it for
8 simulated hours, with memory measured:

    python -m tests.soak [--hours 8] [--seed 1]
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from scripts.jukebox.jukebox import Jukebox
from scripts.jukebox.jukebox_state import JukeboxStateFile
from scripts.jukebox.library import Library
from scripts.jukebox.playlist import Playlist
from scripts.radio.radio import Radio
from scripts.screens.jukebox_screen import jukebox_lines, run_jukebox
from scripts.tables.jukebox import JukeboxAction, JukeboxState
from scripts.tables.program import SoundError
from scripts.tables.radio import RadioState
from scripts.tables.songs import Finished, SongRecord
from scripts.temporary import application, console_codes, listening
from tests.fake_player import FakeClock, FakePlayer, FakeSource
from tests.radio.test_radio import FakeWriter

TURN_SECONDS = 0.25
SONG_SECONDS = (5, 400)
FILES_AT_MOST = 60
LEAVING = (JukeboxAction.BACK, JukeboxAction.EXIT)
KEYS = [key for key, action in listening.ACTION_OF_KEY.items() if action not in LEAVING]
KEYS += [key.upper() for key in KEYS if key != console_codes.END_KEY] + ["y", "Y", "q", "\t", "é"]


class JukeboxSoak:
    """A folder, a jukebox and a radio, and what happens to them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.folder.mkdir()
        self.chance = random.Random(seed)
        self.clock = FakeClock()
        self.player = FakePlayer(self.clock)
        self.kept = JukeboxStateFile(folder.parent / "jukebox.json")
        self.writers: list[FakeWriter] = []
        self.open: list[FakeSource] = []
        self.files = self.screens = self.restarts = 0
        self.size = (80, 24)
        self.is_interactive = True
        self.events: list[Callable[[], None]] = [
            self._a_key, self._a_key, self._a_key, self._a_key, self._a_new_file,
            self._a_file_goes, self._a_file_breaks, self._the_device_comes_or_goes,
            self._the_window_changes, self._the_writer_does_something,
        ]  # fmt: skip
        self._pressed: list[str] = []
        self._open_jukebox()

    def _open_jukebox(self) -> None:
        memory = self.kept.load()
        self.jukebox = Jukebox(
            Library(self.folder),
            self.player,
            self._decode,
            playlist=Playlist(self.chance),
            saved=memory,
            save=lambda: self.kept.save(memory),
        )
        self.radio = Radio(self._start_writer, "Chill")

    def _start_writer(self, styles: str) -> FakeWriter:
        self.writers = [*self.writers[-1:], FakeWriter()]
        return self.writers[-1]

    def _decode(self, path: Path) -> FakeSource:
        """A song as long as its name says; one whose file is gone or says "broken" is none."""
        try:
            text = path.read_text()
        except OSError as error:
            raise SoundError(f"{path.name} is no longer there.") from error
        source = FakeSource(float(text) if text not in ("", "broken") else 5)
        if text in ("", "broken"):
            source.error = SoundError(f"{path.name} holds no sound that can be read.")
        self.open = [one for one in self.open if not one.closed] + [source]
        return source

    # --- What happens ------------------------------------------------------------------------

    def _a_key(self) -> None:
        self._pressed.append(self.chance.choice(KEYS))

    def _a_new_file(self) -> None:
        if len(list(self.folder.iterdir())) < FILES_AT_MOST:
            self._write(f"{self.files}.mp3")

    def _write(self, name: str) -> Path:
        self.files += 1
        path = self.folder / name
        path.write_text(str(self.chance.uniform(*SONG_SECONDS)))
        os.utime(path, (self.clock.now,) * 2)
        return path

    def _any_file(self) -> Path | None:
        return self.chance.choice([p for p in self.folder.iterdir() if p.is_file()] or [None])

    def _a_file_goes(self) -> None:
        if path := self._any_file():
            path.unlink()

    def _a_file_breaks(self) -> None:
        if path := self._any_file():
            path.write_text(self.chance.choice(["", "broken", "12.5"]))

    def _the_device_comes_or_goes(self) -> None:
        self.player.broken = self.chance.random() < 0.3

    def _the_window_changes(self) -> None:
        self.size = self.chance.choice([(80, 24), (20, 5), (1, 1), (200, 60), (79, 10)])

    def _the_writer_does_something(self) -> None:
        for writer in self.writers[-1:]:
            if writer.alive and writer.asked > writer.written and not writer.stopped:
                writer.finish()
                event = writer.waiting[-1]
                assert isinstance(event, Finished)
                path = self._write(f"radio {self.files}.mp3")
                record = SongRecord(path, path.stem, "C", 100.0, 60.0)
                writer.waiting[-1] = Finished(event.number, record)
            elif self.chance.random() < 0.2:
                writer.alive = False

    # --- The terminal ------------------------------------------------------------------------

    def raw_keys(self) -> JukeboxSoak:
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...

    def poll_key(self) -> str | None:
        if self._pressed:
            return self._pressed.pop()
        return "b" if self.clock.now >= self.until else None

    def redraw(self, lines: list[str]) -> None:
        self.screens += 1
        assert len(lines) <= max(1, self.size[1])
        assert lines[-1].startswith("Selection;")

    def write(self, text: str) -> None:
        raise AssertionError("a line on a screen that is redrawn")

    def window(self) -> tuple[int, int]:
        return self.size

    def sleep(self, _: float) -> None:
        self.clock.sleep(TURN_SECONDS)
        if self.chance.random() < 0.15:
            self.chance.choice(self.events)()
        assert len([one for one in self.open if not one.closed]) <= 2

    # --- Time --------------------------------------------------------------------------------

    def passes(self, seconds: float) -> None:
        """Let time pass at the screen, then leave it and come back, as people do."""
        self.until = self.clock.now + seconds
        terminal = Terminal(self)
        assert run_jukebox(terminal, self.jukebox, self.clock, self.sleep, self.radio) == "back"
        self.jukebox.close()
        self.radio.close()
        assert self.radio.state is RadioState.OFF
        assert all(one.closed for one in self.open)
        self.restarts += 1
        self._open_jukebox()

    def check_that_it_plays(self) -> None:
        """Check that it plays, whatever happened before, once it has a device and a good song."""
        self.player.broken = False
        path = self.folder / "good.mp3"
        path.write_text("300")
        for _ in range(100):
            self.clock.sleep(TURN_SECONDS)
            self.jukebox.tick(self.clock.now)
        snapshot = self.jukebox.snapshot()
        assert snapshot.state is JukeboxState.PLAYING, snapshot
        assert jukebox_lines(snapshot)


class Terminal:
    """The console of the jukebox screen: keys at random, while simulated time passes."""

    is_interactive = True

    def __init__(self, evening: JukeboxSoak) -> None:
        self.raw_keys, self.poll_key = evening.raw_keys, evening.poll_key
        self.size, self.redraw, self.write = evening.window, evening.redraw, evening.write


def main() -> None:
    line = argparse.ArgumentParser()
    line.add_argument("--hours", type=float, default=8.0)
    line.add_argument("--seed", type=int, default=1)
    options = line.parse_args()
    quarters = max(1, round(options.hours * 4))
    tracemalloc.start()
    with tempfile.TemporaryDirectory(prefix="lmg-") as place:
        evening = JukeboxSoak(Path(place) / "output", options.seed)
        started, sizes = time.monotonic(), []
        for _ in range(quarters):
            evening.passes(900)
            sizes.append(tracemalloc.get_traced_memory()[0] / 1e6)
        evening.check_that_it_plays()
        deleted = len(list((evening.folder / application.DELETED_FOLDER).glob("*")))
    first_hour = sizes[:4]
    print(
        f"{quarters / 4:g} simulated hours in {time.monotonic() - started:.0f} s: "
        f"{evening.screens} screens, {evening.files} files came, {deleted} lie deleted, "
        f"{evening.restarts} times left and opened again, no crash; memory of Python's objects "
        f"after {15 * len(first_hour)} minutes {first_hour[-1]:.2f} MB, "
        f"at the end {sizes[-1]:.2f} MB"
    )


if __name__ == "__main__":
    main()
