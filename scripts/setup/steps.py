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
from scripts.setup import diagnosis
from scripts.setup.commands import Outcome, clean_environment, run_logged
from scripts.setup.diagnosis import StepError
from scripts.setup.environment import Environment, Stamp, requirement_lines
from scripts.tables.program import Paths, Settings
from scripts.temporary import exporting, installing, setup_failures

PROBE = Path(__file__).with_name("probe.py")


class Reporter(Protocol):
    """What set-up tells the user goes through this; requisites.py has the one that prints."""

    def title(self, text: str) -> None: ...

    def say(self, text: str) -> None: ...

    def progress(self, done: int, total: int, seconds: float, expected: str) -> None:
        """Show the steps done, the seconds in this one, and how long it is expected to take."""


@dataclass
class SetupRun:
    """One run of set-up: what its steps share.

    `lock` is the open handle of the lock file, `gpu` the llama.cpp build asked for (a key of
    GPU_BUILDS; None: as before), `since` when the current step began (monotonic seconds).
    """

    environment: Environment
    voice: Reporter
    log: Path
    lock: int
    gpu: str | None = None
    done: int = 0
    expected: str = ""
    since: float = field(default_factory=time.monotonic)

    def report_progress(self) -> None:
        seconds = time.monotonic() - self.since
        self.voice.progress(self.done, len(STEPS), seconds, self.expected)

    def run(self, command: Sequence[str], extra: dict[str, str] | None = None) -> Outcome:
        return run_logged(list(command), self.log, self.report_progress, extra, (self.lock,))

    def python(self, *arguments: str, extra: dict[str, str] | None = None) -> Outcome:
        # -I: nothing from the user's own settings or from this folder is imported.
        command = [str(self.environment.python), "-I", "-X", "utf8", *arguments]
        return self.run(command, extra)

    def pip(self, *arguments: str, extra: dict[str, str] | None = None) -> Outcome:
        return self.python("-m", "pip", *arguments, extra=extra)

    def require_success(self, outcome: Outcome) -> None:
        if not outcome.worked:
            raise StepError(diagnosis.recognise(outcome.output))

    def requirements_for(self, *names: str) -> list[str]:
        """Return the requirement lines of these libraries."""
        lines = requirement_lines(self.environment.requirements)
        return [line for line in lines if library_name(line) in names]


@dataclass(frozen=True)
class LibraryCheck:
    """What the probe found: `detail` is a library's version, or why it does not load."""

    name: str
    loads: bool
    detail: str

    @property
    def is_optional(self) -> bool:
        """Whether the app works without it: simpleaudio, where it was not installed."""
        absent = self.detail.startswith("PackageNotFoundError")
        return self.name == installing.SIMPLEAUDIO and absent


def library_name(line: str) -> str:
    """Return the name of the library in a requirement line, normalised; "" for none."""
    found = re.match(r"[A-Za-z0-9._-]+", line)
    return found[0].lower().replace("_", "-") if found else ""


# --- 1. The environment --------------------------------------------------------------------------


def make_environment(run: SetupRun) -> None:
    environment = run.environment
    if environment.is_whole(environment.read_stamp()) or still_works(environment):
        return
    _check_space(environment.root)
    if sys.platform == "win32" and is_too_deep(environment.root, long_paths_allowed()):
        raise StepError(setup_failures.TOO_DEEP, f"({len(str(environment.root))} letters)")
    if not environment.looks_like_one():
        place = environment.folder
        raise StepError(setup_failures.NOT_OURS, f"({place.name} holds other things)")
    if environment.is_active() and sys.platform == "win32":
        raise StepError(setup_failures.IN_USE)
    environment.remove()
    environment.folder.mkdir()
    environment.write_stamp(Stamp())  # not made yet: a run that is cut off here starts over
    base = getattr(sys, "_base_executable", None) or sys.executable
    run.require_success(run.run([base, "-I", "-m", "venv", str(environment.folder)]))
    _update_pip(run)
    environment.write_stamp(_stamp_of(environment, Stamp(made=True)))


def _stamp_of(environment: Environment, stamp: Stamp) -> Stamp:
    version = _version_inside(environment)
    return dataclasses.replace(stamp, python=version, base=environment.base())


def _version_inside(environment: Environment) -> str:
    """Return the version of the environment's Python, or "" where it does not run or lacks pip."""
    code = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = run_captured(
            [str(environment.python), "-I", "-c", code],
            installing.VERSION_TIMEOUT_SECONDS,
            Console.SHARED,
            clean_environment(),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def still_works(environment: Environment) -> bool:
    """Whether an environment works although its stamp is outdated; then renew the stamp.

    It may have been made by hand, or its base Python updated.
    """
    stamp = environment.read_stamp()
    version = _version_inside(environment)
    if not version or (stamp is None and (environment.folder / installing.STAMP_NAME).exists()):
        return False
    if stamp is None:
        stamp = Stamp(python=version, made=True)
    if not stamp.made or stamp.layout != Stamp().layout or stamp.python != version:
        return False
    environment.write_stamp(_stamp_of(environment, stamp))
    return True


def _check_space(root: Path) -> None:
    free = shutil.disk_usage(root).free
    if free < installing.SPACE_NEEDED_BYTES:
        detail = f"({free // 10**6} MB free, {installing.SPACE_NEEDED_BYTES // 10**6} MB needed)"
        raise StepError(setup_failures.DISK_FULL, detail)


def long_paths_allowed() -> bool:
    """Whether this Windows allows paths of more than 259 characters."""
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
    """Whether paths of the libraries in `.venv` would be longer than Windows allows."""
    longest = len(str(root)) + installing.DEEPEST_PATH_INSIDE
    return not long_paths and longest > exporting.PATH_CHARACTERS_AT_MOST


def _update_pip(run: SetupRun) -> None:
    """Update an old pip; where that fails, the old one may still do."""
    version = run.pip("--version").output
    found = re.search(r"pip (\d+)", version)
    if found and int(found[1]) < installing.OLDEST_PIP:
        run.pip("install", "--upgrade", f"pip>={installing.OLDEST_PIP}")


# --- 2. The small libraries ----------------------------------------------------------------------


def install_libraries(run: SetupRun) -> None:
    lines = requirement_lines(run.environment.requirements)
    with_own_step = (installing.LLAMA, installing.SIMPLEAUDIO)
    small = [line for line in lines if library_name(line) not in with_own_step]
    if small:
        run.require_success(run.pip("install", "--only-binary=:all:", *small))


# --- 3. llama-cpp-python -------------------------------------------------------------------------


def install_llama(run: SetupRun) -> None:
    """Install llama.cpp ready-made, or compile it; nothing where the chosen build loads already."""
    lines = run.requirements_for(installing.LLAMA)
    stamp = run.environment.read_stamp() or Stamp(made=True)
    gpu = run.gpu or stamp.gpu
    changes = gpu != stamp.gpu
    if not lines or (not changes and _all_load(check_libraries(run, lines))):
        return
    if "CMAKE_ARGS" not in clean_environment():  # a user who sets it wants a build of their own
        outcome = _install_wheel(run, lines, gpu, changes)
        if outcome.worked and _all_load(check_libraries(run, lines)):
            run.environment.write_stamp(dataclasses.replace(stamp, gpu=gpu))
            return
        hopeless = (setup_failures.DISK_FULL, setup_failures.NO_PERMISSION)
        if diagnosis.recognise(outcome.output) in hopeless:
            run.require_success(outcome)
        if gpu != "none":
            raise StepError(setup_failures.NO_GPU_BUILD, f"({gpu})")
    _compile_llama(run, lines)
    run.environment.write_stamp(dataclasses.replace(stamp, gpu=gpu))


def _install_wheel(run: SetupRun, lines: list[str], gpu: str, changes: bool) -> Outcome:
    # Few and short tries, and its dependencies from the usual index: where the host of the wheels
    # cannot be reached, every library looked up there would cost half a minute.
    quick = ("--retries", "1", "--timeout", "15", "--no-deps")
    source = ("--extra-index-url", f"{installing.LLAMA_WHEELS}/{installing.GPU_BUILDS[gpu]}")
    # All builds have the same name and version: a change must bypass what is installed and cached.
    again = ("--force-reinstall", "--no-cache-dir") if changes else ()
    only = f"--only-binary={installing.LLAMA}"
    outcome = run.pip("install", only, *quick, *again, *source, *lines)
    return run.pip("install", *lines) if outcome.worked else outcome


def _compile_llama(run: SetupRun, lines: list[str]) -> None:
    run.voice.say(
        f"No ready-made {installing.LLAMA} was found for this computer, so it is built here. "
        f"That takes {installing.COMPILED} on two cores, and only this once."
    )
    run.expected = installing.COMPILED
    again = ("--force-reinstall", "--no-deps") if _is_installed(run, installing.LLAMA) else ()
    source = ("--no-binary", installing.LLAMA) if again else ()
    given = clean_environment().get("CMAKE_ARGS", "")
    build = {key: f"{value} {given}".strip() for key, value in installing.LLAMA_BUILD.items()}
    run.require_success(run.pip("install", *again, *source, *lines, extra=build))


def _is_installed(run: SetupRun, name: str) -> bool:
    return run.pip("show", "--quiet", name).worked


# --- 4. The sound device -------------------------------------------------------------------------


def install_simpleaudio(run: SetupRun) -> None:
    """Install simpleaudio where there is a build; else miniaudio, installed already, plays."""
    lines = run.requirements_for(installing.SIMPLEAUDIO)
    if not lines:
        return
    only = ("--only-binary=:all:",) if sys.platform == "win32" else ()
    outcome = run.pip("install", *only, *lines)
    if not outcome.worked:
        failure = diagnosis.recognise(outcome.output)
        if failure is setup_failures.DISK_FULL:
            run.require_success(outcome)
        _report_miniaudio_fallback(run, failure)


def _report_miniaudio_fallback(run: SetupRun, failure: setup_failures.Failure) -> None:
    why = f" ({failure.what})" if failure is setup_failures.NO_SOUND_HEADERS else ""
    run.voice.say(f"simpleaudio cannot be had here{why}: miniaudio plays the songs instead.")


# --- 5. Check, settings, stamp -------------------------------------------------------------------


def finish(run: SetupRun) -> None:
    """Load all libraries, repair what is broken, write the settings and the final stamp."""
    environment = run.environment
    lines = requirement_lines(environment.requirements)
    checked = check_libraries(run, lines)
    broken = [check for check in checked if not check.loads and not check.is_optional]
    if broken:
        _reinstall_broken(run, lines, broken)
    write_settings(Paths.under(environment.root))
    stamp = environment.read_stamp() or Stamp(made=True)
    environment.write_stamp(_stamp_of(environment, dataclasses.replace(stamp, libraries=lines)))


def _reinstall_broken(run: SetupRun, lines: list[str], broken: list[LibraryCheck]) -> None:
    """Install again what does not load: a power cut may have left half a library."""
    names = [check.name for check in broken if check.name != installing.SIMPLEAUDIO]
    again = [line for line in lines if library_name(line) in names]
    if again:
        how = ("--ignore-installed", "--no-deps")
        outcome = run.pip("install", *how, *again, extra=installing.LLAMA_BUILD)
        run.require_success(outcome)
    for check in check_libraries(run, lines):
        if check.loads or check.is_optional:
            continue
        if check.name != installing.SIMPLEAUDIO:
            raise StepError(diagnosis.recognise(check.detail), f"({check.name}: {check.detail})")
        run.pip("uninstall", "--yes", installing.SIMPLEAUDIO)
        _report_miniaudio_fallback(run, setup_failures.UNKNOWN)


def write_settings(paths: Paths) -> None:
    """Write `data/persistent.json` with the defaults, unless it is there."""
    target = paths.persistent
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, json.dumps(dataclasses.asdict(Settings()), indent=2) + "\n")


def check_libraries(run: SetupRun, lines: list[str]) -> list[LibraryCheck]:
    """Load the libraries inside the environment; return one check for each.

    Raises StepError where the environment does not even run.
    """
    outcome = run.python(str(PROBE), *lines)
    checks: dict[str, LibraryCheck] = {}
    for line in outcome.output.splitlines():
        if line.startswith('{"name"'):
            found = json.loads(line)
            detail = found.get("version") or found.get("why") or f"it ended Python ({outcome.code})"
            name = library_name(found["name"])
            checks[name] = LibraryCheck(name, found["state"] == "ok", detail)
    if not checks and not outcome.worked:
        raise StepError(setup_failures.UNKNOWN)
    return list(checks.values())


def _all_load(checks: list[LibraryCheck]) -> bool:
    return all(check.loads for check in checks)


# --- All of them ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step: its title and expected duration as shown, and its function."""

    title: str
    expected: str
    work: Callable[[SetupRun], None]


STEPS = (
    Step("Making a place for them (.venv)", "a few seconds", make_environment),
    Step("Fetching the music libraries", installing.READY_MADE, install_libraries),
    Step(f"Fetching {installing.LLAMA}", installing.READY_MADE, install_llama),
    Step("Fetching simpleaudio", "a few seconds", install_simpleaudio),
    Step("Checking all, writing settings", "a few seconds", finish),
)
