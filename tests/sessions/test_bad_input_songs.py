"""Foreign and broken files in the output folder: the jukebox plays what is music, harms nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts.console import width_of
from scripts.render.encoder import encode
from tests.conftest import NullSink
from tests.terminal_sessions import COLUMNS, MAIN_MENU, STARTER, Terminal, everything_in, start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sound,
    pytest.mark.skipif(sys.platform == "win32", reason="terminals and names of POSIX"),
]


@pytest.fixture
def output(root: Path) -> Path:
    """An output folder with three songs, of which one has a difficult name, and much else."""
    import numpy as np

    folder = root / "output"
    time = np.arange(44_100 * 30) / 44_100
    tone = np.stack([np.sin(2 * np.pi * 330 * time)] * 2).astype(np.float32) * 0.2
    list(encode([tone], folder / "Good.mp3", "mp3", {"title": "Good"}))
    song = (folder / "Good.mp3").read_bytes()
    (folder / "\x1b[31mred\x07.mp3").write_bytes(song)
    (folder / f"{'日本' * 40}.mp3").write_bytes(song)
    Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.mp3")).write_bytes(song)
    (folder / "words.mp3").write_text("no music at all\n" * 500, encoding="utf-8")
    (folder / "noise.mp3").write_bytes(bytes(range(256)) * 200)
    (folder / "nothing.mp3").write_bytes(b"")
    (folder / "folder.mp3").mkdir()
    (folder / "nowhere.mp3").symlink_to("not there")
    (folder / "round.mp3").symlink_to("round.mp3")
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    os.mkfifo(folder / "pipe.mp3")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    return folder


def playing(screen: list[str]) -> str:
    """The name of the song whose bar has come to its first second, "" before."""
    begun = any("] 00:0" in line and "] 00:00/" not in line for line in screen)
    names = [line.partition(": ")[2] for line in screen if line.startswith("Playing song: ")]
    return names[0] if begun and names else ""


def test_the_jukebox_plays_what_is_music_and_touches_nothing(
    root: Path, output: Path, null_sink: NullSink
) -> None:
    before = everything_in(output)
    heard: list[str] = []
    with Terminal(root, variables=null_sink.variables) as terminal:
        terminal.answer((MAIN_MENU, "2"))
        for _ in range(5):
            screen = terminal.wait_for_screen(lambda shown: playing(shown) not in ("", *heard[-1:]))
            heard.append(playing(screen))
            assert max(map(width_of, screen)) <= COLUMNS
            terminal.press("n")
        terminal.press("b")
        terminal.wait_for_screen(lambda shown: shown[-1:] == [MAIN_MENU])
        terminal.say("x")
        written = terminal.leave()
    assert heard[4] == heard[0]
    assert {name[:4] for name in heard} == {"Good", "?[31", "日本日本", "bad?"}
    assert "Skipped: " in written
    assert "\x1b[31m" not in written
    assert "\x07" not in written
    assert everything_in(output) == before


@pytest.mark.model
@pytest.mark.skipif(not STARTER.exists(), reason="the starter model is not there")
def test_songs_are_made_beside_whatever_is_there(root: Path, output: Path) -> None:
    before = set(everything_in(output))
    session = start(root, "--styles", "Chill", "--length", "0.5")
    assert session.returncode == 0, session.stderr
    new = set(everything_in(output)) - before
    assert before <= set(everything_in(output))
    assert sorted(Path(name).suffix for name in new) == [".abc", ".json", ".mid", ".mp3"]
