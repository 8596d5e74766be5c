"""The bass: a groove's degrees under each chord, or a line that walks from root to root.

Signs of a row: a digit is a degree of the chord (8 and 9 the root and third an octave up), `d` the
fifth below the root, `a` a semitone and `s` a step of the scale before the next root, `b` the next
root itself (an anticipation), `w` walks, `g` is a damped ghost.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.music.band.comping import Stroke, dropped, rows_for, strokes
from scripts.music.band.layout import Bar, Chart, Passage, Pitches, Played, chance, span_ends
from scripts.temporary import (
    BASS_DEGREES,
    BASS_SPAN,
    GAP,
    PROGRAM_RANGES,
    QUALITIES,
    Chord,
    MidiNote,
)

_DEFAULT_RANGE = (28, 60)
_AT_PHRASE_END, _ELSEWHERE = 0.7, 0.2  # odds that a row is varied
_HIGH_FIFTH = 15  # semitones over the lowest note from which a fifth goes below its root
_GHOST = 0.5  # units that a damped note sounds


@dataclass(frozen=True)
class Ground:
    """What a bass note stands on: the chord, the one after it, the scale, the instrument's room."""

    chord: Chord
    following: Chord
    scale: frozenset[int]
    low: int
    high: int

    def root(self, chord: Chord | None = None) -> int:
        """Return a chord's root in the lowest octave."""
        root = (chord or self.chord).root
        return self.low + (root - self.low) % 12

    def degree(self, index: int) -> int:
        """Return a degree of the chord above its root; a triad's seventh is the octave."""
        steps = QUALITIES[self.chord.quality]
        if index == 2:  # the fifth, whatever the chord has before it, and below high roots
            fifth = self.root() + next((step for step in steps if step in (6, 7, 8)), 7)
            return fifth - 12 if fifth - self.low > _HIGH_FIFTH else fifth
        return self.root() + (steps[index] if index < len(steps) else 12)


def bass_room(program: int) -> tuple[int, int]:
    """Return the lowest and highest pitch of a bass line on an instrument."""
    low, high = PROGRAM_RANGES.get(program, _DEFAULT_RANGE)
    low = max(28, low) if program not in (38, 39) else 26
    return low, min(high, low + BASS_SPAN)


def ground_for(chord: Chord, following: Chord, scale: frozenset[int], program: int) -> Ground:
    """Return what a bass note of an instrument stands on."""
    return Ground(chord, following, scale, *bass_room(program))


def play_bass(chart: Chart, passage: Passage, tune: Sequence[MidiNote], left: Pitches) -> Played:
    """Play the bass of a passage; in the quietest it waits, or holds roots into what comes."""
    if not passage.plays("bass"):
        return _entering(chart, passage, left)
    groove = chart.groove
    rows = rows_for(passage, groove.bass, groove.bass_light, groove.bass_full)
    rng = chance(chart, passage, "bass")
    offset = passage.section.variation
    notes: list[MidiNote] = []
    for bar in passage.bars:
        row = _varied(rows[(bar.number + offset) % len(rows)], chart, bar, rng)
        row = dropped(row, "1", passage, bar)
        played, left = _bar(chart, passage, bar, row, left, rng)
        notes += played
    return notes, left


def _varied(row: str, chart: Chart, bar: Bar, rng: random.Random) -> str:
    """Say a row a little differently now and then: at a phrase's end, and elsewhere more rarely.

    A last weak note leads to what follows; a weak root jumps to the fifth or the octave.
    """
    phrase_ends = bar.number % 4 == 3
    weak = [
        place
        for place, sign in enumerate(row)
        if sign in "158" and place >= len(row) // 4 and place not in chart.metre.strong
    ]
    if not weak or rng.random() > (_AT_PHRASE_END if phrase_ends else _ELSEWHERE):
        return row
    place = weak[-1] if phrase_ends else rng.choice(weak)
    synthetic = chart.groove.ornament == "synth"
    signs = "88" if synthetic else "sa8" if phrase_ends else "85"
    return row[:place] + rng.choice(signs) + row[place + 1 :]


def _entering(chart: Chart, passage: Passage, left: Pitches) -> Played:
    """Hold roots through the second half of a quiet passage that the band comes in after."""
    after = passage.after
    if after is None or after.energy < 2 or len(passage.bars) < 4 or passage.before is not None:
        return [], left
    rng = chance(chart, passage, "bass")
    notes: list[MidiNote] = []
    for bar in passage.bars[len(passage.bars) // 2 :]:
        row = "1" + "-" * (chart.metre.units - 1)
        played, left = _bar(chart, passage, bar, row, left, rng)
        notes += played
    return notes, left


def _bar(
    chart: Chart, passage: Passage, bar: Bar, row: str, left: Pitches, rng: random.Random
) -> Played:
    program = chart.plan.band.bass
    loudness = passage.loudness("bass")
    notes: list[MidiNote] = []
    for span, following in span_ends(bar):
        ground = ground_for(span.chord, following, passage.scale, program)
        played = strokes(row, span.start, span.units)
        pitches = _pitches(played, ground, left, chart, rng)
        for stroke, pitch in zip(played, pitches):
            ghost = stroke.sign == "g"
            accent = 0.45 if ghost else 1.05 if stroke.place in chart.metre.strong else 0.95
            length = _GHOST if ghost else stroke.length - GAP
            place = float(bar.start + stroke.place)
            notes.append(MidiNote(place, length, pitch, round(loudness * accent)))
        left = tuple(pitches[-2:]) or left
    return notes, left


def _pitches(
    played: Sequence[Stroke], ground: Ground, left: Pitches, chart: Chart, rng: random.Random
) -> list[int]:
    if any(stroke.sign == "w" for stroke in played):
        return _walk(played, ground, left, chart, rng)
    return [bass_pitch(stroke.sign, ground) for stroke in played]


def bass_pitch(sign: str, ground: Ground) -> int:
    """Return the MIDI pitch of a sign; what lies beyond the instrument goes an octave back."""
    degree = BASS_DEGREES.get(sign)
    pitch = _SIGNS[sign](ground) if degree is None else ground.degree(degree)
    while pitch > ground.high:
        pitch -= 12
    while pitch < ground.low - 2:
        pitch += 12
    return pitch


def _chromatic(ground: Ground) -> int:
    target = ground.root(ground.following)
    return target - 1 if target > ground.low else target + 1


def _scale_step(ground: Ground) -> int:
    target = ground.root(ground.following)
    below = next(p for p in range(target - 1, target - 4, -1) if p % 12 in ground.scale or p < 24)
    above = next(p for p in range(target + 1, target + 5) if p % 12 in ground.scale or p > 100)
    rising = target > ground.root()
    return below if rising and below >= ground.low else above


_SIGNS: dict[str, Callable[[Ground], int]] = {
    "a": _chromatic,
    "s": _scale_step,
    "b": lambda ground: ground.root(ground.following),
    "d": lambda ground: ground.degree(2) - 12,  # folded back up where there is no room
    "6": lambda ground: ground.root() + (9 if (ground.chord.root + 9) % 12 in ground.scale else 8),
    "8": lambda ground: ground.root() + 12,
    "9": lambda ground: ground.degree(1) + 12,
    "g": lambda ground: ground.root(),
    "x": lambda ground: ground.root(),
}


def _walk(
    played: Sequence[Stroke], ground: Ground, left: Pitches, chart: Chart, rng: random.Random
) -> list[int]:
    """Walk: a chord tone on the first beat, an approach to the next root on the last, and between
    them the notes of chord and scale that lie on the way.
    """
    here = left[-1] if left else ground.root()
    first = _first_step(ground, here, rng)
    home = (ground.low + ground.high) / 2 - 3
    drawn = 8 if first < home - 3 else -8 if first > home + 3 else rng.choice((-6, 6))
    target = _nearest(ground.following.root, first + drawn, ground)
    count = len(played)
    if count == 1:
        return [first]
    last = _approach(target, ground, rng)
    line = [first]
    for number in range(1, count - 1):
        on_beat = played[number].place in chart.metre.strong
        recent = (*left[-2:], *line)
        line.append(_on_the_way(recent, last, count - number, ground, on_beat, rng))
    if last == line[-1]:
        last = target + 1 if last < target else target - 1
    return [*line, last]


def _first_step(ground: Ground, here: int, rng: random.Random) -> int:
    """Return the root near where the line is; where it stands on it already, another tone."""
    root = _nearest(ground.chord.root, here, ground)
    if root != here or rng.random() < 0.4:
        return root
    return _nearest((ground.chord.root + rng.choice(_tones(ground)[1:])) % 12, here, ground)


def _tones(ground: Ground) -> tuple[int, ...]:
    steps = QUALITIES[ground.chord.quality][:4]
    return steps if len(steps) > 1 else (0, 7)


def _approach(target: int, ground: Ground, rng: random.Random) -> int:
    """Return a note that wants to go to the target: a semitone, a scale step, its dominant."""
    scale = [p for p in (target - 2, target + 2) if p % 12 in ground.scale]
    ways = [target - 1, target - 1, target + 1, *scale, target + 7, target - 5]
    inside = [pitch for pitch in ways if ground.low <= pitch <= ground.high]
    return rng.choice(inside)


def _on_the_way(
    recent: Pitches, goal: int, steps_left: int, ground: Ground, strong: bool, rng: random.Random
) -> int:
    """Return the next note of a walk: near the straight line to the goal, rather new than old."""
    here = recent[-1]
    wanted = here + (goal - here) / steps_left
    tones = {(ground.chord.root + step) % 12 for step in _tones(ground)}

    def price(pitch: int) -> float:
        in_chord = pitch % 12 in tones
        foreign = 0 if in_chord else 9 if strong else 1.2 if pitch % 12 in ground.scale else 3
        leap = max(0, abs(pitch - here) - 5)
        stale = 2 * recent[-4:].count(pitch)
        return abs(pitch - wanted) + foreign + leap * 2 + stale + rng.random() * 2.5

    around = range(max(ground.low, here - 7), min(ground.high, here + 7) + 1)
    return min((pitch for pitch in around if pitch not in (here, goal)), key=price)


def _nearest(pitch_class: int, near: float, ground: Ground) -> int:
    """Return the pitch of a class that lies nearest to a place within the instrument's room."""
    found = [p for p in range(ground.low, ground.high + 1) if p % 12 == pitch_class % 12]
    return min(found, key=lambda pitch: (abs(pitch - near), pitch))
