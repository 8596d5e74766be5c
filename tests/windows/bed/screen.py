"""A Windows console that a test can look at and type into: Wine draws it into a pseudo-terminal."""

from __future__ import annotations

import os
import re
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from tests.conftest import SOUND_NICENESS
from tests.windows.bed.wine import Windows

COLUMNS, ROWS = 80, 30
WAIT_SECONDS = 90.0


def _keys_one_by_one() -> None:
    """Set a pseudo-terminal as Wine needs it: keys go on as they come, Ctrl-C is a signal."""
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    import termios
    import tty

    tty.setraw(0)
    modes = termios.tcgetattr(0)
    modes[3] |= termios.ISIG
    termios.tcsetattr(0, termios.TCSANOW, modes)


def _sound_first() -> None:
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    _keys_one_by_one()
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, SOUND_NICENESS)


class Screen:
    """A program in a console window: its screen, its title, and a keyboard."""

    def __init__(
        self,
        windows: Windows,
        words: Sequence[str],
        folder: Path,
        variables: Mapping[str, str] | None = None,
        sound: bool = False,
    ) -> None:
        """`sound`: it is listened to, and goes first where that is allowed."""
        import pexpect
        import pyte

        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream: Any = pyte.Stream(self._screen)
        self.written = ""
        self._seen = 0
        self._starts = 0
        self._spawn: Callable[[], Any] = partial(
            pexpect.spawn,
            "wine",
            list(words),
            cwd=str(folder),
            env={**windows.environment(variables), "TERM": "xterm"},
            dimensions=(ROWS, COLUMNS),
            preexec_fn=_sound_first if sound else _keys_one_by_one,
            encoding="utf-8",
            codec_errors="replace",
        )
        self._start()

    def _start(self) -> None:
        self.child: Any = self._spawn()
        self._starts += 1

    def _restarted(self) -> bool:
        """Start again where Wine ended before the program's first word; at most once.

        Seen once in five runs on a busy machine. What our program says when it ends is on the
        screen, so nothing of it is passed over.
        """
        if self.plain().strip() or self._starts > 1:
            return False
        warnings.warn("Wine ended without a word and was started again", stacklevel=2)
        self.child.close()
        self._start()
        return True

    @property
    def title(self) -> str:
        """What stands in the window's title bar."""
        return str(self._screen.title)

    def lines(self) -> list[str]:
        """The lines of the screen that are not blank."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    def wait(self, holds: Callable[[Screen], bool], seconds: float = WAIT_SECONDS) -> Screen:
        """Read on until the screen is as wanted."""
        limit = time.monotonic() + seconds
        while not holds(self):
            assert time.monotonic() < limit, "\n".join([self.title, *self.lines()])
            alive = self._read() or holds(self) or self._restarted()
            assert alive, "\n".join(["It ended:", *self.lines(), repr(self.written[-500:])])
        return self

    def wait_for(self, text: str, seconds: float = WAIT_SECONDS) -> Screen:
        """Read on until `text` is on the screen."""
        return self.wait(lambda screen: any(text in line for line in screen.lines()), seconds)

    def next(self, text: str, seconds: float = WAIT_SECONDS) -> Screen:
        """Read on until `text` is written once more than when this was last waited for."""
        self.wait(lambda screen: text in screen.plain()[self._seen :], seconds)
        self._seen = self.plain().index(text, self._seen) + len(text)
        return self

    def plain(self) -> str:
        """All that was written so far, without control sequences."""
        return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)", "", self.written)

    def watch(self, seconds: float) -> Screen:
        """Read on for a while."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit and self._read():
            pass
        return self

    def type(self, keys: str) -> None:
        """Press keys; `\\r` is Enter."""
        self.child.send(keys)

    def end(self, seconds: float = WAIT_SECONDS) -> int:
        """Wait for the program's end and return its exit code."""
        limit = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < limit, "\n".join(self.lines())
        self.child.close()
        return int(self.child.exitstatus)

    def _read(self) -> bool:
        """Take what was written within a moment; False when there will be no more."""
        import pexpect

        try:
            text = self.child.read_nonblocking(4096, timeout=0.2)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.written += text
        self._stream.feed(text)
        return True

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)
