"""The meter of the jukebox screen: tones in their places, silence empty."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.playback.meter import band_levels
from scripts.temporary import listening, playback


@pytest.mark.parametrize("pitch", [60, 441, 3000, 12_000])
def test_the_meter_shows_a_tone_in_its_place_and_its_loudness(pitch: int) -> None:
    frames = np.arange(listening.METER_FRAMES)
    tone = np.repeat(np.sin(2 * np.pi * pitch * frames / playback.SAMPLE_RATE)[:, None], 2, axis=1)
    loud = band_levels((32_767 * tone).astype(np.int16))
    soft = band_levels((3_276 * tone).astype(np.int16))
    edges = np.geomspace(*listening.METER_RANGE_HERTZ, listening.METER_BANDS + 1)
    place = int(np.searchsorted(edges, pitch)) - 1
    assert max(loud) == pytest.approx(1.0, abs=0.03)
    assert abs(int(np.argmax(loud)) - place) <= (4 if pitch < 100 else 1)
    assert max(soft) == pytest.approx(1 - 20 / -listening.METER_FLOOR_DBFS, abs=0.03)


def test_silence_and_nothing_are_an_empty_meter() -> None:
    for frames in (listening.METER_FRAMES, 10, 0):
        assert band_levels(np.zeros((frames, 2), np.int16)) == (0.0,) * listening.METER_BANDS
