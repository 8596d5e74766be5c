"""The parts of CI; a failure names its part, and the others still run.

The Python that runs this one gets everything: the README's test command (style, types, the quick
tests on all cores), then the slow tests and the Windows test bed. The other Pythons, where they are
installed, get every quick test with a few of its cases (tests/case_sampling.py) in clones of their
own. After the first part, chains of parts run side by side, as many as there are cores. The one
wheel of llama-cpp-python that the first Python built fits all of them, and is handed on: pip's own
cache keeps a Python's builds from the others.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import IO

REPOSITORY = Path(__file__).resolve().parent.parent
VERSIONS = ("3.10", "3.11", "3.12", "3.13")
QUICK = ("-m", "not slow and not sound and not windows", "-p", "tests.case_sampling")
OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
LOW_PRIORITY = ("nice", "-n", "10")  # so that the sound tests beside it keep real time
PRINT_LOCK = Lock()


@dataclass(frozen=True)
class Part:
    """A part: its name, the command, and where it runs."""

    name: str
    command: list[str]
    folder: Path = field(default=REPOSITORY)
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, output: IO[str] | None = None) -> Result:
        """Run it; what it says goes into `output`, or out as it comes."""
        started = time.monotonic()
        environment = {**os.environ, **self.variables}
        done = subprocess.run(
            self.command, cwd=self.folder, env=environment, stdout=output, stderr=output
        )
        return Result(self.name, done.returncode == 0, time.monotonic() - started)


@dataclass(frozen=True)
class Result:
    name: str
    passed: bool
    seconds: float


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


def find_links_of_built_llama(scratch: Path) -> dict[str, str]:
    """Where pip finds the wheel of llama-cpp-python that the first Python built."""
    inside = str(REPOSITORY / ".venv" / "bin" / "python")
    ask = [inside, "-m", "pip", "cache", "list", "--format=abspath", "llama_cpp_python"]
    found = subprocess.run(ask, capture_output=True, text=True, check=False).stdout.split("\n")
    wheels = [path for path in found if path.endswith(".whl")]
    if not wheels:  # none was built here
        return {}
    wheel_folder = scratch / "wheels"
    wheel_folder.mkdir(exist_ok=True)
    shutil.copy(max(wheels, key=lambda path: Path(path).stat().st_mtime), wheel_folder)
    return {"PIP_FIND_LINKS": f"{os.environ.get('PIP_FIND_LINKS', '')} {wheel_folder}".strip()}


def set_up() -> Part:
    """The environment of this Python, which all else needs, and its quick tests."""
    first = [sys.executable, "requisites.py", "test", "--durations=25"]
    return Part(f"set-up, style, types and the quick tests on Python {OWN}", first)


def chains(scratch: Path) -> Iterator[list[Part]]:
    """Parts that follow one another; the chains are independent. The longest first."""
    inside = str(REPOSITORY / ".venv" / "bin" / "python")
    pytest = [inside, "-m", "pytest", "--durations=25"]
    yield [
        Part("the Windows test bed is built", [inside, "-m", "tests.windows.bed"]),
        Part("Windows: from the double-click to a song heard", [*pytest, "tests/windows"]),
    ]
    slow = [*pytest, "-m", "slow and not windows"]
    yield [Part(f"the slow tests on Python {OWN}", slow)]
    yield from other_pythons(scratch)


def other_pythons(scratch: Path) -> Iterator[list[Part]]:
    """The quick suite on every other Python that is installed, in clones."""
    llama = find_links_of_built_llama(scratch)
    for version in VERSIONS:
        python = find_python(version) if version != OWN else None
        if python is None:
            if version != OWN:
                print(f"\n##### Python {version}: not installed here, not tested", flush=True)
            continue
        clone = scratch / f"Llm-Music-Gen-{version}"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        inside = [*LOW_PRIORITY, str(clone / ".venv" / "bin" / "python"), "-m"]
        first = [*LOW_PRIORITY, python, "requisites.py", "install"]
        libraries = ["pip", "install", "--quiet", "--requirement", "requirements-dev.txt"]
        yield [
            Part(f"set-up on Python {version}", first, clone, llama),
            Part(f"the tests' libraries on Python {version}", [*inside, *libraries], clone),
            Part(f"the quick tests on Python {version}", [*inside, "pytest", *QUICK], clone),
        ]


def run_chain(parts: Sequence[Part], scratch: Path) -> list[Result]:
    """Run the parts of a chain, each whether or not those before it passed."""
    return [run_logged(part, scratch) for part in parts]


def run_logged(part: Part, scratch: Path) -> Result:
    """Run a part beside others; what it says is shown in one piece at its end."""
    print_locked(f"{time.strftime('%H:%M:%S')} begins: {part.name}")
    log = scratch / f"{part.name}.log"
    with log.open("w", encoding="utf-8") as output:
        result = part.run(output)
    print_locked(f"\n##### {part.name}\n\n{log.read_text(encoding='utf-8', errors='replace')}")
    return result


def print_locked(text: str) -> None:
    with PRINT_LOCK:
        print(text, flush=True)


def main() -> int:
    started = time.monotonic()
    first = set_up()
    print(f"\n##### {first.name}\n", flush=True)
    results = [first.run()]
    with tempfile.TemporaryDirectory(prefix="lmg-ci-", ignore_cleanup_errors=True) as folder:
        scratch = Path(folder)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            done = pool.map(lambda parts: run_chain(parts, scratch), list(chains(scratch)))
            results += [result for chain in done for result in chain]
    print("\n##### What each part took\n")
    for result in results:
        verdict = "passed" if result.passed else "FAILED"
        print(f"{verdict} {result.seconds:6.0f} s  {result.name}")
    failed = sum(not result.passed for result in results)
    minutes = (time.monotonic() - started) / 60
    print(f"\n{len(results) - failed} passed, {failed} failed in {minutes:.0f} minutes", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
