"""Other programs: how they are started, and how they stand to the console and to Ctrl-C.

Standard library only: set-up runs its commands with it before any library is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import IO, Any

from scripts.temporary import application

Stream = int | IO[Any] | None  # PIPE, DEVNULL, STDOUT, a file; None: this program's own


class Console(Enum):
    """What a process shares with this program's console."""

    SHARED = "shared"  # all of it: Ctrl-C reaches both
    HIDDEN = "hidden"  # Windows: it has no window and gets no Ctrl-C; elsewhere as SHARED
    APART = "apart"  # nothing: no window, no Ctrl-C, a session of its own


def start_process(
    command: Sequence[str],
    console: Console = Console.APART,
    *,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = subprocess.DEVNULL,
    stderr: Stream = subprocess.DEVNULL,
    in_background: bool = False,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start a program, without input or output unless they are given.

    `in_background` gives it a low priority; `options` go to `subprocess.Popen`. Raises OSError.
    """
    process = subprocess.Popen(
        command,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        **_console_options(console, in_background),
        **options,
    )
    if in_background and sys.platform != "win32":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, application.BACKGROUND_NICENESS)
    return process


def start_dialogue(
    command: Sequence[str], console: Console = Console.APART
) -> subprocess.Popen[str]:
    """Start a program that reads and writes lines of UTF-8; its errors go nowhere.

    Raises OSError.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        **_console_options(console),
    )


def run_captured(
    command: Sequence[str],
    seconds: float,
    console: Console = Console.APART,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a program without input to its end, and keep what it writes, read as UTF-8.

    Raises OSError, and `subprocess.TimeoutExpired` after `seconds`; the program is ended then.
    """
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=seconds,
        env=env,
        check=False,
        **_console_options(console),
    )


def run_in_console(
    command: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> int:
    """Run a program on this program's own console, input and output; return its exit code."""
    return subprocess.run(command, cwd=cwd, env=env, check=False).returncode


def _console_options(console: Console, in_background: bool = False) -> dict[str, Any]:
    """Return the options for Popen; on Windows the priority is given at the start, too."""
    if sys.platform == "win32":
        flags = 0 if console is Console.SHARED else subprocess.CREATE_NO_WINDOW
        low = subprocess.BELOW_NORMAL_PRIORITY_CLASS if in_background else 0
        return {"creationflags": flags | low}
    return {"start_new_session": console is Console.APART}
