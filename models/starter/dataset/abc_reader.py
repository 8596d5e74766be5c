"""Read tunes from ABC files, one voice at a time.

It follows the ABC standard 2.1 (abcnotation.com) as far as the sources need it. Lengths are
Fractions of a sixteenth note ("units"). What does not change pitch or rhythm is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from models.starter.dataset.abc_fields import default_unit, read_key, read_length, read_metre
from models.starter.dialect import NATURAL

TOKEN = re.compile(
    r"""
      \[(?P<field>[A-Za-z]):\s*(?P<value>[^\]]*)\]
    | "(?P<symbol>[^"]*)"
    | ![^!\n]*! | \{[^}]*\}
    | (?P<bar>\[\||:*\|+[\]:|]*|::+)\s*(?P<after>\[?\s*[1-9](?=[^/]))?
    | \[(?P<ending>[1-9])
    | \((?P<tuplet>\d)(?::(?P<time>\d*))?(?::(?P<many>\d*))?
    | (?P<chord>\[[^\]\n]*\])(?P<clength>\d*/*\d*)
    | (?P<sign>[_^=]{0,2})(?P<letter>[A-Ga-gzxZ])(?P<octave>[,']*)(?P<length>\d*/*\d*)
    | (?P<broken>[<>]+) | (?P<tie>-) | .
    """,
    re.VERBOSE | re.DOTALL,
)
NOTE = re.compile(r"([_^=]{0,2})([A-Ga-g])([,']*)(\d*/*\d*)")
TUPLET_TIME = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}


@dataclass
class Note:
    """A sounding note or a rest (midi None), in units from the start of its bar."""

    midi: int | None
    start: Fraction
    length: Fraction
    tied: bool = False  # to the next note
    tuplet: bool = False


@dataclass
class Measure:
    """What stands between two bar lines, complete or not."""

    notes: list[Note] = field(default_factory=list)
    symbols: list[tuple[Fraction, str]] = field(default_factory=list)
    harmony: list[Note] = field(default_factory=list)  # of the other voices, where there are any

    def length(self) -> Fraction:
        """Return the sum of the notes' lengths."""
        return sum((note.length for note in self.notes), Fraction(0))


@dataclass
class Section:
    """Measures between repeat signs or double bars, of one key and metre."""

    key: tuple[int, str]  # (pitch class of the tonic, mode)
    metre: str
    measures: list[Measure] = field(default_factory=list)


@dataclass
class Tune:
    """One tune (X:) of a file, or one of its voices."""

    fields: dict[str, str]
    sections: list[Section]


class Reader:
    """Turns the body of one voice into sections."""

    def __init__(self, metre: str, unit: Fraction | None, key: str) -> None:
        self.metre, self.unit = metre, unit or default_unit(metre)
        self.sections: list[Section] = []
        self.set_key(key)

    def set_key(self, text: str) -> None:
        """Change the key, and start a section."""
        tonic, mode, self.signature = read_key(text)
        self.key = (tonic, mode)
        self.open_section()

    def open_section(self) -> None:
        """Start a section; an empty one before it is dropped."""
        if self.sections and not any(m.notes for m in self.sections[-1].measures):
            self.sections.pop()
        self.sections.append(Section(self.key, self.metre, [Measure()]))
        self.ending = 0
        self.new_measure()

    def new_measure(self) -> None:
        """Start a measure; accidentals, tuplets and broken rhythm end at the bar line."""
        measures = self.sections[-1].measures
        if measures[-1].notes:
            measures.append(Measure())
        self.measure, self.place = measures[-1], Fraction(0)
        self.accidentals: dict[str, int] = {}
        self.tuplet_left, self.tuplet_factor, self.broken = 0, Fraction(1), Fraction(1)

    def set_field(self, letter: str, value: str) -> None:
        """Apply a field inside the tune."""
        if letter == "K" and read_key(value)[:2] != self.key:
            self.set_key(value)
        elif letter == "M" and read_metre(value) != self.metre:
            self.metre = read_metre(value)
            self.open_section()
        elif letter == "L":
            self.unit = Fraction(value.split("%")[0].strip()) * 16
        elif letter == "P":
            self.open_section()

    def bar_line(self, sign: str, after: str | None) -> None:
        """End a measure; a repeat or a double bar also ends the section."""
        if self.ending == 1 and (":" in sign or after):
            # Only the last ending is kept.
            del self.sections[-1].measures[self.ending_from :]
            self.sections[-1].measures.append(Measure())
            self.new_measure()
            self.ending = 0
            if not after and "|:" not in sign:
                return  # its "[2" may stand a little further on
        self.new_measure()
        if after:
            self.start_ending(int(after.strip("[ ")))
        elif ":" in sign or len(sign.strip(":")) > 1:
            self.open_section()

    def start_ending(self, number: int) -> None:
        """Remember where the first ending starts."""
        self.new_measure()
        if number == 1:
            measures = self.sections[-1].measures
            self.ending_from = len(measures) - (not measures[-1].notes)
        self.ending = number

    def pitch(self, sign: str, letter: str, octave: str) -> int:
        """Return the MIDI pitch by the key signature and the accidentals of the measure so far."""
        name = letter + octave
        if sign:
            self.accidentals[name] = sign.count("^") - sign.count("_")
        alter = self.accidentals.get(name, self.signature.get(letter.upper(), 0))
        base = 60 + 12 * (letter.islower() + octave.count("'") - octave.count(","))
        return base + NATURAL[letter.upper()] + alter

    def add(self, midi: int | None, factor: Fraction) -> None:
        """Add a note or rest whose length is `factor` unit note lengths (L:)."""
        length = self.unit * factor * self.broken
        self.broken = Fraction(1)
        in_tuplet = self.tuplet_left > 0
        if in_tuplet:
            length *= self.tuplet_factor
            self.tuplet_left -= 1
        self.measure.notes.append(Note(midi, self.place, length, tuplet=in_tuplet))
        self.place += length

    def break_rhythm(self, sign: str) -> None:
        """Lengthen the last note and shorten the next (">"), or the other way round ("<")."""
        if not self.measure.notes:
            return
        short = Fraction(1, 2 ** len(sign))
        before, after = (2 - short, short) if sign[0] == ">" else (short, 2 - short)
        note = self.measure.notes[-1]
        self.place += note.length * (before - 1)
        note.length *= before
        self.broken = after

    def read(self, text: str) -> None:
        """Read one line of music."""
        for token in TOKEN.finditer(text):
            kind = token.lastgroup
            if token["field"]:
                self.set_field(token["field"], token["value"])
            elif token["symbol"] is not None:
                self.measure.symbols.append((self.place, token["symbol"]))
            elif token["bar"]:
                self.bar_line(token["bar"], token["after"])
            elif token["ending"]:
                self.start_ending(int(token["ending"]))
            elif token["tuplet"]:
                count = int(token["tuplet"])
                time = int(token["time"] or TUPLET_TIME.get(count, 2))
                self.tuplet_factor = Fraction(time, count)
                self.tuplet_left = int(token["many"] or count)
            elif token["chord"]:
                self.read_chord(token["chord"], token["clength"])
            elif token["letter"]:
                sounding = token["letter"] not in "zxZ"
                name = (token["sign"], token["letter"], token["octave"])
                self.add(self.pitch(*name) if sounding else None, read_length(token["length"]))
            elif kind == "broken":
                self.break_rhythm(token["broken"])
            elif kind == "tie" and self.measure.notes:
                self.measure.notes[-1].tied = True

    def read_chord(self, text: str, length: str) -> None:
        """Add the highest note of a chord such as [CEG]2, with the length of its first."""
        notes = NOTE.findall(text)
        if notes:
            top = max(self.pitch(*note[:3]) for note in notes)
            self.add(top, read_length(length) * read_length(notes[0][3]))


def split_tunes(text: str) -> Iterator[list[str]]:
    """Yield the lines of each X: block, without comments and line continuations."""
    for block in re.split(r"^(?=X:)", text.replace("\r", ""), flags=re.MULTILINE)[1:]:
        yield [re.sub(r"(?<!\\)%.*", "", line).rstrip().rstrip("\\") for line in block.split("\n")]


def read_tune(lines: list[str], voice: str | None = None) -> Tune:
    """Read one tune; of several voices, the one named. Raise ValueError if it has no key."""
    fields: dict[str, str] = {}
    reader: Reader | None = None
    current = voice
    for line in lines:
        match = re.match(r"\[?([A-Za-z]):\s*([^\]]*)\]?", line)
        if match and match[1] == "V":
            current = match[2].split()[0] if match[2] else None
            line = line[match.end() :] if line.startswith("[") else ""
            match = None
        if match and line[0] != "[":
            letter, value = match[1], match[2].strip()
            if reader is None:
                earlier = fields.get(letter) if letter in "CTS" else None
                fields[letter] = f"{earlier}; {value}" if earlier else value
            elif letter not in "Ww":
                reader.set_field(letter, value)
            if letter == "K" and reader is None:
                unit = Fraction(fields["L"].split()[0]) * 16 if "L" in fields else None
                reader = Reader(read_metre(fields.get("M", "none")), unit, value)
        elif reader is not None and (voice is None or current == voice):
            reader.read(line)
    if reader is None:
        raise ValueError("the tune has no key")
    sections = [s for s in reader.sections if any(m.notes for m in s.measures)]
    for section in sections:
        section.measures = [m for m in section.measures if m.notes]
    return Tune(fields, sections)
