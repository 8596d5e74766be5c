"""Turn measures as printed into whole bars on a grid of sixteenth notes (units)."""

from __future__ import annotations

from math import floor

from models.starter.dataset.abc_reader import Measure, Note, Section
from models.starter.dialect import METRES, REST, Bar

FEWEST_BARS = 4  # in a part
MOST_BARS = 16  # in a part; longer ones are cut


class UnusableMeasure(ValueError):
    """A measure that cannot become a whole bar."""


def join_measures(first: Measure, second: Measure) -> Measure:
    """Join two short measures into one."""
    shift = first.length()
    moved = [Note(n.midi, n.start + shift, n.length, n.tied, n.tuplet) for n in second.notes]
    voices = [Note(n.midi, n.start + shift, n.length) for n in second.harmony]
    symbols = [(place + shift, text) for place, text in second.symbols]
    return Measure(first.notes + moved, first.symbols + symbols, first.harmony + voices)


def hold_last_note(measure: Measure, units: int) -> Measure:
    """Lengthen the last note until the bar is full."""
    missing = units - measure.length()
    last = measure.notes[-1]
    held = Note(last.midi, last.start, last.length + missing, tuplet=last.tuplet)
    return Measure([*measure.notes[:-1], held], measure.symbols, measure.harmony)


def complete_measures(section: Section, follower: Section | None) -> list[Measure]:
    """Return whole measures: a pick-up moves into the last measure of the section before it.

    Raise UnusableMeasure if a measure in the middle is too long, or too short without a next one
    that fills it.
    """
    units = METRES[section.metre][0]
    short = list(section.measures)
    whole: list[Measure] = []
    if short and short[0].length() < units:
        short.pop(0)  # the pick-up; the section before has taken it
    while short:
        measure = short.pop(0)
        if short and measure.length() < units and measure.length() + short[0].length() == units:
            measure = join_measures(measure, short.pop(0))
        if measure.length() < units and not short:
            pickup = follower.measures[0] if follower else None
            if pickup and measure.length() + pickup.length() == units:
                measure = join_measures(measure, pickup)
            elif measure.length() * 2 >= units:
                measure = hold_last_note(measure, units)
            elif whole:
                break  # a few notes after the last whole bar lead back to the beginning: left out
        if measure.length() != units:
            raise UnusableMeasure(f"a measure of {measure.length()} units in {section.metre}")
        whole.append(measure)
    return whole


def quantize(measure: Measure, units: int, factor: int = 1) -> Bar:
    """Put a whole measure on the grid. Raise UnusableMeasure if a note outside a tuplet is off it.

    Notes of tuplets move down to the grid (3 in 4 units: 1+1+2); of two notes on one unit the
    first stays. A tied note is held, but struck again after a bar line.
    """
    onsets: list[tuple[int, int]] = []
    held = False
    for note in measure.notes:
        place = note.start * factor
        if place.denominator > 1 and not note.tuplet:
            raise UnusableMeasure("a note off the grid")
        pitch = REST if note.midi is None else note.midi
        same = bool(onsets) and onsets[-1][1] == pitch
        if not (onsets and onsets[-1][0] == floor(place)) and not (held and same):
            onsets.append((floor(place), pitch))
        held = note.tied or pitch == REST  # rests that touch are one
    ends = [place for place, _ in onsets[1:]] + [units]
    return Bar([(pitch, end - place) for (place, pitch), end in zip(onsets, ends)])


def split_parts(parts: list[list[Measure]]) -> list[list[Measure]]:
    """Join parts that are too short with a neighbour; cut long ones into parts of eight bars."""
    joined: list[list[Measure]] = []
    for part in parts:
        if joined and (len(part) < FEWEST_BARS or len(joined[-1]) < FEWEST_BARS):
            joined[-1] = joined[-1] + part
        else:
            joined.append(part)
    cut: list[list[Measure]] = []
    for part in joined:
        if len(part) > MOST_BARS or (len(joined) == 1 and len(part) > 12):
            pieces = [part[i : i + 8] for i in range(0, len(part), 8)]
            if len(pieces[-1]) < FEWEST_BARS:
                pieces[-2:] = [pieces[-2] + pieces[-1]]
            cut += pieces
        else:
            cut.append(part)
    return cut
