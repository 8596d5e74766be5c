"""Filters by their spectrum: what a biquad does to a whole wave, in one multiplication."""

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

    angle = 2 * np.pi * min(hertz, 0.49 * mixing.SAMPLE_RATE) / mixing.SAMPLE_RATE
    cosine, alpha = np.cos(angle), np.sin(angle) / (2 * quality)
    middle = {"low": 1 - cosine, "high": -(1 + cosine)}[kind]
    outer = {"low": (1 - cosine) / 2, "high": (1 + cosine) / 2}[kind]
    around = 2 * np.pi * np.arange(size // 2 + 1) / size
    turn = np.cos(around) - 1j * np.sin(around)  # not exp: C libraries may lack it for complex
    above = outer + middle * turn + outer * turn**2
    below = (1 + alpha) - 2 * cosine * turn + (1 - alpha) * turn**2
    response: Response = (above / below).astype(np.complex64)
    return response


def filtered(wave: Wave, *filters: tuple[str, float, float]) -> Wave:
    """Return a wave through second-order filters: (`low` or `high`, hertz, quality) of each.

    Made piece by piece: of two waves of whole pieces, the longer begins exactly as the shorter.
    """
    import numpy as np

    response = _responses(filters)
    whole = np.zeros(
        -(-len(wave) // synthesis.FILTER_PIECE_FRAMES) * synthesis.FILTER_PIECE_FRAMES
        + synthesis.FILTER_RING_FRAMES,
        np.float32,
    )
    for start in range(0, len(wave), synthesis.FILTER_PIECE_FRAMES):
        # One by one: many at once are computed in another order, and their last bits differ.
        spectrum = np.fft.rfft(
            wave[start : start + synthesis.FILTER_PIECE_FRAMES], synthesis.FFT_FRAMES
        )
        whole[start : start + synthesis.FFT_FRAMES] += np.fft.irfft(
            spectrum * response, synthesis.FFT_FRAMES
        )
    return whole[: len(wave)]


@lru_cache(maxsize=512)
def _responses(filters: tuple[tuple[str, float, float], ...]) -> Response:
    import numpy as np

    each = [biquad(kind, synthesis.FFT_FRAMES, hertz, q) for kind, hertz, q in filters]
    product: Response = np.prod(each, axis=0)
    return product


class Convolver:
    """A stream through an impulse response: block by block, what rings on comes with the next.

    `impulse` has a row for each channel that comes out; what goes in has as many, or one for all.
    """

    def __init__(self, impulse: Waves, block: int) -> None:
        import numpy as np

        self._block = block
        self._size = fft_size(block + impulse.shape[1] - 1)
        self._response = np.stack([np.fft.rfft(row, self._size) for row in impulse])
        self._tail = np.zeros((len(impulse), self._size - block), np.float32)

    def process(self, sound: Waves) -> Waves:
        """Return the next frames, as many as come in (at most a block)."""
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
    """Return what a click becomes in filters one after the other; responses of equal size."""
    import numpy as np

    product = np.prod(np.stack(responses), axis=0)
    return np.fft.irfft(product)[:frames].astype(np.float32)
