"""The terminal: lines, single keys and whole screens, on Windows and elsewhere.

Input and output are passed in. Where they are not a terminal, keys are read as lines (a line "b"
is the key "b") and screens are not redrawn.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from scripts.console_keys import LineInput, TerminalKeys, TerminalModes
from scripts.temporary import application, console_codes
from scripts.windows import CloseButton, set_title, title

Key = str  # a character, or a name such as "left"; END_KEY when there is no more input


class EndOfInput(EOFError):
    """There is no more input, or the output is closed."""


class Console:
    """A terminal, or streams in place of one. Use it in a `with` while the program runs.

    On Windows that turns on control sequences and turns off QuickEdit, in which a click into the
    window stops the whole program. Modes and title of the window are restored at the end. Its
    close button ends the program as Ctrl-C and the end of input do.
    """

    def __init__(self, input_stream: TextIO, output_stream: TextIO) -> None:
        self._input = input_stream
        self._output = output_stream
        self._input_is_terminal = _is_terminal(input_stream)
        self._output_is_terminal = _is_terminal(output_stream)
        self._lines = LineInput(input_stream)
        self._modes = TerminalModes()
        self._close_button = CloseButton()
        self._title = ""
        self._keys: TerminalKeys | None = None
        self._last_screen: tuple[tuple[int, int], list[str]] | None = None
        self._line_open = False
        self._quarter = -1  # of a bar in a pipe, the one written last
        if hasattr(output_stream, "reconfigure"):
            # A song's name may have letters that the terminal's code page lacks.
            output_stream.reconfigure(errors="replace")

    def __enter__(self) -> Console:
        if self._output_is_terminal:
            self._modes.change()
            self._title = title()
            self._close_button.register()
        return self

    def __exit__(self, *_: object) -> None:
        self._modes.restore()
        if self._output_is_terminal:
            set_title(self._title)
            self._close_button.unregister()

    @property
    def is_interactive(self) -> bool:
        """Whether both ends are terminals: keys come singly and screens can be redrawn."""
        return self._input_is_terminal and self._output_is_terminal

    # --- Input -------------------------------------------------------------------------------

    def read_line(self, prompt: str = "") -> str:
        """Ask for a line and return it without its end. Raises EndOfInput when there is none.

        Ctrl-C passes through as KeyboardInterrupt.
        """
        self.write(prompt)
        if self._close_button.pressed:
            raise EndOfInput
        with self._close_button.idle():
            return self._next_line()

    def _next_line(self) -> str:
        if self._input_is_terminal and self._input is sys.stdin:
            try:
                return input()  # knows how Ctrl-C arrives on Windows; readline() does not
            except EOFError as error:
                raise EndOfInput from error
        line = self._lines.read()
        if line is None:
            raise EndOfInput
        return line

    def poll_key(self) -> Key | None:
        """Return the next key without waiting, or None. On a terminal only within `raw_keys`."""
        if self._keys is not None:
            return self._keys.poll()
        if self._input_is_terminal:
            return None
        return _key_of_line(self._lines)

    @contextlib.contextmanager
    def raw_keys(self) -> Iterator[None]:
        """Deliver keys singly and without echo within the block, and restore the terminal."""
        if not self._input_is_terminal:
            yield
            return
        self._keys = TerminalKeys(self._input, self._hide_cursor, self._show_cursor)
        self._last_screen = None
        try:
            with self._keys:
                yield
        finally:
            self._keys = None
            if self._last_screen is not None:
                self._last_screen = None
                self.write("\n")

    # --- Output ------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Write text as it is. Raises EndOfInput when the output is closed."""
        try:
            self._output.write(text)
            self._output.flush()
        except OSError as error:
            self._discard_output()
            raise EndOfInput from error

    def _discard_output(self) -> None:
        """Redirect the output to null: Python would fail to flush it at exit, and say so."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, self._output.fileno())
            os.close(null)

    def size(self) -> tuple[int, int]:
        """Return the columns and rows of the window."""
        try:
            size = os.get_terminal_size(self._output.fileno())
        except (OSError, ValueError, AttributeError):
            return application.SCREEN_COLUMNS, console_codes.FALLBACK_ROWS
        return size.columns or application.SCREEN_COLUMNS, size.lines or console_codes.FALLBACK_ROWS

    def columns(self) -> int:
        """Return the columns of the window."""
        return self.size()[0]

    def redraw(self, lines: Sequence[str]) -> None:
        """Show lines as the whole screen, in one write and so without flicker."""
        size = self.size()
        columns, rows = size
        fitted = fit_rows(lines, rows)
        # The last column of the last row stays free, for some terminals scroll when it is filled.
        last = len(fitted) - 1
        fitted = [clip(line, columns - (row == last)) for row, line in enumerate(fitted)]
        if self._last_screen == (size, fitted):
            return
        fresh = self._last_screen is None or self._last_screen[0] != size
        drawn = [
            f"\x1b[{row};1H{line}{console_codes.CLEAR_LINE if width_of(line) < columns else ''}"
            for row, line in enumerate(fitted, start=1)
        ]
        below = f"\x1b[{len(fitted) + 1};1H{console_codes.CLEAR_BELOW}"
        below = below if len(fitted) < rows else ""
        cursor = f"\x1b[{len(fitted)};{width_of(fitted[-1]) + 1}H" if fitted else ""
        clear = console_codes.CLEAR if fresh else ""
        self.write(f"{console_codes.HOME}{clear}{''.join(drawn)}{below}{cursor}")
        self._last_screen = (size, fitted)

    def clear(self) -> None:
        """Clear the window, if output is a terminal."""
        if self._output_is_terminal:
            self.write(console_codes.CLEAR + console_codes.HOME)

    def update_line(self, text: str) -> None:
        """Overwrite the line that the last call wrote; in a pipe, write a line."""
        if not self._output_is_terminal:
            self.write(text + "\n")
            return
        self.write("\r" + clip(text, self.columns() - 1) + console_codes.CLEAR_LINE)
        self._line_open = True

    def progress(self, text: str, done: bool = False) -> None:
        """Show a growing bar, and end its line when `done`.

        In a pipe a line is written at each quarter of the percentage in the text, and at the end.
        """
        if self._output_is_terminal:
            self.update_line(text)
            if done:
                self.write("\n")
                self._line_open = False
            return
        found = re.search(r"(\d+)\s*%", text)
        quarter = self._quarter
        if found:
            quarter = int(found.group(1)) // console_codes.PIPE_PROGRESS_PERCENT
        if done or quarter != self._quarter:
            self.write(text + "\n")
        self._quarter = -1 if done else quarter

    def end_line(self) -> None:
        """End the line that `update_line` or `progress` left open, if one did."""
        if self._line_open:
            self.write("\n")
        self._line_open = False
        self._quarter = -1

    def _hide_cursor(self) -> None:
        self._last_screen = None
        self._write_unbuffered(console_codes.HIDE_CURSOR)

    def _show_cursor(self) -> None:
        self._write_unbuffered(console_codes.SHOW_CURSOR)

    def _write_unbuffered(self, control: str) -> None:
        """Write past the stream's buffer: a signal may have interrupted a write."""
        if self._output_is_terminal:
            with contextlib.suppress(OSError, ValueError):
                os.write(self._output.fileno(), control.encode("ascii"))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # closed, or no stream at all
        return False


def _key_of_line(lines: LineInput) -> Key | None:
    """Return the key that the next waiting line stands for, or None; skip empty lines."""
    while (line := lines.poll()) is not None:
        if line == console_codes.END_KEY:
            return console_codes.END_KEY
        key = " " if line and not line.strip() else line.strip().lower()
        if key:
            return key
    return None


# --- Fitting text into a window ------------------------------------------------------------------


def width_of(text: str) -> int:
    """Return how many columns a text takes: wide letters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> int:
    import unicodedata

    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def clip(text: str, columns: int) -> str:
    """Cut text to `columns` columns, with `...` where it was cut; drop control characters."""
    text = "".join(letter for letter in text if letter.isprintable())
    if width_of(text) <= columns:
        return text
    dots = "" if is_rule(text) else "..."[: max(0, columns)]
    room, kept = columns - len(dots), []
    for letter in text:
        room -= _letter_width(letter)
        if room < 0:
            break
        kept.append(letter)
    return "".join(kept) + dots


def is_blank(line: str) -> bool:
    """Whether a line is blank."""
    return not line.strip()


def is_rule(line: str) -> bool:
    """Whether a line is `=` or `-` across the window."""
    return line[:1] in ("=", "-") and len(set(line)) == 1


def fit_rows(lines: Sequence[str], rows: int) -> list[str]:
    """Drop lines until `rows` are left: blank ones, then rules, then those before the last."""
    kept = list(lines)
    for spare in (is_blank, is_rule):
        for line in reversed(list(kept)):
            if len(kept) > rows and spare(line):
                kept.remove(line)
    return kept if len(kept) <= rows else [*kept[: max(0, rows - 1)], kept[-1]]
