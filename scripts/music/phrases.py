"""Phrase plans: how dense and how high each phrase of a part is.

Deviations from phrase to phrase are drawn from statistics of real tunes. In the chorus the highest
phrase is not the first. The grammar and the control codes follow these plans.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from statistics import fmean

from scripts.tables.plans import PartPlan, PhrasePlan, SongPlan, letter_of
from scripts.temporary import notation, phrasing

# How far a phrase is from the mean of its part: (notes per quarter note, semitones)
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
    """Return a part with the density of the phrase at a bar, and its range narrowed to that phrase.

    The range is what lies within `reach` semitones of the phrase's height. A part without phrases
    is returned as it is.
    """
    if not part.phrases:
        return part
    phrase = phrase_at(part, bar)
    low = max(part.low, round(phrase.height) - reach)
    high = min(part.high, round(phrase.height) + reach)
    return replace(part, density=density_level(phrase), low=low, high=high)


def _phrases(part: PartPlan, rng: random.Random) -> tuple[PhrasePlan, ...]:
    """Draw a part's phrases.

    A phrase of copied cells has the mean of what was drawn for the phrases they come from.
    """
    density = rng.uniform(*phrasing.USUAL_DENSITIES[part.density])
    count = -(-len(part.bars) // notation.BARS_PER_PHRASE)
    drawn = _phrase_deviations(count, rng)
    if letter_of(part.name) == phrasing.CLIMBING_PART:
        drawn = _with_late_peak(drawn)
    deviations = [
        tuple(fmean(drawn[origin][axis] for origin in origins) for axis in (0, 1))
        for origins in _phrase_origins(part)
    ]
    means = [fmean(deviation[axis] for deviation in deviations) for axis in (0, 1)]
    middle = (part.low + part.high) / 2
    reach = max(0.0, (part.high - part.low) / 2 - phrasing.PHRASE_ROOM)
    return tuple(
        PhrasePlan(
            round(max(density / 2, density + denser - means[0]), 2),
            round(middle + max(-reach, min(reach, higher - means[1])), 1),
        )
        for denser, higher in deviations
    )


def _phrase_deviations(count: int, rng: random.Random) -> list[_Deviation]:
    """Draw how far each of `count` phrases is from their mean, within what is usual."""
    habits = phrasing.PHRASE_HABITS[min(count, max(phrasing.PHRASE_HABITS))]
    own = [habits[min(number, len(habits) - 1)] for number in range(count)]
    densities = [(habit.density, habit.density_spread) for habit in own]
    heights = [(habit.height, habit.height_spread) for habit in own]
    return list(zip(_deviations(densities, rng), _deviations(heights, rng)))


def _deviations(habits: Sequence[tuple[float, float]], rng: random.Random) -> list[float]:
    """Draw a deviation for each habit: the usual one, and its standard deviation.

    Habits were measured as distances from the mean of the n phrases themselves, which spread less
    than the values do, by the factor sqrt((n - 1) / n): the draws are widened by its inverse.
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


def _with_late_peak(deviations: Sequence[_Deviation]) -> list[_Deviation]:
    """Return the deviations with the highest not in the first phrase: it swaps with the last."""
    heights = [height for _, height in deviations]
    if len(deviations) > 1 and heights[0] == max(heights):
        heights[0], heights[-1] = heights[-1], heights[0]
    return [(density, height) for (density, _), height in zip(deviations, heights)]


def _phrase_origins(part: PartPlan) -> list[list[int]]:
    """Return for each phrase the phrases that its cells come from: itself for new cells.

    A cell with the letter and the chords of an earlier one is a copy.
    """
    first: dict[object, int] = {}
    cells = []
    for number, letter in enumerate(part.cells):
        bar = number * notation.BARS_PER_CELL
        phrase = bar // notation.BARS_PER_PHRASE
        chords = part.bars[bar : bar + notation.BARS_PER_CELL]
        cells.append((phrase, first.setdefault((letter, chords), phrase)))
    return [[origin for _, origin in own] for _, own in groupby(cells, key=lambda cell: cell[0])]
