"""All Windows wheels that the program and its tests install, for a pip without a network.

numpy stays at 1.26.4, the oldest that the program takes: newer ones call functions that Wine 8
lacks. Markers are evaluated for this system, so what only Windows needs is named here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.windows.bed import llama
from tests.windows.bed.store import REPOSITORY, kept, run, text_of

FOR_WINE = ("numpy==1.26.4",)
ONLY_ON_WINDOWS = ("colorama",)
NOT_ON_WINDOWS = ("pexpect",)
FILES = ("requirements.txt", "requirements-dev.txt")
TARGET = ("--platform", "win_amd64", "--python-version", "311", "--only-binary=:all:")


def requirements() -> list[str]:
    """The requirement lines of the program and its tests, without comments."""
    text = "\n".join(text_of(*(REPOSITORY / name for name in FILES)))
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith(NOT_ON_WINDOWS)]


def make() -> Path:
    """The folder with the wheels."""
    built = llama.make()
    lines = [*requirements(), *ONLY_ON_WINDOWS]
    return kept("wheels", [str(built), *lines, *FOR_WINE], lambda folder: _fill(folder, built))


def _fill(folder: Path, built: Path) -> None:
    wishes = folder / "wishes.txt"
    wishes.write_text("\n".join([*requirements(), *ONLY_ON_WINDOWS, *FOR_WINE]), encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder)
    run([*pip, *TARGET, "--find-links", built, "--requirement", wishes])
    wishes.unlink()
