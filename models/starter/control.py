"""Does a model follow the density and the height that it is asked for?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from statistics import fmean
from typing import Any

from models.starter.dialect import DENSITY_EDGES, Bar, bucket, notes_per_quarter
from models.starter.generation import REACH, Generator
from models.starter.metrics import mean_pitch
from scripts.music.phrases import whole_part
from scripts.tables.plans import PartPlan, PhrasePlan, SongPlan

DENSITIES = (1, 2, 3, 4, 5)  # asked for in turn
HEIGHTS = (66, 69, 71, 74, 76)  # mean MIDI pitches, asked for in turn
HEIGHT_EDGES = (65.0, 67.5, 70.0, 72.5, 75.0)  # of the levels that count as the height asked for


def with_density(part: PartPlan, level: int) -> PartPlan:
    """Return a part with another density (1 to 5); the ratios of its phrases stay."""
    here, there = whole_part(part), whole_part(replace(part, density=level))
    factor = there.density / here.density
    phrases = (replace(phrase, density=phrase.density * factor) for phrase in part.phrases)
    return replace(part, density=level, phrases=tuple(phrases))


def with_height(part: PartPlan, pitch: int) -> PartPlan:
    """Return a part around another mean MIDI pitch."""
    up = pitch - whole_part(part).height
    phrases = (replace(phrase, height=phrase.height + up) for phrase in part.phrases)
    return replace(part, low=pitch - REACH, high=pitch + REACH, phrases=tuple(phrases))


def centred_on_parts(plan: SongPlan) -> SongPlan:
    """Return a plan whose phrases lie around their part's own density and range."""
    parts = []
    for part in plan.parts:
        if part.phrases:
            middle = whole_part(part)
            many = middle.density / fmean(phrase.density for phrase in part.phrases)
            up = middle.height - fmean(phrase.height for phrase in part.phrases)
            phrases = (PhrasePlan(one.density * many, one.height + up) for one in part.phrases)
            part = replace(part, phrases=tuple(phrases))
        parts.append(part)
    return replace(plan, parts=tuple(parts))


def control(
    generator: Generator,
    plans: list[SongPlan],
    open_grammar: bool,
    seed: int,
    sampling: Mapping[str, Any],
) -> dict[str, float]:
    """Ask for every density and every height; return how often the output matches.

    "As asked" is the very level, "followed" that or a neighbour. "Told apart" compares each part
    asked thin (1, 2) and dense (4, 5), or low (66, 69) and high (74, 76).
    """
    asks: dict[str, list[Callable[[PartPlan], PartPlan]]] = {
        "density": [partial(with_density, level=level) for level in DENSITIES],
        "height": [partial(with_height, pitch=pitch) for pitch in HEIGHTS],
    }
    found: dict[str, float] = {}
    for what, changes in asks.items():
        got = []
        for change in changes:
            centred = map(centred_on_parts, plans)
            changed = [replace(plan, parts=tuple(map(change, plan.parts))) for plan in centred]
            songs = generator.write(changed, open_grammar, seed, sampling=sampling)
            got.append([value_of(part, song.metre, what) for song in songs for part in song.parts])
        for name, share in shares_followed(what, got).items():
            found[f"{what}, {name}"] = share
    return found


def shares_followed(what: str, got: list[list[float]]) -> dict[str, float]:
    """Return the three shares of control(); `got` has a list of parts' values for each ask."""
    edges = DENSITY_EDGES if what == "density" else HEIGHT_EDGES
    wanted = DENSITIES if what == "density" else [bucket(pitch, edges) for pitch in HEIGHTS]
    errors = [abs(bucket(one, edges) - ask) for ask, row in zip(wanted, got) for one in row]
    pairs = [(a, b) for low in (0, 1) for high in (3, 4) for a, b in zip(got[low], got[high])]
    return {
        "as asked": fmean(error == 0 for error in errors),
        "followed": fmean(error <= 1 for error in errors),
        "told apart": fmean(a < b for a, b in pairs),
    }


def value_of(part: list[Bar], metre: str, what: str) -> float:
    """Return a part's notes per quarter note, or its mean pitch."""
    return notes_per_quarter(part, metre) if what == "density" else mean_pitch(part)
