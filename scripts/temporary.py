"""Every constant, map, list, enum and state type of the app.

No input or output happens here and nothing heavy is imported: only the standard library, so that
the installer and the menu can use it before any library is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

APP_NAME = "Llm-Music-Gen"
APP_VERSION = "0.1.0"

# --- Screens ---------------------------------------------------------------------------------

SCREEN_COLUMNS = 80
BAR_CHARACTERS = 30
UPCOMING_SONGS = 5
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
    def log(self) -> Path:
        return self.data / "Llm-Music-Gen.log"


SOUNDFONT_NAME = "FluidR3Mono_GM.sf3"
STARTER_MODEL = "starter/Llm-Music-Gen-Starter.Q8_0.gguf"
PARTIAL_SUFFIX = ".partial"
SONG_SUFFIXES = (".mp3", ".wav")

# --- Settings --------------------------------------------------------------------------------

SETTINGS_VERSION = 1
SONGS_AT_MOST = 99
STYLE_TEXT_AT_MOST = 500
LENGTH_SECONDS_RANGE = (30, 10 * 60)
TEMPERATURE_RANGE = (0.1, 2.0)
THREADS_RANGE = (0, 256)
VOLUME_RANGE = (0, 100)


@dataclass
class Settings:
    """What outlives a run, kept in `data/persistent.json`.

    `model` is a path relative to `models/` with forward slashes, or "" for the starter model.
    `length` is song length as typed: `M` or `M-M` minutes. `threads` 0 means one for each
    physical core. `volume` is percent. `templates` holds the user's copies of prompt templates.
    """

    version: int = SETTINGS_VERSION
    model: str = ""
    length: str = "2-3"
    temperature: float = 1.0
    threads: int = 0
    volume: int = 80
    auto_play: bool = False
    templates: dict[str, str] = field(default_factory=dict)


@dataclass
class Session:
    """The one state object that is passed in: settings, places, and what was made this time."""

    paths: Paths
    settings: Settings
    notices: list[str] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)


# --- Notation --------------------------------------------------------------------------------

UNITS_PER_WHOLE = 16  # the grid of every song: one unit is a sixteenth note
LETTERS = "CDEFGAB"
LETTER_PITCH_CLASS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHARP_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class Metre:
    """A time signature on the sixteenth grid.

    `beats` are the lengths of the beats in units (6/8 has two beats of 6); `strong` are the
    places, in units from the bar line, where the melody must agree with the chord.
    """

    name: str
    units: int
    beats: tuple[int, ...]
    strong: tuple[int, ...]


METRES = {
    metre.name: metre
    for metre in (
        Metre("2/4", 8, (4, 4), (0,)),
        Metre("3/4", 12, (4, 4, 4), (0,)),
        Metre("4/4", 16, (4, 4, 4, 4), (0, 8)),
        Metre("5/4", 20, (4, 4, 4, 4, 4), (0, 12)),
        Metre("7/8", 14, (4, 4, 6), (0, 8)),
        Metre("6/8", 12, (6, 6), (0, 6)),
        Metre("9/8", 18, (6, 6, 6), (0,)),
        Metre("12/8", 24, (6, 6, 6, 6), (0, 12)),
    )
}


@dataclass(frozen=True)
class Mode:
    """A mode: its steps in semitones above the tonic, and the tonic that needs no accidentals."""

    name: str
    steps: tuple[int, ...]
    white_tonic: str
    abc: str


MODES = {
    mode.name: mode
    for mode in (
        Mode("major", (0, 2, 4, 5, 7, 9, 11), "C", ""),
        Mode("minor", (0, 2, 3, 5, 7, 8, 10), "A", "m"),
        Mode("dorian", (0, 2, 3, 5, 7, 9, 10), "D", "dor"),
        Mode("mixolydian", (0, 2, 4, 5, 7, 9, 10), "G", "mix"),
        Mode("phrygian", (0, 1, 3, 5, 7, 8, 10), "E", "phr"),
        Mode("lydian", (0, 2, 4, 6, 7, 9, 11), "F", "lyd"),
    )
}

# Chord qualities: suffix as written in a chord symbol -> semitones above the root.
# The order of the intervals is the order of the letters: root, third, fifth, seventh, ninth.
QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "7sus4": (0, 5, 7, 10),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
}


@dataclass(frozen=True)
class Chord:
    """A chord by the pitch class of its root (0 is C) and a quality from `QUALITIES`."""

    root: int
    quality: str


@dataclass(frozen=True)
class ChordSpan:
    """A chord that starts `start` units after the bar line and lasts `units`."""

    start: int
    units: int
    chord: Chord


ChordBar = tuple[ChordSpan, ...]


@dataclass(frozen=True)
class Note:
    """A note or (pitch None) a rest; `units` on the sixteenth grid, `pitch` a MIDI number."""

    pitch: int | None
    units: int


MelodyBar = tuple[Note, ...]
