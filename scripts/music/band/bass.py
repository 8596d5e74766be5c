"""The bass player: a groove's degrees under each chord, or a walking bass.

Signs of a row: a digit is a degree of the chord (8 and 9 the root and third an octave up), `d` the
fifth below the root, `a` an approach to the next root by semitone and `s` by a step of the scale,
`b` the next root itself (an anticipation), `w` a note of a walking bass, `g` a damped ghost note.
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
    """What a bass note depends on: its chord, the one after it, the scale, the range (MIDI)."""

    chord: Chord
    following: Chord
    scale: frozenset[int]
    low: int
    high: int

    def root(self, chord: Chord | None = None) -> int:
        """Return the root of a chord, by default this one, in the lowest octave."""
        root = (chord or self.chord).root
        return self.low + (root - self.low) % 12

    def degree(self, index: int) -> int:
        """Return a degree of the chord above its root; a triad's seventh is the octave."""
        steps = notation.QUALITIES[self.chord.quality]
        if index == 2:  # a fifth of any kind, below the root where that is high
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
    """Return the context of a bass note for an instrument."""
    return BassContext(chord, following, scale, *bass_range(program))


def play_bass(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play the bass of a passage; in the quietest hold roots before the band enters, or nothing."""
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
    """Change one weak note of a row now and then, at a phrase's end more often than elsewhere.

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
    signs = "88" if chart.groove.ornament == "synth" else "sa8" if phrase_ends else "85"
    return row[:place] + rng.choice(signs) + row[place + 1 :]


def _hold_roots(chart: Chart, passage: Passage, last_pitches: Pitches) -> PlayedNotes:
    """Hold roots through the second half of a quiet passage after which the band enters."""
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
        context = bass_context(span.chord, following, passage.scale, program)
        played = strokes(row, span.start, span.units)
        pitches = _pitches(played, context, last_pitches, chart, rng)
        for stroke, pitch in zip(played, pitches):
            ghost = stroke.sign == "g"
            accent = 0.45 if ghost else 1.05 if stroke.place in chart.metre.strong else 0.95
            length = stroke.length - arranging.ARTICULATION_GAP
            if ghost:
                length = arranging.BASS_GHOST_UNITS
            place = float(bar.start + stroke.place)
            notes.append(MidiNote(place, length, pitch, round(loudness * accent)))
        last_pitches = tuple(pitches[-2:]) or last_pitches
    return notes, last_pitches


def _pitches(
    played: Sequence[Stroke],
    context: BassContext,
    last_pitches: Pitches,
    chart: Chart,
    rng: random.Random,
) -> list[int]:
    if any(stroke.sign == "w" for stroke in played):
        return _walking_bass(played, context, last_pitches, chart, rng)
    return [bass_pitch(stroke.sign, context) for stroke in played]


def bass_pitch(sign: str, context: BassContext) -> int:
    """Return the pitch (MIDI) of a sign, moved by octaves into the instrument's range."""
    degree = arranging.BASS_DEGREES.get(sign)
    pitch = _PITCH_OF_SIGN[sign](context) if degree is None else context.degree(degree)
    while pitch > context.high:
        pitch -= 12
    while pitch < context.low - 2:
        pitch += 12
    return pitch


def _chromatic(context: BassContext) -> int:
    target = context.root(context.following)
    return target - 1 if target > context.low else target + 1


def _scale_step(context: BassContext) -> int:
    target = context.root(context.following)
    below = next(p for p in range(target - 1, target - 4, -1) if p % 12 in context.scale or p < 24)
    above = next(p for p in range(target + 1, target + 5) if p % 12 in context.scale or p > 100)
    rising = target > context.root()
    return below if rising and below >= context.low else above


_PITCH_OF_SIGN: dict[str, Callable[[BassContext], int]] = {
    "a": _chromatic,
    "s": _scale_step,
    "b": lambda context: context.root(context.following),
    "d": lambda context: context.degree(2) - 12,  # folded back up where there is no room
    "6": lambda context: (
        context.root() + (9 if (context.chord.root + 9) % 12 in context.scale else 8)
    ),
    "8": lambda context: context.root() + 12,
    "9": lambda context: context.degree(1) + 12,
    "g": lambda context: context.root(),
    "x": lambda context: context.root(),
}


def _walking_bass(
    played: Sequence[Stroke],
    context: BassContext,
    last_pitches: Pitches,
    chart: Chart,
    rng: random.Random,
) -> list[int]:
    """Return a walking bass to the next root.

    It begins with a chord tone and ends with an approach to the root; between them are notes of
    chord and scale that lie on the way.
    """
    here = last_pitches[-1] if last_pitches else context.root()
    first = _first_step(context, here, rng)
    centre = (context.low + context.high) / 2 - 3
    towards = 8 if first < centre - 3 else -8 if first > centre + 3 else rng.choice((-6, 6))
    target = _nearest(context.following.root, first + towards, context)
    count = len(played)
    if count == 1:
        return [first]
    last = _approach(target, context, rng)
    line = [first]
    for number in range(1, count - 1):
        on_beat = played[number].place in chart.metre.strong
        recent = (*last_pitches[-2:], *line)
        line.append(_next_walking_note(recent, last, count - number, context, on_beat, rng))
    if last == line[-1]:
        last = target + 1 if last < target else target - 1
    return [*line, last]


def _first_step(context: BassContext, here: int, rng: random.Random) -> int:
    """Return the root nearest to the pitch `here`; if that is `here` itself, often another tone."""
    root = _nearest(context.chord.root, here, context)
    if root != here or rng.random() < 0.4:
        return root
    return _nearest((context.chord.root + rng.choice(_tones(context)[1:])) % 12, here, context)


def _tones(context: BassContext) -> tuple[int, ...]:
    steps = notation.QUALITIES[context.chord.quality][:4]
    return steps if len(steps) > 1 else (0, 7)


def _approach(target: int, context: BassContext, rng: random.Random) -> int:
    """Return a note that leads to the target: a semitone, a scale step or a fifth from it."""
    scale = [p for p in (target - 2, target + 2) if p % 12 in context.scale]
    ways = [target - 1, target - 1, target + 1, *scale, target + 7, target - 5]
    inside = [pitch for pitch in ways if context.low <= pitch <= context.high]
    return rng.choice(inside)


def _next_walking_note(
    recent: Pitches,
    goal: int,
    steps_left: int,
    context: BassContext,
    strong: bool,
    rng: random.Random,
) -> int:
    """Return the next note of a walking bass, on a straight way to the goal; prefer new ones."""
    here = recent[-1]
    wanted = here + (goal - here) / steps_left
    tones = {(context.chord.root + step) % 12 for step in _tones(context)}

    def cost(pitch: int) -> float:
        in_chord = pitch % 12 in tones
        nonchord = 0 if in_chord else 9 if strong else 1.2 if pitch % 12 in context.scale else 3
        leap = max(0, abs(pitch - here) - 5)
        repeated = 2 * recent[-4:].count(pitch)
        return abs(pitch - wanted) + nonchord + leap * 2 + repeated + rng.random() * 2.5

    around = range(max(context.low, here - 7), min(context.high, here + 7) + 1)
    return min((pitch for pitch in around if pitch not in (here, goal)), key=cost)


def _nearest(pitch_class: int, near: float, context: BassContext) -> int:
    """Return the pitch of a class nearest to another pitch, within the instrument's range."""
    found = [p for p in range(context.low, context.high + 1) if p % 12 == pitch_class % 12]
    return min(found, key=lambda pitch: (abs(pitch - near), pitch))
