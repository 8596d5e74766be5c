"""Start other programs, with or without a share in the console and its Ctrl-C, and end them.

Standard library only: set-up uses it before any library is installed.
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

Stream = int | IO[Any] | None  # PIPE, DEVNULL, STDOUT or a file; None inherits


class Console(Enum):
    """Whether a process shares this program's console."""

    SHARED = "shared"  # yes: Ctrl-C reaches both
    HIDDEN = "hidden"  # on Windows no window and no Ctrl-C; elsewhere the same as SHARED
    APART = "apart"  # no: no window, no Ctrl-C, on POSIX a new session


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
    """Start a program; streams that are not given are the null device.

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
    """Start a program with pipes for lines of UTF-8 in and out; discard its stderr.

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
    """Run a program without input to its end; capture its output, decoded as UTF-8.

    Raises OSError, and `subprocess.TimeoutExpired` after `seconds`; the program is killed then.
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
    """Run a program that inherits console, input and output; return its exit code."""
    return subprocess.run(command, cwd=cwd, env=env, check=False).returncode


def kill_and_close(process: subprocess.Popen[bytes]) -> None:
    """Kill a process if it still runs, close its pipes and wait for its end.

    Afterwards a file that it wrote can be deleted, even on Windows.
    """
    process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()


def _console_options(console: Console, in_background: bool = False) -> dict[str, Any]:
    """Return the options for Popen; on Windows they include the priority."""
    if sys.platform == "win32":
        flags = 0 if console is Console.SHARED else subprocess.CREATE_NO_WINDOW
        low = subprocess.BELOW_NORMAL_PRIORITY_CLASS if in_background else 0
        return {"creationflags": flags | low}
    return {"start_new_session": console is Console.APART}
