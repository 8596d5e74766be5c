"""How a melody that returns is varied: ornamented, moved in time, doubled, harmonised.

A development never puts a note that is foreign to the chord on a strong place.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from scripts.music.band.chart import Chart, Passage, beat_positions
from scripts.music.harmony import chord_pitch_classes, span_at
from scripts.tables.notation import Chord
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging


@dataclass(frozen=True)
class _MelodyContext:
    """Where a melody is developed: `steps` are the scale's notes in order (MIDI)."""

    chart: Chart
    passage: Passage
    rng: random.Random
    steps: tuple[int, ...]

    def is_strong(self, place: float) -> bool:
        return (place - self.passage.start) % self.chart.metre.units in self.chart.metre.strong

    def on_beat(self, place: float) -> bool:
        metre = self.chart.metre
        return (place - self.passage.start) % metre.units in beat_positions(metre)

    def chord(self, place: float) -> Chord:
        return chord_at(self.passage, place)

    def is_nonchord(self, note: MidiNote) -> bool:
        return note.pitch % 12 not in chord_pitch_classes(self.chord(note.start))

    def neighbour(self, pitch: int, by: int) -> int:
        """Return the note of the scale that lies `by` steps from a pitch."""
        at = bisect_left(self.steps, pitch)
        if by > 0 and self.steps[at] != pitch:
            by -= 1
        return self.steps[at + by]


@lru_cache(maxsize=64)
def scale_steps(scale: frozenset[int]) -> tuple[int, ...]:
    """Return the scale's notes over all of MIDI's range and a little beyond, in order."""
    return tuple(pitch for pitch in range(-24, 152) if pitch % 12 in scale)


def chord_at(passage: Passage, place: float) -> Chord:
    """Return the chord that sounds at a place (units from the song's start)."""
    units = passage.units // len(passage.bars)
    number = min(len(passage.bars) - 1, max(0, int((place - passage.start) // units)))
    bar = passage.bars[number]
    return span_at(bar.spans, max(0, int(place - bar.start))).chord


def develop(
    line: list[MidiNote], chart: Chart, passage: Passage, rng: random.Random
) -> tuple[list[MidiNote], list[MidiNote]]:
    """Return (the line as it is played this time, notes that are added to it)."""
    context = _MelodyContext(chart, passage, rng, scale_steps(passage.scale))
    extra: list[MidiNote] = []
    for name in _choose_variations(chart, passage):
        if name in _LINES:
            line = _LINES[name](line, context)
        else:
            extra += _ADDED[name](line, context)
    return line, extra


def _choose_variations(chart: Chart, passage: Passage) -> tuple[str, ...]:
    """Choose developments by how often the part was heard, and by the energy."""
    names = arranging.ORNAMENTS[chart.groove.ornament]
    times = passage.section.variation
    if passage.section.role in arranging.THIN_ROLES:
        return ("thinned",) if times else ()
    if passage.section.role == "solo":
        times += 2
    if not times or not names:
        return ()
    first = (times - 1) % len(names)
    chosen = [names[first]]
    if times > 1:
        chosen.append(names[(first + 1) % len(names)])
    if passage.energy == 4 and not set(chosen) & set(_ADDED):
        chosen += [name for name in names if name in _ADDED][:1]
    # Changes of the line come first, so that what is added fits the changed line.
    return tuple(sorted(dict.fromkeys(chosen), key=lambda name: name in _ADDED))


def _passing(line: list[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Fill thirds with the note between, on the second half of the first note."""
    return _vary_joined_notes(line, context, 4, 0.6, _step_between)


def _step_between(note: MidiNote, after: MidiNote, context: _MelodyContext) -> list[MidiNote]:
    if not 3 <= abs(after.pitch - note.pitch) <= 4:
        return []
    half = (note.length + arranging.ARTICULATION_GAP) / 2
    pitch = context.neighbour(note.pitch, 1 if after.pitch > note.pitch else -1)
    length = half - arranging.ARTICULATION_GAP
    soft = round(note.velocity * 0.85)
    return [
        MidiNote(note.start, length, note.pitch, note.velocity),
        MidiNote(note.start + half, length, pitch, soft),
    ]


def _turned(line: list[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Turn around long notes: the note, its upper neighbour, the note again."""
    return _vary_joined_notes(line, context, 4, 0.4, _turn)


def _turn(note: MidiNote, after: MidiNote, context: _MelodyContext) -> list[MidiNote]:
    quarter = (note.length + arranging.ARTICULATION_GAP) / 4
    upper = context.neighbour(note.pitch, 1)
    soft = round(note.velocity * 0.85)
    return [
        MidiNote(note.start, 2 * quarter - arranging.ARTICULATION_GAP, note.pitch, note.velocity),
        MidiNote(note.start + 2 * quarter, quarter - arranging.ARTICULATION_GAP, upper, soft),
        MidiNote(note.start + 3 * quarter, quarter - arranging.ARTICULATION_GAP, note.pitch, soft),
    ]


def _enclosed(line: list[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Approach the next note from above and below, at the end of the note before."""
    return _vary_joined_notes(line, context, 6, 0.45, _enclosure)


def _enclosure(note: MidiNote, after: MidiNote, context: _MelodyContext) -> list[MidiNote]:
    rest = note.length + arranging.ARTICULATION_GAP - 2 * arranging.EIGHTH_UNITS
    first = note.start + rest
    soft = round(note.velocity * 0.85)
    eighth = arranging.EIGHTH_UNITS - arranging.ARTICULATION_GAP
    return [
        MidiNote(note.start, rest - arranging.ARTICULATION_GAP, note.pitch, note.velocity),
        MidiNote(first, eighth, context.neighbour(after.pitch, 1), soft),
        MidiNote(first + arranging.EIGHTH_UNITS, eighth, after.pitch - 1, soft),
    ]


def _graced(line: list[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Put grace notes before notes on the beat, a step of the scale above them."""
    out: list[MidiNote] = []
    for note in line:
        before = out[-1] if out else None
        room = before is not None and before.length > 1 and note.start - before.start > 1
        if before and room and context.on_beat(note.start) and context.rng.random() < 0.35:
            start = note.start - arranging.GRACE_NOTE_UNITS
            length = min(before.length, start - before.start - 0.05)
            out[-1] = MidiNote(before.start, length, before.pitch, before.velocity)
            length = arranging.GRACE_NOTE_UNITS - 0.05
            pitch = context.neighbour(note.pitch, 1)
            out.append(MidiNote(start, length, pitch, round(note.velocity * 0.8)))
        out.append(note)
    return out


def _anticipated(line: list[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Start notes on the beat an eighth early, where the note before is long enough."""
    out: list[MidiNote] = []
    for note in line:
        start = note.start - arranging.EIGHTH_UNITS
        before = out[-1] if out else None
        free = start - (before.start if before else context.passage.start)
        fits = context.on_beat(note.start) and free >= arranging.EIGHTH_UNITS
        if fits and context.rng.random() < 0.35:
            if before and before.start + before.length > start - arranging.ARTICULATION_GAP:
                length = start - before.start - arranging.ARTICULATION_GAP
                out[-1] = MidiNote(before.start, length, before.pitch, before.velocity)
            note = MidiNote(start, note.length + arranging.EIGHTH_UNITS, note.pitch, note.velocity)
        out.append(note)
    return out


def _delayed(line: list[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Start long notes on the beat an eighth late."""
    late = arranging.EIGHTH_UNITS
    return [
        MidiNote(note.start + late, note.length - late, note.pitch, note.velocity)
        if note.length > 3.5 and context.on_beat(note.start) and context.rng.random() < 0.3
        else note
        for note in line
    ]


def _thinned(line: list[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Leave out short notes off the beat; the note before rings on in their place.

    Where that is an appoggiatura, its resolution takes its place instead.
    """
    out: list[MidiNote] = []
    for note in line:
        if out and note.length < arranging.EIGHTH_UNITS and not context.on_beat(note.start):
            last = out[-1]
            end = note.start + note.length
            appoggiatura = context.is_strong(last.start) and context.is_nonchord(last)
            pitch = note.pitch if appoggiatura and not context.is_nonchord(note) else last.pitch
            out[-1] = MidiNote(last.start, end - last.start, pitch, last.velocity)
        else:
            out.append(note)
    return out


def _vary_joined_notes(
    line: Sequence[MidiNote],
    context: _MelodyContext,
    shortest: float,
    odds: float,
    change: Callable[[MidiNote, MidiNote, _MelodyContext], list[MidiNote]],
) -> list[MidiNote]:
    """Change notes of at least `shortest` units that run on into the next, at some odds.

    A change that would put a new note on a strong place is not made.
    """
    out: list[MidiNote] = []
    for note, after in pairwise(line):
        units = note.length + arranging.ARTICULATION_GAP
        joined = after.start - note.start - units < 0.5
        changed: list[MidiNote] = []
        if units >= shortest and joined and context.rng.random() < odds:
            changed = change(note, after, context)
        weak = not any(context.is_strong(new.start) for new in changed[1:])
        out += changed if changed and weak else [note]
    return out + list(line[-1:])


def _harmony(low: int, high: int) -> Callable[[Sequence[MidiNote], _MelodyContext], list[MidiNote]]:
    """Return a function that makes a second voice `low` to `high` semitones below the melody."""

    def below(line: Sequence[MidiNote], context: _MelodyContext) -> list[MidiNote]:
        voice = []
        for note in line:
            tones = frozenset(chord_pitch_classes(context.chord(note.start)))
            wanted = range(note.pitch - low, note.pitch - high - 1, -1)
            found = [p for p in wanted if p % 12 in tones]
            if not found and not context.on_beat(note.start):
                found = [p for p in wanted if p % 12 in context.passage.scale]
            if found:
                soft = round(note.velocity * 0.78)
                voice.append(MidiNote(note.start, note.length, found[0], soft))
        return voice

    return below


def _octaves(line: Sequence[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Double the line an octave up where it lies low, else an octave down."""
    mean = sum(note.pitch for note in line) / max(1, len(line))
    by = 12 if mean < 70 else -12
    return [
        MidiNote(note.start, note.length, note.pitch + by, round(note.velocity * 0.72))
        for note in line
    ]


def _echoed(line: Sequence[MidiNote], context: _MelodyContext) -> list[MidiNote]:
    """Repeat notes softly into the rests after them, while their chord lasts."""
    echoes = []
    for note, after in pairwise(line):
        start = note.start + arranging.MELODY_ECHO_UNITS
        free = after.start - start
        same = context.chord(start) == context.chord(note.start) and not context.is_strong(start)
        if free >= 2 and note.length < arranging.MELODY_ECHO_UNITS and same:
            length = min(note.length, free - arranging.ARTICULATION_GAP)
            echoes.append(MidiNote(start, length, note.pitch, round(note.velocity * 0.5)))
    return echoes


_LINES: dict[str, Callable[[list[MidiNote], _MelodyContext], list[MidiNote]]] = {
    "passing": _passing,
    "turned": _turned,
    "enclosed": _enclosed,
    "graced": _graced,
    "anticipated": _anticipated,
    "delayed": _delayed,
    "thinned": _thinned,
}
_ADDED: dict[str, Callable[[Sequence[MidiNote], _MelodyContext], list[MidiNote]]] = {
    "thirds": _harmony(3, 5),
    "sixths": _harmony(7, 9),
    "octaves": _octaves,
    "echoed": _echoed,
}
