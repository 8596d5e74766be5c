"""Windows: sleep, the console's title and its close button; on other systems these do nothing.

The modes of the console are in `console_keys.py`.
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
        """Keep the computer from going to sleep inside the `with` block."""
        set_state = _kernel().SetThreadExecutionState
        set_state.restype, set_state.argtypes = wintypes.DWORD, [wintypes.DWORD]
        set_state(console_codes.ES_CONTINUOUS | console_codes.ES_SYSTEM_REQUIRED)
        try:
            yield
        finally:
            set_state(console_codes.ES_CONTINUOUS)

    def title() -> str:
        """Return the title of the console window."""
        buffer = ctypes.create_unicode_buffer(console_codes.TITLE_LETTERS)
        _kernel().GetConsoleTitleW(buffer, console_codes.TITLE_LETTERS)
        return buffer.value

    def set_title(text: str) -> None:
        """Set the title of the console window."""
        printable = "".join(letter for letter in text if letter.isprintable())
        _kernel().SetConsoleTitleW(ctypes.c_wchar_p(printable[: console_codes.TITLE_LETTERS]))

    class CloseButton:
        """Handles the window's close button, log-off and shutdown like Ctrl-C.

        Windows calls the handler in a new thread and ends the process when it returns. So the
        handler interrupts the main thread, and waits until that has cleaned up.
        """

        def __init__(self) -> None:
            self.pressed = False
            self._idle = False
            self._tidy = threading.Event()
            kind = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
            self._handler = kind(self.press)  # Windows keeps only a pointer to it

        def register(self) -> None:
            _kernel().SetConsoleCtrlHandler(self._handler, True)

        def unregister(self) -> None:
            """Remove the handler; a waiting one returns, as the clean-up is done."""
            self._tidy.set()
            _kernel().SetConsoleCtrlHandler(self._handler, False)

        @contextlib.contextmanager
        def idle(self) -> Iterator[None]:
            """In the `with` block nothing needs cleaning up, and the program may end at once."""
            self._idle = True
            try:
                yield
            finally:
                self._idle = False

        def press(self, event: int) -> bool:
            """Handle a console event; return whether it was one that ends the program."""
            codes = console_codes
            if event not in (codes.CLOSED, codes.LOGGED_OFF, codes.SHUT_DOWN):
                return False
            self.pressed = True
            if not self._idle:
                _thread.interrupt_main()
                self._tidy.wait(console_codes.TIDY_SECONDS)
            return True

else:

    @contextlib.contextmanager
    def awake() -> Iterator[None]:
        """Do nothing: other systems stay awake while a program is busy."""
        yield

    def title() -> str:
        """Return ""."""
        return ""

    def set_title(text: str) -> None:
        """Do nothing."""

    class CloseButton:
        """Does nothing: a terminal that closes sends a signal, and the input ends."""

        def __init__(self) -> None:
            self.pressed = False

        def register(self) -> None: ...

        def unregister(self) -> None: ...

        @contextlib.contextmanager
        def idle(self) -> Iterator[None]:
            yield
