"""Integrated loudness in LUFS: K-weighted power, gated.

Source: ITU-R BS.1770-4. The weighting is applied to the spectrum of each tenth of a second, which
is exact but for what leaks between neighbouring frequencies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from scripts.temporary import mastering, mixing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]  # shape (1 or 2, frames)
    Powers = NDArray[np.float64]  # shape (tenths of a second,)


@cache
def k_weights() -> NDArray[np.float32]:
    """Return the power gain of the K-weighting at each frequency of a tenth's spectrum.

    Its two filters, as analogue ones: a high shelf of 4 dB (the head's effect), and a high-pass.
    """
    import numpy as np

    s = 1j * np.fft.fftfreq(mastering.TENTH_FRAMES, 1 / mixing.SAMPLE_RATE)
    centre, quality, gain = 1681.974, 0.7071752, 10 ** (3.999844 / 20)
    u = s / centre
    shelf = (gain * u**2 + gain**0.4996667741545416 / quality * u + 1) / (u**2 + u / quality + 1)
    v = s / 38.13547
    high = v**2 / (v**2 + v / 0.5003270 + 1)
    weights: NDArray[np.float32] = (np.abs(shelf * high) ** 2).astype(np.float32)
    return weights


def k_weighted_powers(sound: Sound) -> Powers:
    """Return the K-weighted power, channels summed, of each whole tenth of a second.

    One channel counts as two equal ones.
    """
    import numpy as np

    count = sound.shape[1] // mastering.TENTH_FRAMES
    if not count:
        return np.zeros(0)
    size = mastering.TENTH_FRAMES
    tenths = sound[:, : count * size].reshape(len(sound), count, size)
    # Two real channels are one complex signal: its spectrum has the power of both.
    joined = tenths[0] + 1j * tenths[-1] if len(sound) > 1 else tenths[0] * np.complex64(1 + 1j)
    spectrum = np.fft.fft(joined.astype(np.complex64), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) @ k_weights()
    return power.astype(np.float64) / mastering.TENTH_FRAMES**2


def integrated_loudness(powers: Powers) -> float | None:
    """Return the gated loudness in LUFS of a song, by the powers of its tenths; None for silence.

    Measured in blocks of 400 ms that overlap by 75%. The absolute gate drops silent ones, the
    relative gate those far below the mean of the rest.
    """
    import numpy as np

    if len(powers) < 4:
        powers = np.pad(powers, (0, 4 - len(powers)))
    blocks = np.convolve(powers, np.full(4, 0.25), "valid")
    audible = blocks[_lufs(blocks) > mastering.ABSOLUTE_GATE_LUFS]
    if not len(audible):
        return None
    loud = audible[_lufs(audible) > _lufs(audible.mean(keepdims=True)) + mastering.RELATIVE_GATE_LU]
    return float(_lufs(loud.mean(keepdims=True))[0])


def _lufs(power: Powers) -> Powers:
    import numpy as np

    return mastering.LUFS_OFFSET + 10 * np.log10(np.maximum(power, 1e-20))


def track_loudness(pieces: Iterable[Sound] | Sequence[Sound]) -> float | None:
    """Return the loudness in LUFS of a track while it sounds, by pieces of it; None for silence."""
    import numpy as np

    return integrated_loudness(
        np.concatenate([np.zeros(0), *(k_weighted_powers(piece) for piece in pieces)])
    )
