"""Leaving from anywhere: end of input, Ctrl-C, B, a closed window; nothing is left half made."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.screens import options_screen
from tests.conftest import NullSink
from tests.terminal_sessions import (
    BACK_OR_EXIT,
    LIMIT_SECONDS,
    MAIN_MENU,
    NUMBER_ASKED,
    STARTER,
    STYLES_ASKED,
    Terminal,
    assert_no_traceback,
    command,
    environment,
    everything_in,
    songs,
    start,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals and signals are POSIX's"),
    pytest.mark.skipif(not STARTER.exists(), reason="the starter model is not there"),
]

END_OF_INPUT, CONTROL_C = "\x04", "\x03"
ANSWER = "User Input: "
OPTIONS = f"Change Option = 1-{len(options_screen.OPTIONS)}, Back to Main = B, Exit Program = X:"
# Where a person may be -> what to answer to get there, and what is waited for in the end.
PLACES: dict[str, tuple[list[tuple[str, str]], str]] = {
    "main menu": ([], MAIN_MENU),
    "styles": ([(MAIN_MENU, "1")], STYLES_ASKED),
    "number": ([(MAIN_MENU, "1"), (STYLES_ASKED, "Chill")], NUMBER_ASKED),
    "options": ([(MAIN_MENU, "3")], OPTIONS),
    "an option": ([(MAIN_MENU, "3"), (OPTIONS, "2")], ANSWER),
    "models": ([(MAIN_MENU, "3"), (OPTIONS, "1")], "Back to Options = B, Exit Program = X:"),
}


@pytest.mark.parametrize("key", [END_OF_INPUT, CONTROL_C], ids=["end of input", "ctrl-c"])
@pytest.mark.parametrize("place", PLACES)
def test_every_prompt_is_left_in_peace(root: Path, place: str, key: str) -> None:
    way, waited_for = PLACES[place]
    with Terminal(root) as terminal:
        terminal.answer(*way)
        terminal.expect(waited_for)
        terminal.press(key)
        terminal.leave()
    assert not everything_in(root / "output")


@pytest.mark.parametrize("key", ["x", "X"])
@pytest.mark.parametrize("place", PLACES)
def test_x_exits_from_every_prompt(root: Path, place: str, key: str) -> None:
    way, waited_for = PLACES[place]
    with Terminal(root) as terminal:
        terminal.answer(*way)
        terminal.expect(waited_for)
        terminal.say(key)
        terminal.leave()


# --- While songs are made ------------------------------------------------------------------------


def order(terminal: Terminal, length: str, number: str) -> None:
    """Order songs from the main menu."""
    settings = terminal.root / "data" / "persistent.json"
    assert f'"{length}"' in settings.read_text("utf-8")
    terminal.answer((MAIN_MENU, "1"), (STYLES_ASKED, "Chill, Dubstep"), (NUMBER_ASKED, number))


@pytest.fixture
def long_songs(root: Path) -> Path:
    """A program folder whose songs take long enough to be interrupted."""
    (root / "data" / "persistent.json").write_text('{"length": "5"}', encoding="utf-8")
    return root


def assert_nothing_is_left(root: Path) -> None:
    """No song, no score, nothing temporary, in the output folder or the system's."""
    assert not everything_in(root / "output")
    assert not everything_in(root.parent / "temporary")


@pytest.mark.model
@pytest.mark.parametrize("key", ["b", "B", "\x1b", CONTROL_C, END_OF_INPUT])
@pytest.mark.parametrize("stage", ["Producing", "Converting"])
def test_a_song_that_is_cancelled_leaves_nothing(long_songs: Path, stage: str, key: str) -> None:
    with Terminal(long_songs) as terminal:
        order(terminal, "5", "2")
        terminal.expect(f"Llm-Music-Gen: {stage} ")
        terminal.expect("% Complete")
        terminal.press(key)
        terminal.expect("Cancelled: nothing was made.")
        terminal.expect(BACK_OR_EXIT)
        terminal.assert_restored()
        assert_nothing_is_left(long_songs)
        terminal.say("b")
        terminal.answer((MAIN_MENU, "x"))
        terminal.leave()


@pytest.mark.model
def test_finished_songs_stay_when_the_next_is_cancelled(long_songs: Path) -> None:
    with Terminal(long_songs) as terminal:
        order(terminal, "5", "3")
        terminal.expect("themed song number 2...")
        terminal.expect("% Complete")
        terminal.press("b")
        terminal.expect("Cancelled: 1 of 3 songs are kept.")
        terminal.answer((BACK_OR_EXIT, "x"))
        terminal.leave()
    [song] = songs(long_songs)
    scores = [f"scores/{song.stem}{kind}" for kind in (".abc", ".json", ".mid")]
    assert everything_in(long_songs / "output") == sorted([song.name, *scores])
    assert not everything_in(long_songs.parent / "temporary")


@pytest.mark.model
@pytest.mark.parametrize("number", [getattr(signal, "SIGHUP", 1), signal.SIGTERM])
@pytest.mark.parametrize("stage", ["Producing", "Converting"])
def test_a_closed_window_leaves_nothing(
    long_songs: Path, stage: str, number: signal.Signals
) -> None:
    with Terminal(long_songs) as terminal:
        order(terminal, "5", "1")
        terminal.expect(f"Llm-Music-Gen: {stage} ")
        terminal.expect("% Complete")
        os.kill(terminal.child.pid, number)
        terminal.leave(code=128 + number)
    assert_nothing_is_left(long_songs)


@pytest.mark.model
def test_a_killed_program_loses_only_the_song_it_was_at(long_songs: Path) -> None:
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    with Terminal(long_songs) as terminal:
        order(terminal, "5", "2")
        terminal.expect("themed song number 2...")
        terminal.expect("Converting song number 2")
        terminal.child.kill(signal.SIGKILL)
        terminal.child.wait()
    assert len(songs(long_songs)) == 1
    again = start(long_songs, "--styles", "Jazz", "--length", "0.5")
    assert again.returncode == 0, again.stdout + again.stderr
    assert len(songs(long_songs)) == 2


@pytest.mark.model
def test_ctrl_c_on_the_command_line_ends_with_its_own_code(root: Path) -> None:
    with Terminal(root, "--styles", "Chill", "--length", "5", "--songs", "2") as terminal:
        terminal.expect("Converting song number 1")
        terminal.press(CONTROL_C)
        terminal.expect("Cancelled: nothing was made.")
        terminal.leave(code=130)
    assert_nothing_is_left(root)


# --- Jukebox -------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [END_OF_INPUT, CONTROL_C], ids=["end of input", "ctrl-c"])
def test_the_jukebox_is_left_in_peace(root: Path, null_sink: NullSink, key: str) -> None:
    with Terminal(root, variables=null_sink.variables) as terminal:
        terminal.answer((MAIN_MENU, "2"))
        terminal.expect("There are no songs in output yet")
        terminal.press(key)
        terminal.wait_for_screen(lambda screen: screen[-1:] == [MAIN_MENU])
        terminal.assert_restored()
        terminal.press(key)
        terminal.leave()


# --- Pipes ---------------------------------------------------------------------------------------


@pytest.mark.model
def test_a_session_through_a_pipe(root: Path) -> None:
    (root / "data" / "persistent.json").write_text('{"length": "0.5"}', encoding="utf-8")
    session = start(root, said="1\nChill\n1\nB\nX\n")
    assert session.returncode == 0, session.stderr
    assert session.stderr == ""
    assert len(songs(root)) == 1
    assert "\x1b" not in session.stdout
    assert session.stdout.count("Llm-Music-Gen: Main Menu") == 2
    assert 'Producing "Chill" themed song number 1...\n' in session.stdout
    assert_no_traceback(root, session.stdout)


@pytest.mark.parametrize("said", ["", "1\n", "1\nChill\n", "3\n", "3\n2\n", "3\n1\n", "nonsense"])
def test_a_pipe_that_ends_early_ends_the_session(root: Path, said: str) -> None:
    session = start(root, said=said)
    assert session.returncode == 0, session.stderr
    assert session.stderr == ""
    assert_no_traceback(root, session.stdout)


def test_a_reader_that_goes_away_ends_the_session(root: Path) -> None:
    with subprocess.Popen(
        command(root),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(root),
    ) as session:
        assert session.stdin and session.stdout and session.stderr
        session.stdout.readline()
        session.stdout.close()
        with session.stdin as typed:
            typed.write(b"3\n2\n3\nB\n1\nChill\nB\n")
        errors = session.stderr.read().decode("utf-8", "replace")
        code = session.wait(LIMIT_SECONDS)
    assert code in (0, 1)
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert_no_traceback(root, errors)


def test_closed_standard_streams_are_no_riddle(root: Path) -> None:
    shell = shutil.which("sh")
    assert shell
    script = 'exec "$@" <&- >&- 2>&-'
    ended = subprocess.run(
        [shell, "-c", script, "sh", *command(root)],
        env=environment(root),
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert ended.returncode in (0, 1)
    assert_no_traceback(root, "")
