"""Read tunes from the MIDI files that LilyPond makes with melody_midi.ily.

The tune is the top line of one track; all other notes are its harmony. Markers tell where bars and
sections begin, so that pick-ups and repeats are where the score has them. Lengths are Fractions of
a sixteenth note, as in abc_reader.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from statistics import mean

import mido
from mido.midifiles.meta import KeySignatureError

from models.starter.dataset.abc_fields import read_metre
from models.starter.dataset.abc_reader import Measure, Note, Tune
from models.starter.dataset.musicxml_reader import key_at
from models.starter.dataset.segmentation import Segmenter
from models.starter.dialect import METRES

DRUMS = 9  # the channel
FEWEST_NOTES = 0.4  # of the notes of the fullest track: a track with fewer carries no tune
HIGHER = 3.0  # semitones above an earlier track for a later one to be preferred
MONOPHONIC = 0.1  # a track with a smaller share of chords is one voice
ALL_CHORDS = 0.9  # a track with a larger share of chords of three notes plays chord names
DIP = 8  # semitones: a note so far below both its neighbours belongs to the accompaniment
CIRCLE = re.findall("[A-G][b#]?", "CbGbDbAbEbBbFCGDAEBF#C#G#D#A#")  # of fifths
FIFTHS = {name: place - 7 for place, name in enumerate(CIRCLE[:15])}
FIFTHS |= {f"{name}m": place - 7 for place, name in enumerate(CIRCLE[3:])}

# Metre of other note values -> the dialect's metre for it, and the factor of its note lengths.
EQUIVALENT_METRES = {
    "3/8": ("3/4", Fraction(2)), "4/8": ("2/4", Fraction(1)), "3/2": ("3/4", Fraction(1, 2)),
    "4/2": ("4/4", Fraction(1, 2)), "6/4": ("6/8", Fraction(1, 2)),
}  # fmt: skip


@dataclass(frozen=True)
class MidiNote:
    """A note of a track, in ticks."""

    start: int
    end: int
    midi: int


@dataclass
class Track:
    """The notes of one track, and its key signatures by tick."""

    notes: list[MidiNote] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)

    def chord_share(self) -> float:
        """Return the share of onsets at which more than one note starts or sounds on."""
        onsets = chords = until = 0
        for _, group in groupby(self.notes, lambda note: note.start):
            notes = list(group)
            onsets += 1
            chords += len(notes) > 1 or until > notes[0].start
            until = max(until, *(note.end for note in notes))
        return chords / onsets if onsets else 0.0

    def is_chord_names(self) -> bool:
        """Say whether nearly always three notes or more start together."""
        sizes = Counter(note.start for note in self.notes).values()
        return sum(size >= 3 for size in sizes) > ALL_CHORDS * len(sizes)


@dataclass
class File:
    """What is needed of a MIDI file. Times are in ticks."""

    unit: int  # ticks in a sixteenth note
    tracks: list[Track]
    metres: list[tuple[int, str]]
    bars: list[int]  # where a bar begins
    sections: list[int]  # where a section begins, possibly within a bar
    end: int


def read_track(messages: mido.MidiTrack) -> Track:
    """Pair the messages of a track into notes."""
    track, time = Track(), 0
    open_notes: dict[tuple[int, int], int] = {}
    for message in messages:
        time += message.time
        if message.type == "key_signature":
            track.keys.append((time, message.key))
        elif message.type in ("note_on", "note_off") and message.channel != DRUMS:
            voice = (message.channel, message.note)
            start = open_notes.pop(voice, None)
            if start is not None and time > start:
                track.notes.append(MidiNote(start, time, message.note))
            if message.type == "note_on" and message.velocity:
                open_notes[voice] = time
    track.notes.sort(key=lambda note: (note.start, -note.midi))
    return track


def open_midi(path: Path) -> File:
    """Read a file's tracks, metres and markers."""
    midi = mido.MidiFile(path, clip=True)
    file = File(midi.ticks_per_beat // 4, [], [], [], [], 0)
    for messages in midi.tracks:
        time = 0
        for message in messages:
            time += message.time
            if message.type == "time_signature":
                file.metres.append((time, f"{message.numerator}/{message.denominator}"))
            elif message.type == "marker":
                words = message.text.split()
                file.bars += [time] * ("bar" in words)
                file.sections += [time] * ("section" in words)
        track = read_track(messages)
        if track.notes:
            file.tracks.append(track)
    file.end = max((note.end for track in file.tracks for note in track.notes), default=0)
    return file


def skyline(track: Track) -> list[MidiNote]:
    """Return a track's top line (the skyline algorithm).

    A note lasts until it ends or the next one of the line begins. A note that begins below one
    that still sounds is accompaniment; in a track of several voices, so is a dip (without_dips).
    """
    line: list[MidiNote] = []
    for _, group in groupby(track.notes, lambda note: note.start):
        note = next(group)  # the highest that starts here
        if line and line[-1].end > note.start:
            if line[-1].midi > note.midi:
                continue
            line[-1] = MidiNote(line[-1].start, note.start, line[-1].midi)
        line.append(note)
    return line if track.chord_share() < MONOPHONIC else without_dips(line)


def without_dips(line: list[MidiNote]) -> list[MidiNote]:
    """Remove notes far below both neighbours; the note before is held instead."""
    kept: list[MidiNote] = []
    for number, note in enumerate(line):
        after = line[number + 1].midi if number + 1 < len(line) else note.midi
        if kept and min(kept[-1].midi, after) - note.midi >= DIP:
            kept[-1] = MidiNote(kept[-1].start, note.end, kept[-1].midi)
        else:
            kept.append(note)
    return kept


def melody_track(tracks: list[Track]) -> Track:
    """Return the first track with a melody, or a later one of a single voice that is higher.

    A track of chord names has no key signature, or nothing but chords of three notes.
    """
    tracks = [track for track in tracks if track.keys] or tracks
    tracks = [track for track in tracks if not track.is_chord_names()] or tracks
    fullest = max(len(skyline(track)) for track in tracks)
    able = [track for track in tracks if len(skyline(track)) >= FEWEST_NOTES * fullest]
    best = able[0]
    for track in able[1:]:
        heights = [mean(note.midi for note in skyline(t)) for t in (best, track)]
        line = track.chord_share() < MONOPHONIC or best.chord_share() >= MONOPHONIC
        if line and heights[1] - heights[0] >= HIGHER:
            best = track
    return best


def at(changes: list[tuple[int, str]], tick: int, default: str) -> str:
    """Return the value of the last change up to a tick."""
    held = [text for time, text in changes if time <= tick]
    return held[-1] if held else default


def metre_at(file: File, tick: int) -> tuple[str, Fraction]:
    """Return the metre at a tick, and the ticks in a sixteenth note as the dialect writes it."""
    metre = read_metre(at(file.metres, tick, "4/4"))
    metre, factor = EQUIVALENT_METRES.get(metre, (metre, Fraction(1)))
    return metre, file.unit / factor


def measures_of(file: File) -> list[tuple[int, int]]:
    """Return start and end of every measure.

    A bar in which no note starts has no marker: its place follows from the metre.
    """
    edges = sorted({0, file.end, *file.bars, *file.sections, *(time for time, _ in file.metres)})
    edges = [edge for edge in edges if edge <= file.end]
    spans = []
    for start, end in pairwise(edges):
        metre, unit = metre_at(file, start)
        step = int(METRES[metre][0] * unit) if metre in METRES else end - start
        while end - start > step:
            spans.append((start, start + step))
            start += step
        spans.append((start, end))
    return spans


def clip(notes: list[MidiNote], span: tuple[int, int], unit: Fraction) -> list[Note]:
    """Return the notes within a measure, cut to it, in units from its start."""
    start, end = span
    made = []
    for note in notes:
        if note.start < end and note.end > start:
            place = (max(note.start, start) - start) / unit
            length = (min(note.end, end) - max(note.start, start)) / unit
            odd = any(f.denominator & (f.denominator - 1) for f in (place, length))
            made.append(Note(note.midi, place, length, note.end > end, odd))
    return made


def with_rests(notes: list[Note], units: Fraction) -> list[Note]:
    """Fill the silence between notes with rests."""
    filled: list[Note] = []
    place = Fraction(0)
    for note in [*notes, None]:
        start = note.start if note else units
        if start > place:
            odd = any(f.denominator & (f.denominator - 1) for f in (place, start))
            filled.append(Note(None, place, start - place, tuplet=odd))
        if note:
            filled.append(note)
            place = note.start + note.length
    return filled


def key_of(name: str, last_bass: int) -> tuple[int, str]:
    """Return tonic and mode of a key signature; the last bass note can turn major into minor."""
    fifths = FIFTHS[name]
    if name.endswith("m"):
        return (7 * fifths + 9) % 12, "minor"
    return key_at(fifths, last_bass)


class NoteIndex:
    """Notes sorted by time, to find those of a measure quickly."""

    def __init__(self, notes: list[MidiNote]) -> None:
        self.notes = sorted(notes, key=lambda note: note.start)
        self.starts = [note.start for note in self.notes]
        self.longest = max((note.end - note.start for note in notes), default=0)

    def within(self, span: tuple[int, int]) -> list[MidiNote]:
        """Return the notes that may sound in a span."""
        first = bisect_right(self.starts, span[0] - self.longest - 1)
        return self.notes[first : bisect_right(self.starts, span[1])]


@cache
def read_manifest(path: Path) -> dict[str, dict[str, str]]:
    """Return what mutopia.py wrote of each file: title (T), licence (C), style and such (S)."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        Path(file).name: {"T": title, "C": licence, "S": f"{style} {instrument}"}
        for file, title, _, licence, instrument, style, _ in rows
    }


def read_midi(path: Path, fields: dict[str, str]) -> Iterator[Tune]:
    """Yield the tunes of a file; `fields` are its lines of the manifest. Skip broken files."""
    try:
        file = open_midi(path)
    except (OSError, EOFError, KeySignatureError):
        return  # KeySignatureError: a key that does not exist, such as nine sharps
    if not file.tracks:
        return
    track = melody_track(file.tracks)
    line = skyline(track)
    top = set(line)
    others = [note for t in file.tracks for note in t.notes if t is not track or note not in top]
    every = [note for t in file.tracks for note in t.notes]
    last_bass = min(n.midi for n in every if n.end >= file.end - file.unit) % 12
    keys = track.keys or next((t.keys for t in file.tracks if t.keys), [])
    tune, harmony = NoteIndex(line), NoteIndex(others)
    segmenter = Segmenter()
    for span in measures_of(file):
        metre, unit = metre_at(file, span[0])
        key = key_of(at(keys, span[0], "C"), last_bass)
        notes = clip(tune.within(span), span, unit)
        segmenter.starts_section |= span[0] in file.sections
        if segmenter.skip_measure(not notes):
            continue
        below = clip(harmony.within(span), span, unit)
        full = with_rests(notes, (span[1] - span[0]) / unit)
        segmenter.add(key, metre, Measure(full, [], below))
    yield from segmenter.tunes(fields)
