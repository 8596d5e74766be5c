"""The whole suite: which commands make it up, and how to run them inside the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scripts.processes import run_in_console
from scripts.setup.commands import clean_environment
from scripts.setup.environment import Environment


@dataclass(frozen=True)
class Command:
    """A part of the suite: its name, and the module of the environment to run with arguments."""

    name: str
    module: tuple[str, ...]
    python: Path

    @property
    def shown(self) -> str:
        return "python -m " + " ".join(self.module)


def commands(root: Path, pytest_arguments: list[str]) -> list[Command]:
    """The quick ones first; the types are checked for both systems."""
    python = Environment(root).python
    parts = (
        ("ruff", ("ruff", "check", ".")),
        ("mypy (Linux)", ("mypy", "--platform", "linux")),
        ("mypy (Windows)", ("mypy", "--platform", "win32")),
        ("pytest", ("pytest", *pytest_arguments)),
    )
    return [Command(name, module, python) for name, module in parts]


def run(command: Command, root: Path) -> int:
    """Run a part of the suite from the program's folder; return its exit code."""
    words = [str(command.python), "-m", *command.module]
    return run_in_console(words, root, clean_environment())
