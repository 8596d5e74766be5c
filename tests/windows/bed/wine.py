"""Wine with the Windows Python in it: a `C:` drive of its own for each session of tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.windows.bed import interpreter
from tests.windows.bed.store import kept, run

TOOLS = ("wine", "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-g++-posix", "cmake", "ninja")
QUIET = {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
PYTHON = r"C:\Python311\python.exe"
COMMAND_SECONDS = 300.0
# What would lead a Windows program to this system's own things.
NOT_FOR_WINDOWS = ("DISPLAY", "TMPDIR", "VIRTUAL_ENV")
NOT_FOR_PYTHON = ("PYTHON", "PIP_", "SSL_CERT", "REQUESTS_CA", "CURL_CA")


def missing_tools() -> list[str]:
    """The tools that the bed needs and this machine lacks."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def surroundings(prefix: Path) -> dict[str, str]:
    """The environment of Windows programs, without this system's Python settings."""
    gone = (*NOT_FOR_WINDOWS, *NOT_FOR_PYTHON)
    own = {name: value for name, value in os.environ.items() if not name.startswith(gone)}
    return {**own, **QUIET, "WINEPREFIX": str(prefix)}


def make_prefix() -> Path:
    """A fresh Windows 10, with Python in it, as it is copied for each session."""
    python = interpreter.make()
    version = run(["wine", "--version"]).splitlines()[-1]
    return kept("prefix", [version, str(python)], lambda folder: _fill(folder, python))


def _fill(folder: Path, python: Path) -> None:
    variables = surroundings(folder)
    run(["wine", "winecfg", "-v", "win10"], env=variables)
    subprocess.run(["wineserver", "-w"], env=variables, timeout=120, check=False)
    drive = folder / "drive_c"
    shutil.copytree(python, drive / "Python311")
    # Libraries written in Rust look for it in the system's folder.
    shutil.copy(python / "bcryptprimitives.dll", drive / "windows" / "system32")


@dataclass
class Windows:
    """A Windows 10 of a session's own: `drive` is its `C:`."""

    prefix: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def made_in(cls, folder: Path) -> Windows:
        prefix = folder / "prefix"
        if prefix.exists():
            return cls(prefix)
        folder.mkdir(parents=True, exist_ok=True)
        run(["cp", "-a", "--reflink=auto", make_prefix(), prefix])
        return cls(prefix)

    @property
    def drive(self) -> Path:
        return self.prefix / "drive_c"

    def path(self, windows_path: str) -> Path:
        r"""Where `C:\some\folder` lies for this system."""
        return self.drive / windows_path.removeprefix("C:\\").replace("\\", "/")

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**surroundings(self.prefix), **self.variables, **(extra or {})}

    def run(
        self,
        *words: str,
        cwd: Path | None = None,
        said: str = "",
        seconds: float = COMMAND_SECONDS,
        before: Sequence[str] = (),
        **variables: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a Windows program to its end, with `said` typed into a pipe.

        `before` is a command of this system that runs the rest of its words.
        """
        return subprocess.run(
            [*before, "wine", *words],
            cwd=cwd or self.drive,
            env=self.environment(variables),
            input=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=seconds,
            check=False,
        )

    def python(self, *words: str, **options: object) -> subprocess.CompletedProcess[str]:
        """Run the Windows Python."""
        return self.run(PYTHON, *words, **options)  # type: ignore[arg-type]

    def rest(self) -> None:
        """Wait until nothing of this Windows runs any more, its server included."""
        subprocess.run(["wineserver", "-w"], env=self.environment(), timeout=120, check=False)

    def close(self) -> None:
        """End every program of this Windows, and of no other."""
        subprocess.run(["wineserver", "-k"], env=self.environment(), timeout=60, check=False)
