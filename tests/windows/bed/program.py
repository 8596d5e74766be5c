"""The program on the Windows of the tests: a copy of the working tree, and its set-up."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.windows.bed import wheelhouse
from tests.windows.bed.store import REPOSITORY, run
from tests.windows.bed.wine import Windows

BAT = "Llm-Music-Gen.bat"
# Ours are few: what the user's own folder may be called is worse than what the tests call theirs.
HOME = r"C:\Users\Zoë & Co\My Music!"
TEST_LIBRARIES = ("pytest", "hypothesis", "pyte", "gguf", "mutagen", "symusic")
PYTHON = r".venv\Scripts\python.exe"
NOT_NEEDED = ("tests/", ".ci/")
INSTALL_SECONDS = 1200.0  # one minute with nothing beside it, five on a machine with ten programs


def offline(house: Path) -> dict[str, str]:
    """What leads Windows' pip to a folder of wheels, and nowhere else."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": windows_path(house)}


def windows_path(path: Path) -> str:
    """How a Windows program calls a path of this system."""
    return "Z:" + str(path).replace("/", "\\")


def copy_program(folder: Path, tests: bool = False) -> Path:
    """Copy what git knows of (and new files that it does not ignore) to `folder`."""
    names = run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=REPOSITORY).split("\0")
    for name in filter(None, names):
        source = REPOSITORY / name
        if source.is_file() and (tests or not name.startswith(NOT_NEEDED)):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


def lines_of(folder: Path, code: str) -> list[str]:
    """The words that run a few lines of Python with the program's own environment and modules."""
    (folder / "lines.py").write_text(
        f"import sys; sys.path.insert(0, '.')\n{code}", encoding="utf-8"
    )
    return [PYTHON, "-X", "utf8", "lines.py"]


def install(windows: Windows, folder: Path) -> subprocess.CompletedProcess[str]:
    """Double-click the .bat in a fresh folder: it sets the program up, and leaves the menu by X."""
    variables = offline(wheelhouse.make())
    said = "1\r\nX\r\n"
    return windows.run(
        "cmd", "/c", BAT, cwd=folder, said=said, seconds=INSTALL_SECONDS, **variables
    )


def add_test_libraries(windows: Windows, folder: Path) -> None:
    """Install what the tests need into the program's environment."""
    done = windows.run(
        windows_path(folder / ".venv" / "Scripts" / "python.exe"),
        *("-m", "pip", "install", "--quiet", *TEST_LIBRARIES),
        cwd=folder,
        seconds=INSTALL_SECONDS,
        **offline(wheelhouse.make()),
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + os.linesep)
