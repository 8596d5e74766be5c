"""The level meter: how loud each band of frequencies is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.temporary import listening, playback

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]  # shape (frames, 2)


def band_levels(samples: Samples) -> tuple[float, ...]:
    """Return the level of each of `METER_BANDS`, low to high: 0 is silence, 1 full scale.

    All bands are equally many semitones wide. A band's level is that of its loudest bin, in dB
    between `METER_FLOOR_DBFS` and 0. Fewer than `METER_FRAMES` samples count as silence.
    """
    import numpy as np

    if len(samples) < listening.METER_FRAMES:
        return (0.0,) * listening.METER_BANDS
    window = np.hanning(listening.METER_FRAMES)
    sound = samples[-listening.METER_FRAMES :].mean(axis=1) / 32_768.0
    # A sine of amplitude 1 has the magnitude of half the window's sum in its bin.
    spectrum = np.abs(np.fft.rfft(sound * window)) / (window.sum() / 2)
    hertz = np.geomspace(*listening.METER_RANGE_HERTZ, listening.METER_BANDS + 1)
    edges = np.round(hertz * listening.METER_FRAMES / playback.SAMPLE_RATE).astype(int)
    # Low bands are narrower than a bin: each shows the bin that it lies in.
    bins = np.unique(edges)
    peaks = np.maximum.reduceat(spectrum[: bins[-1]], bins[:-1])
    owner = np.searchsorted(bins, edges[:-1], side="right") - 1
    levels = 1 - 20 * np.log10(np.maximum(peaks[owner], 1e-9)) / listening.METER_FLOOR_DBFS
    return tuple(float(level) for level in np.clip(levels, 0.0, 1.0))
