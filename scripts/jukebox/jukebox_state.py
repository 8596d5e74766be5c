"""What the jukebox keeps of a folder between two times, in a file in `data/`."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from scripts.files import write_whole
from scripts.tables.jukebox import SavedJukeboxState, SongMeasurements


class JukeboxStateFile:
    """Reads and writes a `JukeboxMemory`; whatever is in the file, a memory comes of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = ""

    def load(self) -> SavedJukeboxState:
        """Read what was kept. A file that is none of ours is set aside, and stays."""
        try:
            document = json.loads(self._path.read_text(encoding="utf-8-sig"))
            if isinstance(document, dict):
                return _from_document(document)
            raise ValueError("not an object")
        except FileNotFoundError:
            return SavedJukeboxState()
        except (ValueError, RecursionError):
            with suppress(OSError):
                os.replace(self._path, self._path.with_suffix(".broken.json"))
        except OSError as error:
            logging.getLogger(__name__).warning("the jukebox's memory: %s", error)
        return SavedJukeboxState()

    def save(self, memory: SavedJukeboxState) -> bool:
        """Write it whole or not at all; whether it is kept. An unchanged one costs no write."""
        if memory == SavedJukeboxState() and not self._written:
            return True  # nothing has happened yet
        facts = {name: vars(fact) for name, fact in dict(memory.facts).items()}
        document = {**vars(memory), "favourites": sorted(memory.favourites), "facts": facts}
        text = json.dumps(document, ensure_ascii=True) + "\n"
        if text == self._written:
            return True
        try:
            write_whole(self._path, text)
        except OSError as error:  # a closed folder, a full disk, or a scanner that holds the file
            logging.getLogger(__name__).warning("the jukebox's memory: %s", error)
            return False
        self._written = text
        return True


def _from_document(document: dict[str, Any]) -> SavedJukeboxState:
    """Take what is of the right kind; the rest is as at first."""
    memory = SavedJukeboxState()
    for name in ("song", "shuffled", "repeating", "metered"):
        value = document.get(name)
        if type(value) is type(getattr(memory, name)):
            setattr(memory, name, value)
    seconds = _number(document.get("seconds"))
    memory.seconds = seconds if seconds is not None and 0 <= seconds < 1e7 else 0.0
    memory.order = _names(document.get("order"))
    memory.deleted = _names(document.get("deleted"))
    memory.favourites = set(_names(document.get("favourites")))
    facts = document.get("facts")
    for name, fact in facts.items() if isinstance(facts, dict) else ():
        if (read := _song_measurements(fact)) is not None:
            memory.facts[name] = read
    return memory


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
