"""Runs what may crash, loop or eat memory in a short-lived process of its own."""

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
    """Why the process gave no answer, for the log; `raised`: by an ordinary Python error."""

    def __init__(self, reason: str, raised: bool = False) -> None:
        super().__init__(reason)
        self.raised = raised


def run_isolated(program: Path, work: Any, seconds: float, memory_bytes: int) -> str:
    """Run a script of ours on `work` (it reads JSON) and return what it writes.

    It sees nothing of this process but its work. Raises Failure when it fails, crashes, or takes
    more than `seconds` or `memory_bytes`; it is ended then.
    """
    try:
        process = start_process(
            [sys.executable, "-I", str(program)],
            Console.HIDDEN,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "GGML_NO_BACKTRACE": "1"},  # a crash calls no debugger
        )
    except OSError as error:
        raise IsolatedProcessError(f"it cannot be started ({error})", raised=True) from error
    try:
        said, complaint = _wait_within_limits(
            process, json.dumps(work).encode("ascii"), seconds, memory_bytes
        )
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode:
        last = complaint.decode("utf-8", "replace").strip()[-decoding.ISOLATED_ERROR_CHARACTERS :]
        raise IsolatedProcessError(
            f"it ended with {process.returncode}: {last}", process.returncode == 1
        )
    return said.decode("utf-8", "replace")


def _wait_within_limits(
    process: subprocess.Popen[bytes], work: bytes, seconds: float, memory_bytes: int
) -> tuple[bytes, bytes]:
    """Wait for the answer, and look now and then whether the process keeps within its bounds."""
    until = time.monotonic() + seconds
    left: bytes | None = work
    while True:
        try:
            return process.communicate(left, timeout=decoding.ISOLATED_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            left = None  # what was given once goes on being sent
        if time.monotonic() > until:
            raise IsolatedProcessError(f"it took more than {seconds:g} seconds")
        if _process_memory(process.pid) > memory_bytes:
            raise IsolatedProcessError(f"it took more than {memory_bytes / 1e6:.0f} MB of memory")


def _process_memory(number: int) -> int:
    """Return the bytes that a process holds, with its children (a venv on Windows starts one)."""
    import psutil

    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(number)
        for each in (process, *process.children(recursive=True)):
            total += each.memory_info().rss
    return total
