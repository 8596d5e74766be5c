"""Run the commands of set-up: their output goes to the log, progress to the screen."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.processes import Console, start_process
from scripts.temporary import installing


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code and its output."""

    code: int
    output: str

    @property
    def worked(self) -> bool:
        return self.code == 0


def clean_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables for child processes: English, UTF-8, `.venv` only."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key not in installing.MISLEADING_VARIABLES
    }
    ours = {
        "PYTHONUTF8": "1",
        "PYTHONNOUSERSITE": "1",
        "PIP_USER": "0",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    if sys.platform != "win32":
        ours["LC_ALL"] = "C.UTF-8"  # failures are known by their English words
    return {**kept, **ours, **(extra or {})}


def open_log(path: Path, heading: str) -> None:
    """Start a section of the log; a log that has grown too long is emptied first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    too_long = path.exists() and path.stat().st_size > installing.LOG_BYTES_AT_MOST
    with path.open("w" if too_long else "a", encoding="utf-8") as log:
        log.write(f"\n=== {heading}\n")


def run_logged(
    command: list[str],
    log: Path,
    beat: Callable[[], None],
    extra: dict[str, str] | None = None,
    keep_open: tuple[int, ...] = (),
) -> Outcome:
    """Run `command` with its output in `log`, calling `beat()` regularly until it ends.

    `extra` adds environment variables. The child inherits the handles `keep_open` (POSIX only).
    Raises OSError where the command cannot be started.
    """
    with log.open("ab") as file:
        file.write(f"\n$ {subprocess.list2cmdline(command)}\n".encode())
        file.flush()
        start = file.seek(0, os.SEEK_END)
        child = start_process(
            command,
            Console.SHARED,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=clean_environment(extra),
            pass_fds=() if sys.platform == "win32" else keep_open,
        )
        try:
            _watch(child, beat)
        except BaseException:  # Ctrl-C above all: pip must not go on unseen
            _end(child)
            raise
    return Outcome(child.returncode, _read_from(log, start))


def _watch(child: subprocess.Popen[bytes], beat: Callable[[], None]) -> None:
    while True:
        try:
            child.wait(timeout=installing.COMMAND_POLL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            beat()


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a command, which had its Ctrl-C already: wait, then terminate, then kill it."""
    measures: tuple[Callable[[], None], ...] = (lambda: None, child.terminate, child.kill)
    for measure in measures:
        measure()
        limit = time.monotonic() + installing.COMMAND_END_SECONDS
        while child.poll() is None and time.monotonic() < limit:
            time.sleep(installing.COMMAND_POLL_SECONDS)
        if child.poll() is not None:
            return


def _read_from(log: Path, start: int) -> str:
    """Return what stands in the log from `start` (bytes) on; of long output the end."""
    with log.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(start, end - installing.OUTPUT_BYTES_READ))
        return file.read().decode("utf-8", "replace")
