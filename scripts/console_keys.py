"""Single keys and waiting lines, for Windows and for POSIX systems."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TextIO

from scripts.temporary import console_codes

# --- Lines ---------------------------------------------------------------------------------------


class LineInput:
    """Reads lines of a stream that is not a terminal, with or without waiting.

    Reads past the stream's own buffer, which would hide whether a line waits.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._held = ""
        self._ended = False
        encoding = getattr(stream, "encoding", None) or "utf-8"
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        try:
            self._file: int | None = stream.fileno()
        except (AttributeError, OSError, ValueError):
            self._file = None

    def read(self) -> str | None:
        """Wait for the next line and return it; None at the end of input."""
        if self._file is None:
            return self._from_stream()
        while "\n" not in self._held and not self._ended:
            self._fill(self._file)
        return self._take()

    def poll(self) -> str | None:
        """Return the next line if one waits, END_KEY at the end of input, else None."""
        if self._file is None:
            line = self._from_stream()
            return console_codes.END_KEY if line is None else line
        while "\n" not in self._held and not self._ended and is_waiting(self._file):
            self._fill(self._file)
        if "\n" not in self._held and not self._ended:
            return None
        line = self._take()
        return console_codes.END_KEY if line is None else line

    def _from_stream(self) -> str | None:
        line = self._stream.readline()
        return line.rstrip("\r\n") if line else None

    def _fill(self, file: int) -> None:
        try:
            data = os.read(file, console_codes.INPUT_READ_BYTES)
        except OSError:
            data = b""
        self._ended = not data
        self._held += self._decoder.decode(data, final=self._ended)

    def _take(self) -> str | None:
        if not self._held:
            return None
        line, _, self._held = self._held.partition("\n")
        return line.rstrip("\r")


# --- Keys ----------------------------------------------------------------------------------------

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    def _kernel() -> Any:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.GetStdHandle.restype = wintypes.HANDLE
        kernel.GetConsoleMode.argtypes = [wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD)]
        kernel.SetConsoleMode.argtypes = [wintypes.HANDLE, wintypes.DWORD]
        kernel.PeekNamedPipe.argtypes = [wintypes.HANDLE, *[ctypes.c_void_p] * 5]
        return kernel

    def is_waiting(file: int) -> bool:
        """Whether reading would not block: the pipe has bytes or is closed, or it is no pipe."""
        count = wintypes.DWORD()
        handle = msvcrt.get_osfhandle(file)
        peeked = _kernel().PeekNamedPipe(handle, None, 0, None, ctypes.addressof(count), None)
        return not peeked or count.value > 0

    class TerminalModes:
        """Sets the console's modes while the program runs, and restores them."""

        def __init__(self) -> None:
            self._before: list[tuple[int, int]] = []

        def change(self) -> None:
            kernel = _kernel()
            for name, bits_on, bits_off in console_codes.WINDOWS_CONSOLE_MODES:
                handle, mode = kernel.GetStdHandle(name), wintypes.DWORD()
                if handle and kernel.GetConsoleMode(handle, ctypes.byref(mode)):
                    self._before.append((handle, mode.value))
                    kernel.SetConsoleMode(handle, mode.value & ~bits_off | bits_on)

        def restore(self) -> None:
            while self._before:
                handle, mode = self._before.pop()
                _kernel().SetConsoleMode(handle, mode)

    class TerminalKeys:
        """Keys of the Windows console; `enter` and `leave` are called around their use."""

        def __init__(
            self, stream: TextIO, enter: Callable[[], None], leave: Callable[[], None]
        ) -> None:
            self._enter, self._leave = enter, leave

        def __enter__(self) -> None:
            self._enter()

        def __exit__(self, *_: object) -> None:
            self._leave()

        def poll(self) -> str | None:
            """Return the next key, if one was pressed. Raises KeyboardInterrupt for Ctrl-C."""
            while msvcrt.kbhit():
                letter = msvcrt.getwch()
                if letter in console_codes.WINDOWS_PREFIXES and msvcrt.kbhit():
                    name = console_codes.WINDOWS_ARROWS.get(msvcrt.getwch())
                    if name:
                        return name
                    continue
                return key_name(letter)
            return None

else:
    import select
    import signal
    import termios
    import threading
    import tty

    ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

    def is_waiting(file: int, seconds: float = 0.0) -> bool:
        """Whether reading would not block, now or within `seconds`."""
        return bool(select.select([file], [], [], seconds)[0])

    class TerminalModes:
        """Nothing to set: terminals of these systems understand control sequences."""

        def change(self) -> None: ...

        def restore(self) -> None: ...

    class TerminalKeys:
        """Keys of a POSIX terminal; `enter` and `leave` are called around their use.

        Signals that would end or suspend the program restore the terminal first.
        """

        def __init__(
            self, stream: TextIO, enter: Callable[[], None], leave: Callable[[], None]
        ) -> None:
            self._file = stream.fileno()
            self._enter, self._leave = enter, leave
            self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
            self._held = ""
            self._handlers: dict[int, Any] = {}
            self._before: list[Any] = []

        def __enter__(self) -> None:
            self._before = termios.tcgetattr(self._file)
            if threading.current_thread() is threading.main_thread():
                for number in ENDING_SIGNALS:
                    self._handlers[number] = signal.signal(number, _end)
                self._handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._stop)
            self._set_raw()

        def __exit__(self, *_: object) -> None:
            self._set_back()
            for number, handler in self._handlers.items():
                signal.signal(number, handler)

        def poll(self) -> str | None:
            """Return the next key, if one was pressed; END_KEY when the terminal is gone.

            Raises KeyboardInterrupt for Ctrl-C.
            """
            while not self._held and is_waiting(self._file):
                if not self._fill():
                    return console_codes.END_KEY
            if self._held.startswith(console_codes.ESCAPE):
                return self._escaped()
            letter, self._held = self._held[:1], self._held[1:]
            return key_name(letter) if letter else None

        def _fill(self) -> bool:
            try:
                data = os.read(self._file, console_codes.INPUT_READ_BYTES)
            except OSError:
                data = b""
            self._held += self._decoder.decode(data)
            return bool(data)

        def _escaped(self) -> str | None:
            """Return an arrow or a lone Esc; after an unknown sequence, the next key if any."""
            while not (end := _sequence_end(self._held)):
                more = is_waiting(self._file, console_codes.ESCAPE_WAIT_SECONDS)
                if not more or not self._fill():
                    self._held = self._held[1:]
                    return "escape"
            sequence, self._held = self._held[:end], self._held[end:]
            if sequence == console_codes.ESCAPE:
                return "escape"
            arrow = console_codes.ARROWS.get(sequence[-1]) if sequence[1] in "[O" else None
            return arrow or self.poll()

        def _set_raw(self) -> None:
            tty.setcbreak(self._file, termios.TCSANOW)
            self._enter()

        def _set_back(self) -> None:
            self._leave()
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

        def _stop(self, number: int, frame: FrameType | None) -> None:
            """Handle Ctrl-Z: restore the terminal, suspend, and take it again on resuming."""
            self._set_back()
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, self._stop)
            self._set_raw()

    def _end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)


def key_name(letter: str) -> str:
    """Return a key's name by its character. Raises KeyboardInterrupt for Ctrl-C."""
    if letter == console_codes.INTERRUPT:
        raise KeyboardInterrupt
    if letter in console_codes.END_CHARACTERS:
        return console_codes.END_KEY
    return console_codes.KEY_NAMES.get(letter, letter)


def _sequence_end(text: str) -> int:
    """Return the length of the escape sequence that begins the text; 0 if incomplete."""
    if len(text) < 2:
        return 0
    if text[1] not in "[O":
        return 2 if text[1] != console_codes.ESCAPE else 1
    for place, letter in enumerate(text[2:], start=2):
        if "@" <= letter <= "~":
            return place + 1
    return 0
