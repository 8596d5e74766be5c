"""Making songs: orders, what happens on the way, and what files may be called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.tables.plans import SongPlan

# --- Making songs ----------------------------------------------------------------------------


@dataclass(frozen=True)
class StyleRequest:
    """The user's style text, understood: styles (the first leads), moods, and unknown words."""

    text: str
    styles: tuple[str, ...]
    moods: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class SongOrder:
    """What the user asked for: styles, how many songs, and the first one's seed.

    How long they are is a setting.
    """

    request: StyleRequest
    songs: int
    seed: int


@dataclass(frozen=True)
class SongJob:
    """A song that is written and not yet heard: what its conversion needs to know of it.

    `text` is what the model named `model` wrote, `song_format` which of `SONG_FORMATS` that is, `file_format`
    the key of `FILE_FORMATS` to be made. `made_with` is what else is told of how it was made.
    """

    plan: SongPlan
    text: str
    writes: str
    model: str
    file_format: str = "mp3"
    made_with: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class SongRecord:
    """A finished song: where it lies and what is worth telling about it."""

    path: Path
    title: str
    key: str
    tempo: float
    seconds: float


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
    """Song `number` is being turned into `form` (a key of `FILE_FORMATS`) from what `writes` (one
    of `SONG_FORMATS`) says; `fraction` counts real stages.
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
