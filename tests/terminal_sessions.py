"""Whole sessions as a person has them: the launcher in a program folder of the test's own.

`start` runs it with a pipe for its input; `Terminal` holds a real pseudo-terminal and reads its
screen as a person does.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
STARTER = REPOSITORY / "models" / "starter" / "Llm-Music-Gen-Starter.Q8_0.gguf"
LIMIT_SECONDS = 120.0  # a busy machine is slow, and a writing radio goes last
COLUMNS, ROWS = 80, 40
MAIN_MENU = "Selection; Menu Option = 1-3, Exit Program = X:"
BACK_OR_EXIT = "Selection; Back to Main = B, Exit Program = X:"
STYLES_ASKED = "(Styles, separated, by, commas)"
NUMBER_ASKED = "How many songs should I generate?"

# The launcher itself, in another folder: set-up is tested elsewhere, and is done here.
LAUNCH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import launcher
from scripts import interface
launcher.ROOT = Path(sys.argv[2])
launcher.run = lambda arguments: interface.main(arguments, launcher.ROOT)
sys.exit(launcher.main(sys.argv[3:]))
"""


def command(root: Path, *arguments: str) -> list[str]:
    """The command line that starts the app in the program folder `root`."""
    return [sys.executable, "-c", LAUNCH, str(REPOSITORY), str(root), *arguments]


def environment(root: Path, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The surroundings of a session: a folder of its own for what is temporary."""
    temporary = root.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    own = {"TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary)}
    return {**os.environ, **own, "PYTHONIOENCODING": "utf-8", **(variables or {})}


def start(
    root: Path, *arguments: str, said: str = "", variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a session to its end with `said` as its input."""
    return subprocess.run(
        command(root, *arguments),
        input=said,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=LIMIT_SECONDS,
        env=environment(root, variables),
        cwd=root,
        check=False,
    )


def songs(root: Path) -> list[Path]:
    """The songs in the output folder, oldest first."""
    found = (root / "output").glob("*.mp3")
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))


def everything_in(folder: Path) -> list[str]:
    """Every file under a folder, hidden and partial ones as well."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


def assert_no_traceback(root: Path, text: str) -> None:
    """Neither the screen nor the log tells of an error that nobody expected."""
    assert "Traceback" not in text
    assert "Something unexpected" not in text
    log = root / "data" / "Llm-Music-Gen.log"
    assert not log.exists() or "Traceback" not in log.read_text(encoding="utf-8")


class Terminal:
    """A session in a pseudo-terminal: what was written, and the screen as it stands."""

    def __init__(
        self, root: Path, *arguments: str, variables: Mapping[str, str] | None = None
    ) -> None:
        import pexpect
        import pyte

        self.root = root
        self.written = ""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream: Any = pyte.Stream(self._screen)
        first, *rest = command(root, *arguments)
        self.child: Any = pexpect.spawn(
            first,
            rest,
            env={**environment(root, variables), "TERM": "xterm"},
            cwd=str(root),
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
            codec_errors="replace",
            timeout=LIMIT_SECONDS,
        )
        self.child.logfile_read = self
        self.modes = self._modes()

    def write(self, text: str) -> None:
        """Take what the session writes (pexpect's log file)."""
        self.written += text
        self._stream.feed(text)

    def flush(self) -> None:
        """There is nothing to flush."""

    def expect(self, text: str) -> None:
        """Wait until the session writes exactly this text after what was waited for before."""
        self.child.expect_exact(text)

    def expect_progress(self, heading: str) -> None:
        """Wait for a heading of the seed's and for its bar to move off zero."""
        self.child.expect_exact(heading)
        self.child.expect(r" [1-9]\d?% Complete")

    def say(self, *lines: str) -> None:
        """Type lines, each with Enter."""
        for line in lines:
            self.child.sendline(line)

    def press(self, key: str) -> None:
        """Press a key, without Enter."""
        self.child.send(key)

    def answer(self, *pairs: tuple[str, str]) -> None:
        """Wait for each text and answer it."""
        for text, line in pairs:
            self.expect(text)
            self.say(line)

    def wait_for_screen(self, holds: Callable[[list[str]], bool]) -> list[str]:
        """Read on until the screen is as wanted, and return it."""
        import pexpect

        limit = time.monotonic() + LIMIT_SECONDS
        while not holds(self.screen()):
            assert time.monotonic() < limit, "\n".join(self.screen())
            try:
                self.child.read_nonblocking(4096, timeout=1)
            except pexpect.TIMEOUT:
                continue
        return self.screen()

    def screen(self) -> list[str]:
        """The lines of the screen, without what is blank at their right and below."""
        lines = [line.rstrip() for line in self._screen.display]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def leave(self, code: int = 0) -> str:
        """Wait for the end: the exit code, the terminal as it was, and nothing unexpected."""
        import pexpect

        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == code, self.written[-2000:]
        assert self.written.rfind("\x1b[?25h") >= self.written.rfind("\x1b[?25l")
        assert_no_traceback(self.root, self.written)
        return self.written

    def _modes(self) -> list[Any]:
        if sys.platform == "win32":
            raise NotImplementedError  # what follows is POSIX alone
        import termios

        modes: list[Any] = termios.tcgetattr(self.child.child_fd)
        return modes

    def assert_restored(self) -> None:
        """The terminal's modes are those that the session found."""
        assert self._modes() == self.modes

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)


def without_controls(text: str) -> str:
    """Text of a terminal without its control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")
