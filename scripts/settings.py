"""The settings file `data/persistent.json`: each value is checked; writing is atomic."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from scripts.files import set_aside, write_whole
from scripts.tables.program import Session, Settings, UserError
from scripts.temporary import application, decoding, exporting


def parse_length(text: str) -> tuple[float, float]:
    """Parse `M`, `M-M` (minutes) or `HH:MM`; return the shortest and longest song in seconds.

    Raises UserError for anything else, or outside `LENGTH_SECONDS_RANGE`.
    """
    low, high = application.LENGTH_SECONDS_RANGE
    clock = re.fullmatch(r"(\d{1,2}):([0-5]\d)", text.strip(), re.ASCII)
    span = re.fullmatch(r"(\d+(?:[.,]\d+)?)(?:\s*-\s*(\d+(?:[.,]\d+)?))?", text.strip(), re.ASCII)
    if clock:
        seconds = [int(clock[1]) * 3600.0 + int(clock[2]) * 60.0] * 2
    elif span:
        minutes = [float(value.replace(",", ".")) for value in (span[1], span[2] or span[1])]
        seconds = [value * 60 for value in minutes]
    else:
        raise UserError(
            f'"{text[:20]}" is no song length; write minutes (3), a range (2-4) or HH:MM (00:05).'
        )
    if not low <= seconds[0] <= seconds[1] <= high:
        raise UserError(
            f'A song length of "{text[:20]}" is not possible; choose from half a minute to '
            f"{high // 3600} hours, the shorter one first."
        )
    return seconds[0], seconds[1]


def _between(low: float, high: float, what: str) -> Callable[[Any], Any]:
    """Return a check that a number is within bounds; `what` starts the error's sentence."""

    def check(value: Any) -> Any:
        if isinstance(value, bool) or not low <= value <= high:
            raise UserError(f"{what} must be from {low:g} to {high:g}.")
        return value

    return check


def _one_of(choices: Iterable[str], what: str) -> Callable[[Any], Any]:
    """Return a check that a text is one of `choices`, in any case."""

    def check(value: str) -> str:
        if value.lower() not in choices:
            raise UserError(f"{what} must be {' or '.join(choices)}.")
        return value.lower()

    return check


def _file_name(value: str) -> str:
    if Path(value).name != value or "\\" in value:
        raise UserError("The soundfont must be the name of a file in the data folder.")
    return value


def _check_length(value: str) -> str:
    parse_length(value)
    return value.strip()


def _check_templates(value: dict[str, Any]) -> dict[str, str]:
    if not all(isinstance(text, str) for text in value.values()):
        raise UserError("templates must be text.")
    return value


def _check_paces(value: dict[str, Any]) -> dict[str, list[float]]:
    """Return the valid paces, the latest `PACES_KEPT`; the others are measured again."""
    good = {name: pace for name, pace in value.items() if _is_pace(pace)}
    return dict(list(good.items())[-decoding.PACES_KEPT :])


def _is_pace(value: Any) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= len(decoding.PACE_SEQUENCES)
        and all(type(seconds) is float and 0 < seconds < 3600 for seconds in value)
    )


# Field -> (types, check that returns the value to keep or raises UserError).
CHECKS: dict[str, tuple[tuple[type, ...], Callable[[Any], Any]]] = {
    "version": ((int,), _between(1, application.SETTINGS_VERSION, "The version")),
    "model": ((str,), lambda value: value),
    "length": ((str,), _check_length),
    "tuning": ((int, float), _between(*application.TUNING_RANGE, "The tuning of A4, in hertz,")),
    "file_format": ((str,), _one_of(exporting.FILE_FORMATS, "The file format")),
    "soundfont": ((str,), _file_name),
    "temperature": ((int, float), _between(*application.TEMPERATURE_RANGE, "The temperature")),
    "threads": ((int,), _between(*application.THREADS_RANGE, "The number of threads")),
    "volume": ((int,), _between(*application.VOLUME_RANGE, "The volume")),
    "takes": ((int,), _between(*application.TAKES_RANGE, "The number of takes")),
    "take_seconds": (
        (int, float),
        _between(*application.TAKE_SECONDS_RANGE, "The seconds for takes"),
    ),
    "auto_play": ((bool,), lambda value: value),
    "same_loudness": ((bool,), lambda value: value),
    "styles": ((str,), lambda value: value[: application.STYLE_TEXT_AT_MOST]),
    "keep_megabytes": ((int,), _between(*application.KEEP_MEGABYTES_RANGE, "The megabytes")),
    "model_plans": ((bool,), lambda value: value),
    "templates": ((dict,), _check_templates),
    "paces": ((dict,), _check_paces),
}


def load_settings(path: Path) -> tuple[Settings, list[str]]:
    """Read the settings; return them and notices about what could not be used.

    A broken file is renamed, so that nothing is lost, and all defaults are used; a single wrong
    value gets its default.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(document, dict):
            raise ValueError("not an object")
    except FileNotFoundError:
        return Settings(), []
    except (ValueError, RecursionError):
        return Settings(), [_broken_file_notice(path)]
    except OSError as error:
        return Settings(), [f"The settings could not be read ({error.strerror}); using defaults."]
    return _from_document(document)


def _from_document(document: dict[str, Any]) -> tuple[Settings, list[str]]:
    settings, notices = Settings(), []
    for field in fields(Settings):
        if field.name not in document:
            continue
        try:
            setattr(settings, field.name, validated(field.name, document[field.name]))
        except UserError as error:
            default = getattr(settings, field.name)
            notices.append(
                f'The setting "{field.name}" in data/persistent.json cannot be used ({error}) '
                f"Using {default!r}."
            )
    settings.version = application.SETTINGS_VERSION
    return settings, notices


def validated(name: str, value: Any) -> Any:
    """Return a setting's value as it is to be saved; raises UserError if it is invalid."""
    types, check = CHECKS[name]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise UserError(f"it is not {' or '.join(kind.__name__ for kind in types)}.")
    return check(value)


def _broken_file_notice(path: Path) -> str:
    """Rename a broken settings file; return the notice about it."""
    try:
        backup = set_aside(path)
    except OSError:
        return "data/persistent.json is broken and could not be set aside; using the defaults."
    return f"data/persistent.json was broken: it is kept as {backup.name}; the defaults are back."


def save_settings(settings: Settings, path: Path) -> None:
    """Write the settings atomically; raises UserError where the folder is not writable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asdict(settings), indent=2) + "\n")
    except OSError as error:
        raise UserError(
            f"The settings could not be saved ({error.strerror}); check that {path.parent} "
            "may be written to and the disk is not full."
        ) from error


def save_session_settings(session: Session) -> None:
    """Save a session's settings; those that the command line overrides keep their old values."""
    if not session.saves_settings:
        return
    save_settings(replace(session.settings, **session.saved_values), session.paths.persistent)


def log_to_file(path: Path) -> None:
    """Send the log to a file; where it cannot be written, discard the log."""
    try:
        logging.basicConfig(
            filename=path, level=logging.INFO, format="%(asctime)s %(name)s %(message)s"
        )
    except OSError:  # a read-only folder
        logging.basicConfig(handlers=[logging.NullHandler()])
