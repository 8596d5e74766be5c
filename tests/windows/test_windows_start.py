"""From the double-click to a song that is heard, on a real Windows Python."""

from __future__ import annotations

import os
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.tones import RATE, read_recording
from tests.windows.bed.program import BAT
from tests.windows.bed.screen import Screen
from tests.windows.bed.wine import Windows

MENU = "Selection; Menu Option = 1-3, Exit Program = X:"
COMPARED_STRETCHES = 9


def test_the_first_start_sets_up_and_reaches_the_main_menu(first_start: str) -> None:
    assert "Llm-Music-Gen: All set." in first_start or "LLM_MUSIC_GEN_WINDOWS" in os.environ
    assert MENU in first_start
    assert "Traceback" not in first_start


def test_a_song_is_made_and_heard(
    windows: Windows, home: Path, first_start: str, null_sink: Any, tmp_path: Path
) -> None:
    with Screen(windows, ["cmd", "/c", BAT, "launch"], home, null_sink.variables) as screen:
        screen.wait_for(MENU).type("1\r")
        screen.wait_for("What kind of music are we making").type("Celtic, Calm\r")
        screen.wait_for("How many songs").type("1\r")
        screen.wait_for("is ready:", seconds=180).wait_for("Back to Main = B").type("B\r")
        [song] = (home / "output").glob("*.mp3")
        with null_sink.recording(tmp_path / "heard.wav") as recording:
            screen.wait_for(MENU).type("2\r")
            screen.wait_for(f"Playing song: {song.stem}").watch(8)
        screen.type("x")
        assert screen.end() == 0
        assert "ALSA" not in screen.written and "write_file" not in screen.written
    heard = read_recording(recording)
    found = [likeness(part, heard) for part in stretches(samples_of(song, tmp_path))]
    # A busy machine makes Wine stumble, so that stretches have gaps; what lies between is the song,
    # exactly. Other music is like it by a tenth or two.
    assert max(found) > 0.999 and np.median(found) > 0.5, found


def samples_of(song: Path, folder: Path) -> NDArray[np.float64]:
    """The first seconds of an MP3, its left channel."""
    import subprocess

    import imageio_ffmpeg

    plain = folder / "song.wav"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(song), "-ar", str(RATE)]
    subprocess.run([*command, "-t", "20", str(plain)], check=True)
    with wave.open(str(plain), "rb") as file:
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data.reshape(-1, file.getnchannels())[:, 0].astype(float)


def stretches(song: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Half seconds of the song from its first sound on."""
    start, size = int(np.argmax(np.abs(song) > 500)), RATE // 2
    return [song[start + n * size : start + (n + 1) * size] for n in range(COMPARED_STRETCHES)]


def likeness(part: NDArray[np.float64], heard: NDArray[np.float64]) -> float:
    """How well a stretch of the song is found in what was heard: 1 is exactly, at any volume."""
    size = 1 << int(np.ceil(np.log2(len(heard) + len(part))))
    spectra = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size))
    at = int(np.argmax(np.fft.irfft(spectra, size)[: len(heard)]))
    found = heard[at : at + len(part)]
    return float(found @ part[: len(found)] / np.sqrt((found @ found) * (part @ part) + 1e-9))
