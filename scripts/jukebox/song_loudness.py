"""How loud a song is, as people hear it (EBU R128, ITU-R BS.1770), and what brings it to ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from scripts.media.ebur128 import read_meter, start_meter
from scripts.media.ffmpeg import unreadable_error
from scripts.tables.jukebox import SongMeasurements
from scripts.temporary import listening

OnProcessStart = Callable[["subprocess.Popen[bytes]"], None]


def measure_loudness(path: Path, started: OnProcessStart = lambda _: None) -> tuple[float, float]:
    """Return a song's loudness (LUFS) and its highest sample (dBFS), by ffmpeg's meter.

    Takes about a second for three minutes of music, at a low priority; of a song of hours the
    beginning is measured. `started` gets the process, so that it can be ended. Raises SoundError.
    """
    reach = ("-t", str(listening.MEASURED_SECONDS_AT_MOST))
    try:
        with start_meter(path, "sample", reach, in_background=True) as process:
            started(process)
            loudness, peak = read_meter(process.communicate()[1])
    except OSError as error:
        raise unreadable_error(path) from error
    if loudness is None or peak is None:
        raise unreadable_error(path)
    return loudness, peak


def loudness_gain(facts: SongMeasurements | None) -> float:
    """Return the factor that makes a song as loud as ours; 1.0 for one that is not measured yet.

    A soft song is raised only as far as its peaks allow: nothing is cut off.
    """
    if facts is None or facts.loudness is None or facts.loudness <= listening.SILENT_LUFS:
        return 1.0
    change = listening.LOUDNESS_TARGET_LUFS - facts.loudness
    if change > 0:
        room = listening.PEAK_CEILING_DBFS - (0.0 if facts.peak is None else facts.peak)
        change = max(0.0, min(change, room, listening.LOUDEST_BOOST_DB))
    return float(10 ** (change / 20))
