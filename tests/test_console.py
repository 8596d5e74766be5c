"""The terminal's edge, through a real pseudo-terminal and through pipes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.console import Console, EndOfInput, clip, fit_rows, width_of
from scripts.screens.layout import app_message
from scripts.temporary import application, console_codes

REPOSITORY = Path(__file__).resolve().parent.parent

# --- Fitting -------------------------------------------------------------------------------------


@given(st.text(), st.integers(0, 100))
def test_clipped_text_fits(text: str, columns: int) -> None:
    shown = clip(text, columns)
    assert width_of(shown) <= columns
    assert shown.isprintable()
    if text.isprintable() and width_of(text) <= columns:
        assert shown == text


def test_wide_letters_take_two_columns() -> None:
    assert width_of("夜abc") == 5
    assert clip("夜夜夜夜", 7) == "夜夜..."
    assert clip("abcdefghi", 8) == "abcde..."
    assert clip("abcdefghi", 2) == ".."
    assert clip("=" * 80, 20) == "=" * 20


@given(st.text(st.sampled_from("ab 夜明の e\u0301-"), max_size=300))
def test_sentences_fit_the_screen_and_lose_no_letter(text: str) -> None:
    wrapped = app_message(text)
    assert all(width_of(line) <= application.SCREEN_COLUMNS for line in wrapped.splitlines())
    assert "".join(wrapped.split()) == "".join(f"{application.NAME}: {text}".split())


@given(st.lists(st.sampled_from(["", "====", "song", "bar", "keys"])), st.integers(1, 20))
def test_rows_fit_and_the_last_line_stays(lines: list[str], rows: int) -> None:
    fitted = fit_rows(lines, rows)
    assert len(fitted) <= rows
    if lines and lines[-1] not in ("", "===="):
        assert fitted[-1] == lines[-1]
    if len(lines) <= rows:
        assert fitted == lines


# --- Without a terminal --------------------------------------------------------------------------


def test_lines_of_a_stream_and_its_end() -> None:
    console = Console(io.StringIO("one\n\ntwo"), out := io.StringIO())
    assert not console.is_interactive
    assert [console.read_line("? "), console.read_line(), console.read_line()] == ["one", "", "two"]
    with pytest.raises(EndOfInput):
        console.read_line("? ")
    assert out.getvalue() == "? ? "


def test_keys_of_a_stream_are_its_lines() -> None:
    console = Console(io.StringIO("N\n\n \n b \n"), io.StringIO())
    with console.raw_keys():
        assert [console.poll_key() for _ in range(5)] == [
            "n",
            " ",
            "b",
            console_codes.END_KEY,
            console_codes.END_KEY,
        ]


def pipe_console() -> tuple[Console, int]:
    reader, writer = os.pipe()
    return Console(os.fdopen(reader, encoding="utf-8"), io.StringIO()), writer


def test_a_pipe_is_not_waited_for_and_nothing_of_it_is_lost() -> None:
    console, writer = pipe_console()
    assert console.poll_key() is None
    os.write(writer, b"Chill, Dub")
    assert console.poll_key() is None
    os.write(writer, b"step\nb\nlast")
    assert console.read_line() == "Chill, Dubstep"
    assert console.poll_key() == "b"
    assert console.poll_key() is None
    os.close(writer)
    assert console.read_line() == "last"
    assert console.poll_key() == console_codes.END_KEY
    with pytest.raises(EndOfInput):
        console.read_line()


def test_bytes_that_are_no_text_do_no_harm() -> None:
    console, writer = pipe_console()
    os.write(writer, b"\xff\xfe\r\n")
    os.close(writer)
    assert console.read_line() == "\ufffd\ufffd"


def test_letters_that_the_code_page_lacks_are_replaced() -> None:
    raw = io.BytesIO()
    console = Console(io.StringIO(), io.TextIOWrapper(raw, encoding="cp1252"))
    console.write("Ночь – ok \udc80\n")
    assert raw.getvalue().rstrip() == b"???? \x96 ok ?"


def test_an_output_that_nobody_reads_ends_the_session() -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    with pytest.raises(EndOfInput):
        Console(io.StringIO(), Gone()).write("hello")


def test_progress_in_a_pipe_is_a_few_lines() -> None:
    console = Console(io.StringIO(), out := io.StringIO())
    for percent in range(101):
        console.progress(f"[##--] {percent}% Complete", done=percent == 100)
    shown = [line.split("] ")[1] for line in out.getvalue().splitlines()]
    assert shown == [f"{percent}% Complete" for percent in (0, 25, 50, 75, 100)]


# --- With a terminal -----------------------------------------------------------------------------

if sys.platform != "win32":
    from tests.console_terminal import Terminal

    KEYS_BODY = """
assert console.is_interactive
with console.raw_keys():
    console.write("ready ")
    while True:
        key = console.poll_key()
        if key is not None:
            console.write(ascii(key) + ";")
        if key == "x":
            break
        time.sleep(0.005)
console.write("left ")
sys.stdin.readline()
"""

    def test_keys_one_by_one() -> None:
        terminal = Terminal(KEYS_BODY)
        terminal.wait("ready ")
        for sent, key in (
            *[("b", "b"), ("\x1b[A", "up"), ("\x1bOD", "left"), ("\x1b[1;5C", "right")],
            *[
                (" ", " "),
                ("é", "\\xe9"),
                ("\r", "enter"),
                ("\x1b[5~p", "p"),
                ("\x04", console_codes.END_KEY),
            ],
        ):
            terminal.child.send(sent)
            terminal.wait(f"'{key}';")
        terminal.child.send("\x1b")
        time.sleep(console_codes.ESCAPE_WAIT_SECONDS * 4)
        terminal.child.send("\x1b[Bab\x1b[Dx")
        for key in ("escape", "down", "a", "b", "left", "x"):
            terminal.wait(f"'{key}';")
        terminal.wait("left ")
        assert terminal.is_as_before()
        terminal.child.send("\n")
        assert terminal.finish() == 0

    @pytest.mark.parametrize(
        ("ending", "status"),
        [
            ("raise ValueError('broken')", 1),
            ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)", 143),
            ("os.kill(os.getpid(), signal.SIGHUP); time.sleep(5)", 129),
            ("os.kill(os.getpid(), signal.SIGINT); time.sleep(5)", 130),
        ],
    )
    def test_the_terminal_is_put_back_whatever_happens(ending: str, status: int) -> None:
        body = f"""
import atexit
atexit.register(lambda: (os.write(1, b"at exit "), time.sleep(0.3)))
with console.raw_keys():
    console.redraw(["one", "two"])
    {ending}
"""
        terminal = Terminal(body)
        terminal.wait("two")
        assert terminal.finish() in (status, -(status - 128))
        text = terminal.output.decode()
        assert "\x1b[?25h" in text.split("at exit")[0]
        assert not terminal.screen.cursor.hidden

    def test_the_terminal_echoes_again_after_an_exception() -> None:
        body = """
try:
    with console.raw_keys():
        raise ValueError
except ValueError:
    pass
console.write("after ")
sys.stdin.readline()
"""
        terminal = Terminal(body)
        terminal.wait("after ")
        assert terminal.is_as_before()
        terminal.child.send("\n")
        assert terminal.finish() == 0

    def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() -> None:
        """Under a shell that does job control, as a user's would."""
        shell = 'set -m; $PYTHON -c "$CODE"; echo stopped $?; stty -a; echo seen; fg; echo out'
        terminal = Terminal(KEYS_BODY, shell=shell)
        terminal.wait("ready ")
        terminal.child.sendcontrol("z")
        terminal.wait("\x1b[?25h")
        terminal.wait("stopped 148")
        terminal.wait(" icanon")
        terminal.wait(" echo ")
        terminal.wait("seen")
        terminal.wait("\x1b[?25l")
        terminal.child.send("n")
        terminal.wait("'n';")
        terminal.child.send("x")
        terminal.wait("left ")
        terminal.child.send("\n")
        terminal.wait("out")
        assert terminal.finish() == 0

    SCREEN = """
lines = ["=" * 80, "    Llm-Music-Gen: Output Jukebox", "=" * 80, "", "Playing song: " + "夜" * 60,
         "[" + "#" * 30 + "] 00:01/00:02", "", "Next 5 Songs: a", "", "Pause = Space", "-" * 80,
         "Selection; Back to Main = B, Exit Program = X:"]
with console.raw_keys():
    console.redraw(lines)
    console.redraw(lines)
    lines[4] = "Playing song: short"
    console.redraw(lines)
    console.write("\\x1b]0;drawn\\x07")
    while console.poll_key() is None:
        time.sleep(0.01)
"""

    @pytest.mark.parametrize(("columns", "rows"), [(80, 24), (20, 5), (80, 12), (120, 40), (7, 2)])
    def test_a_screen_fits_any_window(columns: int, rows: int) -> None:
        terminal = Terminal(SCREEN, columns, rows)
        terminal.wait("drawn")
        shown = [line.rstrip() for line in terminal.screen.display]
        assert not any("夜" in line for line in shown)
        assert shown[min(rows, 12) - 1].startswith("Selection; Back to Main"[: columns - 4])
        if (columns, rows) == (80, 24):
            assert shown[0] == shown[2] == "=" * 80
            assert shown[4] == "Playing song: short"
            assert shown[10] == "-" * 80
            assert shown[12:] == [""] * 12
        if (columns, rows) == (20, 5):
            assert shown[1] == "Playing song: short"
        assert terminal.screen.cursor.hidden
        terminal.child.send("b")
        assert terminal.finish() == 0
        assert not terminal.screen.cursor.hidden

    def test_only_what_changes_is_written_and_a_resize_redraws() -> None:
        body = """
with console.raw_keys():
    console.redraw(["one", "two"])
    console.write("|")
    console.redraw(["one", "two"])
    console.write("|")
    while console.size() == (80, 24):
        time.sleep(0.01)
    console.redraw(["one", "two"])
    console.write("|done")
"""
        terminal = Terminal(body)
        terminal.wait("two")
        terminal.wait("||")
        terminal.child.setwinsize(5, 20)
        terminal.wait("\x1b[2J")
        terminal.wait("|done")
        assert terminal.finish() == 0

    def test_progress_stays_on_its_line() -> None:
        body = """
for percent in range(0, 101, 10):
    console.progress(f"[{'#' * 60}] {percent}% Complete", done=percent == 100)
console.write("next\\n")
"""
        terminal = Terminal(body, columns=40)
        assert terminal.finish() == 0
        shown = [line.rstrip() for line in terminal.screen.display if line.strip()]
        assert len(shown) == 2
        assert shown[1] == "next"

    def test_lines_are_asked_for_and_the_end_is_told() -> None:
        body = """
from scripts.console import EndOfInput
print(repr(console.read_line("Selection: ")))
try:
    console.read_line("again: ")
except EndOfInput:
    console.write("the end")
"""
        terminal = Terminal(body)
        terminal.wait("Selection: ")
        terminal.child.send("3\n")
        terminal.wait("'3'")
        terminal.wait("again: ")
        terminal.child.sendeof()
        terminal.wait("the end")
        assert terminal.finish() == 0


def test_importing_the_console_and_the_jukebox_costs_nothing() -> None:
    code = (
        "import sys; import scripts.console, scripts.jukebox.jukebox, scripts.playback.player, "
        "scripts.playback.decoder, scripts.screens.jukebox_screen; "
        "print([m for m in ('numpy', 'simpleaudio', 'miniaudio', 'pydub', 'imageio_ffmpeg') "
        "if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
