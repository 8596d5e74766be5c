"""Read songs from compressed MusicXML: the first part is the melody, all others are its harmony.

It reads only what the sources need of MusicXML 4.0 (w3.org/2021/06/musicxml40). Lengths are
Fractions of a sixteenth note, as in abc_reader.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from fractions import Fraction
from typing import IO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from models.starter.dataset.abc_fields import read_metre
from models.starter.dataset.abc_reader import Measure, Note, Tune
from models.starter.dataset.segmentation import Segmenter
from models.starter.dialect import NATURAL


def open_score(file: IO[bytes]) -> Element:
    """Return the root of the score in a .mxl archive."""
    with zipfile.ZipFile(file) as archive:
        names = [n for n in archive.namelist() if n.endswith("xml") and "META-INF" not in n]
        return ElementTree.fromstring(archive.read(names[0]))


def read_pitch(note: Element) -> int | None:
    """Return a note's MIDI pitch; None for a rest."""
    pitch = note.find("pitch")
    if pitch is None:
        return None
    alter = int(float(pitch.findtext("alter", "0")))
    step = NATURAL[pitch.findtext("step", "C")]
    return 12 * (int(pitch.findtext("octave", "4")) + 1) + step + alter


class PartReader:
    """Reads the measures of one part; `divisions` holds until it changes."""

    def __init__(self, part: Element) -> None:
        self.part, self.unit = part, Fraction(4)

    def measures(self) -> Iterator[tuple[Element, list[tuple[str, Note]]]]:
        """Yield each measure's element and its (voice, note) pairs."""
        for element in self.part.iterfind("measure"):
            notes: list[tuple[str, Note]] = []
            place, last = Fraction(0), Fraction(0)
            for child in element:
                if child.tag == "attributes" and child.find("divisions") is not None:
                    self.unit = Fraction(4, int(child.findtext("divisions", "4")))
                length = int(child.findtext("duration", "0")) * self.unit
                if child.tag == "backup":
                    place -= length
                elif child.tag == "forward":
                    place += length
                elif child.tag == "note" and child.find("grace") is None:
                    start = last if child.find("chord") is not None else place
                    notes.append((child.findtext("voice", "1"), self.note(child, start, length)))
                    last, place = start, start + length
            yield element, notes

    def note(self, element: Element, start: Fraction, length: Fraction) -> Note:
        """Return the note of an element."""
        tied = any(tie.get("type") == "start" for tie in element.iterfind("tie"))
        tuplet = element.find("time-modification") is not None
        return Note(read_pitch(element), start, length, tied, tuplet)


def melody_of(notes: list[tuple[str, Note]]) -> list[Note]:
    """Keep the first voice, and of its chords the highest note."""
    line: list[Note] = []
    for voice, note in notes:
        if voice != notes[0][0]:
            continue
        if line and line[-1].start == note.start:
            if (note.midi or 0) > (line[-1].midi or 0):
                line[-1] = note
        else:
            line.append(note)
    return line


def ends_here(element: Element) -> bool:
    """Say whether a repeat or a double bar ends the measure."""
    for line in element.iterfind("barline"):
        double = line.findtext("bar-style", "") in ("light-light", "light-heavy")
        if line.get("location", "right") == "right" and (double or line.find("repeat") is not None):
            return True
    return False


def in_first_ending(element: Element, inside: bool) -> tuple[bool, bool]:
    """Return whether a measure belongs to a first ending, and whether the next one does."""
    here = after = inside
    for ending in element.iterfind("barline/ending"):
        if ending.get("type") == "start":
            here = after = ending.get("number", "").startswith("1")
        else:
            after = False
    return here, after


def key_at(fifths: int, last_bass: int) -> tuple[int, str]:
    """Return tonic and mode of a key signature: minor if the last bass note is minor's tonic."""
    major = 7 * fifths % 12
    minor = (major + 9) % 12
    return (minor, "minor") if last_bass == minor else (major, "major")


def by_notes(tune: Tune) -> Tune:
    """Choose major or minor for each section by the notes of all voices.

    It is minor if its tonic and, counted twice, its leading note last longer than major's fifth.
    """
    for section in tune.sections:
        tonic, mode = section.key
        major = (tonic + 3) % 12 if mode == "minor" else tonic
        weights = [0.0] * 12
        for measure in section.measures:
            for note in [*measure.notes, *measure.harmony]:
                if note.midi is not None:
                    weights[(note.midi - major) % 12] += float(note.length)
        lean = weights[9] + 2 * weights[8] - weights[7]
        section.key = ((major + 9) % 12, "minor") if lean > 0 else (major, "major")
    return tune


def read_score(file: IO[bytes]) -> Iterator[Tune]:
    """Yield the tunes of a score."""
    root = open_score(file)
    fields = {"T": root.findtext("work/work-title", ""),
              "C": root.findtext("identification/rights", "")}  # fmt: skip
    names = [part.findtext("part-name", "") for part in root.iterfind("part-list/score-part")]
    parts = [list(PartReader(part).measures()) for part in root.iterfind("part")]
    if "Soprano" in names:
        # A chorale with instruments above the choir.
        parts.insert(0, parts.pop(names.index("Soprano")))
    last = [n.midi for part in parts for _, notes in part[-1:] for _, n in notes if n.midi]
    last_bass = min(last, default=0) % 12
    segmenter = Segmenter()
    fifths, metre, skip = 0, "4/4", False
    for number, (element, notes) in enumerate(parts[0]):
        fifths = int(element.findtext("attributes/key/fifths", str(fifths)))
        if beats := element.findtext("attributes/time/beats"):
            metre = read_metre(f"{beats}/{element.findtext('attributes/time/beat-type')}")
        key = key_at(fifths, last_bass)
        here, skip = in_first_ending(element, skip)
        line = melody_of(notes)
        if segmenter.skip_measure(all(note.midi is None for note in line), not line or here):
            continue
        harmony = [n for part in parts[1:] for _, n in part[number : number + 1][0][1]]
        segmenter.add(key, metre, Measure(line, [], harmony))
        segmenter.starts_section = ends_here(element)
    yield from segmenter.tunes(fields)
