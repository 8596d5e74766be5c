"""How long a sound file lasts."""

from __future__ import annotations

import re
import subprocess
import wave
from pathlib import Path

from scripts.media.ffmpeg import ffmpeg_path, input_arguments, unreadable_error
from scripts.media.mp3_header import mp3_seconds
from scripts.media.wav_header import wav_seconds
from scripts.processes import run_captured
from scripts.temporary import media_files


def duration_seconds(path: Path) -> float:
    """Return how long a file lasts: from its header where that says it, else from ffmpeg.

    Raises SoundError where neither can tell.
    """
    try:
        seconds = wav_seconds(path) if path.suffix.lower() == ".wav" else mp3_seconds(path)
    except (OSError, EOFError, wave.Error):
        seconds = None
    return seconds if seconds is not None else _ffmpeg_seconds(path)


def _ffmpeg_seconds(path: Path) -> float:
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", *input_arguments(path, 0.0)]
    try:
        output = run_captured(command, media_files.FFMPEG_TIMEOUT_SECONDS).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise unreadable_error(path) from error
    found = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", output, re.ASCII)
    if not found or "Audio:" not in output:
        raise unreadable_error(path)
    hours, minutes, seconds = (float(part) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds
