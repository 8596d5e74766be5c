"""The environment beside the program (`.venv`): where it lies, and whether it is ready.

A small file inside it, the stamp, says what was finished. Reading it costs a millisecond, so a
start asks neither pip nor any library.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from scripts.files import write_whole
from scripts.temporary import installing


@dataclass(frozen=True)
class Stamp:
    """What was finished in an environment.

    `made` becomes True when the environment itself is whole. `libraries` and `development` are the
    requirement lines that are installed; where they differ from the file, set-up has work to do.
    `gpu` is the llama.cpp build (a key of GPU_BUILDS). `base` is the base interpreter as path, size
    (bytes) and time of change (ns), to notice when it is removed or replaced.
    """

    layout: int = installing.ENVIRONMENT_LAYOUT
    made: bool = False
    python: str = ""
    base: tuple[str, int, int] = ("", 0, 0)
    gpu: str = "none"
    libraries: list[str] = field(default_factory=list)
    development: list[str] = field(default_factory=list)


def requirement_lines(path: Path) -> list[str]:
    """Return the requirements in a file, without comments: a changed comment installs nothing."""
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Environment:
    """The environment of the program in `root`."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / installing.ENVIRONMENT_FOLDER

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if installing.ON_WINDOWS else "bin/python")

    @property
    def requirements(self) -> Path:
        return self.root / "requirements.txt"

    @property
    def development_requirements(self) -> Path:
        return self.root / "requirements-dev.txt"

    def base(self) -> tuple[str, int, int]:
        """Return the base interpreter as path, size (bytes) and time of change (ns).

        Raises OSError where it is missing.
        """
        path = (
            self._base_on_windows()
            if installing.ON_WINDOWS
            else Path(os.path.realpath(self.python))
        )
        stat = path.stat()
        return str(path), stat.st_size, stat.st_mtime_ns

    def _base_on_windows(self) -> Path:
        # There `python.exe` is a copy of a small launcher: only the configuration names the base.
        text = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        pairs = (line.partition("=") for line in text.splitlines())
        home = next((value.strip() for key, _, value in pairs if key.strip() == "home"), "")
        return Path(home) / "python.exe"

    def read_stamp(self) -> Stamp | None:
        """Return the stamp, None where there is none or it is damaged."""
        try:
            found = json.loads((self.folder / installing.STAMP_NAME).read_text(encoding="utf-8"))
            stamp = Stamp(**found)
            return Stamp(**{**found, "base": (str(stamp.base[0]), *map(int, stamp.base[1:]))})
        except (OSError, ValueError, TypeError, IndexError):
            return None

    def write_stamp(self, stamp: Stamp) -> None:
        """Replace the stamp atomically: a run that is cut off leaves the old one or the new one."""
        write_whole(self.folder / installing.STAMP_NAME, json.dumps(asdict(stamp), indent=2) + "\n")

    def is_whole(self, stamp: Stamp | None) -> bool:
        """Whether the environment itself is complete, whatever libraries it holds."""
        if stamp is None or not stamp.made or stamp.layout != installing.ENVIRONMENT_LAYOUT:
            return False
        if self.is_active() and stamp.python != python_version():
            return False  # the system's Python was replaced under the environment
        try:
            return self.python.exists() and stamp.base == self.base()
        except OSError:
            return False

    def is_ready(self) -> bool:
        """Whether the app can start: a whole environment with today's libraries."""
        stamp = self.read_stamp()
        if stamp is None or not self.is_whole(stamp):
            return False
        return stamp.libraries == requirement_lines(self.requirements)

    def is_active(self) -> bool:
        """Whether this process runs inside the environment."""
        return os.path.realpath(sys.prefix) == os.path.realpath(self.folder)

    def looks_like_one(self) -> bool:
        """Whether the folder may be removed to make a new one: an environment, or empty."""
        if not self.folder.is_dir():
            return not os.path.lexists(self.folder) or self.folder.is_symlink()
        names = {entry.name for entry in self.folder.iterdir()}
        return not names or bool(names & {"pyvenv.cfg", installing.STAMP_NAME})

    def remove(self) -> None:
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            shutil.rmtree(self.folder)

    def restart(self, script: Path, arguments: list[str]) -> int:
        """Run `script` again inside the environment; return its exit code.

        Does not return on POSIX, where the new process replaces this one.
        """
        command = [str(self.python), str(script), *arguments]
        environment = {**os.environ, "PYTHONUTF8": "1"}
        sys.stdout.flush()
        if not installing.ON_WINDOWS:
            os.execve(command[0], command, environment)
        import signal

        from scripts.processes import run_in_console

        # On Windows an exec gives the prompt back at once and breaks console input. Ctrl-C reaches
        # both processes there: the app leaves by itself, and this one waits for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return run_in_console(command, env=environment)
