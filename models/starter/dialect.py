"""The dialect of ABC that the model writes: one line of text per tune, and its tables.

    [R:reel][M:4/4][K:C][P:A][N:6][H:74][E:4]"C"G4c4e4g4|"F"a6g2f4e4|"G"g4f2e2d8|"C"c16||

All lengths are counted in sixteenth notes ("units"); pitches are MIDI numbers (60 = middle C).
The app's prompt, cues (the fields before a phrase) and grammar follow these tables; a change here
needs a new dialect number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

DIALECT = "3"

# All kinds of tune. A tune whose source does not say its kind has no [R:] field.
KINDS = (
    "air", "fling", "hornpipe", "hymn", "jig", "march", "morris", "reel",
    "slide", "slipjig", "song", "strathspey", "waltz",
)  # fmt: skip

# Metre -> (units in a bar, unit at which a second chord may start; 0: none).
METRES = {
    "2/4": (8, 4), "3/4": (12, 0), "4/4": (16, 8), "5/4": (20, 12), "7/8": (14, 8),
    "6/8": (12, 6), "9/8": (18, 0), "12/8": (24, 12),
}  # fmt: skip

# Mode -> (field, pitch class of its tonic on the white keys).
MODES = {
    "major": ("C", 0), "dorian": ("Ddor", 2), "phrygian": ("Ephr", 4),
    "lydian": ("Flyd", 5), "mixolydian": ("Gmix", 7), "minor": ("Am", 9),
}  # fmt: skip

# Density of a part, as the app's user sets it, in notes (without rests) per quarter note: level 1
# is below the first edge, level 5 at or above the last.
DENSITY_EDGES = (1.0, 1.4, 1.7, 2.0)
# Density of four bars, as the model is told: [N:1] to [N:19]. Every level above is divided, so that
# an app can ask for its middle.
PHRASE_EDGES = (
    0.4, 0.6, 0.75, 0.87, 1.0, 1.13, 1.27, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.25, 2.5, 3.0,
)  # fmt: skip
# Mean pitch of four bars, to the nearest semitone: [H:60] (or lower) to [H:81] (or higher).
LOWEST_HEIGHT = 60
HEIGHT_EDGES = tuple(height + 0.5 for height in range(LOWEST_HEIGHT, 81))
MOST_BARS_LEFT = 16  # [B:16] also means more

BARS_PER_LINE = 4  # "||" stands after every fourth bar of a part, and after its last
PARTS = "ABCDEFGH"
LOWEST, HIGHEST = 55, 88  # G3 and E6
CENTRE = 70.5  # tunes are transposed by octaves to bring their median pitch near this

# Every pitch class and every chord root has one spelling.
PITCH_NAMES = ("C", "^C", "D", "_E", "E", "F", "^F", "G", "^G", "A", "_B", "B")
MAJOR_ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
OTHER_ROOTS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "Bb", "B")  # m and dim
QUALITIES = {"": (0, 4, 7), "m": (0, 3, 7), "dim": (0, 3, 6)}

Chord = tuple[int, str]  # (pitch class of the root, quality)
Note = tuple[int, int]  # (MIDI pitch, or REST; length in units)
REST = -1


@dataclass
class Bar:
    """One whole bar: its notes in order, and (unit, chord) pairs, the first of them at unit 0."""

    notes: list[Note]
    chords: list[tuple[int, Chord]] = field(default_factory=list)


@dataclass
class Song:
    """A tune on the white keys: a metre and a mode of the tables, parts of whole bars."""

    metre: str
    mode: str
    parts: list[list[Bar]]
    kind: str = ""

    def bars(self) -> list[Bar]:
        """List the bars of all parts."""
        return [bar for part in self.parts for bar in part]

    def pitches(self) -> list[int]:
        """List the pitches of all notes, without rests."""
        return sounding_pitches(self.bars())


def sounding_pitches(part: list[Bar]) -> list[int]:
    """List the pitches of a part's notes, without rests."""
    return [pitch for bar in part for pitch, _ in bar.notes if pitch != REST]


def bucket(value: float, edges: tuple[float, ...]) -> int:
    """Return 1 for a value below the first edge, and 1 more for every edge that it reaches."""
    return 1 + sum(value >= edge for edge in edges)


def notes_per_quarter(bars: list[Bar], metre: str) -> float:
    """Return the notes (without rests) per quarter note."""
    return len(sounding_pitches(bars)) / (len(bars) * METRES[metre][0] / 4)


def density(part: list[Bar], metre: str) -> int:
    """Return a part's density as a level of 1 to 5."""
    return bucket(notes_per_quarter(part, metre), DENSITY_EDGES)


def height(bars: list[Bar]) -> int:
    """Return the mean pitch as [H:] gives it; bars without notes have that of CENTRE."""
    pitches = sounding_pitches(bars)
    mean = sum(pitches) / len(pitches) if pitches else CENTRE
    return LOWEST_HEIGHT - 1 + bucket(mean, HEIGHT_EDGES)


def centring_shift(pitches: list[int]) -> int | None:
    """Return the octaves, in semitones, that centre the pitches; None if they range too widely."""
    by_distance = sorted(range(-48, 49, 12), key=lambda s: abs(median(pitches) + s - CENTRE))
    for shift in by_distance[:2]:
        if min(pitches) + shift >= LOWEST and max(pitches) + shift <= HIGHEST:
            return shift
    return None


def write_pitch(midi: int) -> str:
    """Spell a MIDI pitch: 60 is C, 72 c, 48 C, and 84 c'."""
    name = PITCH_NAMES[midi % 12]
    octave = midi // 12 - 5
    letter = name[-1].lower() if octave > 0 else name[-1]
    return name[:-1] + letter + "'" * (octave - 1) + "," * -octave


def write_note(note: Note) -> str:
    """Write a pitch (or z) and its length in units, which is left out when it is 1."""
    pitch, length = note
    return ("z" if pitch == REST else write_pitch(pitch)) + (str(length) if length != 1 else "")


def write_chord(chord: Chord) -> str:
    """Write a chord symbol without its quotation marks."""
    root, quality = chord
    return (OTHER_ROOTS if quality else MAJOR_ROOTS)[root] + quality


def write_bar(bar: Bar) -> str:
    """Write chords and notes of a bar, without its bar line."""
    symbols = dict(bar.chords)
    text, unit = "", 0
    for note in bar.notes:
        if unit in symbols:
            text += f'"{write_chord(symbols[unit])}"'
        text += write_note(note)
        unit += note[1]
    return text


def write_cue(part: list[Bar], first: int, metre: str, ends: bool) -> str:
    """Write the cues of the phrase at bar `first`: its density, its height and the bars left."""
    phrase = part[first : first + BARS_PER_LINE]
    many = bucket(notes_per_quarter(phrase, metre), PHRASE_EDGES)
    left = min(len(part) - first, MOST_BARS_LEFT)
    return f"[N:{many}][H:{height(phrase)}][{'E' if ends else 'B'}:{left}]"


def write_part(part: list[Bar], metre: str, letter: str, ends: bool) -> str:
    """Write a part: its letter, and its phrases with their cues; `ends` if it is the last."""
    text = f"[P:{letter}]"
    for number, bar in enumerate(part):
        if number % BARS_PER_LINE == 0:
            text += write_cue(part, number, metre, ends)
        last = number + 1 == len(part) or (number + 1) % BARS_PER_LINE == 0
        text += write_bar(bar) + ("||" if last else "|")
    return text


def write_song(song: Song) -> str:
    """Write the whole line."""
    text = f"[R:{song.kind}]" if song.kind else ""
    text += f"[M:{song.metre}][K:{MODES[song.mode][0]}]"
    parts = list(zip(PARTS, song.parts))
    return text + "".join(
        write_part(part, song.metre, letter, letter == parts[-1][0]) for letter, part in parts
    )


FIELD = re.compile(r"\[([RMKP]):([^\]]*)\]")
CUE = re.compile(r"\[[NHBE]:\d+\]")
STRUCTURE = re.compile(r'(\[[^\]]*\]|"[^"]*"|\|+)')  # what the app dictates
ITEM = re.compile(r'"([A-G][b#]?)(m|dim|)"|([\^_]?)([A-Ga-gz])([,\']*)(\d*)|(.)')
NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SIGN = {"": 0, "^": 1, "#": 1, "_": -1, "b": -1}


def read_pitch(sign: str, letter: str, octaves: str) -> int:
    """Return the MIDI pitch of an ABC note name, in any spelling."""
    octave = 5 + letter.islower() + octaves.count("'") - octaves.count(",")
    return 12 * octave + NATURAL[letter.upper()] + SIGN[sign]


def read_bar(text: str) -> Bar:
    """Read one bar without its bar line. Raise ValueError at anything foreign."""
    bar, unit = Bar([]), 0
    for root, quality, sign, letter, octaves, length, stray in ITEM.findall(text):
        if stray:
            raise ValueError(f"{stray!r} has no place in the bar {text!r}")
        if root:
            bar.chords.append((unit, ((NATURAL[root[0]] + SIGN[root[1:]]) % 12, quality)))
            continue
        pitch = REST if letter == "z" else read_pitch(sign, letter, octaves)
        bar.notes.append((pitch, int(length or 1)))
        unit += bar.notes[-1][1]
    return bar


def read_song(text: str) -> Song:
    """Read a line of the dialect. Raise ValueError if a field or a bar is not legal."""
    parts: list[list[Bar]] = []
    song = Song("", "", parts)
    modes = {name: mode for mode, (name, _) in MODES.items()}
    fields = list(FIELD.finditer(text))
    for here, there in zip(fields, [*fields[1:], None]):
        letter, value = here.groups()
        body = text[here.end() : there.start() if there else len(text)]
        if letter == "R":
            song.kind = value
        elif letter == "M":
            song.metre = value
        elif letter == "K":
            song.mode = modes.get(value, "")
        elif letter == "P":
            bars = CUE.sub("", body).strip("|").replace("||", "|")
            parts.append([read_bar(bar) for bar in bars.split("|")])
    check(song)
    return song


def read_tunes(path: Path) -> list[str]:
    """Read a file that has a tune on each line."""
    return path.read_text(encoding="ascii").split()


def check(song: Song) -> None:
    """Raise ValueError unless every bar has its length, its chords and pitches in range."""
    if song.metre not in METRES or song.mode not in MODES or not song.parts:
        raise ValueError("a tune needs a metre, a mode and a part")
    units, middle = METRES[song.metre]
    for number, bar in enumerate(song.bars(), 1):
        if sum(length for _, length in bar.notes) != units:
            raise ValueError(f"bar {number} is not {units} sixteenths long: {write_bar(bar)}")
        if not bar.chords or bar.chords[0][0] or any(u not in (0, middle) for u, _ in bar.chords):
            raise ValueError(f"bar {number} has a chord missing or out of place")
        if any(p != REST and not LOWEST <= p <= HIGHEST for p, _ in bar.notes):
            raise ValueError(f"bar {number} leaves the range")
