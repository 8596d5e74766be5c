"""The jukebox as it is heard: played into a sound device that can be listened to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import NullSink, _answers, _sound_variables, _start_sound_server
from tests.tones import LEVEL, RATE, STEP_OF_TONE, make_song, read_recording, what_was_heard

REPOSITORY = Path(__file__).resolve().parents[2]
TONES = {"a": (440, 1.6), "b": (660, 1.2), "c": (880, 1.2)}
LOUDEST_GAP = 0.1  # seconds of silence that may be heard within and between songs

PLAYER = """
import sys, time
from pathlib import Path
from scripts.playback.decoder import SongStream
from scripts.jukebox.jukebox import Jukebox
from scripts.jukebox.library import Library
from scripts.playback.player import open_player
from scripts.console import Console
from scripts.screens.jukebox_screen import run_jukebox
player = open_player(only=sys.argv[1])
jukebox = Jukebox(Library(Path(sys.argv[2])), player, SongStream, volume=100)
with Console(sys.stdin, sys.stdout) as console:
    left = run_jukebox(console, jukebox, time.monotonic, time.sleep)
    jukebox.close()
    console.write("left: " + left)
"""


class Listener:
    """A jukebox in a process of its own, driven by lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def keys(self, *keys: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{key}\n" for key in keys))
        self.process.stdin.flush()

    def wait_for(self, text: str) -> None:
        """Wait for a line with `text` in it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if text in line:
                return
        pytest.fail(f"the jukebox ended before it said {text!r}")


@contextmanager
def playing(device: str, folder: Path, environment: dict[str, str]) -> Iterator[Listener]:
    process = subprocess.Popen(
        [sys.executable, "-c", PLAYER, device, str(folder)],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Listener(process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("output")
    for number, (name, (tone, seconds)) in enumerate(TONES.items()):
        path = make_song(folder / (f"{name}.wav" if name == "b" else f"{name}.mp3"), tone, seconds)
        os.utime(path, (1_700_000_000 + number,) * 2)
    (folder / "broken.mp3").write_text("no sound")
    return folder


@pytest.mark.slow
@pytest.mark.sound
@pytest.mark.parametrize("device", ["simpleaudio", "miniaudio"])
def test_what_is_heard(device: str, folder: Path, null_sink: Any, tmp_path: Path) -> None:
    pytest.importorskip(device)
    with (
        null_sink.recording(tmp_path / "heard.wav") as recording,
        playing(device, folder, null_sink.environment) as jukebox,
    ):
        jukebox.wait_for("song: c")
        jukebox.wait_for("song: a")
        jukebox.wait_for("song: b")
        jukebox.keys("r", *["-"] * 10)  # half the volume, and b again and again
        time.sleep(0.9)
        jukebox.keys("space")
        time.sleep(0.8)
        jukebox.keys("space")
        time.sleep(0.6)
        jukebox.keys("b")
        rest, errors = jukebox.process.communicate(timeout=10)
    assert "left: back" in rest
    assert errors == ""
    assert jukebox.process.returncode == 0
    check_recording(read_recording(recording))


def check_recording(samples: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    heard = what_was_heard(samples)
    sounds = [part for part in heard if part[0] and part[1] > 0.15]
    order = [tone for tone, _, _ in sounds]
    assert order[:5] == [440, 660, 880, 440, 660]
    assert set(order[5:]) == {660}
    for tone, seconds, loud in sounds[:4]:
        full = next(length for pitch, length in TONES.values() if pitch == tone)
        assert seconds == pytest.approx(full, abs=0.15)
        assert loud == pytest.approx(1.0, abs=0.07)  # an MP3 is a little softer
    assert sounds[-1][2] == pytest.approx(0.5, abs=0.05)
    first = next(place for place, part in enumerate(heard) if part[0])
    silences = [seconds for tone, seconds, _ in heard[first:-1] if not tone]
    pauses = [seconds for seconds in silences if seconds > LOUDEST_GAP]
    assert len(pauses) == 1, f"silences heard: {silences}"
    assert pauses[0] == pytest.approx(0.8, abs=0.25)
    # Clicks: within a song nothing may jump more than its own wave does.
    inner = samples[round(0.5 * RATE) :]
    jumps = np.flatnonzero(np.abs(np.diff(inner)) > STEP_OF_TONE * 2 * LEVEL * 1.5)
    assert len(jumps) == 0


@pytest.mark.sound
def test_without_a_device_it_is_one_sentence(tmp_path: Path) -> None:
    environment = {**os.environ, "PULSE_SERVER": "unix:/nowhere", "ALSA_CONFIG_PATH": "/dev/null"}
    code = """
from scripts.playback.player import open_player
from scripts.tables.program import SoundError
for only in ("simpleaudio", "miniaudio", ""):
    try:
        open_player(only=only)
        print("found one")
    except SoundError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**environment, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
    )
    if "found one" in done.stdout:
        pytest.skip("this machine has an audio device")
    assert done.stdout.count("No audio device") == 3
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("hushed", [False, True])
def test_alsa_complains_of_nothing_on_the_screen(hushed: bool) -> None:
    code = f"""
import ctypes
from scripts.playback.mixer_player import silence_alsa_errors
if {hushed}:
    silence_alsa_errors()
alsa = ctypes.CDLL("libasound.so.2")
alsa.snd_pcm_open(ctypes.byref(ctypes.c_void_p()), b"no such device", 0, 0)
"""
    if find_library("asound") is None:
        pytest.skip("no ALSA here")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0
    assert ("ALSA" in done.stderr) is not hushed


# A song whose tone tells the place in it: these, for `TONE_SECONDS` each.
PITCHES_HERTZ = (441, 882, 1323, 1764, 2205, 2646)
TONE_SECONDS = 5.0


def song_of_tones(path: Path) -> None:
    times = np.arange(round(TONE_SECONDS * RATE)) / RATE
    parts = [LEVEL * np.sin(2 * np.pi * tone * times) for tone in PITCHES_HERTZ]
    with wave.open(str(path), "wb") as song:
        song.setnchannels(2)
        song.setsampwidth(2)
        song.setframerate(RATE)
        song.writeframes(np.repeat(np.concatenate(parts).astype("<i2"), 2).tobytes())


@pytest.mark.slow
@pytest.mark.sound
@pytest.mark.parametrize("device", ["simpleaudio", "miniaudio"])
def test_seek_lands_and_mute_is_silent(device: str, null_sink: Any, tmp_path: Path) -> None:
    pytest.importorskip(device)
    (tmp_path / "output").mkdir()
    song_of_tones(tmp_path / "output" / "song.wav")
    with (
        null_sink.recording(tmp_path / "heard.wav") as recording,
        playing(device, tmp_path / "output", null_sink.environment) as jukebox,
    ):
        jukebox.wait_for("song: song")
        # The place is 1 s into a tone before each key; a seek is 5 s, so 1 s into another.
        time.sleep(1.0)
        for key in ("right", "right", "left", "right", "right", "m"):
            jukebox.keys(key)
            time.sleep(1.0 if key == "m" else 0.6)
            jukebox.keys(*(["m"] if key == "m" else []))
        time.sleep(0.6)
        jukebox.keys("b")
        rest, errors = jukebox.process.communicate(timeout=10)
    assert "left: back" in rest
    assert errors == ""
    samples = read_recording(recording)
    heard = [part for part in what_was_heard(samples) if part[1] > 0.15]
    first = next(place for place, part in enumerate(heard) if part[0])
    tones = [round(tone / 441) for tone, _, _ in heard[first:]]
    while tones and not tones[-1]:
        tones.pop()
    assert tones[:5] == [1, 2, 3, 2, 3], heard
    assert tones[5] == 4
    assert tones[6] == 0
    assert tones[7] in (4, 5)
    mute = heard[first + 6]
    assert mute[1] == pytest.approx(1.0, abs=0.25)
    jumps = np.abs(np.diff(samples[round(0.3 * RATE) :]))
    assert jumps.max() < 2 * np.pi * max(PITCHES_HERTZ[:5]) / RATE * LEVEL * 1.6  # no click


@pytest.mark.slow
@pytest.mark.sound
@pytest.mark.parametrize("device", ["simpleaudio", "miniaudio"])
def test_a_device_that_goes_and_returns_is_said_and_the_song_goes_on(
    device: str, folder: Path, null_sink: Any
) -> None:
    pytest.importorskip(device)
    place = Path(tempfile.mkdtemp(prefix="lmg-", dir="/tmp"))
    (place / "pulse").mkdir(mode=0o700)
    own = NullSink(place, _sound_variables(place))
    servers = [_start_sound_server(place, own.environment)]
    try:
        NullSink._await(lambda: _answers(own), "the sound server")
        with playing(device, folder, own.environment) as jukebox:
            jukebox.wait_for("song: a")
            servers[0].kill()
            servers[0].wait()
            jukebox.wait_for("audio device")
            (place / "pulse" / "native").unlink(missing_ok=True)
            servers.append(_start_sound_server(place, own.environment))
            jukebox.wait_for("The audio device is back.")
            jukebox.wait_for("song: ")
            jukebox.keys("b")
            rest, _ = jukebox.process.communicate(timeout=10)
            assert "left: back" in rest
    finally:
        for server in servers:
            server.kill()
            server.wait()
        shutil.rmtree(place, ignore_errors=True)
