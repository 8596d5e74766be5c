"""Which note lengths and triplets may start at a place of a bar."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from scripts.tables.notation import ChordSpan, Metre
from scripts.tables.plans import PartPlan
from scripts.temporary import notation


def note_lengths(place: int, span: ChordSpan, lengths: Sequence[int], metre: Metre) -> list[int]:
    """Return those of the `lengths` (units) that a note starting at a place of the bar may have.

    A note ends with its chord at the latest. Off the beat only short notes start, and after a
    single sixteenth the next note returns to the grid of eighths: otherwise a model that knows no
    music stays off it.
    """
    left = span.start + span.units - place
    compound = metre.beats[0] == 6
    if place % 2:
        lengths = (1, 3) if place % 4 == 1 and not compound else (1,)
    elif place % metre.beats[0]:
        lengths = tuple(length for length in lengths if length <= (4 if compound else 6))
    fitting = [
        length
        for length in lengths
        if length <= left and ((place + length) % 2 == 0 or (length < left and length % 2))
    ]
    return fitting or [min(2, left)]


def triplet_length(place: int, span: ChordSpan, part: PartPlan, metre: Metre) -> int:
    """Return the written length of the three notes of a triplet that may start here; 0: none may.

    They take the time of two: a beat of four units, two such beats in slow songs, or the end of a
    beat of six, where they lead on to the next.
    """
    begins = list(accumulate(metre.beats, initial=0))
    beat = next(begin for begin in reversed(begins) if begin <= place)
    left = span.start + span.units - place
    if not part.triplets or left < notation.TRIPLET_TIME:
        return 0
    if metre.beats[begins.index(beat)] == 6:
        return 1 if place - beat == 4 else 0
    if place != beat:
        return 0
    wide = part.density <= 2 and left >= 8 and place + 8 in begins
    return 4 if wide and not any(place < strong < place + 8 for strong in metre.strong) else 2
