"""What ffmpeg's meter says of a finished file: loudness and true peak (EBU R128)."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np

from scripts.media.ffmpeg import ffmpeg_path
from scripts.temporary import mixing


class MeterReading(NamedTuple):
    """Integrated loudness (LUFS), loudness range (LU) and true peak (dBTP)."""

    loudness: float
    spread: float
    peak: float


def _summary(source: list[str], sound: bytes | None = None) -> MeterReading:
    command = [ffmpeg_path(), "-hide_banner", "-nostats", *source, "-map", "0:a", "-af",
               "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]  # fmt: skip
    done = subprocess.run(command, input=sound, capture_output=True, check=True)
    text = done.stderr.decode("utf-8", "replace").rpartition("Summary:")[2]
    figures = [re.search(rf"{name}:\s*(-?[\d.]+|-inf)", text) for name in ("I", "LRA", "Peak")]
    assert all(figures), text
    return MeterReading(*(float(figure[1]) for figure in figures if figure))


def measure_file(path: Path) -> MeterReading:
    return _summary(["-i", str(path)])


def measure_samples(sound: np.ndarray) -> MeterReading:
    """What the meter says of floats of shape (2, frames)."""
    source = ["-f", "f32le", "-ac", "2", "-ar", str(mixing.SAMPLE_RATE), "-i", "pipe:0"]
    return _summary(source, sound.T.astype("<f4").tobytes())


def decoded(path: Path) -> np.ndarray:
    """Floats of shape (2, frames): what a player makes of a file."""
    command = [ffmpeg_path(), "-v", "error", "-i", str(path), "-map", "0:a", "-f", "f32le", "-ac",
               "2", "-ar", str(mixing.SAMPLE_RATE), "-"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<f4").reshape(-1, 2).T
