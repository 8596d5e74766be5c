"""Turn tunes as read into songs of the dialect: whole bars, white keys, chords where known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from models.starter.dataset import chords
from models.starter.dataset.abc_reader import Measure, Section, Tune
from models.starter.dataset.melody_filter import is_melodic
from models.starter.dataset.quantize import (
    UnusableMeasure,
    complete_measures,
    quantize,
    split_parts,
)
from models.starter.dataset.sources import KIND_METRES, Source
from models.starter.dialect import METRES, MODES, REST, Bar, Chord, Song, centring_shift

MOST_PARTS, MOST_BARS, FEWEST_BARS = 8, 64, 8
PIECE_BARS = 16  # length of the pieces into which an unusable section is cut
MOST_TUPLETS = 0.15  # of the notes: the grid has no place for more
DOUBLED = ("reel", "hornpipe", "strathspey", "fling")  # 2/4 with sixteenths is meant as 4/4
BASS_WEIGHT = 2.0
WHITE = (0, 2, 4, 5, 7, 9, 11)
RAISED = {"minor": (6, 8)}  # the raised sixth and seventh of A minor


@dataclass
class Entry:
    """A song of the corpus, its source, and what is known of its chords."""

    source: str
    song: Song
    weights: list[chords.PitchWeights]  # one for each place of a chord, to infer chords from
    has_own_chords: bool  # the source states them
    work: str = ""  # tunes of one work are not split between training and held-out tunes


def shift_bar(bar: Bar, semitones: int) -> None:
    """Transpose a bar in place, chords and notes."""
    bar.notes = [(p if p == REST else p + semitones, length) for p, length in bar.notes]
    bar.chords = [(unit, ((root + semitones) % 12, q)) for unit, (root, q) in bar.chords]


def own_chords(measures: list[Measure], units: tuple[int, ...], factor: int) -> list[Chord] | None:
    """Return the written chord at each place of a chord; None if there are no chord symbols.

    `units` are those places within a bar. Before the first symbol its chord holds, too.
    """
    held, row = None, []
    for measure in measures:
        read = [(place * factor, chords.read_symbol(text)) for place, text in measure.symbols]
        known = [(place, chord) for place, chord in read if chord]
        for unit in units:
            before = [chord for place, chord in known if place <= unit]
            held = before[-1] if before else held
            row.append(held)
    first = next((chord for chord in row if chord), None)
    return [chord or first for chord in row] if first else None


def weigh_voices(
    measure: Measure, units: tuple[int, ...], factor: int
) -> list[chords.PitchWeights]:
    """Weigh the pitch classes of all voices at each place of a chord; the bass counts more."""
    rows = [np.zeros(12) for _ in units]
    voices = [(n, n.midi) for n in [*measure.notes, *measure.harmony] if n.midi is not None]
    for note, midi in voices:
        start = note.start * factor
        row = max(i for i, unit in enumerate(units) if unit <= start)
        lowest = all(other >= midi for n, other in voices if n.start == note.start)
        rows[row][midi % 12] += float(note.length) * factor * (BASS_WEIGHT if lowest else 1)
    return rows


def is_doubled(kind: str, sections: list[Section]) -> bool:
    """Say whether a tune is notated in half its usual note values: mostly sixteenths."""
    lengths = [n.length for s in sections for m in s.measures for n in m.notes]
    return kind in DOUBLED and sum(x <= 1 for x in lengths) * 2 > len(lengths)


def whole_parts(sections: list[Section], factor: int) -> list[list[Measure]]:
    """Return parts of whole measures; leave out sections with a measure that is unusable."""
    whole = []
    for section, follower in zip(sections, [*sections[1:], None]):
        try:
            measures = complete_measures(section, follower)
            for measure in measures:
                quantize(measure, METRES[section.metre][0] * factor, factor)
            whole.append(measures)
        except UnusableMeasure:
            continue
    parts: list[list[Measure]] = []
    for part in split_parts([w for w in whole if w])[:MOST_PARTS]:
        if sum(map(len, parts)) + len(part) <= MOST_BARS:
            parts.append(part)
    return parts


def transpose_to_white_keys(song: Song, tonic: int) -> int | None:
    """Transpose the song in place to the white keys; return the semitones modulo 12.

    Return None if the song has no notes or is wider than the range.
    """
    pitches = song.pitches()
    up = (MODES[song.mode][1] - tonic) % 12
    octaves = centring_shift([p + up for p in pitches]) if pitches else None
    if octaves is None:
        return None
    for bar in song.bars():
        shift_bar(bar, up + octaves)
    return up


def diatonic_share(song: Song) -> float:
    """Return the share of notes that are in the song's scale."""
    scale = WHITE + RAISED.get(song.mode, ())
    pitches = song.pitches()
    return sum(pitch % 12 in scale for pitch in pitches) / len(pitches)


def in_tuplets(sections: list[Section]) -> float:
    """Return the share of notes that stand in tuplets."""
    notes = [note for s in sections for measure in s.measures for note in measure.notes]
    return sum(note.tuplet for note in notes) / len(notes) if notes else 0.0


def make_entry(source: Source, kind: str, sections: list[Section]) -> Entry | None:
    """Build one song from sections of one key and metre; None if too little of it is usable."""
    if in_tuplets(sections) > MOST_TUPLETS:
        return None
    (tonic, mode), metre = sections[0].key, sections[0].metre
    factor = 2 if metre == "2/4" and is_doubled(kind, sections) else 1
    parts = whole_parts(sections, factor)
    flat = [measure for part in parts for measure in part]
    metre = "4/4" if factor == 2 else metre
    if metre not in KIND_METRES.get(kind, (metre,)):
        kind = ""
    bars = [[quantize(m, METRES[metre][0], factor) for m in part] for part in parts]
    song = Song(metre, mode, bars, kind)
    edges = chords.starts(metre)
    if any(measure.harmony for measure in flat):
        rows = [row for measure in flat for row in weigh_voices(measure, edges, factor)]
    else:
        rows = [row for bar in song.bars() for row in chords.pitch_weights(bar, metre)]
    written = own_chords(flat, edges, factor) if source.own_chords else None
    if len(flat) < FEWEST_BARS:
        return None
    chords.set_chords(song, written or [(tonic, "")] * len(rows))
    up = transpose_to_white_keys(song, tonic)
    if up is None or diatonic_share(song) < source.least_diatonic:
        return None
    if source.melodic_only and not is_melodic(song):
        return None
    return Entry(source.name, song, [np.roll(row, up) for row in rows], bool(written))


def usable_entries(source: Source, kind: str, run: list[Section]) -> list[Entry]:
    """Return the song of some sections; if that is unusable, songs of single sections.

    Such songs must end on the tonic: another end may mean another key than the signature's.
    """
    entry = make_entry(source, kind, run)
    if entry:
        return [entry]
    if not source.melodic_only:
        return []
    if len(run) > 1:
        pieces = run
    else:
        bars = run[0].measures
        cut = range(0, len(bars), PIECE_BARS) if len(bars) > PIECE_BARS else ()
        pieces = [Section(run[0].key, run[0].metre, bars[i : i + PIECE_BARS]) for i in cut]
    found = [one for piece in pieces for one in usable_entries(source, kind, [piece])]
    return [one for one in found if one.song.pitches()[-1] % 12 == MODES[one.song.mode][1]]


def make_entries(source: Source, kind: str, tune: Tune, work: str = "") -> list[Entry]:
    """Return one song for each run of sections that keeps key and metre."""
    runs = [list(run) for _, run in groupby(tune.sections, lambda s: (s.key, s.metre))]
    entries = [
        e for run in runs if run[0].metre in METRES for e in usable_entries(source, kind, run)
    ]
    for entry in entries:
        entry.work = work
    return entries
