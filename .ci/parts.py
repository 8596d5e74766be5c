"""The parts of CI, one after the other; a failure names its part, and the others still run.

The Python that runs this one gets everything: style, types, the whole suite, the Windows test bed.
The other Pythons, where they are installed, get the quick suite in clones of their own. The one
wheel of llama-cpp-python that the first built fits all of them, and is handed on: pip's own cache
keeps a Python's builds from the others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
QUICK = "not slow and not sound and not windows"


@dataclass(frozen=True)
class Part:
    """A part: its name, the command, and where it runs."""

    name: str
    command: list[str]
    folder: Path = field(default=REPOSITORY)
    variables: dict[str, str] = field(default_factory=dict)

    def run(self) -> bool:
        print(f"\n##### {self.name}\n", flush=True)
        environment = {**os.environ, **self.variables}
        return subprocess.run(self.command, cwd=self.folder, env=environment).returncode == 0


def version_of(python: str) -> str:
    """The version that a program runs as, such as "3.12", or "" if it does not run."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2], sys.maxsize > 2**32)"
    try:
        done = subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return ""
    words = done.stdout.split()
    return words[0] if done.returncode == 0 and words[1:] == ["True"] else ""


def find_python(version: str) -> str | None:
    """A Python of this version on the PATH or among pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [
        shutil.which(f"python{version}"),
        *(str(path / "bin" / "python") for path in sorted(pyenv.glob(f"{version}.*"))),
    ]
    return next((one for one in candidates if one and version_of(one) == version), None)


def hand_on_llama(scratch: Path) -> dict[str, str]:
    """Where pip finds the wheel of llama-cpp-python that the first Python built."""
    inside = str(REPOSITORY / ".venv" / "bin" / "python")
    ask = [inside, "-m", "pip", "cache", "list", "--format=abspath", "llama_cpp_python"]
    found = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.split("\n")
    wheels = [path for path in found if path.endswith(".whl")]
    if not wheels:  # it had one from an index
        return {}
    shelf = scratch / "wheels"
    shelf.mkdir(exist_ok=True)
    shutil.copy(max(wheels, key=lambda path: Path(path).stat().st_mtime), shelf)
    return {"PIP_FIND_LINKS": f"{os.environ.get('PIP_FIND_LINKS', '')} {shelf}".strip()}


def parts(scratch: Path) -> Iterator[Part]:
    own = f"{sys.version_info.major}.{sys.version_info.minor}"
    test = [sys.executable, "requisites.py", "test"]
    yield Part(f"style, types and the suite on Python {own}", [*test, "-m", "not windows"])
    inside = str(REPOSITORY / ".venv" / "bin" / "python")
    yield Part("the Windows test bed is built", [inside, "-m", "tests.windows.bed"])
    on_windows = [inside, "-m", "pytest", "--durations=12", "tests/windows"]
    yield Part("Windows: from the double-click to a song heard", on_windows)
    for version in VERSIONS:
        if version == own:
            continue
        python = find_python(version)
        if python is None:
            print(f"\n##### Python {version}: not installed here, not tested", flush=True)
            continue
        clone = scratch / f"Llm-Music-Gen on {version}"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        quick = [python, "requisites.py", "test", "-m", QUICK]
        yield Part(f"the quick suite on Python {version}", quick, clone, hand_on_llama(scratch))


def main() -> int:
    results: list[tuple[str, bool, float]] = []
    with tempfile.TemporaryDirectory(prefix="lmg-ci-", ignore_cleanup_errors=True) as scratch:
        for part in parts(Path(scratch)):
            start = time.monotonic()
            passed = part.run()
            results.append((part.name, passed, time.monotonic() - start))
    print("\n##### What each part took\n")
    for name, passed, seconds in results:
        print(f"{'passed' if passed else 'FAILED'} {seconds:6.0f} s  {name}")
    failed = [name for name, passed, _ in results if not passed]
    print(f"\n{len(results) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
