"""Filters as products of spectra: biquads on whole waves, and convolution of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from scripts.temporary import mixing, synthesis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Wave = NDArray[np.float32]  # shape (frames,)
    Waves = NDArray[np.float32]  # shape (channels, frames)
    Response = NDArray[np.complex64]  # shape (size // 2 + 1,)


def fft_size(frames: int) -> int:
    """Return a quick FFT size, at least `frames`: a power of 2, or 3 or 5 times one."""
    sizes = []
    for odd in (1, 3, 5):
        size = odd
        while size < frames:
            size *= 2
        sizes.append(size)
    return min(sizes)


def biquad(kind: str, size: int, hertz: float, quality: float = 0.7071) -> Response:
    """Return the frequency response of a second-order `low` or `high` pass, for an FFT of `size`.

    Source: R. Bristow-Johnson, Audio EQ Cookbook.
    """
    import numpy as np

    angle = 2 * np.pi * min(hertz, 0.49 * mixing.SAMPLE_RATE) / mixing.SAMPLE_RATE
    cosine, alpha = np.cos(angle), np.sin(angle) / (2 * quality)
    middle = {"low": 1 - cosine, "high": -(1 + cosine)}[kind]
    outer = {"low": (1 - cosine) / 2, "high": (1 + cosine) / 2}[kind]
    omega = 2 * np.pi * np.arange(size // 2 + 1) / size
    z = np.cos(omega) - 1j * np.sin(omega)  # z^-1; no exp: C libraries may lack it for complex
    numerator = outer + middle * z + outer * z**2
    denominator = (1 + alpha) - 2 * cosine * z + (1 - alpha) * z**2
    response: Response = (numerator / denominator).astype(np.complex64)
    return response


def filtered(wave: Wave, *filters: tuple[str, float, float]) -> Wave:
    """Return a wave through second-order filters: (`low` or `high`, hertz, quality) of each.

    Filter piece by piece (overlap-add), so the output up to a piece boundary does not depend on
    what follows.
    """
    import numpy as np

    response = _response_in_series(filters)
    size, piece = synthesis.FFT_FRAMES, synthesis.FILTER_PIECE_FRAMES
    pieces = -(-len(wave) // piece)
    out = np.zeros(pieces * piece + synthesis.FILTER_RING_FRAMES, np.float32)
    for start in range(0, len(wave), piece):
        # One by one: many at once are computed in another order, and their last bits differ.
        spectrum = np.fft.rfft(wave[start : start + piece], size)
        out[start : start + size] += np.fft.irfft(spectrum * response, size)
    return out[: len(wave)]


@lru_cache(maxsize=512)
def _response_in_series(filters: tuple[tuple[str, float, float], ...]) -> Response:
    import numpy as np

    each = [biquad(kind, synthesis.FFT_FRAMES, hertz, q) for kind, hertz, q in filters]
    product: Response = np.prod(each, axis=0)
    return product


class Convolver:
    """Convolves a stream with an impulse response, block by block (overlap-add).

    `impulse` has a row for each output channel; the input has as many channels, or one for all.
    `block` is the largest number of frames at a time.
    """

    def __init__(self, impulse: Waves, block: int) -> None:
        import numpy as np

        self._block = block
        self._size = fft_size(block + impulse.shape[1] - 1)
        self._response = np.stack([np.fft.rfft(row, self._size) for row in impulse])
        self._tail = np.zeros((len(impulse), self._size - block), np.float32)

    def process(self, sound: Waves) -> Waves:
        """Return as many frames as come in; what rings on is added to the next ones."""
        import numpy as np

        frames = sound.shape[1]
        spectra = [np.fft.rfft(row, self._size) for row in sound]
        out = np.zeros((len(self._response), self._size), np.float32)
        for number, response in enumerate(self._response):
            out[number] = np.fft.irfft(spectra[number % len(spectra)] * response, self._size)
        out[:, : self._tail.shape[1]] += self._tail
        self._tail = np.zeros_like(self._tail)
        rest = out[:, frames : frames + self._tail.shape[1]]
        self._tail[:, : rest.shape[1]] = rest
        return out[:, :frames]


def impulse_response_of(responses: Sequence[Response], frames: int) -> Wave:
    """Return the impulse response of filters in series, from responses of equal size."""
    import numpy as np

    product = np.prod(np.stack(responses), axis=0)
    return np.fft.irfft(product)[:frames].astype(np.float32)
