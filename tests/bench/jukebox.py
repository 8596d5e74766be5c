"""Measure the jukebox: key press to effect, share of the processor, a folder of 1,000 songs.

Run it from the program's folder: `python tests/bench/jukebox.py`. It needs pulseaudio and parec
(Debian: pulseaudio, pulseaudio-utils, libasound2-plugins) and makes no noise.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPOSITORY))

from scripts.audio.decoder import SongStream  # noqa: E402
from scripts.audio.jukebox import Jukebox  # noqa: E402
from scripts.audio.library import Library  # noqa: E402
from scripts.audio.player import Player, open_player  # noqa: E402
from scripts.screens.jukebox_screen import jukebox_lines, run_jukebox  # noqa: E402
from scripts.temporary import PLAY_RATE  # noqa: E402
from tests.conftest import (  # noqa: E402
    SINK,
    NullSink,
    _answers,
    _sound_variables,
    _start_sound_server,
)
from tests.tones import LEVEL, make_song  # noqa: E402

DEVICES = ("simpleaudio", "miniaudio")
PRESSES = 12
CPU_SECONDS = 20.0
SONGS = 1000


@contextlib.contextmanager
def sound_device(folder: Path) -> Iterator[int]:
    """A silent sound server for this process and those it starts: its process id."""
    (folder / "pulse").mkdir(mode=0o700)
    sink = NullSink(folder, _sound_variables(folder))
    os.environ.update(sink.variables)
    server = _start_sound_server(folder, sink.environment)
    try:
        NullSink._await(lambda: _answers(sink), "the sound server")
        yield server.pid
    finally:
        server.terminate()
        server.wait(timeout=10)


class Ear:
    """Listens to the device and knows when it last was silent, soft and loud."""

    BYTES = PLAY_RATE // 200 * 2

    def __init__(self) -> None:
        command = ["parec", "-d", f"{SINK}.monitor", "--latency-msec=5", "--channels=1"]
        command += ["--format=s16le", f"--rate={PLAY_RATE}"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.level = 0.0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while data := self.process.stdout.read(self.BYTES):
            self.level = float(np.abs(np.frombuffer(data, np.int16).astype(int)).max()) / LEVEL

    def wait_until(self, holds: Callable[[float], bool], limit: float = 3.0) -> float:
        """Seconds until the level is as it should be."""
        start = time.monotonic()
        while not holds(self.level) and time.monotonic() - start < limit:
            time.sleep(0.001)
        return time.monotonic() - start


def press_to_effect(device: str, song: Path) -> None:
    """Time pause, resume and volume from the call that a key makes to the sound that changes."""
    player, source, ear = open_player(only=device), SongStream(song), Ear()
    player.play(source, 0, 100)
    ear.wait_until(lambda level: level > 0.8)
    times: dict[str, list[float]] = {"pause": [], "resume": [], "softer": []}
    for number in range(PRESSES):
        time.sleep(0.5 + number * 0.013)
        player.set_volume(50)
        times["softer"].append(ear.wait_until(lambda level: level < 0.7))
        time.sleep(0.3)
        player.stop()
        times["pause"].append(ear.wait_until(lambda level: level < 0.05))
        time.sleep(0.3)
        player.play(source, player.position(), 100)
        times["resume"].append(ear.wait_until(lambda level: level > 0.2))
    player.close()
    source.close()
    ear.process.terminate()
    for name, values in times.items():
        middle, worst = statistics.median(values) * 1000, max(values) * 1000
        print(f"{device:12} {name:7} heard after {middle:4.0f} ms (worst {worst:.0f} ms)")


class QuietTerminal:
    """A screen that is drawn and thrown away, and no key until the time is over."""

    is_interactive = True

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.last = time.monotonic()
        self.slowest = 0.0

    @contextlib.contextmanager
    def raw_keys(self) -> Iterator[None]:
        yield

    def poll_key(self) -> str | None:
        now = time.monotonic()
        self.slowest, self.last = max(self.slowest, now - self.last), now
        return "b" if now > self.end else None

    def size(self) -> tuple[int, int]:
        return 80, 24

    def redraw(self, lines: list[str]) -> None: ...

    def write(self, text: str) -> None: ...


def cpu_share(device: str, folder: Path) -> None:
    """The share of one core that playing takes, decoding included."""
    player: Player = open_player(only=device)
    jukebox = Jukebox(Library(folder), player, SongStream, volume=60)
    terminal = QuietTerminal(CPU_SECONDS)
    before, start = os.times(), time.monotonic()
    run_jukebox(terminal, jukebox, time.monotonic, time.sleep)
    jukebox.close()
    time.sleep(0.2)
    after, wall = os.times(), time.monotonic() - start
    own, decoders = sum(after[:2]) - sum(before[:2]), sum(after[2:4]) - sum(before[2:4])
    share = (own + decoders) / wall
    print(
        f"{device:12} {share:.1%} of one core while playing ({own / wall:.1%} itself, the rest "
        f"decoding); slowest turn of the loop {terminal.slowest * 1000:.0f} ms"
    )


def many_songs(folder: Path, song: Path) -> None:
    """From a look into a folder of many songs to the first screen."""
    folder.mkdir()
    for number in range(SONGS):
        os.link(song, folder / f"Song {number:04}.mp3")
    player = open_player()
    start = time.monotonic()
    jukebox = Jukebox(Library(folder), player, SongStream)
    jukebox.tick(time.monotonic())
    lines = jukebox_lines(jukebox.snapshot())
    shown = time.monotonic() - start
    assert any("Song 0000" in line for line in lines)
    start = time.monotonic()
    turns = 200
    for _ in range(turns):
        jukebox.tick(time.monotonic())
        jukebox_lines(jukebox.snapshot())
    turn = (time.monotonic() - start) / turns
    jukebox.close()
    print(f"{SONGS} songs: screen up in {shown * 1000:.0f} ms; a turn takes {turn * 1000:.2f} ms")


def main() -> None:
    place = Path(tempfile.mkdtemp(prefix="lmg-", dir="/tmp"))
    try:
        (place / "songs").mkdir()
        (place / "sound").mkdir()
        tones = [make_song(place / "songs" / f"{tone}.mp3", tone, 60.0) for tone in (440, 660)]
        with sound_device(place / "sound"):
            for device in DEVICES:
                press_to_effect(device, tones[0])
                cpu_share(device, place / "songs")
            many_songs(place / "many", tones[0])
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
