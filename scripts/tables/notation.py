"""Notation: metres, modes, chords and notes on a grid of sixteenths, and the written dialect.

A unit is a sixteenth note, a pitch class a number from 0 (C) to 11 (B).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

# --- Metres and ticks ------------------------------------------------------------------------

UNITS_PER_WHOLE = 16  # the grid of every song: one unit is a sixteenth note
TICKS_PER_QUARTER = 480  # how finely notes are placed in time, as heard and in the MIDI file
TICKS_PER_UNIT = TICKS_PER_QUARTER // 4
AFTER_ALL_TICKS = 1 << 62  # a tick after the end of every song


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

# --- Modes, chords and their spelling --------------------------------------------------------


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

LETTERS = "CDEFGAB"
LETTER_PITCH_CLASS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
# The major keys by the names with the fewest accidentals.
MAJOR_KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
# Semitones above the root -> letters above the root's letter.
LETTER_STEPS = {0: 0, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4, 8: 4, 9: 5, 10: 6, 11: 6, 14: 1}
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
QUALITY_OF_STEPS = {steps: name for name, steps in QUALITIES.items()}
ROMAN_DEGREES = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
NUMERAL_PATTERN = re.compile(r"([b#]?)([IViv]+)(.*)")
# Suffix of a Roman numeral -> quality, where the suffix is not the quality itself.
UPPER_NUMERAL_QUALITIES = {"o": "dim", "+": "aug", "M7": "maj7", "M9": "maj9"}
LOWER_NUMERAL_QUALITIES = {
    "": "m", "7": "m7", "9": "m9", "6": "m6", "add9": "madd9", "o": "dim", "o7": "dim7",
    "h7": "m7b5", "11": "m7",
}  # fmt: skip


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

# --- Melodies --------------------------------------------------------------------------------

Units = int | Fraction  # a triplet's are thirds, and exact


@dataclass(frozen=True)
class Note:
    """A note or (pitch None) a rest; `pitch` is a MIDI number.

    A `tied` note goes on into the one that follows, which has the same pitch.
    """

    pitch: int | None
    units: Units
    tied: bool = False


MelodyBar = tuple[Note, ...]

TRIPLET_NOTES, TRIPLET_TIME = 3, 2  # three notes are played in the time of two
LONGEST_TIED = 4  # units before the bar line: more is a note that stands, not one that comes early
BARS_PER_CELL = 2  # a cell is the smallest section of a melody that returns
BARS_PER_PHRASE = 4  # "||" ends every fourth bar of a part, and its last
# Cells in a part -> how they may return, a letter for each cell.
CELL_SCHEMES = {
    1: ("a",),
    2: ("ab",),
    4: ("abac", "abac", "abcb", "aabc"),
    6: ("abcbde", "abacde", "abcdef"),
    8: ("abacdbae", "abacabde", "abacdeaf", "abcbabdb"),
}

# --- The dialect -----------------------------------------------------------------------------

# What models write: ABC in the written key, every accidental explicit, one spelling for each pitch
# class and chord root, triads only (models/starter/TRIALS.md describes it).
DIALECT_PITCHES = ("C", "^C", "D", "_E", "E", "F", "^F", "G", "^G", "A", "_B", "B")
# (letter, alteration in semitones) of each pitch class.
DIALECT_SPELLINGS = tuple((name[-1], name.count("^") - name.count("_")) for name in DIALECT_PITCHES)
DIALECT_MAJOR_ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
DIALECT_OTHER_ROOTS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
PART_PATTERN = re.compile(r"\[P:([A-Z]\d{0,4})\]([^\[]*)", re.ASCII)
SIGN_PATTERN = re.compile(
    r"\"[^\"]*\"|(?P<triplet>\(3)|(?P<alter>[_^]?)(?P<letter>[A-Ga-gz])(?P<octave>[,']*)"
    r"(?P<units>[1-9]\d{0,2})?(?P<tie>-)?",
    re.ASCII,
)

# --- MIDI channels, from 0 -------------------------------------------------------------------

MIDI_DRUM_CHANNEL = 9
MIDI_MELODIC_CHANNELS = (*range(9), *range(10, 16))
