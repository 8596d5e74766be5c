"""The sound as a row of bars: how loud each band of frequencies is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.temporary import listening, playback

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]  # shape (frames, 2)


def band_levels(samples: Samples) -> tuple[float, ...]:
    """Return the level of each of `METER_BANDS`, low to high: 0 is silence, 1 full scale.

    A band holds equally many semitones, as ears hear; its level is that of its loudest sine, in
    dB between `METER_FLOOR_DBFS` and 0. Too few samples are silence.
    """
    import numpy as np

    if len(samples) < listening.METER_FRAMES:
        return (0.0,) * listening.METER_BANDS
    window = np.hanning(listening.METER_FRAMES)
    sound = samples[-listening.METER_FRAMES :].mean(axis=1) / 32_768.0
    # A sine of amplitude 1 stands as half the window's sum in its bin.
    spectrum = np.abs(np.fft.rfft(sound * window)) / (window.sum() / 2)
    edges = (
        np.geomspace(*listening.METER_HERTZ, listening.METER_BANDS + 1)
        * listening.METER_FRAMES
        / playback.SAMPLE_RATE
    )
    # Low bands are narrower than a bin, and stand for the one that they lie in.
    bins = np.unique(np.round(edges).astype(int))
    peaks = np.maximum.reduceat(spectrum[: bins[-1]], bins[:-1])
    owner = np.searchsorted(bins, np.round(edges[:-1]).astype(int), side="right") - 1
    levels = 1 - 20 * np.log10(np.maximum(peaks[owner], 1e-9)) / listening.METER_FLOOR_DBFS
    return tuple(float(level) for level in np.clip(levels, 0.0, 1.0))
