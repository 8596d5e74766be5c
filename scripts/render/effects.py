"""Effects, block by block: moving low-pass, ducking, saturation, echo, tape.

They keep state from block to block. One that needs to look ahead pulls from its source; the others
take a block and return one. Times are seconds from the start of the song, whatever the blocks.
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

    It filters the spectrum of short overlapping windows (a short-time Fourier transform), and
    reads its source a window ahead.
    """

    def __init__(
        self, source: Source, cutoff: Callable[[Times], Times], quality: float = 0.8
    ) -> None:
        import numpy as np

        self._source, self._cutoff, self._quality = source, cutoff, quality
        self._window = np.sqrt(np.hanning(mixing.STFT_FRAMES + 1)[:-1]).astype(np.float32)
        self._start = 0  # of the next block, in frames
        self._held: Sound | None = None  # input from a window before the start to a window after

    def render(self, frames: int) -> Sound:
        """Return the next frames."""
        import numpy as np

        if self._held is None:
            ahead = self._source(mixing.STFT_FRAMES)
            silence = np.zeros((len(ahead), mixing.STFT_FRAMES), np.float32)
            self._held = np.concatenate([silence, ahead], axis=1)
        self._held = _concatenated(self._held, self._source(frames))
        # The windows lie on one grid, wherever blocks begin.
        first = -(-(self._start - mixing.STFT_FRAMES + 1) // mixing.STFT_HOP_FRAMES)
        last = (self._start + frames - 1) // mixing.STFT_HOP_FRAMES
        middles = np.arange(first, last + 1) * mixing.STFT_HOP_FRAMES + mixing.STFT_FRAMES // 2
        hertz = self._cutoff(middles / mixing.SAMPLE_RATE)
        if hertz.min() >= mixing.OPEN_FILTER_HERTZ:
            out = self._held[:, mixing.STFT_FRAMES : mixing.STFT_FRAMES + frames].copy()
        else:
            out = self._filtered(first, hertz, frames)
        self._held = self._held[:, frames:].copy()
        self._start += frames
        return out

    def _filtered(self, first: int, hertz: Times, frames: int) -> Sound:
        """Return the next frames by overlap-add of the windows from number `first` on."""
        import numpy as np

        assert self._held is not None
        size, hop = mixing.STFT_FRAMES, mixing.STFT_HOP_FRAMES
        offset = first * hop - (self._start - size)
        gain = self._response(hertz)
        sums = np.zeros((len(self._held), self._held.shape[1] + size), np.float32)
        for channel, total in zip(self._held, sums):
            windows = np.lib.stride_tricks.sliding_window_view(channel, size)
            pieces = windows[offset : offset + len(hertz) * hop : hop] * self._window
            filtered = np.fft.irfft(np.fft.rfft(pieces) * gain, size) * self._window
            # Windows that do not overlap are added at once: every fourth.
            for turn in range(size // hop):
                part = filtered[turn :: size // hop]
                at = offset + turn * hop
                total[at : at + part.size] += part.reshape(-1)
        return sums[:, size : size + frames] * np.float32(hop / (size / 2))

    def _response(self, hertz: Times) -> Sound:
        """Return the gain of each frequency in each window: that of a second-order low-pass."""
        import numpy as np

        frequencies = np.fft.rfftfreq(mixing.STFT_FRAMES, 1 / mixing.SAMPLE_RATE)
        ratio = frequencies[None, :] / hertz[:, None]
        gain = 1 / np.sqrt((1 - ratio**2) ** 2 + (ratio / self._quality) ** 2)
        gain[hertz >= mixing.OPEN_FILTER_HERTZ] = 1.0
        return gain.astype(np.float32)


def _concatenated(first: Sound, second: Sound) -> Sound:
    """Join two sounds in time; one channel becomes two where the other has two."""
    import numpy as np

    channels = max(len(first), len(second))
    wide = [np.broadcast_to(part, (channels, part.shape[1])) for part in (first, second)]
    return np.concatenate(wide, axis=1)


def ducking_gain(kicks: Times, start: int, frames: int, depth_db: float, recovery: float) -> Sound:
    """Return the gain of a sidechain from frame `start` on: each kick ducks it by `depth_db`.

    It recovers in `recovery` seconds. The attack begins 6 ms before the kick, so that nothing
    clicks.
    """
    import numpy as np

    count = frames // mixing.DUCKING_STEP_FRAMES + 2
    now = (start + np.arange(count) * mixing.DUCKING_STEP_FRAMES) / mixing.SAMPLE_RATE
    if not len(kicks):
        return np.ones(frames, np.float32)
    last = np.searchsorted(kicks, now, side="right") - 1
    since = np.where(last >= 0, now - kicks[np.maximum(last, 0)], np.inf)
    coming = np.where(last + 1 < len(kicks), kicks[np.minimum(last + 1, len(kicks) - 1)], np.inf)
    depth = np.maximum(0, 1 - since / recovery) ** 1.6
    depth = np.maximum(depth, np.clip(1 - (coming - now) / 0.006, 0, 1))
    gain = 10 ** (-depth_db * depth / 20)
    return np.interp(np.arange(frames), np.arange(count) * mixing.DUCKING_STEP_FRAMES, gain).astype(
        np.float32
    )


def saturate(sound: Sound, level: float, drive: float) -> Sound:
    """Saturate sound of an RMS `level` (linear) by a tanh curve; `drive` is 0 to 1."""
    import numpy as np

    gain = np.float32((0.15 + 2.0 * drive) / max(level, 1e-6))
    saturated: Sound = (np.tanh(sound * gain) / gain).astype(np.float32, copy=False)
    return saturated


class Echo:
    """A ping-pong delay: repeats left and right in turn, each softer and duller than the last."""

    def __init__(self, seconds: float, feedback: float) -> None:
        import numpy as np

        self._frames = max(64, round(seconds * mixing.SAMPLE_RATE))
        self._feedback = np.float32(feedback)
        self._line = np.zeros((2, self._frames), np.float32)  # the next repeats

    def process(self, sound: Sound) -> Sound:
        """Return the repeats, in stereo, during a block of one channel."""
        import numpy as np

        out = np.empty((2, sound.shape[1]), np.float32)
        for start in range(0, sound.shape[1], self._frames):
            piece = sound[0, start : start + self._frames]
            size = len(piece)
            repeats = self._line[:, :size]
            out[:, start : start + size] = repeats
            dull = repeats.copy()
            dull[:, 1:] = 0.6 * repeats[:, 1:] + 0.4 * repeats[:, :-1]
            fresh = np.stack([piece + self._feedback * dull[1], self._feedback * dull[0]])
            self._line = np.concatenate([self._line[:, size:], fresh], axis=1)
        return out


class TapeEmulation:
    """An old tape: a narrow band, wow and flutter, and crackle; `wear` is 0 to 1."""

    def __init__(self, wear: float, seed: int, block: int) -> None:
        import numpy as np

        size = 16_384
        band = [biquad("high", size, 40 + 90 * wear), biquad("low", size, 15_000 - 10_500 * wear)]
        impulse = impulse_response_of(band, 2048)
        self._filter = Convolver(np.stack([impulse, impulse]), block)
        self._wear, self._seed, self._start = wear, seed, 0
        self._past: Sound = np.zeros((2, mixing.TAPE_DELAY_FRAMES), np.float32)

    def process(self, sound: Sound) -> Sound:
        """Return a stereo block as the tape plays it."""
        sound = self._wow(self._filter.process(sound))
        sound += self._crackle(sound.shape[1])
        self._start += sound.shape[1]
        return sound

    def _wow(self, sound: Sound) -> Sound:
        """Return sound played at a wavering speed: through a delay of up to 156 frames."""
        import numpy as np

        whole = np.concatenate([self._past, sound], axis=1)
        self._past = whole[:, -mixing.TAPE_DELAY_FRAMES :].copy()
        time = (self._start + np.arange(sound.shape[1])) / mixing.SAMPLE_RATE
        wow = 70 * np.sin(2 * np.pi * 0.55 * time) + 4 * np.sin(2 * np.pi * 6.1 * time)
        delay = self._wear * (wow + 80) + 2
        position = np.arange(sound.shape[1]) + mixing.TAPE_DELAY_FRAMES - delay
        index = position.astype(np.int64)
        part = (position - index).astype(np.float32)
        return np.stack([row[index] + (row[index + 1] - row[index]) * part for row in whole])

    def _crackle(self, frames: int) -> Sound:
        """Return hiss and clicks; each block has its own, by the song's seed and its start."""
        import numpy as np

        # NumPy takes no seeds below zero; ours may be any whole number.
        rng = np.random.default_rng([self._seed % 2**64, self._start])
        noise = rng.standard_normal(frames, dtype=np.float32) * np.float32(0.0006 * self._wear)
        for at in rng.integers(0, max(1, frames - 40), int(9 * frames / mixing.SAMPLE_RATE)):
            click = np.exp(-np.arange(24) / rng.uniform(2, 7)) * rng.choice([-1, 1])
            size = len(noise[at : at + 24])
            noise[at : at + 24] += (click * rng.exponential(0.012) * self._wear)[:size]
        return noise
