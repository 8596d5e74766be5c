"""The jukebox's state between two runs, in a JSON file in `data/`."""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.files import set_aside, write_whole
from scripts.tables.jukebox import SavedJukeboxState, SongMeasurements


class JukeboxStateFile:
    """Reads and writes a `SavedJukeboxState`; any content of the file yields a valid one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = ""

    def load(self) -> SavedJukeboxState:
        """Read the state. A file that is not one is renamed (`set_aside`), never deleted."""
        try:
            document = json.loads(self._path.read_text(encoding="utf-8-sig"))
            if isinstance(document, dict):
                return _from_document(document)
            raise ValueError("not an object")
        except FileNotFoundError:
            return SavedJukeboxState()
        except (ValueError, RecursionError):
            with suppress(OSError):
                set_aside(self._path)
        except OSError as error:
            logging.getLogger(__name__).warning("the jukebox's state: %s", error)
        return SavedJukeboxState()

    def save(self, state: SavedJukeboxState) -> bool:
        """Write the state whole or not at all, if it changed; return whether it is on disk."""
        if state == SavedJukeboxState() and not self._written:
            return True  # nothing has happened yet
        # Copied, for the analysis thread adds to it.
        measured = {name: vars(found) for name, found in dict(state.measurements).items()}
        document = {**vars(state), "favourites": sorted(state.favourites), "facts": measured}
        del document["measurements"]
        text = json.dumps(document, ensure_ascii=True) + "\n"
        if text == self._written:
            return True
        try:
            write_whole(self._path, text)
        except OSError as error:  # a closed folder, a full disk, or a scanner that holds the file
            logging.getLogger(__name__).warning("the jukebox's state: %s", error)
            return False
        self._written = text
        return True


def _from_document(document: dict[str, Any]) -> SavedJukeboxState:
    """Take the values of the right type; defaults for the rest."""
    state = SavedJukeboxState()
    for name in ("song", "shuffled", "repeating", "metered"):
        value = document.get(name)
        if type(value) is type(getattr(state, name)):
            setattr(state, name, value)
    seconds = _number(document.get("seconds"))
    state.seconds = seconds if seconds is not None and 0 <= seconds < 1e7 else 0.0
    state.order = _names(document.get("order"))
    state.deleted = _names(document.get("deleted"))
    state.favourites = set(_names(document.get("favourites")))
    measured = document.get("facts")
    for name, value in measured.items() if isinstance(measured, dict) else ():
        if (found := _song_measurements(value)) is not None:
            state.measurements[name] = found
    return state


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _song_measurements(value: Any) -> SongMeasurements | None:
    if not isinstance(value, dict):
        return None
    size, changed, seconds = (_number(value.get(name)) for name in ("size", "changed", "seconds"))
    if size is None or changed is None or seconds is None:
        return None
    levels = (_number(value.get(name)) for name in ("loudness", "peak"))
    return SongMeasurements(value["size"], value["changed"], max(0.0, seconds), *levels)


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and abs(value) < 1e30 else None  # neither infinite nor NaN
