"""ffmpeg's loudness meter (EBU R128, ITU-R BS.1770): integrated loudness and peak of a file."""

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
    """Start ffmpeg's meter, which prints its summary on stderr.

    `peak` is "sample" or "true", `reach` are ffmpeg's arguments for measuring only a part of the
    file. Raises OSError, and SoundError where ffmpeg is missing.
    """
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", "-nostats", "-threads", "1"]
    command += [*input_arguments(path, 0.0), "-map", "0:a:0", *reach]
    command += ["-af", f"ebur128=peak={peak}:framelog=quiet", "-f", "null", "-"]
    return start_process(command, stderr=subprocess.PIPE, in_background=in_background)


def read_meter(output: bytes) -> tuple[float | None, float | None]:
    """Return the loudness (LUFS) and the peak that the meter printed; None for what is missing.

    The peak is in dBFS or dBTP, as the meter was started, and at least -100 dB.
    """
    summary = output.decode("utf-8", "replace").rpartition("Summary:")[2]
    loudness = media_files.LOUDNESS_PATTERN.search(summary)
    peak = media_files.PEAK_PATTERN.search(summary)
    return (
        float(loudness[1]) if loudness else None,
        max(media_files.LOWEST_PEAK_DB, float(peak[1])) if peak else None,
    )


def true_peak(path: Path) -> Generator[None, None, float | None]:
    """Return the true peak of a whole file in dBTP; None where the meter fails.

    It fails where a virus scanner holds a file that was just written, for instance. Takes less
    than a second for three minutes of music, and yields meanwhile. Closing the generator ends the
    measurement.
    """
    try:
        with start_meter(path, "true") as process:
            try:
                while True:
                    try:
                        output = process.communicate(timeout=media_files.METER_POLL_SECONDS)[1]
                        break
                    except subprocess.TimeoutExpired:
                        yield
            finally:
                process.kill()
    except OSError:
        return None
    return read_meter(output)[1]
