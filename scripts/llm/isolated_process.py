"""Run code that may crash, hang or take too much memory in a separate process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from scripts.processes import Console, start_process
from scripts.temporary import decoding


class IsolatedProcessError(Exception):
    """The process gave no answer; the message goes to the log.

    `raised` is true for an ordinary Python error, false for a crash or a limit that was passed.
    """

    def __init__(self, reason: str, raised: bool = False) -> None:
        super().__init__(reason)
        self.raised = raised


def run_isolated(program: Path, work: Any, seconds: float, memory_bytes: int) -> str:
    """Run a script with `work` as JSON on its stdin; return what it writes to stdout.

    Python runs isolated (`-I`). Raises IsolatedProcessError when the script fails, crashes, or
    takes more than `seconds` or `memory_bytes`; it is killed then.
    """
    try:
        process = start_process(
            [sys.executable, "-I", str(program)],
            Console.HIDDEN,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "GGML_NO_BACKTRACE": "1"},  # no debugger is started at a crash
        )
    except OSError as error:
        raise IsolatedProcessError(f"it cannot be started ({error})", raised=True) from error
    try:
        output, errors = _wait_within_limits(
            process, json.dumps(work).encode("ascii"), seconds, memory_bytes
        )
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode:
        last = errors.decode("utf-8", "replace").strip()[-decoding.ISOLATED_ERROR_CHARACTERS :]
        raise IsolatedProcessError(
            f"it ended with {process.returncode}: {last}", process.returncode == 1
        )
    return output.decode("utf-8", "replace")


def _wait_within_limits(
    process: subprocess.Popen[bytes], work: bytes, seconds: float, memory_bytes: int
) -> tuple[bytes, bytes]:
    """Wait for stdout and stderr; poll time and memory meanwhile."""
    until = time.monotonic() + seconds
    left: bytes | None = work
    while True:
        try:
            return process.communicate(left, timeout=decoding.ISOLATED_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            left = None  # `communicate` goes on with the input of its first call
        if time.monotonic() > until:
            raise IsolatedProcessError(f"it took more than {seconds:g} seconds")
        if _process_memory(process.pid) > memory_bytes:
            raise IsolatedProcessError(f"it took more than {memory_bytes / 1e6:.0f} MB of memory")


def _process_memory(number: int) -> int:
    """Return a process's resident bytes, with its children (on Windows a venv starts one)."""
    import psutil

    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(number)
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    return total
