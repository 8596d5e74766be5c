"""The grammar of all that a model may answer: legal bars of the plan's song, cell by cell.

Chord symbols are forced, notes are free within the plan. A bar is a finite automaton over the
sixteenth grid, so it cannot come out too short or too long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from scripts.music.harmony import (
    chord_pitch_classes,
    chord_symbol,
    dialect_pitch,
    melody_pitch_classes,
    plain_chord,
)
from scripts.music.phrases import phrase_at, whole_part
from scripts.temporary import (
    BARS_PER_CELL,
    BARS_PER_PHRASE,
    DENSITY_LENGTHS,
    LONGEST_TIED,
    METRES,
    MOST_BARS_LEFT,
    REST_LENGTHS,
    ROLES,
    TRIPLET_TIME,
    ChordBar,
    ChordSpan,
    Cues,
    Metre,
    PartName,
    PartPlan,
    Segment,
    SongPlan,
    chapter_of,
)


def song_segments(
    plan: SongPlan, guarded: bool = False, cues: Cues | None = None
) -> tuple[Segment, ...]:
    """Cut the plan's song into segments of a cell each; together they are the whole answer.

    A cell whose letter has been before is a copy, where its chords are the same again. `guarded`
    is for models that know no music, `cues` for those that were trained with them.
    """
    ending = ending_parts(plan)
    metre = METRES[plan.metre]
    segments: list[Segment] = []
    chapter = chapter_of(plan.parts[0].name)
    for part in plan.parts:
        opens, chapter = chapter_of(part.name) != chapter, chapter_of(part.name)
        written: dict[tuple[str, tuple[ChordBar, ...]], int] = {}
        for number, letter in enumerate(part.cells):
            first = number * BARS_PER_CELL
            bars = part.bars[first : first + BARS_PER_CELL]
            lead_in = f"[P:{part.name}]" if number == 0 else ""
            end = first + len(bars)
            line = bar_line(end, len(part.bars))
            cue = cue_before(part, first, cues, part.name in ending) if cues else ""
            copy_of = written.setdefault((letter, bars), len(segments))
            if copy_of < len(segments):
                segments.append(Segment("", lead_in, line, copy_of=copy_of, cue=cue))
                continue
            closes = (letter, bars) == _last_cell(part)
            grammar, entries = _cell(bars, part, metre, line, guarded, closes)
            begins = opens and number == 0
            segments.append(Segment(grammar, lead_in, line, entries, opens=begins, cue=cue))
    return tuple(segments)


def cue_before(part: PartPlan, bar: int, cues: Cues, ends: bool) -> str:
    """Return what a model is told before bar `bar` (from 0) of a part, such as `[N:4][H:71][B:8]`.

    How dense and how high the phrase is (or the part, once); at every phrase how many bars are
    left, and whether the song may end with them.
    """
    if bar % BARS_PER_PHRASE:
        return ""
    cue = ""
    if bar == 0 or cues.repeated:
        told = phrase_at(part, bar) if cues.repeated else whole_part(part)
        density = 1 + sum(told.density >= edge for edge in cues.densities)
        height = cues.lowest + sum(told.height >= edge for edge in cues.heights)
        cue = f"[N:{density}][H:{height}]"
    return f"{cue}[{cues.ending if ends else 'B'}:{min(len(part.bars) - bar, MOST_BARS_LEFT)}]"


def ending_parts(plan: SongPlan) -> set[PartName]:
    """Name the parts whose end is the last of the melody that is heard in a chapter.

    The last part that is written need not be: a song comes back to its chorus after the bridge.
    """
    sizes = {part.name: len(part.bars) for part in plan.parts}
    last = {
        section.chapter: section.part
        for section in plan.form
        if ROLES[section.role].melody
        and section.first_bar + section.bars == sizes.get(section.part)
    }
    return set(last.values())


def _last_cell(part: PartPlan) -> tuple[str, tuple[ChordBar, ...]]:
    """Return the letter and the chords of a part's last cell, which may have been before."""
    first = (len(part.cells) - 1) * BARS_PER_CELL
    return part.cells[-1], part.bars[first : first + BARS_PER_CELL]


def _cell(
    bars: Sequence[ChordBar], part: PartPlan, metre: Metre, line: str, guarded: bool, closes: bool
) -> tuple[str, dict[str, str]]:
    """Return the rules of a cell, and its entry rules by the pitch before it."""
    if guarded:
        from scripts.music.guard import GuardedCell  # it is built on this module

        return GuardedCell(bars, part, metre, line, closes).grammar()
    return PlainCell(bars, part, metre, line).grammar(), {}


def bar_line(number: int, bars: int) -> str:
    """Return the bar line after bar `number` (from 1) of a part of `bars` bars."""
    return "||" if number % BARS_PER_PHRASE == 0 or number == bars else "|"


class PlainCell:
    """Builds the rules of a cell for models that know music: any note of the scale may follow."""

    def __init__(self, bars: Sequence[ChordBar], part: PartPlan, metre: Metre, line: str) -> None:
        """`line` is the bar line that ends the cell."""
        self._bars = bars
        self._part = part
        self._metre = metre
        self._line = line
        self._rules: list[str] = []

    def grammar(self) -> str:
        """Return the Lark rules; their entry is `segment`."""
        for number, bar in enumerate(self._bars):
            for index in range(len(bar)):
                self._add_span(number, index)
            if number and self._part.ties:
                lengths = note_lengths(0, bar[0], self._part.density, self._metre)
                options = [f"{number_of(length)}{self._at(number, length)}" for length in lengths]
                self._rules.append(f"on{number}: " + " | ".join(options))
        return "\n".join([f"segment: {self._at(0, 0)}", *self._rules]) + "\n"

    def _add_span(self, number: int, index: int) -> None:
        """Add a rule for each place under a chord where a note may start."""
        span = self._bars[number][index]
        tones, scale = f"S{number}_{index}", f"W{number}_{index}"
        strong, weak = _note_terminals(span, self._part)
        self._rules += [f"{tones}: {strong}", f"{scale}: {weak}"]
        reached = {span.start}
        for place in range(span.start, span.start + span.units):
            if place not in reached:
                continue
            firm = place in self._metre.strong or place == span.start
            options = []
            for units, notes in self._figures(place, span, tones if firm else scale, scale):
                reached.add(place + units)
                options.append(notes + self._at(number, place + units))
            options += self._tied(number, place, span, firm)
            self._rules.append(f"at{number}_{place}: " + " | ".join(options))

    def _figures(
        self, place: int, span: ChordSpan, first: str, others: str
    ) -> Iterator[tuple[int, str]]:
        """Yield what may start at a place, and its units: notes, rests, a triplet."""
        lengths = note_lengths(place, span, self._part.density, self._metre)
        for length in lengths:
            yield length, f"{first} {number_of(length)}"
        for length in lengths:
            if length in REST_LENGTHS and place not in self._metre.strong:
                yield length, f'"z" {number_of(length)}'
        if written := triplet_length(place, span, self._part, self._metre):
            number = number_of(written)
            three = f'"(3" {first} {number}{others} {number}{others} {number}'
            yield written * TRIPLET_TIME, three

    def _tied(self, number: int, place: int, span: ChordSpan, firm: bool) -> Iterator[str]:
        """Yield the notes that go on over the bar line into a note of the next bar's chord."""
        left = self._metre.units - place
        lengths = note_lengths(place, span, self._part.density, self._metre)
        if not self._part.ties or number + 1 == len(self._bars) or left not in lengths:
            return
        if left <= LONGEST_TIED:
            here = chord_pitch_classes(span.chord) if firm else melody_pitch_classes(span.chord)
            ahead = chord_pitch_classes(self._bars[number + 1][0].chord)
            for midi in range(self._part.low, self._part.high + 1):
                if midi % 12 in {*here} & {*ahead}:
                    pitch, symbol = dialect_pitch(midi), symbol_at(self._bars[number + 1], 0)
                    yield f'"{pitch}" {number_of(left)}"-|" {symbol}"{pitch}" on{number + 1}'

    def _at(self, number: int, place: int) -> str:
        """Return what stands at a place: a chord symbol, a bar line, the next note."""
        if place < self._metre.units:
            return f"{symbol_at(self._bars[number], place)}at{number}_{place}"
        if number + 1 < len(self._bars):
            return f'"|" {self._at(number + 1, 0)}'
        return f'"{self._line}"'


def number_of(length: int) -> str:
    """Return a length as the grammar writes it, with a space behind; 1 is not written."""
    return f'"{length}" ' if length > 1 else ""


def symbol_at(bar: ChordBar, place: int) -> str:
    """Return the grammar's chord symbol, with a space behind, if a chord starts at the place."""
    for span in bar:
        if span.start == place:
            return f'"\\"{chord_symbol(plain_chord(span.chord))}\\"" '
    return ""


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


def triplet_length(place: int, span: ChordSpan, part: PartPlan, metre: Metre) -> int:
    """Return the written length of the three notes of a triplet that may start here; 0: none may.

    They take the time of two: a beat of four units, two such beats in slow songs, or the end of a
    beat of six, where they lead on to the next.
    """
    begins = list(accumulate(metre.beats, initial=0))
    beat = next(begin for begin in reversed(begins) if begin <= place)
    left = span.start + span.units - place
    if not part.triplets or left < TRIPLET_TIME:
        return 0
    if metre.beats[begins.index(beat)] == 6:
        return 1 if place - beat == 4 else 0
    if place != beat:
        return 0
    wide = part.density <= 2 and left >= 8 and place + 8 in begins
    return 4 if wide and not any(place < strong < place + 8 for strong in metre.strong) else 2
