"""Rooms: impulse responses made of seeded noise that dies away, the highs before the lows.

Source: J. A. Moorer, "About This Reverberation Business", Computer Music Journal 3 (1979): late
reverberation sounds like exponentially decaying noise; early reflections tell the size of a room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.audio.spectrum import biquad, fft_size
from scripts.temporary import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)

_LOW_CUT = 220.0  # hertz below which a room gives nothing back: mud, and bass that is not mono
_SEED = 1979


@dataclass(frozen=True)
class Space:
    """A room: seconds until its sound has fallen by 60 dB, seconds before it answers, how many
    early reflections it has, and the hertz above which it swallows.
    """

    decay: float
    delay: float
    reflections: int
    damping: float


SPACE_TABLE = {
    "room": Space(0.55, 0.004, 14, 6500.0),
    "plate": Space(1.5, 0.008, 0, 9000.0),
    "hall": Space(2.2, 0.022, 20, 5500.0),
    "cathedral": Space(4.2, 0.038, 24, 4000.0),
}


def impulse_response(space: Space) -> Stereo:
    """Return a room's answer to a click, left and right, with unit energy on each side."""
    import numpy as np

    chance = np.random.default_rng(_SEED)
    frames = int((space.delay + 1.1 * space.decay) * SAMPLE_RATE)
    start = int(space.delay * SAMPLE_RATE)
    time = np.arange(frames - start) / SAMPLE_RATE
    noise = chance.standard_normal((2, frames - start))
    dull = _filtered(noise, "low", space.damping / 4)
    bright = _filtered(noise, "low", space.damping) - dull
    # The highs decay twice as fast: air and walls swallow them.
    late = dull * 10 ** (-3 * time / space.decay) + bright * 10 ** (-6 * time / space.decay)
    late *= np.minimum(1, time / (0.2 * space.delay + 0.002))
    answer: NDArray[np.float64] = np.zeros((2, frames))
    answer[:, start:] = late / np.sqrt((late**2).sum(axis=1, keepdims=True))
    for _ in range(space.reflections):
        place = int((space.delay * chance.uniform(0.3, 1) + chance.exponential(0.02)) * SAMPLE_RATE)
        if place < frames:
            strength = chance.choice([-1, 1]) * 0.25 * np.exp(-place / SAMPLE_RATE / 0.03)
            answer[chance.integers(2), place] += strength
    answer = _filtered(answer, "high", _LOW_CUT)
    answer /= np.sqrt((answer**2).sum(axis=1, keepdims=True))
    return answer.astype(np.float32)


def _filtered(sound: NDArray[np.float64], kind: str, hertz: float) -> NDArray[np.float64]:
    import numpy as np

    size = fft_size(sound.shape[1] + 4096)
    spectrum = np.fft.rfft(sound, size) * biquad(kind, size, hertz)
    return np.fft.irfft(spectrum, size)[:, : sound.shape[1]]
