"""A program that uses the console, in a pseudo-terminal, and what its screen shows."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent

if sys.platform != "win32":
    import termios

    import pexpect
    import pyte

    PROGRAM = """
import os, signal, sys, time
from scripts.console import Console
console = Console(sys.stdin, sys.stdout)
with console:
"""

    class Terminal:
        """A program in a pseudo-terminal, and what its screen shows."""

        def __init__(self, body: str, columns: int = 80, rows: int = 24, shell: str = "") -> None:
            self.screen = pyte.Screen(columns, rows)
            self.stream = pyte.ByteStream(self.screen)
            code = PROGRAM + "\n".join("    " + line for line in body.strip().splitlines())
            self.child: Any = pexpect.spawn(
                "bash" if shell else sys.executable,
                ["-c", shell or code],
                dimensions=(rows, columns),
                cwd=str(REPOSITORY),
                env={
                    **os.environ,
                    "PYTHONUTF8": "1",
                    "TERM": "xterm",
                    "PYTHON": sys.executable,
                    "CODE": code,
                },
                timeout=10,
            )
            self.child.delaybeforesend = None
            self.before = termios.tcgetattr(self.child.child_fd)
            self.output = b""

        def wait(self, text: str) -> None:
            """Wait until the program has written `text`."""
            limit = time.monotonic() + 10
            while text.encode() not in self.output:
                assert time.monotonic() < limit, f"{text!r} not in {self.output!r}"
                self._read()
            self.output = self.output.split(text.encode(), 1)[1]

        def finish(self) -> int:
            """Wait for the program's end; its exit status, or minus the signal that ended it."""
            limit = time.monotonic() + 10
            while self._read():
                assert time.monotonic() < limit, "it does not end"
            self.child.wait()
            return int(self.child.exitstatus or -(self.child.signalstatus or 0))

        def is_as_before(self) -> bool:
            """Whether the terminal echoes and waits for whole lines, as it did at first."""
            return bool(termios.tcgetattr(self.child.child_fd)[3] == self.before[3])

        def _read(self) -> bool:
            try:
                data = self.child.read_nonblocking(4096, timeout=0.2)
            except pexpect.TIMEOUT:
                return True
            except pexpect.EOF:
                return False
            self.output += data
            self.stream.feed(data)
            return True
