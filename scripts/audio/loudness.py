"""How loud a song is, as people hear it (EBU R128, ITU-R BS.1770), and what brings it to ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from scripts.media.ebur128 import read_meter, start_meter
from scripts.media.ffmpeg import broken
from scripts.temporary import (
    LOUDEST_BOOST_DB,
    LOUDNESS_TARGET_LUFS,
    MEASURED_SECONDS,
    PEAK_CEILING_DBFS,
    SILENT_LUFS,
    SongFacts,
)

Started = Callable[["subprocess.Popen[bytes]"], None]


def measure(path: Path, started: Started = lambda _: None) -> tuple[float, float]:
    """Return a song's loudness (LUFS) and its highest sample (dBFS), by ffmpeg's meter.

    Takes about a second for three minutes of music, at a low priority; of a song of hours the
    beginning is measured. `started` gets the process, so that it can be ended. Raises SoundError.
    """
    reach = ("-t", str(MEASURED_SECONDS))
    try:
        with start_meter(path, "sample", reach, in_background=True) as process:
            started(process)
            loudness, peak = read_meter(process.communicate()[1])
    except OSError as error:
        raise broken(path) from error
    if loudness is None or peak is None:
        raise broken(path)
    return loudness, peak


def gain(facts: SongFacts | None) -> float:
    """Return the factor that makes a song as loud as ours; 1.0 for one that is not measured yet.

    A soft song is raised only as far as its peaks allow: nothing is cut off.
    """
    if facts is None or facts.loudness is None or facts.loudness <= SILENT_LUFS:
        return 1.0
    change = LOUDNESS_TARGET_LUFS - facts.loudness
    if change > 0:
        room = PEAK_CEILING_DBFS - (0.0 if facts.peak is None else facts.peak)
        change = max(0.0, min(change, room, LOUDEST_BOOST_DB))
    return float(10 ** (change / 20))
