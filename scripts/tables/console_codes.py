"""The terminal: control sequences, names of keys, the Windows console."""

from __future__ import annotations

# --- Output ----------------------------------------------------------------------------------

HOME, CLEAR, CLEAR_LINE, CLEAR_BELOW = "\x1b[H", "\x1b[2J", "\x1b[K", "\x1b[J"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
FALLBACK_ROWS = 24  # where the window's size is unknown
PIPE_PROGRESS_PERCENT = 25  # in a pipe, a line of progress is written at each such step

# --- Keys ------------------------------------------------------------------------------------

INPUT_READ_BYTES = 4096
ESCAPE = "\x1b"
INTERRUPT = "\x03"
END_CHARACTERS = "\x04\x1a"  # Ctrl-D, and Ctrl-Z as Windows has it
ESCAPE_WAIT_SECONDS = 0.025  # characters that follow Esc within it belong to the same key
KEY_NAMES = {"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace"}
ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
END_KEY = "end of input"  # the key that the console reports when there is no more input
KEY_POLL_SECONDS = 0.02  # between two looks for a key
WINDOWS_PREFIXES = "\x00\xe0"  # of arrows and function keys
WINDOWS_ARROWS = {"H": "up", "P": "down", "M": "right", "K": "left", "G": "home", "O": "end"}

# --- Windows ---------------------------------------------------------------------------------

# https://learn.microsoft.com/windows/console/setconsolemode
STD_INPUT, STD_OUTPUT = -10, -11
QUICK_EDIT, EXTENDED_FLAGS, VIRTUAL_TERMINAL = 0x40, 0x80, 0x04
# (handle, bits to set, bits to clear)
WINDOWS_CONSOLE_MODES = (
    (STD_INPUT, EXTENDED_FLAGS, QUICK_EDIT),
    (STD_OUTPUT, VIRTUAL_TERMINAL, 0),
)
# https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setthreadexecutionstate
ES_CONTINUOUS, ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001
# https://learn.microsoft.com/windows/console/handlerroutine
CLOSED, LOGGED_OFF, SHUT_DOWN = 2, 5, 6
CLOSING_EVENTS = (CLOSED, LOGGED_OFF, SHUT_DOWN)
TIDY_SECONDS = 4.0  # to clean up: Windows ends a program 5 s after its window was closed
TITLE_LETTERS = 500  # read of the console's title, at most
