"""ffmpeg's meter: loudness by BS.1770, and peaks between the samples."""

from __future__ import annotations

import subprocess
import wave
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.media import ebur128
from scripts.media.ebur128 import read_meter, start_meter, true_peak
from scripts.temporary import media_files

RATE = 48_000
LEVEL = 0.25  # of full scale


def write_sine(path: Path, hertz: float, phase: float = 0.0, seconds: float = 3.0) -> Path:
    """Write a stereo sine of `LEVEL`, faded in and out over 50 ms, as a WAV file."""
    times = np.arange(round(seconds * RATE)) / RATE
    level = 32_767 * LEVEL * np.clip(np.minimum(times, times[::-1]) / 0.05, 0, 1)
    sound = np.round(level * np.sin(2 * np.pi * hertz * times + phase)).astype("<i2")
    with wave.open(str(path), "wb") as song:
        song.setnchannels(2)
        song.setsampwidth(2)
        song.setframerate(RATE)
        song.writeframes(np.repeat(sound, 2).tobytes())
    return path


def result(steps: Generator[None, None, float | None]) -> float | None:
    while True:
        try:
            next(steps)
        except StopIteration as finished:
            value: float | None = finished.value
            return value


def test_a_sine_is_as_loud_as_the_standard_says(tmp_path: Path) -> None:
    path = write_sine(tmp_path / "997.wav", 997)
    with start_meter(path, "sample") as process:
        loudness, peak = read_meter(process.communicate()[1])
    # BS.1770: a stereo sine of 997 Hz has, in LUFS, its amplitude in dBFS.
    assert loudness == pytest.approx(20 * np.log10(LEVEL), abs=0.1)
    assert peak == pytest.approx(20 * np.log10(LEVEL), abs=0.1)


def test_a_true_peak_lies_between_the_samples(tmp_path: Path) -> None:
    """Sampled four times a period at 45 degrees, a sine's samples stay 3 dB below its peaks."""
    path = write_sine(tmp_path / "quarter.wav", RATE / 4, np.pi / 4)
    with start_meter(path, "sample") as process:
        _, sample_peak = read_meter(process.communicate()[1])
    assert sample_peak == pytest.approx(20 * np.log10(LEVEL) - 3.01, abs=0.1)
    assert result(true_peak(path)) == pytest.approx(20 * np.log10(LEVEL), abs=0.2)


def test_what_the_meter_cannot_hear_has_no_peak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert result(true_peak(tmp_path / "nowhere.wav")) is None
    monkeypatch.setattr(ebur128, "ffmpeg_path", lambda: str(tmp_path / "no such program"))
    assert result(true_peak(write_sine(tmp_path / "x.wav", 997))) is None


@pytest.mark.parametrize("told", [b"", b"\xff\xfe", b"Summary:\n  I: nan LUFS\n  Peak: x dBFS"])
def test_a_meter_that_tells_nothing_is_read_as_nothing(told: bytes) -> None:
    assert read_meter(told) == (None, None)


def test_closing_ends_the_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_files, "METER_POLL_SECONDS", 0.0)
    started: list[subprocess.Popen[bytes]] = []

    def noted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start_meter(*arguments, **options))
        return started[0]

    monkeypatch.setattr(ebur128, "start_meter", noted)
    with closing(true_peak(write_sine(tmp_path / "long.wav", 997, seconds=120))) as measuring:
        next(measuring)
    assert started[0].poll() is not None
