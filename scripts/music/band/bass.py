"""The bass: a groove's degrees under each chord, or a line that walks from root to root.

Signs of a row: a digit is a degree of the chord (8 and 9 the root and third an octave up), `d` the
fifth below the root, `a` a semitone and `s` a step of the scale before the next root, `b` the next
root itself (an anticipation), `w` walks, `g` is a damped ghost.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.music.band.chart import (
    Bar,
    Chart,
    Passage,
    Pitches,
    PlayedNotes,
    player_rng,
    spans_with_following,
)
from scripts.music.band.comping import Stroke, rows_for_energy, strokes, with_drop_hit
from scripts.tables.notation import Chord
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging, notation


@dataclass(frozen=True)
class BassContext:
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
        steps = notation.QUALITIES[self.chord.quality]
        if index == 2:  # the fifth, whatever the chord has before it, and below high roots
            fifth = self.root() + next((step for step in steps if step in (6, 7, 8)), 7)
            return fifth - 12 if fifth - self.low > arranging.BASS_HIGH_FIFTH else fifth
        return self.root() + (steps[index] if index < len(steps) else 12)


def bass_range(program: int) -> tuple[int, int]:
    """Return the lowest and highest pitch of a bass line on an instrument."""
    low, high = arranging.PROGRAM_RANGES.get(program, arranging.BASS_DEFAULT_RANGE)
    low = max(28, low) if program not in (38, 39) else 26
    return low, min(high, low + arranging.BASS_SPAN)


def bass_context(
    chord: Chord, following: Chord, scale: frozenset[int], program: int
) -> BassContext:
    """Return what a bass note of an instrument stands on."""
    return BassContext(chord, following, scale, *bass_range(program))


def play_bass(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play the bass of a passage; in the quietest it waits, or holds roots into what comes."""
    if not passage.plays("bass"):
        return _hold_roots(chart, passage, last_pitches)
    groove = chart.groove
    rows = rows_for_energy(passage, groove.bass, groove.bass_light, groove.bass_full)
    rng = player_rng(chart, passage, "bass")
    offset = passage.section.variation
    notes: list[MidiNote] = []
    for bar in passage.bars:
        row = _varied(rows[(bar.number + offset) % len(rows)], chart, bar, rng)
        row = with_drop_hit(row, "1", passage, bar)
        played, last_pitches = _bar(chart, passage, bar, row, last_pitches, rng)
        notes += played
    return notes, last_pitches


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
    if not weak or rng.random() > (
        arranging.BASS_VARIED_AT_PHRASE_END if phrase_ends else arranging.BASS_VARIED_ELSEWHERE
    ):
        return row
    place = weak[-1] if phrase_ends else rng.choice(weak)
    synthetic = chart.groove.ornament == "synth"
    signs = "88" if synthetic else "sa8" if phrase_ends else "85"
    return row[:place] + rng.choice(signs) + row[place + 1 :]


def _hold_roots(chart: Chart, passage: Passage, last_pitches: Pitches) -> PlayedNotes:
    """Hold roots through the second half of a quiet passage that the band comes in after."""
    after = passage.after
    if after is None or after.energy < 2 or len(passage.bars) < 4 or passage.before is not None:
        return [], last_pitches
    rng = player_rng(chart, passage, "bass")
    notes: list[MidiNote] = []
    for bar in passage.bars[len(passage.bars) // 2 :]:
        row = "1" + "-" * (chart.metre.units - 1)
        played, last_pitches = _bar(chart, passage, bar, row, last_pitches, rng)
        notes += played
    return notes, last_pitches


def _bar(
    chart: Chart, passage: Passage, bar: Bar, row: str, last_pitches: Pitches, rng: random.Random
) -> PlayedNotes:
    program = chart.plan.band.bass
    loudness = passage.velocity("bass")
    notes: list[MidiNote] = []
    for span, following in spans_with_following(bar):
        ground = bass_context(span.chord, following, passage.scale, program)
        played = strokes(row, span.start, span.units)
        pitches = _pitches(played, ground, last_pitches, chart, rng)
        for stroke, pitch in zip(played, pitches):
            ghost = stroke.sign == "g"
            accent = 0.45 if ghost else 1.05 if stroke.place in chart.metre.strong else 0.95
            length = (
                arranging.BASS_GHOST_UNITS if ghost else stroke.length - arranging.ARTICULATION_GAP
            )
            place = float(bar.start + stroke.place)
            notes.append(MidiNote(place, length, pitch, round(loudness * accent)))
        last_pitches = tuple(pitches[-2:]) or last_pitches
    return notes, last_pitches


def _pitches(
    played: Sequence[Stroke],
    ground: BassContext,
    last_pitches: Pitches,
    chart: Chart,
    rng: random.Random,
) -> list[int]:
    if any(stroke.sign == "w" for stroke in played):
        return _walking_bass(played, ground, last_pitches, chart, rng)
    return [bass_pitch(stroke.sign, ground) for stroke in played]


def bass_pitch(sign: str, context: BassContext) -> int:
    """Return the MIDI pitch of a sign; what lies beyond the instrument goes an octave back."""
    degree = arranging.BASS_DEGREES.get(sign)
    pitch = _SIGNS[sign](context) if degree is None else context.degree(degree)
    while pitch > context.high:
        pitch -= 12
    while pitch < context.low - 2:
        pitch += 12
    return pitch


def _chromatic(ground: BassContext) -> int:
    target = ground.root(ground.following)
    return target - 1 if target > ground.low else target + 1


def _scale_step(ground: BassContext) -> int:
    target = ground.root(ground.following)
    below = next(p for p in range(target - 1, target - 4, -1) if p % 12 in ground.scale or p < 24)
    above = next(p for p in range(target + 1, target + 5) if p % 12 in ground.scale or p > 100)
    rising = target > ground.root()
    return below if rising and below >= ground.low else above


_SIGNS: dict[str, Callable[[BassContext], int]] = {
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


def _walking_bass(
    played: Sequence[Stroke],
    ground: BassContext,
    last_pitches: Pitches,
    chart: Chart,
    rng: random.Random,
) -> list[int]:
    """Walk: a chord tone on the first beat, an approach to the next root on the last, and between
    them the notes of chord and scale that lie on the way.
    """
    here = last_pitches[-1] if last_pitches else ground.root()
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
        recent = (*last_pitches[-2:], *line)
        line.append(_next_walking_note(recent, last, count - number, ground, on_beat, rng))
    if last == line[-1]:
        last = target + 1 if last < target else target - 1
    return [*line, last]


def _first_step(ground: BassContext, here: int, rng: random.Random) -> int:
    """Return the root near where the line is; where it stands on it already, another tone."""
    root = _nearest(ground.chord.root, here, ground)
    if root != here or rng.random() < 0.4:
        return root
    return _nearest((ground.chord.root + rng.choice(_tones(ground)[1:])) % 12, here, ground)


def _tones(ground: BassContext) -> tuple[int, ...]:
    steps = notation.QUALITIES[ground.chord.quality][:4]
    return steps if len(steps) > 1 else (0, 7)


def _approach(target: int, ground: BassContext, rng: random.Random) -> int:
    """Return a note that wants to go to the target: a semitone, a scale step, its dominant."""
    scale = [p for p in (target - 2, target + 2) if p % 12 in ground.scale]
    ways = [target - 1, target - 1, target + 1, *scale, target + 7, target - 5]
    inside = [pitch for pitch in ways if ground.low <= pitch <= ground.high]
    return rng.choice(inside)


def _next_walking_note(
    recent: Pitches,
    goal: int,
    steps_left: int,
    ground: BassContext,
    strong: bool,
    rng: random.Random,
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


def _nearest(pitch_class: int, near: float, ground: BassContext) -> int:
    """Return the pitch of a class that lies nearest to a place within the instrument's room."""
    found = [p for p in range(ground.low, ground.high + 1) if p % 12 == pitch_class % 12]
    return min(found, key=lambda pitch: (abs(pitch - near), pitch))
