"""What is done to sound between the instrument and the mix, block by block, with its own memory.

Effects that need to hear ahead pull from what they are given; the others take a block and return
one. Times are seconds from the start of the song, so that no effect depends on the blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from scripts.render.filters import Convolver, biquad, impulse_response_of
from scripts.temporary import mixing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]  # shape (1 or 2, frames)
    Times = NDArray[np.float64]  # seconds
    Source = Callable[[int], Sound]  # frames wanted -> the next frames


class MovingLowPass:
    """A low-pass whose cutoff moves: `cutoff(times)` gives hertz, `quality` its resonance.

    It works on short overlapping frames of the spectrum, and hears a frame ahead.
    """

    def __init__(
        self, source: Source, cutoff: Callable[[Times], Times], quality: float = 0.8
    ) -> None:
        import numpy as np

        self._source, self._cutoff, self._quality = source, cutoff, quality
        self._window = np.sqrt(np.hanning(mixing.STFT_FRAMES + 1)[:-1]).astype(np.float32)
        self._place = 0
        self._held: Sound | None = None  # input from a frame before the place to a frame after it

    def render(self, frames: int) -> Sound:
        """Return the next frames."""
        import numpy as np

        if self._held is None:
            ahead = self._source(mixing.STFT_FRAMES)
            silence = np.zeros((len(ahead), mixing.STFT_FRAMES), np.float32)
            self._held = np.concatenate([silence, ahead], axis=1)
        self._held = _concatenated(self._held, self._source(frames))
        # Frames of the spectrum lie on one grid, wherever blocks begin.
        first = -(-(self._place - mixing.STFT_FRAMES + 1) // mixing.STFT_HOP_FRAMES)
        last = (self._place + frames - 1) // mixing.STFT_HOP_FRAMES
        middles = (
            np.arange(first, last + 1) * mixing.STFT_HOP_FRAMES + mixing.STFT_FRAMES // 2
        ) / mixing.SAMPLE_RATE
        hertz = self._cutoff(middles)
        if hertz.min() >= mixing.OPEN_FILTER_HERTZ:
            out = self._held[:, mixing.STFT_FRAMES : mixing.STFT_FRAMES + frames].copy()
        else:
            out = self._filtered(first, hertz, frames)
        self._held = self._held[:, frames:].copy()
        self._place += frames
        return out

    def _filtered(self, first: int, hertz: Times, frames: int) -> Sound:
        import numpy as np

        assert self._held is not None
        offset = first * mixing.STFT_HOP_FRAMES - (self._place - mixing.STFT_FRAMES)
        gain = self._response(hertz)
        sums = np.zeros((len(self._held), self._held.shape[1] + mixing.STFT_FRAMES), np.float32)
        for channel, total in zip(self._held, sums):
            view = np.lib.stride_tricks.sliding_window_view(channel, mixing.STFT_FRAMES)
            pieces = (
                view[offset : offset + len(hertz) * mixing.STFT_HOP_FRAMES : mixing.STFT_HOP_FRAMES]
                * self._window
            )
            filtered = np.fft.irfft(np.fft.rfft(pieces) * gain, mixing.STFT_FRAMES) * self._window
            # Frames of one turn lie side by side.
            for turn in range(mixing.STFT_FRAMES // mixing.STFT_HOP_FRAMES):
                part = filtered[turn :: mixing.STFT_FRAMES // mixing.STFT_HOP_FRAMES]
                at = offset + turn * mixing.STFT_HOP_FRAMES
                total[at : at + part.size] += part.reshape(-1)
        return sums[:, mixing.STFT_FRAMES : mixing.STFT_FRAMES + frames] * np.float32(
            mixing.STFT_HOP_FRAMES / (mixing.STFT_FRAMES / 2)
        )

    def _response(self, hertz: Times) -> Sound:
        """Return the gain of each frequency of each frame: two poles with resonance."""
        import numpy as np

        place = (
            np.fft.rfftfreq(mixing.STFT_FRAMES, 1 / mixing.SAMPLE_RATE)[None, :] / hertz[:, None]
        )
        gain = 1 / np.sqrt((1 - place**2) ** 2 + (place / self._quality) ** 2)
        gain[hertz >= mixing.OPEN_FILTER_HERTZ] = 1.0
        return gain.astype(np.float32)


def _concatenated(first: Sound, second: Sound) -> Sound:
    """Put sound after sound; one channel becomes two where the other has two."""
    import numpy as np

    channels = max(len(first), len(second))
    wide = [np.broadcast_to(part, (channels, part.shape[1])) for part in (first, second)]
    return np.concatenate(wide, axis=1)


def ducking_gain(times: Times, place: int, frames: int, depth_db: float, recovery: float) -> Sound:
    """Return the gain that a kick at each of `times` pushes down, and lets come back.

    `recovery` is seconds; the dip begins 6 ms before the kick, so that nothing clicks.
    """
    import numpy as np

    count = frames // mixing.DUCKING_STEP_FRAMES + 2
    now = (place + np.arange(count) * mixing.DUCKING_STEP_FRAMES) / mixing.SAMPLE_RATE
    if not len(times):
        return np.ones(frames, np.float32)
    late = np.searchsorted(times, now, side="right") - 1
    since = np.where(late >= 0, now - times[np.maximum(late, 0)], np.inf)
    coming = np.where(late + 1 < len(times), times[np.minimum(late + 1, len(times) - 1)], np.inf)
    pushed = np.maximum(0, 1 - since / recovery) ** 1.6
    pushed = np.maximum(pushed, np.clip(1 - (coming - now) / 0.006, 0, 1))
    gain = 10 ** (-depth_db * pushed / 20)
    return np.interp(np.arange(frames), np.arange(count) * mixing.DUCKING_STEP_FRAMES, gain).astype(
        np.float32
    )


def saturate(sound: Sound, level: float, drive: float) -> Sound:
    """Return sound of an RMS `level` (linear) driven into a soft curve; `drive` is 0 to 1."""
    import numpy as np

    push = np.float32((0.15 + 2.0 * drive) / max(level, 1e-6))
    bent: Sound = (np.tanh(sound * push) / push).astype(np.float32, copy=False)
    return bent


class Echo:
    """Repeats of a sound, left and right in turn, each softer and duller than the one before."""

    def __init__(self, seconds: float, feedback: float) -> None:
        import numpy as np

        self._frames = max(64, round(seconds * mixing.SAMPLE_RATE))
        self._feedback = np.float32(feedback)
        self._line = np.zeros((2, self._frames), np.float32)  # what comes out next

    def process(self, sound: Sound) -> Sound:
        """Return the repeats that fall into a block of one channel."""
        import numpy as np

        out = np.empty((2, sound.shape[1]), np.float32)
        for start in range(0, sound.shape[1], self._frames):
            piece = sound[0, start : start + self._frames]
            size = len(piece)
            heard = self._line[:, :size]
            out[:, start : start + size] = heard
            dull = heard.copy()
            dull[:, 1:] = 0.6 * heard[:, 1:] + 0.4 * heard[:, :-1]
            fresh = np.stack([piece + self._feedback * dull[1], self._feedback * dull[0]])
            self._line = np.concatenate([self._line[:, size:], fresh], axis=1)
        return out


class TapeEmulation:
    """An old tape: a narrow band, a pitch that wavers, and crackle; `wear` is 0 to 1."""

    _REACH = 512  # frames by which the tape may run late

    def __init__(self, wear: float, seed: int, block: int) -> None:
        import numpy as np

        size = 16_384
        band = [biquad("high", size, 40 + 90 * wear), biquad("low", size, 15_000 - 10_500 * wear)]
        impulse = impulse_response_of(band, 2048)
        self._filter = Convolver(np.stack([impulse, impulse]), block)
        self._wear, self._seed, self._place = wear, seed, 0
        self._past: Sound = np.zeros((2, self._REACH), np.float32)

    def process(self, sound: Sound) -> Sound:
        """Return a stereo block as the tape plays it."""
        sound = self._wavering(self._filter.process(sound))
        sound += self._crackle(sound.shape[1])
        self._place += sound.shape[1]
        return sound

    def _wavering(self, sound: Sound) -> Sound:
        import numpy as np

        whole = np.concatenate([self._past, sound], axis=1)
        self._past = whole[:, -self._REACH :].copy()
        time = (self._place + np.arange(sound.shape[1])) / mixing.SAMPLE_RATE
        wow = 70 * np.sin(2 * np.pi * 0.55 * time) + 4 * np.sin(2 * np.pi * 6.1 * time)
        late = self._wear * (wow + 80) + 2
        place = np.arange(sound.shape[1]) + self._REACH - late
        index = place.astype(np.int64)
        part = (place - index).astype(np.float32)
        return np.stack([row[index] + (row[index + 1] - row[index]) * part for row in whole])

    def _crackle(self, frames: int) -> Sound:
        """Return dust on the tape. It is thrown anew for each block, from the song's seed."""
        import numpy as np

        # NumPy takes no seeds below zero; ours may be any whole number.
        rng = np.random.default_rng([self._seed % 2**64, self._place])
        noise = rng.standard_normal(frames, dtype=np.float32) * np.float32(0.0006 * self._wear)
        for place in rng.integers(0, max(1, frames - 40), int(9 * frames / mixing.SAMPLE_RATE)):
            click = np.exp(-np.arange(24) / rng.uniform(2, 7)) * rng.choice([-1, 1])
            size = len(noise[place : place + 24])
            noise[place : place + 24] += (click * rng.exponential(0.012) * self._wear)[:size]
        return noise
