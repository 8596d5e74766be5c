"""The console and the power calls on a real Windows Python: modes, title, keys, sleep, closing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.windows.bed.program import PYTHON, lines_of
from tests.windows.bed.screen import Screen
from tests.windows.bed.wine import Windows

MENU = "Selection; Menu Option = 1-3, Exit Program = X:"

MODES = """
import ctypes, sys
from ctypes import wintypes
from scripts.console import Console
from scripts.windows import set_title, title
kernel = ctypes.WinDLL("kernel32")
kernel.GetStdHandle.restype = wintypes.HANDLE
kernel.GetConsoleMode.argtypes = kernel.SetConsoleMode.argtypes = [wintypes.HANDLE, ctypes.c_void_p]
ways = kernel.GetStdHandle(-10), kernel.GetStdHandle(-11)
def modes():
    found = []
    for handle in ways:
        mode = wintypes.DWORD()
        assert kernel.GetConsoleMode(handle, ctypes.byref(mode))
        found.append(mode.value)
    return found
kernel.SetConsoleMode(ways[0], modes()[0] | 0x40 | 0x80)  # as a user's own window has it: QuickEdit
before, name = modes(), title()
with Console(sys.stdin, sys.stdout):
    set_title("Misty Glen (Zoë) - Llm-Music-Gen")
    during, named = modes(), title()
after, renamed = modes(), title()
assert before[0] & 0x40 and not during[0] & 0x40 and during[0] & 0x80, (before, during)
assert during[1] & 0x04, "no control sequences"
assert after == before, (after, before)
assert named == "Misty Glen (Zoë) - Llm-Music-Gen" and renamed == name, (name, named, renamed)
print("all well")
"""

AWAKE = """
import ctypes
from scripts.windows import awake
ask = ctypes.windll.kernel32.SetThreadExecutionState
ask.restype = ctypes.c_uint32
with awake():
    during = ask(0x80000000 | 0x1)
after = ask(0x80000000)
assert during == 0x80000001, hex(during)
assert after == 0x80000000, hex(after)
print("all well")
"""

KEYS = """
import sys, time
from scripts.console import Console
with Console(sys.stdin, sys.stdout) as console, console.raw_keys():
    input("ready")  # Wine listens to the keyboard from the first line on that is asked for
    while True:
        key = console.poll_key()
        if key:
            print(f"<{key}>", flush=True)
        if key == "x":
            break
        time.sleep(0.01)
"""

# Windows calls the handler of the close button in a thread of its own: here a thread does so when
# the song is half made.
CLOSED = """
import sys, threading, time
from pathlib import Path
from scripts import interface, windows
register = windows.CloseButton.register
def press(button):
    output = Path("output")
    while not [*output.glob("*.partial"), *Path(".").glob("data/half")]:
        time.sleep(0.005)
    print("CLOSING", flush=True)
    assert button._handler(2)
    print("HANDLED", flush=True)
def registered(button):
    register(button)
    threading.Thread(target=press, args=(button,), daemon=True).start()
windows.CloseButton.register = registered
sys.exit(interface.main([], Path(".").resolve()))
"""


@pytest.fixture
def folder(home: Path, first_start: str) -> Path:
    """The program's folder, set up."""
    return home


def run(windows: Windows, folder: Path, code: str) -> Screen:
    """Run a few lines in a console window, in the program's folder."""
    return Screen(windows, lines_of(folder, code), folder)


@pytest.mark.parametrize("code", [MODES, AWAKE], ids=["modes and title", "sleep"])
def test_the_window_and_the_computer_are_as_they_were(
    windows: Windows, folder: Path, code: str
) -> None:
    with run(windows, folder, code) as screen:
        assert screen.end() == 0, screen.lines()
        assert "all well" in screen.plain()


def test_keys_come_one_by_one_by_their_names(windows: Windows, folder: Path) -> None:
    # Wine's kbhit does not count keys without a character, as arrows are (Windows' does): behind
    # each of them a point is pressed, and both must come.
    arrows = {"\x1b[C.": "right", "\x1b[D.": "left", "\x1b[A.": "up", "\x1b[B.": "down"}
    letters = {"a": "a", "\r": "enter", "?": "?"}
    with run(windows, folder, KEYS) as screen:
        screen.wait_for("ready").type("\r")
        for keys, name in {**letters, **arrows}.items():
            screen.type(keys)
            screen.next(f"<{name}>")
            if keys in arrows:
                screen.next("<.>")
        screen.type("x")
        assert screen.end() == 0


def left_over(folder: Path) -> list[str]:
    """What a song that was broken off must not leave behind."""
    return [path.name for path in (folder / "output").rglob("*") if "partial" in path.name]


def order_a_long_song(screen: Screen) -> None:
    screen.next(MENU).type("1\r")
    screen.next("What kind of music").type("Techno\r")
    screen.next("How many songs").type("3\r")
    screen.next("Producing")


def test_ctrl_c_cancels_and_leaves_nothing_behind(windows: Windows, folder: Path) -> None:
    # Without the .bat: Wine's cmd ends at once, where Windows' asks whether to end the batch job.
    with Screen(windows, [PYTHON, "launcher.py"], folder) as screen:
        order_a_long_song(screen)
        screen.next("Converting").watch(0.5).type("\x03")
        screen.next("Cancelled").next("Back to Main = B").type("X\r")
        screen.end()
    assert left_over(folder) == []
    assert "Traceback" not in screen.written


def test_the_close_button_leaves_nothing_behind(windows: Windows, folder: Path) -> None:
    with run(windows, folder, CLOSED) as screen:
        order_a_long_song(screen)
        screen.next("CLOSING")
        started = time.monotonic()
        screen.end()
        assert time.monotonic() - started < 30
    assert left_over(folder) == []
    assert "Traceback" not in screen.written


def test_a_console_that_ended_without_a_word_is_started_again_once(
    windows: Windows, tmp_path: Path
) -> None:
    silent = Screen(windows, ["cmd", "/c", "exit"], tmp_path)
    with (
        silent,
        pytest.warns(UserWarning, match="started again"),
        pytest.raises(AssertionError, match="It ended"),
    ):
        silent.wait_for("never")
    telling = Screen(windows, ["cmd", "/c", "echo hello"], tmp_path)
    with telling, pytest.raises(AssertionError, match="hello"):
        telling.wait_for("never")
