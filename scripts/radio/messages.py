"""Events as lines of JSON, for the pipe from the writer process to the program."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scripts.tables.radio import WriterEvent
from scripts.tables.songs import Finished, SongRecord
from scripts.temporary import radio_writing


def to_line(event: WriterEvent) -> str:
    """Return an event as a line of JSON, with the name of its class as "event"."""
    return json.dumps({"event": type(event).__name__, **asdict(event)}, default=str) + "\n"


def from_line(line: str) -> WriterEvent | None:
    """Return the event of a line, or None for a line that holds no valid event."""
    try:
        fields: dict[str, Any] = json.loads(line)
        name = fields.pop("event")
        if name == Finished.__name__:
            record = {**fields["record"], "path": Path(fields["record"]["path"])}
            return Finished(fields["number"], SongRecord(**record))
        event: WriterEvent = radio_writing.MESSAGE_KINDS[name](**fields)
        return event
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
