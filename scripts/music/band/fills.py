"""Fills: how long they are, which is played, and their notes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scripts.music.band.chart import Bar, Chart, Passage
from scripts.music.band.kit import drum_key
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging, drumming


@dataclass(frozen=True)
class Fill:
    """Rows that end with the bar, `units` long."""

    rows: Mapping[str, str]
    units: int


def fill_for(chart: Chart, passage: Passage, rng: random.Random) -> Fill | None:
    """Choose a fill for a passage's end: the higher the energy of the next, the longer.

    None where nothing follows, before a gap or a thin part, and where the groove has none.
    """
    after = passage.after
    if after is None or passage.gap or len(passage.bars) < 2 or after.role in arranging.THIN_ROLES:
        return None
    rise = after.energy - passage.energy
    wanted = _fill_units(chart, passage.energy, rise, rng)
    found = list(_candidates(chart))
    fitting = [fill for fill in found if fill.units <= wanted] or found
    if not fitting:
        return None
    longest = max(fill.units for fill in fitting)
    return rng.choice([fill for fill in fitting if fill.units == longest])


def _fill_units(chart: Chart, energy: int, rise: int, rng: random.Random) -> int:
    """Return how many units a fill may take: a beat, two beats or a bar."""
    beat, bar = chart.metre.beats[-1], chart.metre.units
    if energy == 1 or rise < 0:
        return beat
    if rise == 0:
        return rng.choice((beat, min(bar, 2 * beat)))
    return rng.choice((min(bar, 2 * beat), bar))


def _candidates(chart: Chart) -> Iterator[Fill]:
    """Yield the groove's own fill and those of its family that fit into a bar."""
    bar = chart.metre.units
    own = chart.groove.fill
    rows = {name: lines[0] for name, lines in own.items() if lines and set(lines[0]) != {"."}}
    if rows:
        first = min(len(row) - len(row.lstrip(".")) for row in rows.values())
        yield Fill({name: row[first:] for name, row in rows.items()}, bar - first)
    for family_rows in drumming.FILLS[chart.groove.fills]:
        units = len(next(iter(family_rows.values())))
        if units <= bar:
            yield Fill(family_rows, units)
        elif bar >= 8:
            yield Fill({name: row[-bar:] for name, row in family_rows.items()}, bar)


def fill_notes(chart: Chart, passage: Passage, bar: Bar, fill: Fill) -> Iterator[MidiNote]:
    """Yield a fill's strokes, each a little louder than the one before."""
    start = bar.start + chart.metre.units - fill.units
    scale = arranging.VELOCITY_BY_ENERGY[max(2, passage.energy)]
    first = drumming.FILL_START_VELOCITY
    for name, row in fill.rows.items():
        key = drum_key(name, chart.plan.band.kit, chart.plan.tonic)
        for place, sign in enumerate(row):
            if sign == ".":
                continue
            rise = first + (1 - first) * place / max(1, len(row) - 1)
            for offset in drumming.ROLL_OFFSETS.get(sign, (0.0,)):
                velocity = round(drumming.DRUM_VELOCITY[sign] * scale * rise)
                yield MidiNote(start + place + offset, 1.0, key, max(1, velocity))
