"""ffmpeg's loudness meter (EBU R128, ITU-R BS.1770): loudness and peaks of a file."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from pathlib import Path

from scripts.media.ffmpeg import ffmpeg_path, input_arguments
from scripts.processes import start_process
from scripts.temporary import media_files


def start_meter(
    path: Path, peak: str, reach: tuple[str, ...] = (), in_background: bool = False
) -> subprocess.Popen[bytes]:
    """Start ffmpeg's meter, which tells on stderr.

    `peak` is "sample" or "true", `reach` are arguments that say how much it hears. Raises
    OSError, and SoundError where ffmpeg is missing.
    """
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-nostats", "-threads", "1"]
    command += [*input_arguments(path, 0.0), "-map", "0:a:0", *reach]
    command += ["-af", f"ebur128=peak={peak}:framelog=quiet", "-f", "null", "-"]
    return start_process(command, stderr=subprocess.PIPE, in_background=in_background)


def read_meter(told: bytes) -> tuple[float | None, float | None]:
    """Return the loudness (LUFS) and the peak (dB) that the meter told; None for what it did not.

    The peak is of the kind that it was started for, and at least -100 dB.
    """
    summary = told.decode("utf-8", "replace").rpartition("Summary:")[2]
    loudness, peak = (
        media_files.LOUDNESS_PATTERN.search(summary),
        media_files.PEAK_PATTERN.search(summary),
    )
    return (
        float(loudness[1]) if loudness else None,
        max(media_files.LOWEST_PEAK_DB, float(peak[1])) if peak else None,
    )


def true_peak(path: Path) -> Generator[None, None, float | None]:
    """Return the highest point of a whole song's wave (dBTP), between its samples, too.

    None where the meter cannot tell: a virus scanner may hold a file that was just written. Takes
    less than a second for three minutes of music; yields now and then meanwhile. Closing it ends
    the measurement.
    """
    try:
        with start_meter(path, "true") as process:
            try:
                while True:
                    try:
                        told = process.communicate(timeout=media_files.METER_POLL_SECONDS)[1]
                        break
                    except subprocess.TimeoutExpired:
                        yield
            finally:
                process.kill()
    except OSError:
        return None
    return read_meter(told)[1]
