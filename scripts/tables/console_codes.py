"""The terminal: control sequences and names of keys."""

from __future__ import annotations

# --- Console ---------------------------------------------------------------------------------

HOME, CLEAR, CLEAR_LINE, CLEAR_BELOW = "\x1b[H", "\x1b[2J", "\x1b[K", "\x1b[J"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
FALLBACK_ROWS = 24
PIPE_PROGRESS_PERCENT = 25  # percent; in a pipe, progress is written this often

# --- Console keys ----------------------------------------------------------------------------

ESCAPE = "\x1b"
INTERRUPT = "\x03"
END_CHARACTERS = "\x04\x1a"  # Ctrl-D, and Ctrl-Z as Windows has it
ESCAPE_WAIT_SECONDS = 0.025  # what follows within it belongs to the same key
KEY_NAMES = {"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace"}
ARROWS = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end"}
WINDOWS_PREFIXES = "\x00\xe0"
WINDOWS_ARROWS = {"H": "up", "P": "down", "M": "right", "K": "left", "G": "home", "O": "end"}
INPUT_READ_BYTES = 4096

# --- Windows ---------------------------------------------------------------------------------

# https://learn.microsoft.com/windows/console/setconsolemode
STD_INPUT, STD_OUTPUT = -10, -11
QUICK_EDIT, EXTENDED_FLAGS, VIRTUAL_TERMINAL = 0x40, 0x80, 0x04
# handle, bits to set, bits to clear
WINDOWS_CONSOLE_MODES = (
    (STD_INPUT, EXTENDED_FLAGS, QUICK_EDIT),
    (STD_OUTPUT, VIRTUAL_TERMINAL, 0),
)
# https://learn.microsoft.com/windows/win32/api/winbase/nf-winbase-setthreadexecutionstate
ES_CONTINUOUS, ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001
# https://learn.microsoft.com/windows/console/handlerroutine
CLOSED, LOGGED_OFF, SHUT_DOWN = 2, 5, 6
CLOSING_EVENTS = (CLOSED, LOGGED_OFF, SHUT_DOWN)
TIDY_SECONDS = 4.0  # Windows ends a program five seconds after its window was closed
TITLE_LETTERS = 500  # of the console's title, at most
