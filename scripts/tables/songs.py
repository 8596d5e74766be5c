"""Making songs: orders, jobs, records, and the events of a song on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.tables.plans import SongPlan

# --- Orders and songs ------------------------------------------------------------------------


@dataclass(frozen=True)
class StyleRequest:
    """The user's style text by its words: styles (the first leads), moods, and unknown ones."""

    text: str
    styles: tuple[str, ...]
    moods: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class SongOrder:
    """What the user asked for: styles, how many songs, and the first one's seed.

    Their length is a setting.
    """

    request: StyleRequest
    songs: int
    seed: int


@dataclass(frozen=True)
class SongJob:
    """A song that is written and not yet rendered.

    `text` is what the model named `model` wrote, `song_format` its key of `SONG_FORMATS`.
    `file_format` is the key of `FILE_FORMATS` to be made, `made_with` what else the song's record
    says about how it was made.
    """

    plan: SongPlan
    text: str
    song_format: str
    model: str
    file_format: str = "mp3"
    made_with: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class SongRecord:
    """A finished song: its file and what the screens show of it; `tempo` is quarters a minute."""

    path: Path
    title: str
    key: str
    tempo: float
    seconds: float


# --- Events ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loading:
    """The model is being loaded; `fraction` is what llama.cpp reports."""

    model: str
    fraction: float = 0.0


@dataclass(frozen=True)
class Writing:
    """Song `number` (from 1) is being written; `fraction` is bars written / bars planned."""

    number: int
    fraction: float


@dataclass(frozen=True)
class Converting:
    """Song `number` is being rendered from `song_format` to `file_format`.

    These are keys of `SONG_FORMATS` and `FILE_FORMATS`; `fraction` of the work is done.
    """

    number: int
    fraction: float
    song_format: str = "abc"
    file_format: str = "mp3"


@dataclass(frozen=True)
class Finished:
    """Song `number` is in the output folder."""

    number: int
    record: SongRecord


Event = Loading | Writing | Converting | Finished
