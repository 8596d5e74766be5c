"""What works on this computer, and what to do about what does not: one row each."""

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
    """A line of the table: a thing, `ok`, `note` (can be lived with) or `missing`, and why."""

    what: str
    state: str
    detail: str

    def line(self) -> str:
        """The row as it is printed: ASCII, wrapped to the screen under its third column."""
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
    trial: SelfTestResult,
    advice: str = installing.INSTALL_HINT,
    state: str = installing.MISSING,
) -> Row:
    """The row of a trial: what it found, or what to do and why."""
    if trial.problem:
        return Row(what, state, f"{advice} ({trial.problem[:200]})")
    return Row(what, installing.OK, str(trial.result))


# --- The ground ----------------------------------------------------------------------------------


def python_row(root: Path) -> Row:
    return Row("Python", installing.OK, f"{sys.version.split()[0]} on {platform.system()}")


def environment_row(root: Path) -> Row:
    environment = Environment(root)
    stamp = environment.read_stamp()
    if stamp is not None and environment.is_whole(stamp):
        return Row("Environment", installing.OK, f".venv with Python {stamp.python}")
    return Row("Environment", installing.MISSING, installing.INSTALL_HINT)


def libraries_row(root: Path) -> Row:
    """Load each library by itself and name those that fail."""
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
    broken = [
        name for name, state in states.items() if state != "ok" and name != installing.SIMPLEAUDIO
    ]
    if broken or not states:
        return Row(
            "Libraries",
            installing.MISSING,
            f"{installing.INSTALL_HINT} ({', '.join(broken) or 'none found'})",
        )
    stand_in = (
        ""
        if states.get(installing.SIMPLEAUDIO) == "ok"
        else "; miniaudio stands in for simpleaudio"
    )
    working = sum(state == "ok" for state in states.values())
    return Row("Libraries", installing.OK, f"{working} load{stand_in}")


def _states(output: str) -> dict[str, str]:
    found = (json.loads(line) for line in output.splitlines() if line.startswith('{"name"'))
    return {library_name(one["name"]): str(one["state"]) for one in found}


def processor_row(root: Path) -> Row:
    lacks = self_tests.missing_instructions()
    if lacks:
        advice = "ready-made llama.cpp may not run here; a compiler builds one that does"
        return Row("Processor", installing.NOTE, f"no {', '.join(lacks)}: {advice}")
    return Row("Processor", installing.OK, "has what llama.cpp's fast builds use")


def disk_row(root: Path) -> Row:
    free = shutil.disk_usage(root).free
    low = free < installing.DISK_LOW_BYTES
    advice = "; free some: songs and models need room" if low else ""
    return Row(
        "Disk space", installing.NOTE if low else installing.OK, f"{free / 1e9:.1f} GB free{advice}"
    )


def memory_row(root: Path) -> Row:
    found = run_self_test(root, installing.MEMORY_SELF_TEST).result
    if not isinstance(found, list):
        return Row("Memory", installing.MISSING, installing.INSTALL_HINT)
    low = found[1] < installing.MEMORY_LOW_BYTES
    advice = "; close other programs before using a large model" if low else ""
    detail = f"{found[1] / 1e9:.1f} of {found[0] / 1e9:.1f} GB free{advice}"
    return Row("Memory", installing.NOTE if low else installing.OK, detail)


def folders_row(root: Path) -> Row:
    """Whether songs and settings can be kept."""
    for folder in (Paths.under(root).data, Paths.under(root).output):
        probe = partial_path(folder / ".writable")
        try:
            folder.mkdir(exist_ok=True)
            probe.touch()
            probe.unlink()
        except OSError:
            return Row(
                "Folders", installing.MISSING, f"{folder.name} cannot be written to: move the whole program "
                "to a folder of your own, such as Documents"
            )  # fmt: skip
    return Row("Folders", installing.OK, "songs and settings can be kept")


# --- From a model to the ears --------------------------------------------------------------------


def model_row(root: Path) -> Row:
    path = Paths.under(root).models / application.STARTER_MODEL
    if not _starts_with(path, installing.MODEL_START):
        advice = "download the program again, or use a GGUF of your own"
        return Row("Starter model", installing.MISSING, advice)
    return _self_test_row(
        "Starter model", run_self_test(root, installing.MODEL_SELF_TEST, str(path))
    )


def grammar_row(root: Path) -> Row:
    return _self_test_row("Grammar", run_self_test(root, installing.GRAMMAR_SELF_TEST))


def soundfont_row(root: Path) -> Row:
    path = Paths.under(root).soundfont
    if _starts_with(path, installing.SOUNDFONT_START):
        return Row(
            "Soundfont",
            installing.OK,
            f"{application.SOUNDFONT_NAME}, {path.stat().st_size // 10**6} MB",
        )
    return Row(
        "Soundfont",
        installing.MISSING,
        f"download the program again, or bring back data/{path.name}",
    )


def band_row(root: Path) -> Row:
    return _self_test_row(
        "Band", run_self_test(root, installing.SOUND_SELF_TEST, str(Paths.under(root).soundfont))
    )


def mp3_row(root: Path) -> Row:
    return _self_test_row("MP3", run_self_test(root, installing.MP3_SELF_TEST))


def device_row(root: Path) -> Row:
    advice = "none: songs are made, but cannot be heard here"
    return _self_test_row(
        "Sound device", run_self_test(root, installing.DEVICE_SELF_TEST), advice, installing.NOTE
    )


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
    """Look at everything, one thing after the other."""
    return (look(root) for look in ROWS)
