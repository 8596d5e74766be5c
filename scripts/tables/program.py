"""The program itself: its name, its places on disk, its errors, its settings and its session."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

APP_NAME = "Llm-Music-Gen"
APP_VERSION = "0.1.0"

# --- Screens ---------------------------------------------------------------------------------

SCREEN_COLUMNS = 80
BAR_CHARACTERS = 30
UPCOMING_SONGS = 5
NEWEST_SONGS = 5
STATUS_SECONDS = 0.1  # that the main menu waits at most for the lengths of songs it never saw
REDRAWS_PER_SECOND = 4

# --- Errors ----------------------------------------------------------------------------------


class UserError(Exception):
    """Something the user can mend: one sentence that says what happened and what to do."""


class ModelError(UserError):
    """A model file that cannot be read, loaded or used."""


class SoundError(UserError):
    """The soundfont, the encoder, the disk or the audio device did not do its part."""


# --- Places on disk --------------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """Where everything lies, from the program's folder (`root`)."""

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
        return self.data / SOUNDFONT_NAME

    @property
    def scores(self) -> Path:
        return self.output / "scores"

    @property
    def jukebox(self) -> Path:
        """What the jukebox keeps of the folder of songs, which itself is left alone."""
        if self.output == self.root / "output":
            return self.data / "jukebox.json"
        return self.data / f"jukebox-{crc32(os.fsencode(self.output)):08x}.json"

    @property
    def log(self) -> Path:
        return self.data / "Llm-Music-Gen.log"


SOUNDFONT_NAME = "FluidR3Mono_GM.sf3"
SOUNDFONT_SUFFIXES = (".sf2", ".sf3")
GROOVES_NAME = "grooves.json"  # beside the style book
STARTER_MODEL = "starter/Llm-Music-Gen-Starter.Q8_0.gguf"
PARTIAL_SUFFIX = ".partial"
SONG_SUFFIXES = (".mp3", ".wav")


# --- Settings --------------------------------------------------------------------------------

SETTINGS_VERSION = 1
SONGS_AT_MOST = 99
KEEP_MEGABYTES_RANGE = (0, 1_000_000)
STYLE_TEXT_AT_MOST = 500
LENGTH_SECONDS_RANGE = (30, 8 * 3600)
TEMPERATURE_RANGE = (0.1, 2.0)
THREADS_RANGE = (0, 256)
TAKES_RANGE = (0, 16)
TAKE_SECONDS_RANGE = (0, 3600)
TAKES_OFFERED = (1, 2, 4, 8, 16)  # of which the time allowed chooses
PACES_KEPT = 50
MEMORY_TO_SPARE = 300_000_000  # bytes for llama.cpp's buffers, the soundfont and a song
TOKENS_PER_SONG = 2048  # of the context, as a long song needs it
TRIAL_SECONDS_AT_MOST = 120.0  # a virus scanner may look at llama.cpp first
TRIAL_WHOLE_BYTES = 1_000_000_000  # up to this size a model says a word in its trial
TRIAL_MEMORY = 2_000_000_000  # bytes over the model's own size
TINY_MODEL_BYTES = 50_000_000  # below it a second thread or sequence only gets in the way
SONGS_TOGETHER = 4
LINES_AT_MOST = 16  # of text written side by side, each with a context of its own
VOLUME_RANGE = (0, 100)
TUNING_RANGE = (400.0, 480.0)  # of A4, in hertz


@dataclass
class Settings:
    """What outlives a run, kept in `data/persistent.json`.

    `model` is a path relative to `models/` with forward slashes, or "" for the starter model.
    `length` is song length as typed: `M` or `M-M` minutes, or `HH:MM`. `tuning` is A4 in hertz.
    `file_format` is a key of `FILE_FORMATS`, `soundfont` a file in `data/` or "" for ours.
    `threads` 0 means one for each physical core. `volume` is percent. `takes` 0 means as many as
    are written in about `take_seconds` a song, by the pace of the model, of which `paces` keeps
    what was measured (seconds). With `model_plans` a model that can names the song and chooses its
    tempo, mode and
    chords.
    With `same_loudness` the jukebox plays songs from elsewhere as loud as ours. `styles` are those
    asked for last, which the radio goes on with; its oldest songs go when those of ours take more
    than `keep_megabytes` (0: never). `templates` holds the user's copies of prompt templates.
    """

    version: int = SETTINGS_VERSION
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
    """The one state object that is passed in: settings, places, and what was made this time."""

    paths: Paths
    settings: Settings
    notices: list[str] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)  # settings that a command line overrides
    keeps_settings: bool = True  # a process that writes for another one leaves that to it
    lengths: dict[tuple[Path, int, int], float] = field(default_factory=dict)  # of files, seconds
    model: Any = None  # the models.LoadedModel that stays in memory between orders
