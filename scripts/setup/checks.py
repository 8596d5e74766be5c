"""Check this computer: one row for each thing, with what to do where it does not work."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.files import partial_path
from scripts.processes import Console, run_captured
from scripts.setup import self_tests
from scripts.setup.commands import clean_environment
from scripts.setup.environment import Environment, requirement_lines
from scripts.setup.self_tests import SelfTestResult, run_self_test
from scripts.setup.steps import PROBE, library_name
from scripts.tables.program import Paths
from scripts.temporary import application, installing


@dataclass(frozen=True)
class Row:
    """A row of the table: `state` is `ok`, `note` (works with limits) or `missing`."""

    what: str
    state: str
    detail: str

    def line(self) -> str:
        """Return the row as printed: ASCII, wrapped to the screen under its third column."""
        detail = self.detail.encode("ascii", "replace").decode()
        return textwrap.fill(
            f"{self.what:<14} {self.state:<8} {detail}",
            application.SCREEN_COLUMNS,
            subsequent_indent=" " * installing.CHECK_INDENT,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _starts_with(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError:
        return False


def _self_test_row(
    what: str,
    found: SelfTestResult,
    advice: str = installing.INSTALL_HINT,
    state: str = installing.MISSING,
) -> Row:
    """Return the row of a self-test: its result, or what to do and why (with `state`)."""
    if found.problem:
        return Row(what, state, f"{advice} ({found.problem[:200]})")
    return Row(what, installing.OK, str(found.result))


# --- Python, libraries, hardware and folders -----------------------------------------------------


def python_row(root: Path) -> Row:
    return Row("Python", installing.OK, f"{sys.version.split()[0]} on {platform.system()}")


def environment_row(root: Path) -> Row:
    environment = Environment(root)
    stamp = environment.read_stamp()
    if stamp is not None and environment.is_whole(stamp):
        return Row("Environment", installing.OK, f".venv with Python {stamp.python}")
    return Row("Environment", installing.MISSING, installing.INSTALL_HINT)


def libraries_row(root: Path) -> Row:
    """Load the libraries, in a process of its own, and name those that fail."""
    environment = Environment(root)
    command = [str(environment.python), "-I", "-X", "utf8", str(PROBE)]
    command += (
        requirement_lines(environment.requirements) if environment.requirements.exists() else []
    )
    try:
        done = run_captured(command, installing.PROBE_SECONDS, Console.SHARED, clean_environment())
    except (OSError, subprocess.SubprocessError):
        return Row("Libraries", installing.MISSING, installing.INSTALL_HINT)
    states = _states(done.stdout)
    broken = {name for name, state in states.items() if state != "ok"}
    needed = ", ".join(name for name in states if name in broken - {installing.SIMPLEAUDIO})
    if needed or not states:
        detail = f"{installing.INSTALL_HINT} ({needed or 'none found'})"
        return Row("Libraries", installing.MISSING, detail)
    has_simpleaudio = installing.SIMPLEAUDIO in states.keys() - broken
    fallback = "" if has_simpleaudio else "; miniaudio stands in for simpleaudio"
    return Row("Libraries", installing.OK, f"{len(states) - len(broken)} load{fallback}")


def _states(output: str) -> dict[str, str]:
    """Return the state of each library, the last that the probe wrote of it."""
    found = (json.loads(line) for line in output.splitlines() if line.startswith('{"name"'))
    return {library_name(one["name"]): str(one["state"]) for one in found}


def processor_row(root: Path) -> Row:
    missing = self_tests.missing_instructions()
    if missing:
        advice = "ready-made llama.cpp may not run here; a compiler builds one that does"
        return Row("Processor", installing.NOTE, f"no {', '.join(missing)}: {advice}")
    return Row("Processor", installing.OK, "has what llama.cpp's fast builds use")


def disk_row(root: Path) -> Row:
    free = shutil.disk_usage(root).free
    low = free < installing.DISK_LOW_BYTES
    advice = "; free some: songs and models need room" if low else ""
    state = installing.NOTE if low else installing.OK
    return Row("Disk space", state, f"{free / 1e9:.1f} GB free{advice}")


def memory_row(root: Path) -> Row:
    found = run_self_test(root, installing.MEMORY_SELF_TEST).result
    if not isinstance(found, list):
        return Row("Memory", installing.MISSING, installing.INSTALL_HINT)
    total, available = found  # bytes
    low = available < installing.MEMORY_LOW_BYTES
    advice = "; close other programs before using a large model" if low else ""
    detail = f"{available / 1e9:.1f} of {total / 1e9:.1f} GB free{advice}"
    return Row("Memory", installing.NOTE if low else installing.OK, detail)


def folders_row(root: Path) -> Row:
    """Check that `data/` and `output/` can be written to."""
    for folder in (Paths.under(root).data, Paths.under(root).output):
        probe = partial_path(folder / ".writable")
        try:
            folder.mkdir(exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError:
            advice = "move the whole program to a folder of your own, such as Documents"
            detail = f"{folder.name} cannot be written to: {advice}"
            return Row("Folders", installing.MISSING, detail)
    return Row("Folders", installing.OK, "songs and settings can be kept")


# --- From the model to the sound device ----------------------------------------------------------


def model_row(root: Path) -> Row:
    path = Paths.under(root).models / application.STARTER_MODEL
    if not _starts_with(path, installing.MODEL_START):
        advice = "download the program again, or use a GGUF of your own"
        return Row("Starter model", installing.MISSING, advice)
    found = run_self_test(root, installing.MODEL_SELF_TEST, str(path))
    return _self_test_row("Starter model", found)


def grammar_row(root: Path) -> Row:
    return _self_test_row("Grammar", run_self_test(root, installing.GRAMMAR_SELF_TEST))


def soundfont_row(root: Path) -> Row:
    path = Paths.under(root).soundfont
    if not _starts_with(path, installing.SOUNDFONT_START):
        advice = f"download the program again, or bring back data/{path.name}"
        return Row("Soundfont", installing.MISSING, advice)
    size = path.stat().st_size // 10**6
    return Row("Soundfont", installing.OK, f"{application.SOUNDFONT_NAME}, {size} MB")


def band_row(root: Path) -> Row:
    soundfont = str(Paths.under(root).soundfont)
    return _self_test_row("Band", run_self_test(root, installing.SOUND_SELF_TEST, soundfont))


def mp3_row(root: Path) -> Row:
    return _self_test_row("MP3", run_self_test(root, installing.MP3_SELF_TEST))


def device_row(root: Path) -> Row:
    advice = "none: songs are made, but cannot be heard here"
    found = run_self_test(root, installing.DEVICE_SELF_TEST)
    return _self_test_row("Sound device", found, advice, installing.NOTE)


ROWS: tuple[Callable[[Path], Row], ...] = (
    python_row,
    environment_row,
    libraries_row,
    processor_row,
    memory_row,
    disk_row,
    folders_row,
    model_row,
    grammar_row,
    soundfont_row,
    band_row,
    mp3_row,
    device_row,
)


def rows(root: Path) -> Iterator[Row]:
    """Check everything, and yield each row as soon as it is known."""
    return (check(root) for check in ROWS)
