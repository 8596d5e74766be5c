"""Filters by their spectrum: what a biquad does to a whole wave, in one multiplication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.temporary import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Wave = NDArray[np.float32]  # shape (frames,)
    Response = NDArray[np.complex64]  # shape (size // 2 + 1,)

_SIZE = 16_384  # of the transforms that a wave is filtered in
_RING = 2048  # frames after which a filter has stopped ringing
PIECE = _SIZE - _RING


def fft_size(frames: int) -> int:
    """Return a size that transforms quickly, at least `frames`: 2, 3 or 5 times a power of 2."""
    sizes = []
    for odd in (1, 3, 5):
        size = odd
        while size < frames:
            size *= 2
        sizes.append(size)
    return min(sizes)


def biquad(kind: str, size: int, hertz: float, quality: float = 0.7071) -> Response:
    """Return the frequency response of a second-order `low` or `high` pass at `size` points.

    Source: R. Bristow-Johnson, Audio EQ Cookbook.
    """
    import numpy as np

    angle = 2 * np.pi * min(hertz, 0.49 * SAMPLE_RATE) / SAMPLE_RATE
    cosine, alpha = np.cos(angle), np.sin(angle) / (2 * quality)
    middle = {"low": 1 - cosine, "high": -(1 + cosine)}[kind]
    outer = {"low": (1 - cosine) / 2, "high": (1 + cosine) / 2}[kind]
    turn = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    above = outer + middle * turn + outer * turn**2
    below = (1 + alpha) - 2 * cosine * turn + (1 - alpha) * turn**2
    return (above / below).astype(np.complex64)


def low_pass(wave: Wave, hertz: float, resonance_db: float = 0.0) -> Wave:
    """Return a wave through a low-pass of 12 dB an octave; `resonance_db` is its peak's height.

    Made piece by piece: of two waves of whole pieces, the longer begins exactly as the shorter.
    """
    import numpy as np

    response = biquad("low", _SIZE, hertz, 0.7071 * 10 ** (resonance_db / 20))
    whole = np.zeros(-(-len(wave) // PIECE) * PIECE + _RING, np.float32)
    for start in range(0, len(wave), PIECE):
        # One by one: many at once are computed in another order, and their last bits differ.
        spectrum = np.fft.rfft(wave[start : start + PIECE], _SIZE)
        whole[start : start + _SIZE] += np.fft.irfft(spectrum * response, _SIZE)
    return whole[: len(wave)]
