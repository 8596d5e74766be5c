"""Score a written part, to choose the best of several takes.

Eight measures, each 0 to 1, of common rules of melody writing; none depends on the style. They
find the most singable take, not the most original one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from scripts.music.examples import example_bars, example_chords, example_text
from scripts.music.harmony import chord_pitch_classes, span_at
from scripts.music.leadsheet import read_part, struck_pitches
from scripts.tables.notation import MelodyBar, Metre, Units
from scripts.tables.plans import PartPlan, SongPlan
from scripts.temporary import melody_rules, notation

_Shape = tuple[tuple[int | None, Units], ...]  # (semitones from the first note, length) of each


def score_part(text: str, plan: SongPlan, prompt: str = "") -> float:
    """Return the score, 0 to 100, of one part of a plan's song as the model wrote it.

    Where the `prompt` shows the plan's example, bars like those of the example count as copied.
    Raises ModelError for a text that is no part of the song.
    """
    part, melody = read_part(text, plan)
    shown = (
        _example_shapes(plan) if prompt and example_text(plan) in prompt else frozenset[_Shape]()
    )
    measures = part_measures(melody, part, notation.METRES[plan.metre], shown)
    return 100 * sum(melody_rules.SCORE_WEIGHTS[name] * value for name, value in measures.items())


def part_measures(
    melody: Sequence[MelodyBar], part: PartPlan, metre: Metre, shown: Collection[_Shape] = ()
) -> Mapping[str, float]:
    """Return each measure of a part, 0 to 1, by its name in `SCORE_WEIGHTS`.

    `shown` are the shapes of the bars that the model was given as an example.
    """
    pitches = struck_pitches(melody)
    if len(pitches) < 2:
        return dict.fromkeys(melody_rules.SCORE_WEIGHTS, 0.0)
    return {
        "harmony": _closeness(_chord_share(melody, part), 0.72, 0.3),
        "motion": _motion(pitches),
        "variety": _variety(pitches),
        "rhythm": _rhythm(melody),
        "cadence": _cadence(melody, part, metre),
        "range": _closeness(max(pitches) - min(pitches), 12.0, 10.0),
        "development": _closeness(sequence_share(melody), 0.4, 0.4),
        "own": 1.0 - sum(bar_shape(bar) in shown for bar in melody) / len(melody),
    }


def bar_shape(bar: MelodyBar) -> _Shape:
    """Return a bar's intervals from its first note and its rhythm, whatever its pitch."""
    first = next((note.pitch for note in bar if note.pitch is not None), 0)
    heights = (None if note.pitch is None else note.pitch - first for note in bar)
    return tuple(zip(heights, (note.units for note in bar)))


def _example_shapes(plan: SongPlan) -> frozenset[_Shape]:
    """Return the shapes of the example's bars of two notes or more; one note is no copy."""
    metre, mode = notation.METRES[plan.metre], notation.MODES[plan.mode]
    bars = example_bars(metre, mode, example_chords(plan), plan.parts[0])
    return frozenset(bar_shape(bar) for bar in bars if len(bar) > 1)


def sequence_share(melody: Sequence[MelodyBar]) -> float:
    """Return the share of bars that are a sequence of an earlier one: its shape in other notes.

    Such bars have the same rhythm, and go up and down in the same places.
    """
    sequences, heard = 0, dict[tuple[object, ...], set[MelodyBar]]()
    for bar in melody:
        pitches = struck_pitches([bar])
        turns = tuple((b > a) - (b < a) for a, b in pairwise(pitches))
        alike = heard.setdefault((turns, *(note.units for note in bar)), set())
        sequences += len(pitches) > 1 and bool(alike) and bar not in alike
        alike.add(bar)
    return sequences / len(melody)


def _closeness(value: float, best: float, width: float) -> float:
    """Return 1 at the best value, falling to 0 at `width` from it."""
    return max(0.0, 1.0 - abs(value - best) / width)


def _chord_share(melody: Sequence[MelodyBar], part: PartPlan) -> float:
    """Return the share of sounding time on chord tones; all of it would be an arpeggio."""
    inside = total = Fraction(0)
    for bar, spans in zip(melody, part.bars):
        place: Units = 0
        for note in bar:
            if note.pitch is not None:
                chord = span_at(spans, place).chord
                total += note.units
                inside += note.units * (note.pitch % 12 in chord_pitch_classes(chord))
            place += note.units
    return float(inside / total) if total else 0.0


def _motion(pitches: Sequence[int]) -> float:
    """Score intervals: most should be steps, leaps followed by a move back, none over an octave."""
    moves = [b - a for a, b in pairwise(pitches)]
    steps = sum(0 < abs(move) <= 2 for move in moves) / len(moves)
    leaps = [(a, b) for a, b in pairwise(moves) if abs(a) >= 5]
    answered = sum(a * b < 0 for a, b in leaps) / len(leaps) if leaps else 1.0
    wild = sum(abs(move) > 12 for move in moves) / len(moves)
    return max(0.0, 0.6 * _closeness(steps, 0.6, 0.5) + 0.4 * answered - 3 * wild)


def _variety(pitches: Sequence[int]) -> float:
    """Score pitches: enough different ones, few repeated at once, none dominant."""
    repeated = sum(a == b for a, b in pairwise(pitches)) / (len(pitches) - 1)
    commonest = Counter(pitches).most_common(1)[0][1] / len(pitches)
    kinds = _closeness(len(set(pitches)), 9, 7)
    return (kinds + _closeness(repeated, 0.08, 0.4) + _closeness(commonest, 0.2, 0.4)) / 3


def _rhythm(melody: Sequence[MelodyBar]) -> float:
    """Score rhythms: they should return, but not in every bar; best are 3 or 4 in 8 bars."""
    kinds = Counter(tuple(note.units for note in bar) for bar in melody)
    returning = sum(count for count in kinds.values() if count > 1) / len(melody)
    return 0.5 * _closeness(returning, 0.75, 0.75) + 0.5 * _closeness(
        len(kinds) / len(melody), 0.45, 0.45
    )


def _cadence(melody: Sequence[MelodyBar], part: PartPlan, metre: Metre) -> float:
    """Score the last note: it should be of the last chord, and a beat long or longer."""
    last = melody[-1][-1]
    chord = part.bars[-1][-1].chord
    if last.pitch is None:
        return 0.3
    home = last.pitch % 12 in chord_pitch_classes(chord)
    return 0.5 * home + 0.5 * min(1.0, last.units / metre.beats[0])
