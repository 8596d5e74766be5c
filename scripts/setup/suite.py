"""The suite: which commands make it up, and how to run them inside the environment."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from scripts.processes import run_in_console
from scripts.setup.commands import clean_environment
from scripts.setup.environment import Environment
from scripts.temporary import application


@dataclass(frozen=True)
class Command:
    """A part of the suite: its name, and the module to run in the environment, with arguments."""

    name: str
    module: tuple[str, ...]
    python: Path

    @property
    def shown(self) -> str:
        return "python -m " + shlex.join(self.module)


def commands(root: Path, pytest_arguments: list[str]) -> list[Command]:
    """Return the commands, quick ones first; the types are checked for both systems.

    The tests run on all cores, without the slow ones unless `--all` is among the arguments. The
    other arguments stand behind ours, so that they override them.
    """
    python = Environment(root).python
    workers = min(os.cpu_count() or 1, application.TEST_WORKERS_AT_MOST)
    given = [word for word in pytest_arguments if word != application.ALL_TESTS_WORD]
    chosen = () if application.ALL_TESTS_WORD in pytest_arguments else ("-m", "not slow")
    parts = (
        ("ruff", ("ruff", "check", ".")),
        ("ruff format", ("ruff", "format", "--check", ".")),
        ("mypy (Linux)", ("mypy", "--platform", "linux", "--cache-dir", ".mypy_cache/linux")),
        ("mypy (Windows)", ("mypy", "--platform", "win32", "--cache-dir", ".mypy_cache/win32")),
        ("pytest", ("pytest", "-n", str(workers), "--dist", "loadgroup", *chosen, *given)),
    )
    return [Command(name, module, python) for name, module in parts]


def run(command: Command, root: Path) -> int:
    """Run a part of the suite from the program's folder; return its exit code."""
    words = [str(command.python), "-m", *command.module]
    return run_in_console(words, root, clean_environment())
