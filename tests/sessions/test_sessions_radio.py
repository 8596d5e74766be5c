"""Whole sessions with the radio on: songs play while others are written, and nothing is left."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.conftest import NullSink
from tests.terminal_sessions import (
    BACK_OR_EXIT,
    LIMIT_SECONDS,
    MAIN_MENU,
    NUMBER_ASKED,
    STARTER,
    STYLES_ASKED,
    Terminal,
    songs,
    without_controls,
)

# Windows has neither; the tests here are skipped there, but they are read.
ENDING_SIGNALS = [getattr(signal, name) for name in ("SIGHUP", "SIGKILL") if hasattr(signal, name)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.model,
    pytest.mark.sound,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's"),
    pytest.mark.skipif(not STARTER.exists(), reason="the starter model is not there"),
]


def writers(terminal: Terminal) -> list[psutil.Process]:
    """The processes that write for a session."""
    try:
        children = psutil.Process(terminal.child.pid).children()
        return [child for child in children if "scripts.radio.writer" in " ".join(child.cmdline())]
    except psutil.Error:
        return []


def gone(processes: list[psutil.Process]) -> bool:
    """Whether they end."""
    _, alive = psutil.wait_procs(processes, LIMIT_SECONDS)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def is_writing(screen: list[str]) -> bool:
    return is_playing(screen) and any(line.startswith("Producing") for line in screen)


def is_playing(screen: list[str]) -> bool:
    return any(re.search(r"\] 00:\d\d/0\d:\d\d$", line) for line in screen)


def write_settings(root: Path, text: str) -> None:
    (root / "data" / "persistent.json").write_text(text, encoding="utf-8")


def start_radio(terminal: Terminal) -> None:
    terminal.answer((MAIN_MENU, "1"), (STYLES_ASKED, "Jazz"), (NUMBER_ASKED, "l"))
    terminal.wait_for_screen(is_writing)


def test_l_plays_the_first_song_and_writes_on_until_b(root: Path, null_sink: NullSink) -> None:
    write_settings(root, '{"takes": 1, "length": "1"}')
    with Terminal(root, variables=null_sink.variables) as terminal:
        start_radio(terminal)
        first = songs(root)[0].stem
        assert f"Playing song: {first}" in terminal.screen()
        terminal.wait_for_screen(lambda _: len(songs(root)) >= 2)
        screen = terminal.wait_for_screen(lambda shown: any("song number 3" in x for x in shown))
        assert f"Playing song: {first}" in screen  # nothing that joins disturbs what plays
        processes = writers(terminal)
        assert len(processes) == 1
        terminal.press("B")
        terminal.wait_for_screen(lambda shown: shown[-1:] == [MAIN_MENU])
        assert gone(processes)
        terminal.say("x")
        shown = without_controls(terminal.leave())
    assert 'Llm-Music-Gen: Producing "Jazz" themed song number 1...\n' in shown
    assert "Llm-Music-Gen: Converting song number 1 from ABC to Mp3...\n" in shown
    assert not list((root / "output").glob("*.partial"))


def test_g_starts_and_stops_with_the_styles_of_last_time(root: Path, null_sink: NullSink) -> None:
    write_settings(root, '{"takes": 1, "length": "1", "styles": "Waltz"}')
    with Terminal(root, variables=null_sink.variables) as terminal:
        terminal.answer((MAIN_MENU, "2"))
        terminal.wait_for_screen(lambda shown: any("no songs" in line for line in shown))
        terminal.press("g")
        terminal.wait_for_screen(is_writing)
        assert any('"Waltz"' in line for line in terminal.screen())
        processes = writers(terminal)
        terminal.press("G")
        terminal.wait_for_screen(lambda shown: is_playing(shown) and not is_writing(shown))
        assert gone(processes)
        terminal.press("x")
        terminal.leave()


def test_a_writer_that_is_killed_is_said_and_playing_goes_on(
    root: Path, null_sink: NullSink
) -> None:
    write_settings(root, '{"takes": 1, "length": "1"}')
    with Terminal(root, variables=null_sink.variables) as terminal:
        start_radio(terminal)
        writers(terminal)[0].kill()
        screen = terminal.wait_for_screen(
            lambda shown: any("The writing of songs ended unexpectedly" in x for x in shown)
        )
        assert is_playing(screen)
        terminal.press("g")
        terminal.wait_for_screen(is_writing)
        terminal.press("x")
        terminal.leave()


@pytest.mark.parametrize("how", [*ENDING_SIGNALS, "\x03"])
def test_however_the_program_ends_no_process_is_left(
    root: Path, null_sink: NullSink, how: signal.Signals | str
) -> None:
    write_settings(root, '{"takes": 1, "length": "3"}')
    with Terminal(root, variables=null_sink.variables) as terminal:
        start_radio(terminal)
        processes = writers(terminal)
        time.sleep(1.5)
        if isinstance(how, str):
            terminal.press(how)
        else:
            os.kill(terminal.child.pid, how)
        assert gone(processes)
    assert not list((root / "output").glob("*.partial"))
    assert len(songs(root)) >= 1


def test_auto_play_begins_with_the_first_song_and_b_shows_the_rest(
    root: Path, null_sink: NullSink
) -> None:
    write_settings(root, '{"takes": 1, "length": "4", "auto_play": true}')
    with Terminal(root, variables=null_sink.variables) as terminal:
        terminal.answer((MAIN_MENU, "1"), (STYLES_ASKED, "Jazz"), (NUMBER_ASKED, "2"))
        terminal.wait_for_screen(is_writing)
        assert len(songs(root)) == 1
        terminal.press("b")
        terminal.expect('Producing "Jazz" themed song number 2...')
        terminal.expect("is ready")
        terminal.answer((BACK_OR_EXIT, "b"), (MAIN_MENU, "x"))
        terminal.leave()
    assert len(songs(root)) == 2
