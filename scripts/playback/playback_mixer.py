"""Mix the song that plays with those that fade out, frame by frame and without clicks.

Time is a count of output frames, whichever device plays them. Every change (another song, a seek,
another volume, silence) happens at an output frame and takes a short ramp, so that the waveform
never jumps.
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
    """A song to play: 16-bit stereo frames at `SAMPLE_RATE`, some of them not decoded yet."""

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
        """Close the file."""


@dataclass
class Voice:
    """A song in the output: its frame `source_start` sounds at output frame `output_start`.

    `gain_points` are (output frame, gain), with linear interpolation between them; `output_end` is
    where the voice has faded out, None while it is to play on.
    """

    source: Source
    output_start: int
    source_start: int
    gain_points: list[tuple[int, float]] = field(default_factory=list)
    output_end: int | None = None

    def source_frame(self, output_frame: int) -> int:
        """Return the song's frame that sounds at an output frame, at most the song's end."""
        frame = self.source_start + max(0, output_frame - self.output_start)
        return frame if self.source.end is None else min(frame, self.source.end)

    def is_over(self, output_frame: int) -> bool:
        """Whether the song's last frame has sounded before `output_frame`."""
        end = self.source.end
        return end is not None and self.source_start + output_frame - self.output_start >= end

    def gain_at(self, output_frame: int) -> float:
        import numpy as np

        return float(np.interp(output_frame, *self._points()))

    def ramp_to(self, output_frame: int, level: float, frames: int = playback.RAMP_FRAMES) -> None:
        """Ramp to another gain from `output_frame` on, in place of later gain points."""
        now = self.gain_at(output_frame)
        kept = [point for point in self.gain_points if point[0] < output_frame][-2:]
        self.gain_points = [*kept, (output_frame, now), (output_frame + frames, level)]

    def _points(self) -> tuple[list[int], list[float]]:
        return [frame for frame, _ in self.gain_points], [gain for _, gain in self.gain_points]

    def delay(self, frames: int) -> None:
        """Move the song and all its gain points `frames` later."""
        self.output_start += frames
        self.gain_points = [(frame + frames, gain) for frame, gain in self.gain_points]

    def add_to(self, mix: Mix, output_frame: int) -> None:
        """Add the song to a mix that begins at `output_frame`; frames not decoded yet delay it."""
        import numpy as np

        first = max(output_frame, self.output_start)
        last = output_frame + len(mix)
        last = last if self.output_end is None else min(last, self.output_end)
        if last <= first:
            return
        samples = self.source.read(self.source_frame(first), last - first)
        gains = np.interp(np.arange(first, first + len(samples)), *self._points())
        missing = last - first - len(samples)
        if missing and self.output_end is None and not self.is_over(first + len(samples)):
            self.delay(missing)
        if len(samples):
            place = first - output_frame
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

    def play(self, output_frame: int, source: Source, source_frame: int, level: float) -> None:
        """Start `source` at its `source_frame`; the song before it fades out."""
        self.stop(output_frame)
        source.seek(source_frame)
        # The beginning of a song needs no fade-in; a place within it does.
        first_gain = 0.0 if source_frame > 0 else level
        points = [(output_frame, first_gain), (output_frame + playback.RAMP_FRAMES, level)]
        self._current = Voice(source, output_frame, source_frame, points)
        self._voices.append(self._current)

    def stop(self, output_frame: int) -> None:
        """Fade out what sounds."""
        # Output before this frame is never rendered again: drop what has faded out by now.
        self._voices = [
            v for v in self._voices if v.output_end is None or v.output_end > output_frame
        ]
        if self._current:
            self._current.ramp_to(output_frame, 0.0)
            self._current.output_end = output_frame + playback.RAMP_FRAMES
        self._current = None

    def set_level(
        self, output_frame: int, level: float, frames: int = playback.RAMP_FRAMES
    ) -> bool:
        """Ramp the playing song to a gain (1.0 leaves it unchanged) within `frames`.

        Returns False if it has that gain, or is on its way there.
        """
        if self._current is None or self._current.gain_points[-1][1] == level:
            return False
        self._current.ramp_to(output_frame, level, frames)
        return True

    def delay_current(self, output_frame: int, frames: int) -> None:
        """Delay the playing song, because `frames` of the output went by without it."""
        if self._current and not self._current.is_over(output_frame):
            self._current.delay(frames)

    def clear(self) -> None:
        """Drop every song at once, without a fade."""
        self._voices, self._current = [], None

    def is_silent(self, output_frame: int) -> bool:
        """Whether nothing sounds from `output_frame` on, until the next change."""
        if self._current and not self._current.is_over(output_frame):
            return False
        return all(
            v.output_end is not None and v.output_end <= output_frame for v in self._fading()
        )

    def ready(self, output_frame: int, count: int) -> int:
        """Return how many of the next `count` frames can be rendered without a drop-out."""
        voice = self._current
        if voice is None or voice.is_over(output_frame):
            return count
        frame = voice.source_frame(output_frame)
        ready = voice.source.ready(frame)
        if voice.source.end is not None and frame + ready >= voice.source.end:
            return count
        # A fade-out goes on while the next song is not decoded yet.
        fades = max((v.output_end or 0 for v in self._fading()), default=0) - output_frame
        return min(count, max(ready, fades))

    def _fading(self) -> list[Voice]:
        return [voice for voice in self._voices if voice is not self._current]

    def render(self, output_frame: int, count: int) -> Samples:
        """Return the next `count` frames from `output_frame` on, as 16-bit samples."""
        import numpy as np

        mix = np.zeros((count, playback.CHANNELS), dtype=np.float32)
        for voice in self._voices:
            voice.add_to(mix, output_frame)
        return np.clip(np.rint(mix), playback.SAMPLE_MIN, playback.SAMPLE_MAX).astype(np.int16)
