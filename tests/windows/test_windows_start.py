"""From the double-click to a song that is heard, on a real Windows Python."""

from __future__ import annotations

import os
import re
import wave
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scripts.setup import checks
from tests.tones import RATE, read_recording
from tests.windows.bed import program, wheelhouse
from tests.windows.bed.program import BAT, INSTALL_SECONDS
from tests.windows.bed.screen import Screen
from tests.windows.bed.wine import Windows

MENU = "Selection; Menu Option = 1-3, Exit Program = X:"
# What the check may find less than perfect on a machine for tests.
ON_THIS_MACHINE = {"Processor", "Memory", "Disk space", "Sound device"}
SONG_SECONDS = 400.0  # a song of three minutes, on a machine that may be busy
SECONDS_HEARD = 9
PIECE = RATE // 10
# On a busy machine Wine's driver comes late, and milliseconds of silence are put in. Without them
# it is the song that was heard, exactly and in its order.
SILENCE = 16  # frames of nothing in a row: no music has so many
EXACT_AT_LEAST = 0.95  # of the pieces
DELAY_AT_MOST = 3.0  # seconds, of all silences together
OUT_OF_PLACE_AT_MOST = 0.01  # seconds, of what else was put in between the pieces, or lost


def test_the_first_start_sets_up_and_reaches_the_main_menu(first_start: str) -> None:
    assert "Llm-Music-Gen: All set." in first_start or "LLM_MUSIC_GEN_WINDOWS" in os.environ
    assert MENU in first_start
    assert "Traceback" not in first_start


def test_a_damaged_library_is_found_and_repaired(
    windows: Windows, home: Path, first_start: str
) -> None:
    settings = home / "data" / "persistent.json"
    before = settings.read_bytes()
    damaged = home / ".venv" / "Lib" / "site-packages" / "mido" / "__init__.py"
    damaged.write_text("raise ImportError('half of it is gone')\n", encoding="utf-8")
    found = windows.run("cmd", "/c", BAT, "check", cwd=home)
    assert found.returncode == 1
    assert "Not in order: Libraries" in " ".join(found.stdout.split()), found.stdout
    variables = program.offline(wheelhouse.make())
    done = windows.run("cmd", "/c", BAT, "install", cwd=home, seconds=INSTALL_SECONDS, **variables)
    assert done.returncode == 0, done.stdout
    found = windows.run("cmd", "/c", BAT, "check", cwd=home)
    assert found.returncode == 0, found.stdout
    rows = dict(re.findall(r"^(\w[\w ]+?)  +(ok|note|missing) ", found.stdout, re.MULTILINE))
    assert len(rows) == len(checks.ROWS), found.stdout
    assert {name for name, state in rows.items() if state != "ok"} <= ON_THIS_MACHINE
    assert settings.read_bytes() == before


def test_a_song_is_made_and_heard(
    windows: Windows, home: Path, first_start: str, null_sink: Any, tmp_path: Path
) -> None:
    windows.rest()  # its server is to start anew, with the sound's right of way
    with Screen(
        windows, ["cmd", "/c", BAT, "launch"], home, null_sink.variables, sound=True
    ) as screen:
        screen.wait_for(MENU).type("1\r")
        screen.wait_for("What kind of music are we making").type("Celtic, Calm\r")
        screen.wait_for("How many songs").type("1\r")
        screen.wait_for("is ready:", seconds=SONG_SECONDS).wait_for("Back to Main = B").type("B\r")
        [song] = (home / "output").glob("*.mp3")
        with null_sink.recording(tmp_path / "heard.wav") as recording:
            screen.wait_for(MENU).type("2\r")
            screen.wait_for(f"Playing song: {song.stem}").wait_for("] 00:1").watch(1.0)
        screen.type("x")
        assert screen.end() == 0
        assert "ALSA" not in screen.written and "write_file" not in screen.written
    heard, song_itself = read_recording(recording), samples_of(song, tmp_path)
    found = [whereabouts(part, sounding(heard)) for part in pieces(sounding(song_itself))]
    places = [at / RATE - number / 10 for number, (like, at) in enumerate(found) if like > 0.999]
    middle = float(np.median(places))
    exact = sum(abs(place - middle) < OUT_OF_PLACE_AT_MOST for place in places)
    assert exact >= EXACT_AT_LEAST * len(found), found
    music = np.trim_zeros(heard)
    assert (len(music) - len(sounding(music))) / RATE < DELAY_AT_MOST


def sounding(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """The samples without what is silent for `SILENCE` frames or longer."""
    quiet = np.concatenate([[0], (samples == 0).astype(int), [0]])
    starts, ends = np.flatnonzero(np.diff(quiet) == 1), np.flatnonzero(np.diff(quiet) == -1)
    kept = np.ones(len(samples), bool)
    for start, end in zip(starts, ends):
        kept[start:end] = end - start < SILENCE
    return samples[kept]


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


def pieces(song: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Tenths of a second of the song from where it is loud enough to be told from others."""
    start = int(np.argmax(np.abs(song) > 500))
    return [song[start + n * PIECE : start + (n + 1) * PIECE] for n in range(10 * SECONDS_HEARD)]


def whereabouts(part: NDArray[np.float64], heard: NDArray[np.float64]) -> tuple[float, int]:
    """Where in the recording a piece of the song is, and how well it is found there.

    1 is exactly, at any volume. Returns (likeness, frame).
    """
    size = 1 << int(np.ceil(np.log2(len(heard) + len(part))))
    spectra = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(part, size))
    products = np.fft.irfft(spectra, size)[: len(heard) - len(part)]
    energy = np.concatenate([[0.0], np.cumsum(heard**2)])
    energies = (energy[len(part) :] - energy[: -len(part)])[: len(products)]
    likeness = products / np.sqrt(energies * (part @ part) + 1e3)
    at = int(np.argmax(likeness))
    return float(likeness[at]), at
