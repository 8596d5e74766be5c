"""Read tunes from the MIDI files that LilyPond makes with tunes_only.ily.

The tune is the top line of one track; all other notes are its harmony. Markers tell where bars and
sections begin, so that pick-ups and repeats stand where the sheet has them. Lengths are Fractions
of a sixteenth note, as in abc_reader.
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
from models.starter.dialect import METRES
from models.starter.dataset.musicxml_reader import key_at
from models.starter.dataset.segmentation import Stretches

DRUMS = 9  # the channel
FEWEST_NOTES = 0.4  # of the notes of the fullest track: a track with fewer carries no tune
HIGHER = 3.0  # semitones that a track must lie above an earlier one to be preferred
THIN = 0.1  # a track with fewer chords than this is one line
ALL_CHORDS = 0.9  # a track with more chords of three is chord names
DIP = 8  # semitones: so far below both its neighbours a note is the accompaniment's
CIRCLE = re.findall("[A-G][b#]?", "CbGbDbAbEbBbFCGDAEBF#C#G#D#A#")  # of fifths
FIFTHS = {name: place - 7 for place, name in enumerate(CIRCLE[:15])}
FIFTHS |= {f"{name}m": place - 7 for place, name in enumerate(CIRCLE[3:])}

# Metres of other note values: the dialect's metre that they are, and how much longer it is written.
WRITTEN = {
    "3/8": ("3/4", Fraction(2)), "4/8": ("2/4", Fraction(1)), "3/2": ("3/4", Fraction(1, 2)),
    "4/2": ("4/4", Fraction(1, 2)), "6/4": ("6/8", Fraction(1, 2)),
}  # fmt: skip


@dataclass(frozen=True)
class Struck:
    """A note of a track, in ticks."""

    start: int
    end: int
    midi: int


@dataclass
class Track:
    """The notes of one track, and its key signatures by tick."""

    notes: list[Struck] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)

    def chordal(self) -> float:
        """Return the share of onsets at which more than one note starts or sounds on."""
        onsets = chords = until = 0
        for _, group in groupby(self.notes, lambda note: note.start):
            notes = list(group)
            onsets += 1
            chords += len(notes) > 1 or until > notes[0].start
            until = max(until, *(note.end for note in notes))
        return chords / onsets if onsets else 0.0

    def only_chords(self) -> bool:
        """Say whether nearly always three notes or more start together."""
        sizes = Counter(note.start for note in self.notes).values()
        return sum(size >= 3 for size in sizes) > ALL_CHORDS * len(sizes)


@dataclass
class File:
    """What of a MIDI file matters here. Times are in ticks."""

    unit: int  # ticks of a sixteenth
    tracks: list[Track]
    metres: list[tuple[int, str]]
    bars: list[int]  # where a bar begins
    sections: list[int]  # where a section begins, maybe within a bar
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
                track.notes.append(Struck(start, time, message.note))
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


def skyline(track: Track) -> list[Struck]:
    """Return the top line: a note sounds until it ends or a higher one, or the next, begins.

    What begins below a note that still sounds is accompaniment; so is what dips far below both
    its neighbours in a track of several voices.
    """
    line: list[Struck] = []
    for _, group in groupby(track.notes, lambda note: note.start):
        note = next(group)  # the highest that starts here
        if line and line[-1].end > note.start:
            if line[-1].midi > note.midi:
                continue
            line[-1] = Struck(line[-1].start, note.start, line[-1].midi)
        line.append(note)
    return line if track.chordal() < THIN else without_dips(line)


def without_dips(line: list[Struck]) -> list[Struck]:
    """Leave out notes far below both neighbours; the note before is held through them."""
    kept: list[Struck] = []
    for number, note in enumerate(line):
        after = line[number + 1].midi if number + 1 < len(line) else note.midi
        if kept and min(kept[-1].midi, after) - note.midi >= DIP:
            kept[-1] = Struck(kept[-1].start, note.end, kept[-1].midi)
        else:
            kept.append(note)
    return kept


def tune_track(tracks: list[Track]) -> Track:
    """Return the first track that carries a tune, or a later one line that lies above it.

    Chord names are played, too, but their track has no key, and nothing but chords of three.
    """
    tracks = [track for track in tracks if track.keys] or tracks
    tracks = [track for track in tracks if not track.only_chords()] or tracks
    fullest = max(len(skyline(track)) for track in tracks)
    able = [track for track in tracks if len(skyline(track)) >= FEWEST_NOTES * fullest]
    best = able[0]
    for track in able[1:]:
        heights = [mean(note.midi for note in skyline(t)) for t in (best, track)]
        line = track.chordal() < THIN or best.chordal() >= THIN
        if line and heights[1] - heights[0] >= HIGHER:
            best = track
    return best


def at(changes: list[tuple[int, str]], tick: int, default: str) -> str:
    """Return what holds at a tick."""
    held = [text for time, text in changes if time <= tick]
    return held[-1] if held else default


def metre_at(file: File, tick: int) -> tuple[str, Fraction]:
    """Return the metre that holds at a tick, and the ticks of a sixteenth in it."""
    metre = read_metre(at(file.metres, tick, "4/4"))
    metre, factor = WRITTEN.get(metre, (metre, Fraction(1)))
    return metre, file.unit / factor


def measures_of(file: File) -> list[tuple[int, int]]:
    """Return start and end of every measure; bars in which nothing starts have no marker."""
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


def clip(notes: list[Struck], span: tuple[int, int], unit: Fraction) -> list[Note]:
    """Return what sounds within a measure, its place counted from there."""
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
    """Fill the silence between notes."""
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
    """Return tonic and mode of a signature; where it says major, the last bass may know better."""
    fifths = FIFTHS[name]
    if name.endswith("m"):
        return (7 * fifths + 9) % 12, "minor"
    return key_at(fifths, last_bass)


class Near:
    """Notes by time, so that a measure need not look at all of them."""

    def __init__(self, notes: list[Struck]) -> None:
        self.notes = sorted(notes, key=lambda note: note.start)
        self.starts = [note.start for note in self.notes]
        self.longest = max((note.end - note.start for note in notes), default=0)

    def within(self, span: tuple[int, int]) -> list[Struck]:
        """Return the notes that may sound in a span."""
        first = bisect_right(self.starts, span[0] - self.longest - 1)
        return self.notes[first : bisect_right(self.starts, span[1])]


@cache
def read_manifest(path: Path) -> dict[str, dict[str, str]]:
    """Return what mutopia_midi.py wrote of each file: title (T), licence (C), and kind (S)."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        Path(file).name: {"T": title, "C": licence, "S": f"{style} {instrument}"}
        for file, title, _, licence, instrument, style, _ in rows
    }


def read_midi(path: Path, fields: dict[str, str]) -> Iterator[Tune]:
    """Yield the tunes of a file, cut as those of a MusicXML score."""
    try:
        file = open_midi(path)
    except (OSError, EOFError, KeySignatureError):
        return  # of keys that do not exist, such as nine sharps
    if not file.tracks:
        return
    track = tune_track(file.tracks)
    line = skyline(track)
    top = set(line)
    others = [note for t in file.tracks for note in t.notes if t is not track or note not in top]
    every = [note for t in file.tracks for note in t.notes]
    last_bass = min(n.midi for n in every if n.end >= file.end - file.unit) % 12
    keys = track.keys or next((t.keys for t in file.tracks if t.keys), [])
    tune, harmony = Near(line), Near(others)
    stretches = Stretches()
    for span in measures_of(file):
        metre, unit = metre_at(file, span[0])
        key = key_of(at(keys, span[0], "C"), last_bass)
        notes = clip(tune.within(span), span, unit)
        stretches.fresh |= span[0] in file.sections
        if stretches.leave_out(not notes):
            continue
        below = clip(harmony.within(span), span, unit)
        full = with_rests(notes, (span[1] - span[0]) / unit)
        stretches.add(key, metre, Measure(full, [], below))
    yield from stretches.tunes(fields)
