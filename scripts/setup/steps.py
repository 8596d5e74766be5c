"""The steps of set-up, in order. Each can be run again: what is done already takes moments."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from scripts.files import write_whole
from scripts.processes import Console, run_captured
from scripts.setup import failures
from scripts.setup.commands import Outcome, clean_environment, run_logged
from scripts.setup.environment import (
    STAMP_NAME,
    Environment,
    Stamp,
    requirement_lines,
)
from scripts.setup.failures import StepError
from scripts.temporary import PATH_CHARACTERS_AT_MOST, Paths, Settings

PROBE = Path(__file__).with_name("probe.py")
OLDEST_PIP = 23
SPACE_NEEDED_BYTES = 1_200_000_000
VERSION_ASKED_SECONDS = 20
DEEPEST_INSIDE = 140  # letters of the longest path in .venv, and some to spare

LLAMA = "llama-cpp-python"
SIMPLEAUDIO = "simpleaudio-patched"
LLAMA_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"
# What may be chosen -> the folder there. CUDA 12.4's also runs on later 12s.
GPU_BUILDS = {"none": "cpu", "vulkan": "vulkan", "cuda": "cu124"}
# Without the vision parts, which music does not need, the compiler is done a quarter sooner.
LLAMA_BUILD = {"CMAKE_ARGS": "-DLLAVA_BUILD=OFF"}

READY_MADE = "about a minute"
COMPILED = "about 5 minutes"


class Voice(Protocol):
    """How set-up speaks to the user; requisites.py has the one that prints."""

    def title(self, text: str) -> None: ...

    def say(self, text: str) -> None: ...

    def progress(self, done: int, total: int, seconds: float, expected: str) -> None:
        """Show that work goes on: steps done of all, and how long this one takes."""


@dataclass
class SetUp:
    """One run of set-up: what the steps share."""

    environment: Environment
    voice: Voice
    log: Path
    lock: int
    gpu: str | None = None
    done: int = 0
    expected: str = ""
    since: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        seconds = time.monotonic() - self.since
        self.voice.progress(self.done, len(STEPS), seconds, self.expected)

    def run(self, command: Sequence[str], extra: dict[str, str] | None = None) -> Outcome:
        return run_logged(list(command), self.log, self.beat, extra, (self.lock,))

    def python(self, *arguments: str, extra: dict[str, str] | None = None) -> Outcome:
        # -I: nothing from the user's own settings or from this folder is imported.
        command = [str(self.environment.python), "-I", "-X", "utf8", *arguments]
        return self.run(command, extra)

    def pip(self, *arguments: str, extra: dict[str, str] | None = None) -> Outcome:
        return self.python("-m", "pip", *arguments, extra=extra)

    def must(self, outcome: Outcome) -> None:
        if not outcome.worked:
            raise StepError(failures.recognise(outcome.output))

    def wanted(self, *names: str) -> list[str]:
        """The requirement lines for these libraries."""
        lines = requirement_lines(self.environment.requirements)
        return [line for line in lines if library_name(line) in names]


@dataclass(frozen=True)
class Look:
    """What the probe found of one library: its version, or why it does not load."""

    name: str
    works: bool
    detail: str

    @property
    def spared(self) -> bool:
        """Whether the app does without it: simpleaudio, where it was not installed."""
        return self.name == SIMPLEAUDIO and self.detail.startswith("PackageNotFoundError")


def library_name(line: str) -> str:
    """The library that a requirement line is about."""
    found = re.match(r"[A-Za-z0-9._-]+", line)
    return found[0].lower().replace("_", "-") if found else ""


# --- 1. The environment --------------------------------------------------------------------------


def make_environment(run: SetUp) -> None:
    environment = run.environment
    if environment.is_whole(environment.read_stamp()) or still_works(environment):
        return
    _check_space(environment.root)
    if sys.platform == "win32" and is_too_deep(environment.root, long_paths_allowed()):
        raise StepError(failures.TOO_DEEP, f"({len(str(environment.root))} letters)")
    if not environment.looks_like_one():
        place = environment.folder
        raise StepError(failures.NOT_OURS, f"({place.name} holds other things)")
    if environment.is_active() and sys.platform == "win32":
        raise StepError(failures.IN_USE)
    environment.remove()
    environment.folder.mkdir()
    environment.write_stamp(Stamp())  # not made yet: a run that is cut off here starts over
    base = getattr(sys, "_base_executable", None) or sys.executable
    run.must(run.run([base, "-I", "-m", "venv", str(environment.folder)]))
    _update_pip(run)
    environment.write_stamp(_stamp_of(environment, Stamp(made=True)))


def _stamp_of(environment: Environment, stamp: Stamp) -> Stamp:
    version = _version_inside(environment)
    return dataclasses.replace(stamp, python=version, base=environment.base())


def _version_inside(environment: Environment) -> str:
    """The Python version that the environment runs, or "" when it does not run."""
    code = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = run_captured(
            [str(environment.python), "-I", "-c", code],
            VERSION_ASKED_SECONDS,
            Console.SHARED,
            clean_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def still_works(environment: Environment) -> bool:
    """Keep an environment that runs: one made by hand, or whose base had a small update."""
    stamp = environment.read_stamp()
    version = _version_inside(environment)
    if not version or (stamp is None and (environment.folder / STAMP_NAME).exists()):
        return False
    if stamp is None:
        stamp = Stamp(python=version, made=True)
    if not stamp.made or stamp.layout != Stamp().layout or stamp.python != version:
        return False
    environment.write_stamp(_stamp_of(environment, stamp))
    return True


def _check_space(root: Path) -> None:
    free = shutil.disk_usage(root).free
    if free < SPACE_NEEDED_BYTES:
        detail = f"({free // 10**6} MB free, {SPACE_NEEDED_BYTES // 10**6} MB needed)"
        raise StepError(failures.DISK_FULL, detail)


def long_paths_allowed() -> bool:
    """Whether this Windows was told to take paths of more than 259 letters."""
    if sys.platform != "win32":
        return True
    import winreg

    place = r"SYSTEM\CurrentControlSet\Control\FileSystem"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])
    except OSError:
        return False


def is_too_deep(root: Path, long_paths: bool) -> bool:
    """Whether the libraries in `.venv` would pass Windows' limit on the length of paths."""
    return not long_paths and len(str(root)) + DEEPEST_INSIDE > PATH_CHARACTERS_AT_MOST


def _update_pip(run: SetUp) -> None:
    """Bring an old pip up to date; if that fails, the old one may still do."""
    version = run.pip("--version").output
    found = re.search(r"pip (\d+)", version)
    if found and int(found[1]) < OLDEST_PIP:
        run.pip("install", "--upgrade", f"pip>={OLDEST_PIP}")


# --- 2. The small libraries ----------------------------------------------------------------------


def install_libraries(run: SetUp) -> None:
    lines = requirement_lines(run.environment.requirements)
    small = [line for line in lines if library_name(line) not in (LLAMA, SIMPLEAUDIO)]
    if small:
        run.must(run.pip("install", "--only-binary=:all:", *small))


# --- 3. llama-cpp-python -------------------------------------------------------------------------


def install_llama(run: SetUp) -> None:
    lines = run.wanted(LLAMA)
    stamp = run.environment.read_stamp() or Stamp(made=True)
    gpu = run.gpu or stamp.gpu
    changes = gpu != stamp.gpu
    if not lines or (not changes and _all_work(look_at(run, lines))):
        return
    if "CMAKE_ARGS" not in clean_environment():  # who sets it wants a build of their own
        outcome = _install_ready_made(run, lines, gpu, changes)
        if outcome.worked and _all_work(look_at(run, lines)):
            run.environment.write_stamp(dataclasses.replace(stamp, gpu=gpu))
            return
        if failures.recognise(outcome.output) in (failures.DISK_FULL, failures.NO_PERMISSION):
            run.must(outcome)
        if gpu != "none":
            raise StepError(failures.NO_GPU_BUILD, f"({gpu})")
    _compile_llama(run, lines)
    run.environment.write_stamp(dataclasses.replace(stamp, gpu=gpu))


def _install_ready_made(run: SetUp, lines: list[str], gpu: str, changes: bool) -> Outcome:
    # Few and short tries, and what it needs from the usual place: where that host cannot be
    # reached, every library looked up there would cost half a minute.
    quick = ("--retries", "1", "--timeout", "15", "--no-deps")
    source = ("--extra-index-url", f"{LLAMA_WHEELS}/{GPU_BUILDS[gpu]}")
    # Every build has the same name and version: a change takes out the old one, cache and all.
    again = ("--force-reinstall", "--no-cache-dir") if changes else ()
    outcome = run.pip("install", f"--only-binary={LLAMA}", *quick, *again, *source, *lines)
    return run.pip("install", *lines) if outcome.worked else outcome


def _compile_llama(run: SetUp, lines: list[str]) -> None:
    run.voice.say(
        f"No ready-made {LLAMA} was found for this computer, so it is built here. That takes "
        f"{COMPILED} on two cores, and only this once."
    )
    run.expected = COMPILED
    again = ("--force-reinstall", "--no-deps") if _is_installed(run, LLAMA) else ()
    source = ("--no-binary", LLAMA) if again else ()
    given = clean_environment().get("CMAKE_ARGS", "")
    build = {key: f"{value} {given}".strip() for key, value in LLAMA_BUILD.items()}
    run.must(run.pip("install", *again, *source, *lines, extra=build))


def _is_installed(run: SetUp, name: str) -> bool:
    return run.pip("show", "--quiet", name).worked


# --- 4. The sound device -------------------------------------------------------------------------


def install_simpleaudio(run: SetUp) -> None:
    """Install simpleaudio where it can be had; miniaudio, installed already, stands in for it."""
    lines = run.wanted(SIMPLEAUDIO)
    if not lines:
        return
    only = ("--only-binary=:all:",) if sys.platform == "win32" else ()
    outcome = run.pip("install", *only, *lines)
    if not outcome.worked:
        failure = failures.recognise(outcome.output)
        if failure is failures.DISK_FULL:
            run.must(outcome)
        _say_stand_in(run, failure)


def _say_stand_in(run: SetUp, failure: failures.Failure) -> None:
    why = f" ({failure.what})" if failure is failures.NO_SOUND_HEADERS else ""
    run.voice.say(f"simpleaudio cannot be had here{why}: miniaudio plays the songs instead.")


# --- 5. A look, the settings, the stamp ----------------------------------------------------------


def finish(run: SetUp) -> None:
    environment = run.environment
    lines = requirement_lines(environment.requirements)
    broken = [look for look in look_at(run, lines) if not look.works and not look.spared]
    if broken:
        _mend(run, lines, broken)
    write_settings(Paths.under(environment.root))
    stamp = environment.read_stamp() or Stamp(made=True)
    environment.write_stamp(_stamp_of(environment, dataclasses.replace(stamp, libraries=lines)))


def _mend(run: SetUp, lines: list[str], broken: list[Look]) -> None:
    """Install again what does not load: a power cut may have left half a library."""
    names = [look.name for look in broken if look.name != SIMPLEAUDIO]
    again = [line for line in lines if library_name(line) in names]
    if again:
        run.must(run.pip("install", "--ignore-installed", "--no-deps", *again, extra=LLAMA_BUILD))
    for look in look_at(run, lines):
        if look.works or look.spared:
            continue
        if look.name != SIMPLEAUDIO:
            raise StepError(failures.recognise(look.detail), f"({look.name}: {look.detail})")
        run.pip("uninstall", "--yes", SIMPLEAUDIO)
        _say_stand_in(run, failures.UNKNOWN)


def write_settings(paths: Paths) -> None:
    """Write `data/persistent.json` with the defaults, unless it is there."""
    target = paths.persistent
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, json.dumps(dataclasses.asdict(Settings()), indent=2) + "\n")


def look_at(run: SetUp, lines: list[str]) -> list[Look]:
    """Load the libraries inside the environment and say which work."""
    outcome = run.python(str(PROBE), *lines)
    looks: dict[str, Look] = {}
    for line in outcome.output.splitlines():
        if line.startswith('{"name"'):
            found = json.loads(line)
            detail = found.get("version") or found.get("why") or f"it ended Python ({outcome.code})"
            name = library_name(found["name"])
            looks[name] = Look(name, found["state"] == "ok", detail)
    if not looks and not outcome.worked:
        raise StepError(failures.UNKNOWN)
    return list(looks.values())


def _all_work(looks: list[Look]) -> bool:
    return all(look.works for look in looks)


# --- All of them ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step: what is said of it, how long it takes, what it does."""

    title: str
    expected: str
    work: Callable[[SetUp], None]


STEPS = (
    Step("Making a place for them (.venv)", "a few seconds", make_environment),
    Step("Fetching the music libraries", READY_MADE, install_libraries),
    Step(f"Fetching {LLAMA}", READY_MADE, install_llama),
    Step("Fetching simpleaudio", "a few seconds", install_simpleaudio),
    Step("Checking all, writing settings", "a few seconds", finish),
)
