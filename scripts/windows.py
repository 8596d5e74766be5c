"""What Windows wants of a program in its console window; elsewhere nothing of it is needed.

The modes of the console itself are in `console_keys.py`.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

from scripts.temporary import console_codes

if sys.platform == "win32":
    import _thread
    import ctypes
    from ctypes import wintypes
    from typing import Any

    def _kernel() -> Any:
        return ctypes.WinDLL("kernel32", use_last_error=True)

    @contextlib.contextmanager
    def awake() -> Iterator[None]:
        """Keep the computer from going to sleep while this thread is inside."""
        ask = _kernel().SetThreadExecutionState
        ask.restype, ask.argtypes = wintypes.DWORD, [wintypes.DWORD]
        ask(console_codes.ES_CONTINUOUS | console_codes.ES_SYSTEM_REQUIRED)
        try:
            yield
        finally:
            ask(console_codes.ES_CONTINUOUS)

    def title() -> str:
        """What stands over the console's window."""
        held = ctypes.create_unicode_buffer(console_codes.TITLE_LETTERS)
        _kernel().GetConsoleTitleW(held, console_codes.TITLE_LETTERS)
        return held.value

    def set_title(text: str) -> None:
        """Write a song's name, or another text, over the console's window."""
        shown = "".join(letter for letter in text if letter.isprintable())
        _kernel().SetConsoleTitleW(ctypes.c_wchar_p(shown[: console_codes.TITLE_LETTERS]))

    class CloseButton:
        """The window's close button and the end of a session: they end the program as Ctrl-C does.

        Windows calls a handler in a thread of its own and ends the process when that returns. So
        the handler wakes the main thread up, and gives it time to remove what is half made.
        """

        def __init__(self) -> None:
            self.pressed = False
            self._idle = False
            self._tidy = threading.Event()
            kind = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
            self._handler = kind(self.press)  # held here: Windows keeps only its address

        def register(self) -> None:
            _kernel().SetConsoleCtrlHandler(self._handler, True)

        def unregister(self) -> None:
            """The program is tidy: it may end."""
            self._tidy.set()
            _kernel().SetConsoleCtrlHandler(self._handler, False)

        @contextlib.contextmanager
        def idle(self) -> Iterator[None]:
            """Within it the program only waits for the user, and may end at once."""
            self._idle = True
            try:
                yield
            finally:
                self._idle = False

        def press(self, event: int) -> bool:
            """Windows' call; True when the event was the window's."""
            if event not in (
                console_codes.CLOSED,
                console_codes.LOGGED_OFF,
                console_codes.SHUT_DOWN,
            ):
                return False
            self.pressed = True
            if not self._idle:
                _thread.interrupt_main()
                self._tidy.wait(console_codes.TIDY_SECONDS)
            return True

else:

    @contextlib.contextmanager
    def awake() -> Iterator[None]:
        """Nothing to do: writing songs keeps other systems awake."""
        yield

    def title() -> str:
        """Windows' own title; "" elsewhere."""
        return ""

    def set_title(text: str) -> None:
        """Nothing to do."""

    class CloseButton:
        """Nothing to do: a terminal that closes sends a signal, and input ends."""

        pressed = False

        def register(self) -> None: ...

        def unregister(self) -> None: ...

        @contextlib.contextmanager
        def idle(self) -> Iterator[None]:
            yield
