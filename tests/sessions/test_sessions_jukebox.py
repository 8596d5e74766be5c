"""The jukebox in a real terminal with a real device: keys, small windows, and the next evening."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import NullSink
from tests.terminal_sessions import (
    BACK_OR_EXIT,
    COLUMNS,
    LIMIT_SECONDS,
    MAIN_MENU,
    ROWS,
    Terminal,
    command,
    environment,
)
from tests.tones import make_song

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sound,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's"),
]


@pytest.fixture
def songs(root: Path) -> Path:
    """A program folder with three songs of tones, the oldest first."""
    for number, name in enumerate(("First", "Second", "Third")):
        path = make_song(root / "output" / f"{name}.wav", 440 + 110 * number, 60.0)
        os.utime(path, (1_700_000_000 + number,) * 2)
    return root


def shows(*texts: str) -> Callable[[list[str]], bool]:
    return lambda screen: all(any(text in line for line in screen) for text in texts)


def open_jukebox(terminal: Terminal) -> None:
    terminal.answer((MAIN_MENU, "2"))
    terminal.wait_for_screen(lambda screen: any("/01:00" in line for line in screen))


def leave(terminal: Terminal) -> None:
    terminal.press("x")
    terminal.leave()


def test_delete_asks_and_undo_brings_back(songs: Path, null_sink: NullSink) -> None:
    output = songs / "output"
    with Terminal(songs, variables=null_sink.variables) as terminal:
        open_jukebox(terminal)
        terminal.press("d")
        terminal.wait_for_screen(shows('Delete "First"? Yes = Y, No = any other key'))
        terminal.press("n")  # no, and not the next song
        terminal.wait_for_screen(lambda screen: not shows("Delete")(screen))
        assert shows("Playing song: First")(terminal.screen())
        terminal.press("D")
        terminal.press("Y")
        screen = terminal.wait_for_screen(shows("Playing song: Second", "Undo = U"))
        assert screen[-1] == BACK_OR_EXIT
        assert (output / "deleted" / "First.wav").is_file()
        assert not (output / "First.wav").exists()
        terminal.press("U")
        terminal.wait_for_screen(shows('"First" is back.'))
        assert (output / "First.wav").is_file()
        leave(terminal)


def test_the_next_evening_it_goes_on_where_it_was(songs: Path, null_sink: NullSink) -> None:
    with Terminal(songs, variables=null_sink.variables) as terminal:
        open_jukebox(terminal)
        for key in ("n", "f", "r", "\x1b[C", "\x1b[C", "\x1b[C"):
            terminal.press(key)
        terminal.wait_for_screen(shows("Playing song: Second", "00:15/01:00", "Favourite"))
        leave(terminal)
    with Terminal(songs, variables=null_sink.variables) as terminal:
        open_jukebox(terminal)
        wanted = shows("Playing song: Second", "Favourite", "Repeating this song")
        screen = terminal.wait_for_screen(wanted)
        assert any("] 00:15/" in line or "] 00:16/" in line for line in screen)
        leave(terminal)


def test_any_window_and_back(songs: Path, null_sink: NullSink) -> None:
    with Terminal(songs, variables=null_sink.variables) as terminal:
        open_jukebox(terminal)
        for rows, columns in ((5, 20), (1, 10), (12, 50), (60, 200), (ROWS, COLUMNS)):
            terminal.child.setwinsize(rows, columns)
            terminal._screen.resize(rows, columns)

            def fits(screen: list[str], rows: int = rows, columns: int = columns) -> bool:
                last = BACK_OR_EXIT if columns > 50 else BACK_OR_EXIT[: columns - 4]
                whole = len(screen) <= rows and bool(screen) and screen[-1].startswith(last)
                return whole and (rows == 1 or any(line.startswith("Playing") for line in screen))

            terminal.wait_for_screen(fits)
        terminal.press("b")
        terminal.wait_for_screen(lambda screen: screen[-1:] == [MAIN_MENU])
        terminal.assert_restored()
        terminal.say("x")
        terminal.leave()


@pytest.mark.skipif(shutil.which("bash") is None, reason="job control needs a shell")
def test_control_z_gives_the_terminal_back_and_fg_goes_on(songs: Path, null_sink: NullSink) -> None:
    import pexpect

    shell = pexpect.spawn(
        "bash",
        ["--norc", "--noprofile", "-i"],
        env={**environment(songs, null_sink.variables), "TERM": "xterm", "PS1": "$ "},
        cwd=str(songs),
        dimensions=(ROWS, 200),
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
    )
    shell.sendline(shlex.join(command(songs)))
    shell.expect_exact(MAIN_MENU)
    shell.sendline("2")
    shell.expect_exact("00:01/01:00")
    shell.send("\x1a")
    shell.expect_exact("\x1b[?25h")  # the cursor is there again
    shell.expect_exact("Stopped")
    shell.sendline("stty -a; echo 'that'-'is'-all")
    shell.expect(r"[^-]icanon[\s\S]*[^-]echo [\s\S]*that-is-all")
    shell.sendline("fg")
    shell.expect(r"Playing song: First[\s\S]*Selection; Back to Main = B, Exit Program = X:")
    shell.send("x")
    shell.sendline("echo 'left'-$?")
    shell.expect_exact("left-0")
    shell.close(force=True)


def test_ten_thousand_files_are_no_trouble(root: Path, null_sink: NullSink) -> None:
    song = make_song(root / "output" / "Song 00000.mp3", 440, 60.0)
    for number in range(1, 10_000):
        os.link(song, root / "output" / f"Song {number:05}.mp3")
    with Terminal(root, variables=null_sink.variables) as terminal:
        open_jukebox(terminal)
        terminal.press("s")
        terminal.wait_for_screen(shows("Shuffled"))
        terminal.press("n")
        terminal.wait_for_screen(shows("Played before: Song 00000"))
        leave(terminal)
