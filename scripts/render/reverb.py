"""Impulse responses of reverbs: seeded noise that decays exponentially, its highs faster.

Source: J. A. Moorer, "About This Reverberation Business", Computer Music Journal 3 (1979): late
reverberation sounds like exponentially decaying noise; early reflections tell the size of a room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.render.filters import biquad, fft_size
from scripts.tables.mixing import ReverbPreset
from scripts.temporary import mixing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)


def impulse_response(space: ReverbPreset) -> Stereo:
    """Return a preset's impulse response, with unit energy on each side."""
    import numpy as np

    rng = np.random.default_rng(mixing.REVERB_SEED)
    frames = int((space.delay + 1.1 * space.decay) * mixing.SAMPLE_RATE)
    start = int(space.delay * mixing.SAMPLE_RATE)  # of the late reverberation: the pre-delay
    time = np.arange(frames - start) / mixing.SAMPLE_RATE
    noise = rng.standard_normal((2, frames - start))
    dull = _filtered(noise, "low", space.damping / 4)
    bright = _filtered(noise, "low", space.damping) - dull
    # The highs decay twice as fast: air and walls absorb them. 10 ** -3 is -60 dB (RT60).
    late = dull * 10 ** (-3 * time / space.decay) + bright * 10 ** (-6 * time / space.decay)
    late *= np.minimum(1, time / (0.2 * space.delay + 0.002))
    response: NDArray[np.float64] = np.zeros((2, frames))
    response[:, start:] = late / np.sqrt((late**2).sum(axis=1, keepdims=True))
    for _ in range(space.reflections):
        seconds = space.delay * rng.uniform(0.3, 1) + rng.exponential(0.02)
        at = int(seconds * mixing.SAMPLE_RATE)
        if at < frames:
            strength = rng.choice([-1, 1]) * 0.25 * np.exp(-at / mixing.SAMPLE_RATE / 0.03)
            response[rng.integers(2), at] += strength
    response = _filtered(response, "high", mixing.REVERB_LOW_CUT_HERTZ)
    response /= np.sqrt((response**2).sum(axis=1, keepdims=True))
    return response.astype(np.float32)


def _filtered(sound: NDArray[np.float64], kind: str, hertz: float) -> NDArray[np.float64]:
    import numpy as np

    size = fft_size(sound.shape[1] + 4096)
    spectrum = np.fft.rfft(sound, size) * biquad(kind, size, hertz)
    return np.fft.irfft(spectrum, size)[:, : sound.shape[1]]
