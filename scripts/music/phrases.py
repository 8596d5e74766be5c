"""How the phrases of a song differ: the plan of what is dense, what is thin, and where it peaks.

Every part moves from phrase to phrase as the parts of real tunes do. In the chorus it rises: what
lies highest there is not what comes first. What a model writes, and what it is told, follows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from statistics import fmean

from scripts.tables.plans import PartPlan, PhrasePlan, SongPlan, letter_of
from scripts.temporary import notation, phrasing

# How far a phrase lies from its part: notes per quarter, semitones.
_Deviation = tuple[float, float]


def plan_phrases(plan: SongPlan) -> SongPlan:
    """Return the plan with phrases in every part, by style and seed; all else stays as it is."""
    name = f"phrases {plan.leading} {plan.seed}"
    parts = (
        replace(part, phrases=_phrases(part, random.Random(f"{name} {part.name}")))
        for part in plan.parts
    )
    return replace(plan, parts=tuple(parts))


def phrase_at(part: PartPlan, bar: int) -> PhrasePlan:
    """Return the phrase in which a bar (from 0) of a part lies."""
    if part.phrases:
        return part.phrases[min(bar // notation.BARS_PER_PHRASE, len(part.phrases) - 1)]
    return whole_part(part)


def whole_part(part: PartPlan) -> PhrasePlan:
    """Return a part as one phrase: the middle of its density and of its range."""
    return PhrasePlan(fmean(phrasing.USUAL_DENSITIES[part.density]), (part.low + part.high) / 2)


def density_level(phrase: PhrasePlan) -> int:
    """Return the density, 1 to 5, that a phrase has."""
    return 1 + sum(phrase.density >= edge for edge in phrasing.DENSITY_EDGES)


def part_around(part: PartPlan, bar: int, reach: int) -> PartPlan:
    """Return a part as it is around a bar: the density of the phrase, and of the range what lies
    within `reach` semitones of its height.

    Without phrases it is what it is throughout.
    """
    if not part.phrases:
        return part
    phrase = phrase_at(part, bar)
    low = max(part.low, round(phrase.height) - reach)
    high = min(part.high, round(phrase.height) + reach)
    return replace(part, density=density_level(phrase), low=low, high=high)


def _phrases(part: PartPlan, rng: random.Random) -> tuple[PhrasePlan, ...]:
    """Draw a part's phrases; what its cells say again is counted as it was.

    A phrase of copied cells is told what it will be: the mean of what they were drawn to be.
    """
    density = rng.uniform(*phrasing.USUAL_DENSITIES[part.density])
    count = -(-len(part.bars) // notation.BARS_PER_PHRASE)
    draws = _phrase_deviations(count, rng)
    if letter_of(part.name) == phrasing.CLIMBING_PART:
        draws = _with_late_peak(draws)
    heard = [
        tuple(fmean(draws[origin][what] for origin in origins) for what in (0, 1))
        for origins in _phrase_origins(part)
    ]
    means = [fmean(draw[what] for draw in heard) for what in (0, 1)]
    middle = (part.low + part.high) / 2
    room = max(0.0, (part.high - part.low) / 2 - phrasing.PHRASE_ROOM)
    return tuple(
        PhrasePlan(
            round(max(density / 2, density + thick - means[0]), 2),
            round(middle + max(-room, min(room, high - means[1])), 1),
        )
        for thick, high in heard
    )


def _phrase_deviations(count: int, rng: random.Random) -> list[_Deviation]:
    """Draw how far each of so many phrases lies from their mean, within what is usual."""
    habits = phrasing.PHRASE_HABITS[min(count, max(phrasing.PHRASE_HABITS))]
    own = [habits[min(number, len(habits) - 1)] for number in range(count)]
    thick = [(habit.density, habit.density_spread) for habit in own]
    high = [(habit.height, habit.height_spread) for habit in own]
    return list(zip(_deviations(thick, rng), _deviations(high, rng)))


def _deviations(habits: Sequence[tuple[float, float]], rng: random.Random) -> list[float]:
    """Draw a deviation for each habit: the usual one and its spread.

    What is measured is the distance from the mean, in which each phrase has its share: so the
    draws spread wider than their distances.
    """
    count = len(habits)
    widening = (count / (count - 1)) ** 0.5 if count > 1 else 0.0
    drawn = [rng.gauss(usual, spread * widening) for usual, spread in habits]
    mean = fmean(drawn)
    return [
        max(
            usual - phrasing.MOST_DEVIATIONS * spread,
            min(usual + phrasing.MOST_DEVIATIONS * spread, one - mean),
        )
        for (usual, spread), one in zip(habits, drawn)
    ]


def _with_late_peak(draws: Sequence[_Deviation]) -> list[_Deviation]:
    """Return the draws with the highest where a part peaks: after its first phrase."""
    heights = [height for _, height in draws]
    if len(draws) > 1 and heights[0] == max(heights):
        heights[0], heights[-1] = heights[-1], heights[0]
    return [(thick, height) for (thick, _), height in zip(draws, heights)]


def _phrase_origins(part: PartPlan) -> list[list[int]]:
    """Return for each phrase which phrases its cells come from: its own number where they are new.

    A cell is a copy where its letter and its chords have been before.
    """
    first: dict[object, int] = {}
    cells = []
    for number, letter in enumerate(part.cells):
        bar = number * notation.BARS_PER_CELL
        phrase = bar // notation.BARS_PER_PHRASE
        chords = part.bars[bar : bar + notation.BARS_PER_CELL]
        cells.append((phrase, first.setdefault((letter, chords), phrase)))
    return [[origin for _, origin in own] for _, own in groupby(cells, key=lambda cell: cell[0])]
