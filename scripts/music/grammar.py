"""The grammar of all that a model may answer: legal bars of the plan's song, cell by cell.

Chord symbols are forced, notes are free within the plan. A bar is a finite automaton over the
sixteenth grid, so it cannot come out too short or too long.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scripts.music.harmony import (
    chord_pitch_classes,
    chord_symbol,
    dialect_pitch,
    melody_pitch_classes,
    plain_chord,
)
from scripts.temporary import (
    BARS_PER_CELL,
    BARS_PER_PHRASE,
    DENSITY_LENGTHS,
    METRES,
    REST_LENGTHS,
    ChordBar,
    ChordSpan,
    Metre,
    PartPlan,
    Segment,
    SongPlan,
)


def song_segments(plan: SongPlan, guarded: bool = False) -> tuple[Segment, ...]:
    """Cut the plan's song into segments of a cell each; together they are the whole answer.

    A cell whose letter has been before is a copy, where its chords are the same again. `guarded`
    is for models that know no music.
    """
    metre = METRES[plan.metre]
    segments: list[Segment] = []
    for part in plan.parts:
        written: dict[tuple[str, tuple[ChordBar, ...]], int] = {}
        for number, letter in enumerate(part.cells):
            first = number * BARS_PER_CELL
            bars = part.bars[first : first + BARS_PER_CELL]
            lead_in = f"[P:{part.name}]" if number == 0 else ""
            end = first + len(bars)
            line = bar_line(end, len(part.bars))
            copy_of = written.setdefault((letter, bars), len(segments))
            if copy_of < len(segments):
                segments.append(Segment("", lead_in, line, copy_of=copy_of))
                continue
            closes = end == len(part.bars)
            grammar, entries = _cell(bars, part, metre, line, guarded, closes)
            segments.append(Segment(grammar, lead_in, line, entries))
    return tuple(segments)


def _cell(
    bars: Sequence[ChordBar], part: PartPlan, metre: Metre, line: str, guarded: bool, closes: bool
) -> tuple[str, dict[str, str]]:
    """Return the rules of a cell, and its entry rules by the pitch before it."""
    if guarded:
        from scripts.music.guard import GuardedCell  # it is built on this module

        return GuardedCell(bars, part, metre, line, closes).grammar()
    return _cell_grammar(bars, part, metre, line), {}


def bar_line(number: int, bars: int) -> str:
    """Return the bar line after bar `number` (from 1) of a part of `bars` bars."""
    return "||" if number % BARS_PER_PHRASE == 0 or number == bars else "|"


def _cell_grammar(bars: Sequence[ChordBar], part: PartPlan, metre: Metre, line: str) -> str:
    """Return the rules of a cell: its bars with their bar lines."""
    rules: list[str] = []
    names: dict[ChordBar, str] = {}
    for bar in bars:
        if bar not in names:
            names[bar] = f"bar{len(names)}"
            rules += _bar_rules(names[bar], bar, part, metre)
    body = ' "|" '.join(names[bar] for bar in bars)
    return "\n".join([f'segment: {body} "{line}"', *rules]) + "\n"


def _bar_rules(name: str, bar: ChordBar, part: PartPlan, metre: Metre) -> list[str]:
    """Return the rules of one kind of bar: a rule for each place where a note may start."""
    rules = [f"{name}: {_enter(name, bar, 0)}"]
    for index, span in enumerate(bar):
        strong, weak = _note_terminals(span, part)
        tones = f"{name.upper()}S{index}"
        scale = f"{name.upper()}W{index}"
        rules += [f"{tones}: {strong}", f"{scale}: {weak}"]
        reached = {span.start}
        for place in range(span.start, span.start + span.units):
            if place not in reached:
                continue
            pitch = tones if place in metre.strong or place == span.start else scale
            ends = note_lengths(place, span, part.density, metre)
            reached.update(place + length for length in ends)
            options = [_note(pitch, length, name, bar, place) for length in ends]
            if place not in metre.strong:
                rests = [length for length in REST_LENGTHS if length in ends]
                options += [_note('"z"', length, name, bar, place) for length in rests]
            rules.append(f"{name}_{place}: " + " | ".join(options))
    return rules


def symbol_at(bar: ChordBar, place: int) -> str:
    """Return the grammar's chord symbol, with a space behind, if a chord starts at the place."""
    for span in bar:
        if span.start == place:
            return f'"\\"{chord_symbol(plain_chord(span.chord))}\\"" '
    return ""


def _enter(name: str, bar: ChordBar, place: int) -> str:
    """Return the rule for a place, with the chord symbol in front where a chord starts."""
    return f"{symbol_at(bar, place)}{name}_{place}"


def _note(pitch: str, length: int, name: str, bar: ChordBar, place: int) -> str:
    number = f' "{length}"' if length > 1 else ""
    after = place + length
    at_end = after == bar[-1].start + bar[-1].units
    return f"{pitch}{number}" + ("" if at_end else f" {_enter(name, bar, after)}")


def _note_terminals(span: ChordSpan, part: PartPlan) -> tuple[str, str]:
    """Return the pitches for strong and for weak places, as alternatives of a terminal."""
    chord = set(chord_pitch_classes(span.chord))
    scale = melody_pitch_classes(span.chord)
    pitches = range(part.low, part.high + 1)
    return (
        _alternatives(dialect_pitch(midi) for midi in pitches if midi % 12 in chord),
        _alternatives(dialect_pitch(midi) for midi in pitches if midi % 12 in scale),
    )


def _alternatives(words: Iterable[str]) -> str:
    return " | ".join(f'"{word}"' for word in words)


def note_lengths(place: int, span: ChordSpan, density: int, metre: Metre) -> list[int]:
    """Return the lengths (units) of notes that may start at a place of the bar.

    A note ends with its chord at the latest. Off the beat only short notes start, and after a
    single sixteenth the next note brings the line back to the grid of eighths: otherwise a model
    that knows no music stumbles through the bar.
    """
    left = span.start + span.units - place
    lengths: tuple[int, ...] = DENSITY_LENGTHS[density]
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
