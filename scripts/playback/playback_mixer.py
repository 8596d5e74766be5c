"""What sounds on a player, frame by frame: songs that fade into one another without clicks.

Time here is a count of frames on an endless tape, whatever plays it. A change (another song,
another place in it, another volume, silence) is made at a frame of the tape and takes a short
ramp, so that the wave never jumps.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from scripts.tables.program import SoundError
from scripts.temporary import playback

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]  # shape (frames, 2)
    Mix = NDArray[np.float32]  # shape (frames, 2)


class Source(Protocol):
    """A song to play: 16-bit stereo frames at `PLAY_RATE`, some of which may be yet to come."""

    @property
    def frames(self) -> int:
        """Length in frames; an estimate until `end` is known."""

    @property
    def end(self) -> int | None:
        """The frame after the last one, once known."""

    @property
    def error(self) -> SoundError | None:
        """Why it cannot be played, or None."""

    def seek(self, frame: int) -> None:
        """Make the frames from `frame` on the next ones wanted."""

    def ready(self, frame: int) -> int:
        """How many frames from `frame` on can be read at once."""

    def read(self, frame: int, count: int) -> Samples:
        """Up to `count` frames from `frame` on, without waiting."""

    def close(self) -> None:
        """Let go of the file."""


@dataclass
class Voice:
    """A song on the tape: its frame `source_start` sounds at the tape's frame `output_start`.

    `levels` are (tape frame, gain) points joined by straight lines; `output_end` is where the voice
    has faded out, if it is to.
    """

    source: Source
    output_start: int
    source_start: int
    gain_points: list[tuple[int, float]] = field(default_factory=list)
    output_end: int | None = None

    def source_frame(self, tape_frame: int) -> int:
        """The song's frame that sounds at a frame of the tape, held within the song."""
        frame = self.source_start + max(0, tape_frame - self.output_start)
        return frame if self.source.end is None else min(frame, self.source.end)

    def is_over(self, tape_frame: int) -> bool:
        """Whether the song's last frame has sounded before `tape_frame`."""
        end = self.source.end
        return end is not None and self.source_start + tape_frame - self.output_start >= end

    def gain_at(self, tape_frame: int) -> float:
        import numpy as np

        return float(np.interp(tape_frame, *self._points()))

    def ramp_to(self, tape_frame: int, level: float, frames: int = playback.RAMP_FRAMES) -> None:
        """Go to another gain from `tape_frame` on; what was to come after it is forgotten."""
        now = self.gain_at(tape_frame)
        kept = [point for point in self.gain_points if point[0] < tape_frame][-2:]
        self.gain_points = [*kept, (tape_frame, now), (tape_frame + frames, level)]

    def _points(self) -> tuple[list[int], list[float]]:
        return [frame for frame, _ in self.gain_points], [gain for _, gain in self.gain_points]

    def delay(self, frames: int) -> None:
        """Sound, with all changes of level that are to come, `frames` of the tape later."""
        self.output_start += frames
        self.gain_points = [(frame + frames, gain) for frame, gain in self.gain_points]

    def add_to(self, mix: Mix, tape_frame: int) -> None:
        """Add what sounds from `tape_frame` on to the mix; a song not decoded yet waits."""
        import numpy as np

        first = max(tape_frame, self.output_start)
        last = tape_frame + len(mix)
        last = last if self.output_end is None else min(last, self.output_end)
        if last <= first:
            return
        samples = self.source.read(self.source_frame(first), last - first)
        gains = np.interp(np.arange(first, first + len(samples)), *self._points())
        missing = last - first - len(samples)
        if missing and self.output_end is None and not self.is_over(first + len(samples)):
            self.delay(missing)
        if len(samples):
            place = first - tape_frame
            mix[place : place + len(samples)] += samples * gains[:, None].astype(np.float32)


class PlaybackMixer:
    """The song that plays and those that are fading out."""

    def __init__(self) -> None:
        self._voices: list[Voice] = []
        self._current: Voice | None = None

    @property
    def current(self) -> Voice | None:
        """The song that plays, or None after `stop` and before the first `play`."""
        return self._current

    def play(self, tape_frame: int, source: Source, source_frame: int, level: float) -> None:
        """Let `source` sound from its `source_frame`; what sounded before fades out."""
        self.stop(tape_frame)
        source.seek(source_frame)
        # A song begins as it was made; a place within it is faded in.
        rise = 0.0 if source_frame > 0 else level
        levels = [(tape_frame, rise), (tape_frame + playback.RAMP_FRAMES, level)]
        self._current = Voice(source, tape_frame, source_frame, levels)
        self._voices.append(self._current)

    def stop(self, tape_frame: int) -> None:
        """Fade out what sounds."""
        # What had faded out by now, or was only to come, is gone: nothing after this is written.
        self._voices = [
            v for v in self._voices if v.output_end is None or v.output_end > tape_frame
        ]
        if self._current:
            self._current.ramp_to(tape_frame, 0.0)
            self._current.output_end = tape_frame + playback.RAMP_FRAMES
        self._current = None

    def set_level(self, tape_frame: int, level: float, frames: int = playback.RAMP_FRAMES) -> bool:
        """Change the volume of the song that plays (a gain, 1.0 is as it was made) in `frames`.

        False if it has that volume, or is going there.
        """
        if self._current is None or self._current.gain_points[-1][1] == level:
            return False
        self._current.ramp_to(tape_frame, level, frames)
        return True

    def delay_current(self, tape_frame: int, frames: int) -> None:
        """Let the song that plays wait, because `frames` of the tape went by without it."""
        if self._current and not self._current.is_over(tape_frame):
            self._current.delay(frames)

    def clear(self) -> None:
        """Forget every song at once; whatever was rendered must have faded out."""
        self._voices, self._current = [], None

    def is_silent(self, tape_frame: int) -> bool:
        """Whether nothing sounds from `tape_frame` on, until the next change."""
        if self._current and not self._current.is_over(tape_frame):
            return False
        return all(v.output_end is not None and v.output_end <= tape_frame for v in self._fading())

    def ready(self, tape_frame: int, count: int) -> int:
        """How many of the next `count` frames can be rendered without a hole."""
        voice = self._current
        if voice is None or voice.is_over(tape_frame):
            return count
        frame = voice.source_frame(tape_frame)
        ready = voice.source.ready(frame)
        if voice.source.end is not None and frame + ready >= voice.source.end:
            return count
        # What fades out does not wait for the song that comes.
        fades = max((v.output_end or 0 for v in self._fading()), default=0) - tape_frame
        return min(count, max(ready, fades))

    def _fading(self) -> list[Voice]:
        return [voice for voice in self._voices if voice is not self._current]

    def render(self, tape_frame: int, count: int) -> Samples:
        """Return the next `count` frames from `tape_frame` on, as 16-bit samples."""
        import numpy as np

        mix = np.zeros((count, playback.CHANNELS), dtype=np.float32)
        for voice in self._voices:
            voice.add_to(mix, tape_frame)
        return np.clip(np.rint(mix), playback.SAMPLE_MIN, playback.SAMPLE_MAX).astype(np.int16)
