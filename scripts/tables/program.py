"""Types of the program itself: errors, places on disk, settings, session."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

from scripts.tables import application

# --- Errors ----------------------------------------------------------------------------------


class UserError(Exception):
    """Something the user can mend: one sentence that says what happened and what to do."""


class ModelError(UserError):
    """A model file that cannot be read, loaded or used."""


class SoundError(UserError):
    """The soundfont, the encoder, the disk or the audio device failed."""


# --- Places on disk --------------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """Where everything lies: beneath the program's folder (`root`), songs in `output`."""

    root: Path
    output: Path

    @classmethod
    def under(cls, root: Path, output: Path | None = None) -> Paths:
        return cls(root, output if output is not None else root / "output")

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def persistent(self) -> Path:
        return self.data / "persistent.json"

    @property
    def style_book(self) -> Path:
        return self.data / "styles.json"

    @property
    def soundfont(self) -> Path:
        return self.data / application.SOUNDFONT_NAME

    @property
    def scores(self) -> Path:
        return self.output / "scores"

    @property
    def jukebox(self) -> Path:
        """The jukebox's state; each output folder has a file of its own in `data/`."""
        if self.output == self.root / "output":
            return self.data / "jukebox.json"
        return self.data / f"jukebox-{crc32(os.fsencode(self.output)):08x}.json"

    @property
    def log(self) -> Path:
        return self.data / "Llm-Music-Gen.log"


# --- Settings --------------------------------------------------------------------------------


@dataclass
class Settings:
    """What outlives a run, kept in `data/persistent.json`.

    `model` is a path relative to `models/` with forward slashes, or "" for the starter model.
    `length` is the song length as typed: `M` or `M-M` minutes, or `HH:MM`. `tuning` is A4 in
    hertz. `file_format` is a key of `FILE_FORMATS`, `soundfont` a file in `data/` or "" for ours.
    `threads` 0 means one for each physical core. `volume` is percent. `takes` 0 means as many as
    fit into about `take_seconds` a song at the model's pace; `paces` holds the measured paces
    (seconds). With `model_plans` a model that is able to names the song and chooses its tempo,
    mode and chords. With `same_loudness` the jukebox plays songs from elsewhere as loud as ours.
    `styles` are those asked for last; the radio goes on with them. The radio deletes the oldest
    songs once ours take more than `keep_megabytes` (0: never). `templates` holds the user's copies
    of prompt templates.
    """

    version: int = application.SETTINGS_VERSION
    model: str = ""
    length: str = "2-3"
    tuning: float = 440.0
    file_format: str = "mp3"
    soundfont: str = ""
    temperature: float = 1.0
    threads: int = 0
    volume: int = 80
    auto_play: bool = False
    same_loudness: bool = True
    styles: str = ""
    keep_megabytes: int = 0
    takes: int = 0
    take_seconds: float = 10.0
    model_plans: bool = False
    templates: dict[str, str] = field(default_factory=dict)
    paces: dict[str, list[float]] = field(default_factory=dict)


@dataclass
class Session:
    """The one state object that is passed in: settings, places, and what this run has made."""

    paths: Paths
    settings: Settings
    notices: list[str] = field(default_factory=list)
    songs_made: list[Path] = field(default_factory=list)
    # What is saved of settings that the command line overrides for this run.
    saved_values: dict[str, Any] = field(default_factory=dict)
    saves_settings: bool = True  # False in the radio's writing process
    # Seconds, by (path, size in bytes, modification time in ns).
    durations: dict[tuple[Path, int, int], float] = field(default_factory=dict)
    model: Any = None  # the models.LoadedModel that stays in memory between orders
