"""A song's loudness (EBU R128, ITU-R BS.1770) and the gain that matches it to our own songs."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from scripts.media.ebur128 import read_meter, start_meter
from scripts.media.ffmpeg import unreadable_error
from scripts.tables.jukebox import SongMeasurements
from scripts.temporary import listening, mastering

OnProcessStart = Callable[["subprocess.Popen[bytes]"], None]


def measure_loudness(path: Path, started: OnProcessStart = lambda _: None) -> tuple[float, float]:
    """Return a song's loudness (LUFS) and its sample peak (dBFS), by ffmpeg's meter.

    Takes about a second for three minutes of music, at a low priority; of a long song only the
    beginning is measured (`MEASURED_SECONDS_AT_MOST`). `started` gets the process, so that it can
    be killed. Raises SoundError.
    """
    limit = ("-t", str(listening.MEASURED_SECONDS_AT_MOST))
    try:
        with start_meter(path, "sample", limit, in_background=True) as process:
            started(process)
            loudness, peak = read_meter(process.communicate()[1])
    except OSError as error:
        raise unreadable_error(path) from error
    if loudness is None or peak is None:
        raise unreadable_error(path)
    return loudness, peak


def loudness_gain(measured: SongMeasurements | None) -> float:
    """Return the factor that makes a song as loud as ours; 1.0 for one that is not measured yet.

    A soft song is raised only as far as its peak allows, so that nothing clips.
    """
    if measured is None or measured.loudness is None or measured.loudness <= listening.SILENT_LUFS:
        return 1.0
    change = mastering.LOUDNESS_TARGET_LUFS - measured.loudness
    if change > 0:
        headroom = listening.PEAK_CEILING_DBFS - (0.0 if measured.peak is None else measured.peak)
        change = max(0.0, min(change, headroom, listening.LOUDEST_BOOST_DB))
    return float(10 ** (change / 20))
