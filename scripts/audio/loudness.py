"""How loud a song is, as people hear it (EBU R128, ITU-R BS.1770), and what brings it to ours."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from scripts.audio.decoder import broken, ffmpeg_path, input_arguments, process_options
from scripts.temporary import (
    LOUDEST_BOOST_DB,
    LOUDNESS_TARGET_LUFS,
    MEASURED_SECONDS,
    PEAK_CEILING_DBFS,
    SILENT_LUFS,
    SongFacts,
)

BELOW_NORMAL_PRIORITY = 0x4000  # Windows: BELOW_NORMAL_PRIORITY_CLASS
NICENESS = 15

_PEAK = re.compile(r"Peak:\s*(-?[\d.]+|-inf) dBFS")
_LOOK_SECONDS = 0.1  # between two looks whether a measurement has ended

Started = Callable[["subprocess.Popen[bytes]"], None]


def measure(path: Path, started: Started = lambda _: None) -> tuple[float, float]:
    """Return a song's loudness (LUFS) and its highest sample (dBFS), by ffmpeg's meter.

    Takes about a second for three minutes of music, at a low priority; of a song of hours the
    beginning is measured. `started` gets the process, so that it can be ended. Raises SoundError.
    """
    try:
        with _meter(path, "sample", ("-t", str(MEASURED_SECONDS)), _in_the_background()) as process:
            if sys.platform != "win32":
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            started(process)
            told = process.communicate()[1].decode("utf-8", "replace").rpartition("Summary:")[2]
    except OSError as error:
        raise broken(path) from error
    loudness = re.search(r"I:\s*(-?[\d.]+) LUFS", told)
    peak = _PEAK.search(told)
    if not loudness or not peak:
        raise broken(path)
    return float(loudness[1]), max(-100.0, float(peak[1]))


def true_peak(path: Path) -> Generator[None, None, float | None]:
    """Return the highest point of a whole song's wave (dBTP), between its samples, too.

    None where the meter cannot tell: a virus scanner may hold a file that was just written. Takes
    less than a second for three minutes of music; yields now and then meanwhile. Closing it ends
    the measurement.
    """
    try:
        with _meter(path, "true", (), process_options()) as process:
            try:
                while True:
                    try:
                        told = process.communicate(timeout=_LOOK_SECONDS)[1]
                        break
                    except subprocess.TimeoutExpired:
                        yield
            finally:
                process.kill()
    except OSError:
        return None
    peak = _PEAK.search(told.decode("utf-8", "replace").rpartition("Summary:")[2])
    return max(-100.0, float(peak[1])) if peak else None


def _meter(
    path: Path, peak: str, reach: tuple[str, ...], options: dict[str, Any]
) -> subprocess.Popen[bytes]:
    """Start ffmpeg's meter; `peak` is "sample" or "true", `reach` says how much it hears."""
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-nostats", "-threads", "1"]
    command += [*input_arguments(path, 0.0), "-map", "0:a:0", *reach]
    command += ["-af", f"ebur128=peak={peak}:framelog=quiet", "-f", "null", "-"]
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        **options,
    )  # fmt: skip


def _in_the_background() -> dict[str, Any]:
    options = process_options()
    if sys.platform == "win32":
        options["creationflags"] |= BELOW_NORMAL_PRIORITY
    return options


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
