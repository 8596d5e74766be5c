"""The radio at full load: seconds of music written per second, and drop-outs in what is heard.

    python tests/bench/radio.py [--minutes 10] [--length 2-3] [--device miniaudio]

A jukebox plays a long tone into a silent sound device, which is recorded, while the
writer process makes songs of the starter model without a pause. In the recording every frame
must be the one a period of the tone before it: a hole, a click or a repeated block shows. Run it
with the environment's own Python (.venv); it needs a PulseAudio server (pulseaudio,
pulseaudio-utils, libasound2-plugins) and makes no noise.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

from scripts.jukebox.jukebox import Jukebox  # noqa: E402
from scripts.jukebox.library import Library  # noqa: E402
from scripts.playback.decoder import SongStream  # noqa: E402
from scripts.playback.player import open_player  # noqa: E402
from scripts.radio.process import start_writer  # noqa: E402
from scripts.radio.radio import Radio  # noqa: E402
from scripts.screens.jukebox_screen import run_jukebox  # noqa: E402
from scripts.tables.program import Paths, Session, Settings  # noqa: E402
from scripts.temporary import playback  # noqa: E402
from tests.bench.jukebox import DEVICES, QuietTerminal, sound_device  # noqa: E402
from tests.conftest import SINK, make_program_folder  # noqa: E402
from tests.tones import LEVEL, make_song  # noqa: E402

TONE = 441.0  # of 100 frames a period
PERIOD = round(playback.SAMPLE_RATE / TONE)
CLICK = LEVEL // 4  # a frame that is so far from the one a period before is no part of the tone
EDGE_SECONDS = 1.0
CHUNK = 1 << 20


def record(path: Path) -> subprocess.Popen[bytes]:
    """Record what is heard. The recorder runs in real time: it must not drop out itself."""
    command = ["parec", "-d", f"{SINK}.monitor", "--channels=1", "--format=s16le", "--raw"]
    with path.open("wb") as file:
        recorder = subprocess.Popen([*command, f"--rate={playback.SAMPLE_RATE}"], stdout=file)
    in_real_time(recorder.pid)
    return recorder


def in_real_time(pid: int) -> None:
    """Give a sound server or its recorder real time, as a desktop does (rtkit), where we may."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setscheduler(int(thread.name), os.SCHED_FIFO, os.sched_param(5))


def drop_outs(path: Path) -> list[tuple[float, float]]:
    """(second, length in ms) of every stretch of the recording that is not the tone going on."""
    heard: NDArray[np.int16] = np.memmap(path, np.int16, "r")
    loud = np.flatnonzero(np.abs(heard[: playback.SAMPLE_RATE * 30]) > LEVEL // 2)
    first, last = (
        int(loud[0]) + round(EDGE_SECONDS * playback.SAMPLE_RATE),
        len(heard) - 2 * playback.SAMPLE_RATE,
    )
    wrong = []
    for start in range(first, last, CHUNK):
        part = heard[start : min(start + CHUNK, last) + PERIOD].astype(int)
        wrong.append(start + np.flatnonzero(np.abs(part[PERIOD:] - part[:-PERIOD]) > CLICK))
    frames = np.concatenate(wrong)
    if not len(frames):
        return []
    breaks = np.flatnonzero(np.diff(frames) > playback.SAMPLE_RATE // 10)
    starts, ends = frames[np.append(0, breaks + 1)], frames[np.append(breaks, len(frames) - 1)]
    return [
        (a / playback.SAMPLE_RATE, (b - a) * 1000 / playback.SAMPLE_RATE)
        for a, b in zip(starts, ends)
    ]


def play_and_write(place: Path, seconds: float, length: str, device: str) -> tuple[Radio, float]:
    """Play the tone while songs are written, for so long; return the radio and the real seconds."""
    session = Session(Paths.under(make_program_folder(place / "program")), Settings(length=length))
    radio = Radio(lambda styles: start_writer(session, styles, 1), "Chill, Dubstep", ahead=10**9)
    jukebox = Jukebox(Library(place / "tone"), open_player(only=device), SongStream, volume=100)
    radio.start()
    started = time.monotonic()
    run_jukebox(Listener(seconds), jukebox, time.monotonic, time.sleep, radio)
    took = time.monotonic() - started
    jukebox.close()
    radio.close()
    return radio, took


class Listener(QuietTerminal):
    """Nobody at the keys; says how it goes."""

    def redraw(self, lines: list[str]) -> None:
        super().redraw(lines)
        left = self.end - time.monotonic()
        if int(left) % 60 == 0:
            print(f"  {left:4.0f} s to go", end="\r", flush=True)


def main() -> None:
    line = argparse.ArgumentParser()
    line.add_argument("--minutes", type=float, default=10.0)
    line.add_argument("--length", default="2-3")
    line.add_argument("--device", default="miniaudio", choices=DEVICES)
    options = line.parse_args()
    place = Path(tempfile.mkdtemp(prefix="lmg-", dir="/tmp"))
    try:
        (place / "tone").mkdir()
        (place / "sound").mkdir()
        make_song(place / "tone" / "tone.wav", TONE, options.minutes * 60 + 60.0)
        with sound_device(place / "sound") as server:
            in_real_time(server)
            recorder = record(place / "heard.raw")
            radio, took = play_and_write(
                place, options.minutes * 60, options.length, options.device
            )
            recorder.terminate()
            recorder.wait()
        holes = drop_outs(place / "heard.raw")
        written = sum(song.seconds for song in radio.finished)
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        print(
            f"{options.device}: {len(radio.finished)} songs in {took:.0f} s, {written / took:.1f} "
            f"seconds of music written per second; load {load:.1f} on "
            f"{os.cpu_count()} cores; drop-outs heard: {len(holes)}"
        )
        for second, milliseconds in holes[:20]:
            print(f"  at {second:.2f} s: {milliseconds:.1f} ms")
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
