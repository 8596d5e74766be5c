"""Measure the jukebox: key press to effect, share of the processor, a folder of 1,000 songs.

Run it from the program's folder: `python tests/bench/jukebox.py`. It needs pulseaudio and parec
(Debian: pulseaudio, pulseaudio-utils, libasound2-plugins) and makes no noise.
"""

from __future__ import annotations

import contextlib
import os
import queue
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

from scripts.jukebox.jukebox import Jukebox  # noqa: E402
from scripts.jukebox.library import Library  # noqa: E402
from scripts.jukebox.song_analysis import SongAnalysis  # noqa: E402
from scripts.playback.decoder import SongStream  # noqa: E402
from scripts.playback.player import Player, open_player  # noqa: E402
from scripts.screens.jukebox_screen import jukebox_lines, run_jukebox  # noqa: E402
from scripts.tables.jukebox import SavedJukeboxState  # noqa: E402
from scripts.temporary import playback  # noqa: E402
from tests.conftest import SINK, NullSink, _answers, _sound_variables, _start_sound_server  # noqa: E402
from tests.tones import LEVEL, make_song  # noqa: E402

DEVICES = ("simpleaudio", "miniaudio")
PRESSES = 12
CPU_SECONDS = 20.0
SONGS = (1000, 10_000)


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


class LevelRecorder:
    """Records the device; `level` is the loudest of its last 5 ms."""

    BYTES = playback.SAMPLE_RATE // 200 * 2

    def __init__(self) -> None:
        command = ["parec", "-d", f"{SINK}.monitor", "--latency-msec=5", "--channels=1"]
        command += ["--format=s16le", f"--rate={playback.SAMPLE_RATE}"]
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


class QuietTerminal:
    """A screen that is drawn and thrown away, keys that are pressed by `press`, and then B."""

    is_interactive = True

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.last = time.monotonic()
        self.slowest = self.drawn = 0.0
        self.keys: queue.SimpleQueue[str] = queue.SimpleQueue()

    @contextlib.contextmanager
    def raw_keys(self) -> Iterator[None]:
        yield

    def press(self, key: str) -> None:
        self.keys.put(key)

    def poll_key(self) -> str | None:
        now = time.monotonic()
        self.slowest, self.last = max(self.slowest, now - self.last), now
        with contextlib.suppress(queue.Empty):
            return self.keys.get_nowait()
        return "b" if now > self.end else None

    def size(self) -> tuple[int, int]:
        return 80, 24

    def redraw(self, lines: list[str]) -> None:
        self.drawn = time.monotonic()

    def write(self, text: str) -> None: ...


def press_to_effect(device: str, folder: Path) -> None:
    """Time pause, resume and volume from the key that is pressed to the sound that changes."""
    jukebox = Jukebox(Library(folder), open_player(only=device), SongStream, volume=100)
    terminal, recorder = QuietTerminal(600.0), LevelRecorder()
    arguments = (terminal, jukebox, time.monotonic, time.sleep)
    screen = threading.Thread(target=run_jukebox, args=arguments)
    screen.start()
    recorder.wait_until(lambda level: level > 0.8)
    times: dict[str, list[float]] = {"pause": [], "resume": [], "mute": [], "unmute": []}
    drawn: list[float] = []
    effects = (
        ("mute", "m", lambda level: level < 0.05), ("unmute", "m", lambda level: level > 0.8),
        ("pause", " ", lambda level: level < 0.05), ("resume", " ", lambda level: level > 0.2),
    )  # fmt: skip
    for number in range(PRESSES):
        for name, key, has_changed in effects:
            time.sleep(0.4 + number * 0.013)
            pressed = time.monotonic()
            terminal.press(key)
            times[name].append(recorder.wait_until(has_changed))
            drawn.append(terminal.drawn - pressed if terminal.drawn > pressed else 1.0)
    terminal.press("b")
    screen.join()
    jukebox.close()
    recorder.process.terminate()
    for name, values in {**times, "screen": drawn}.items():
        middle, worst = statistics.median(values) * 1000, max(values) * 1000
        print(f"{device:12} {name:7} heard or seen after {middle:4.0f} ms (worst {worst:.0f} ms)")


def cpu_share(device: str, folder: Path, metered: bool) -> None:
    """The share of one core that playing takes, decoding included."""
    player: Player = open_player(only=device)
    saved = SavedJukeboxState(metered=metered)
    jukebox = Jukebox(Library(folder), player, SongStream, volume=60, saved=saved)
    terminal = QuietTerminal(CPU_SECONDS)
    before, start = os.times(), time.monotonic()
    run_jukebox(terminal, jukebox, time.monotonic, time.sleep)
    jukebox.close()
    time.sleep(0.2)
    after, wall = os.times(), time.monotonic() - start
    own, decoders = sum(after[:2]) - sum(before[:2]), sum(after[2:4]) - sum(before[2:4])
    share = (own + decoders) / wall
    print(
        f"{device:12} {share:.1%} of one core while playing{' with the meter' * metered} "
        f"({own / wall:.1%} itself, the rest decoding); slowest turn of the loop "
        f"{terminal.slowest * 1000:.0f} ms"
    )


def many_songs(folder: Path, song: Path, songs: int) -> None:
    """From a look into a folder of many songs to the first screen."""
    folder.mkdir()
    for number in range(songs):
        os.link(song, folder / f"Song {number:05}.mp3")
    player = open_player()
    start = time.monotonic()
    saved = SavedJukeboxState()
    jukebox = Jukebox(
        Library(folder),
        player,
        SongStream,
        saved=saved,
        analysis=SongAnalysis(folder, saved.measurements),
    )
    jukebox.tick(time.monotonic())
    lines = jukebox_lines(jukebox.snapshot())
    shown = time.monotonic() - start
    assert any("Song 00000" in line for line in lines)
    start = time.monotonic()
    turns = 200
    for _ in range(turns):
        jukebox.tick(time.monotonic())
        jukebox_lines(jukebox.snapshot())
    turn = (time.monotonic() - start) / turns
    jukebox.close()
    print(f"{songs} songs: screen up in {shown * 1000:.0f} ms; a turn takes {turn * 1000:.2f} ms")


def main() -> None:
    place = Path(tempfile.mkdtemp(prefix="lmg-", dir="/tmp"))
    try:
        (place / "songs").mkdir()
        (place / "sound").mkdir()
        tones = [make_song(place / "songs" / f"{tone}.mp3", tone, 60.0) for tone in (440, 660)]
        with sound_device(place / "sound"):
            for device in DEVICES:
                press_to_effect(device, place / "songs")
                for metered in (False, True):
                    cpu_share(device, place / "songs", metered)
            for songs in SONGS:
                many_songs(place / f"many {songs}", tones[0], songs)
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
