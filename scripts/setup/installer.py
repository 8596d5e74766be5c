"""Set the program up: all steps in order, one set-up at a time; say what goes wrong."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path

from scripts.setup import diagnosis
from scripts.setup.commands import open_log
from scripts.setup.diagnosis import SetupError, StepError
from scripts.setup.environment import Environment, Stamp, requirement_lines
from scripts.setup.lock import exclusive_lock
from scripts.setup.steps import STEPS, Reporter, SetupRun, still_works
from scripts.temporary import installing, setup_failures


def set_up(root: Path, voice: Reporter, force: bool = False, gpu: str | None = None) -> None:
    """Do all steps unless the environment is ready; raise SetupError when one fails.

    `gpu` chooses llama.cpp's build (a key of GPU_BUILDS); None keeps what was chosen before.
    """
    environment = Environment(root)
    log = root / "data" / installing.SET_UP_LOG_NAME
    try:
        open_log(log, f"Set-up with Python {sys.version.split()[0]} on {sys.platform}")
        with exclusive_lock(log.with_name(installing.SET_UP_LOCK_NAME), _waiting(voice)) as lock:
            if not force and (environment.is_ready() or _is_ready_again(environment)):
                return
            _do_steps(SetupRun(environment, voice, log, lock, gpu))
    except OSError as error:
        raise _explain(*diagnosis.recognise_error(error), "before its first step") from error


def _is_ready_again(environment: Environment) -> bool:
    return still_works(environment) and environment.is_ready()


def _waiting(voice: Reporter) -> Callable[[str], None]:
    """Return what to call while another set-up holds the lock; it says so once."""
    since = time.monotonic()
    told: list[str] = []

    def wait(holder: str) -> None:
        if not told:
            voice.say(
                f"Another set-up (process {holder}) is at work in this folder; I wait for it."
            )
            told.append(holder)
        voice.progress(0, len(STEPS), time.monotonic() - since, "a few minutes")

    return wait


def _do_steps(run: SetupRun) -> None:
    """Do all steps; make a damaged environment anew where they fail for no known reason."""
    stamp = run.environment.read_stamp()
    whole = stamp is not None and run.environment.is_whole(stamp)
    if stamp is not None and whole:  # not ready until all is done again
        run.environment.write_stamp(dataclasses.replace(stamp, libraries=[]))
    run.voice.title("Set-up")
    run.voice.say(installing.REPAIRING if whole else installing.BEGINNING)
    run.voice.say("You may stop me (Ctrl-C): the next start goes on from there.")
    try:
        _each_step(run)
    except SetupError as error:
        unknown = error.failure is setup_failures.UNKNOWN
        if not unknown or not whole or run.environment.is_active():
            raise
        run.voice.say("That environment is damaged, so I make a new one.")
        run.environment.remove()
        _each_step(run)
    run.voice.progress(len(STEPS), len(STEPS), 0, "")
    run.voice.say("All set.")


def _each_step(run: SetupRun) -> None:
    for number, step in enumerate(STEPS, start=1):
        run.done, run.expected, run.since = number - 1, step.expected, time.monotonic()
        run.voice.say(f"Step {number} of {len(STEPS)}: {step.title} ({step.expected})...")
        run.report_progress()
        place = f"at step {number} of {len(STEPS)} ({step.title})"
        try:
            step.work(run)
        except StepError as error:
            raise _explain(error.failure, error.detail, place) from error
        except OSError as error:
            raise _explain(*diagnosis.recognise_error(error), place) from error


def _explain(failure: setup_failures.Failure, detail: str, place: str) -> SetupError:
    what = f"{failure.what} {detail}".strip()
    log = f"The full log is data/{installing.SET_UP_LOG_NAME}."
    return SetupError(f"Set-up stopped {place}: {what}. {failure.remedy()} {log}", failure)


def add_development(root: Path, voice: Reporter) -> None:
    """Install the libraries that the tests need, unless they are there."""
    environment = Environment(root)
    lines = requirement_lines(environment.development_requirements)
    stamp = environment.read_stamp()
    if stamp is not None and stamp.development == lines:
        return
    log = root / "data" / installing.SET_UP_LOG_NAME
    with exclusive_lock(log.with_name(installing.SET_UP_LOCK_NAME), _waiting(voice)) as lock:
        run = SetupRun(environment, voice, log, lock, expected=installing.READY_MADE)
        voice.say(f"Fetching the libraries for the tests ({installing.READY_MADE})...")
        outcome = run.pip("install", "--prefer-binary", *lines)
        if not outcome.worked:
            failure = diagnosis.recognise(outcome.output)
            raise _explain(failure, "", "at the libraries for the tests")
        stamp = environment.read_stamp() or Stamp(made=True)
        environment.write_stamp(dataclasses.replace(stamp, development=lines))
