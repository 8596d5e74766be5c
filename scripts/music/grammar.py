"""The grammar of all that a model may answer: legal bars of the plan's song, cell by cell.

Chord symbols are forced, notes are free within the plan. A bar is a finite automaton over the
sixteenth grid, so it cannot come out too short or too long.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from scripts.music.cadence import cadence_parts, last_cell
from scripts.music.grammar_literals import chord_symbol_literal, length_literal
from scripts.music.guarded_grammar import GuardedCellGrammar
from scripts.music.harmony import chord_pitch_classes, dialect_pitch, melody_pitch_classes, span_at
from scripts.music.phrases import part_around, phrase_at, whole_part
from scripts.music.rhythm import note_lengths, triplet_length
from scripts.tables.models import ControlCodes, Segment
from scripts.tables.notation import ChordBar, ChordSpan, Metre
from scripts.tables.plans import PartPlan, SongPlan, chapter_of
from scripts.temporary import melody_rules, notation, phrasing, prompting


def song_segments(
    plan: SongPlan, guarded: bool = False, control_codes: ControlCodes | None = None
) -> tuple[Segment, ...]:
    """Split the plan's song into segments of one cell each; together they are the whole answer.

    A cell with the letter and the chords of an earlier one in its part is a copy of it. `guarded`
    is for models that know no music, `control_codes` for those trained with them.
    """
    last_parts = cadence_parts(plan)
    metre = notation.METRES[plan.metre]
    segments: list[Segment] = []
    chapter = chapter_of(plan.parts[0].name)
    for part in plan.parts:
        opens, chapter = chapter_of(part.name) != chapter, chapter_of(part.name)
        written: dict[tuple[str, tuple[ChordBar, ...]], int] = {}
        for number, letter in enumerate(part.cells):
            first = number * notation.BARS_PER_CELL
            bars = part.bars[first : first + notation.BARS_PER_CELL]
            lead_in = f"[P:{part.name}]" if number == 0 else ""
            end = first + len(bars)
            line = bar_line(end, len(part.bars))
            ends, codes = part.name in last_parts, ""
            if control_codes:
                codes = control_codes_at(part, first, control_codes, ends)
            copy_of = written.setdefault((letter, bars), len(segments))
            if copy_of < len(segments):
                segments.append(Segment("", lead_in, line, copy_of=copy_of, control_codes=codes))
                continue
            closes = (letter, bars) == last_cell(part)
            grammar, entries = _cell_grammar(
                part, first, metre, line, guarded, control_codes is not None, closes
            )
            begins = opens and number == 0
            segments.append(
                Segment(grammar, lead_in, line, entries, starts_chapter=begins, control_codes=codes)
            )
    return tuple(segments)


def control_codes_at(part: PartPlan, bar: int, control_codes: ControlCodes, ends: bool) -> str:
    """Return the control codes before bar `bar` (from 0) of a part, such as `[N:4][H:71][B:8]`.

    They say how dense and how high the phrase is (or the part, once), and at every phrase how many
    bars are left, and whether the song may end with them.
    """
    if bar % notation.BARS_PER_PHRASE:
        return ""
    codes = ""
    if bar == 0 or control_codes.repeated:
        phrase = phrase_at(part, bar) if control_codes.repeated else whole_part(part)
        density = 1 + sum(phrase.density >= edge for edge in control_codes.densities)
        height = control_codes.lowest + sum(phrase.height >= edge for edge in control_codes.heights)
        codes = f"[N:{density}][H:{height}]"
    bars_left = min(len(part.bars) - bar, prompting.MOST_BARS_LEFT)
    return f"{codes}[{control_codes.ending if ends else 'B'}:{bars_left}]"


def _cell_grammar(
    part: PartPlan,
    first: int,
    metre: Metre,
    line: str,
    guarded: bool,
    has_control_codes: bool,
    closes: bool,
) -> tuple[str, dict[str, str]]:
    """Return the rules of the cell at bar `first`, and its entry rules by the pitch before it."""
    bars = part.bars[first : first + notation.BARS_PER_CELL]
    around = part_around(part, first, phrasing.GUARDED_REACH if guarded else phrasing.PHRASE_REACH)
    if guarded:
        before = range(part.low, part.high + 1)
        return GuardedCellGrammar(bars, around, metre, line, closes).grammar(before)
    by_density = melody_rules.DENSITY_LENGTHS
    if has_control_codes:
        by_density = melody_rules.LENGTHS_WITH_CONTROL_CODES
    lengths = by_density[around.density]
    closing = around.closing if closes else None
    allows_nonchord_tones = has_control_codes  # such a model was trained on tunes with chords
    return ScaleCellGrammar(
        bars, around, metre, line, lengths, closing, allows_nonchord_tones
    ).grammar(), {}


def bar_line(number: int, bars: int) -> str:
    """Return the bar line after bar `number` (from 1) of a part of `bars` bars."""
    return "||" if number % notation.BARS_PER_PHRASE == 0 or number == bars else "|"


class ScaleCellGrammar:
    """Builds the rules of a cell for models that know music: any note of the scale may follow."""

    def __init__(
        self,
        bars: Sequence[ChordBar],
        part: PartPlan,
        metre: Metre,
        line: str,
        lengths: Sequence[int],
        closing: int | None = None,
        allows_nonchord_tones: bool = False,
    ) -> None:
        """`line` ends the cell, `lengths` are those that its notes may have (units).

        With `closing` the last note has that pitch class, and a quarter at least.
        `allows_nonchord_tones` adds appoggiaturas on strong places, and short notes from outside
        the scale on weak ones.
        """
        self._bars = bars
        self._part = part
        self._metre = metre
        self._line = line
        self._lengths = lengths
        self._closing = closing
        self._allows_nonchord_tones = allows_nonchord_tones
        # (bar, chord) -> the names of pairs of an appoggiatura and its resolution
        self._appoggiatura_names: dict[tuple[int, int], list[str]] = {}
        self._cadence_starts = set() if closing is None else set(self._final_note_starts())
        self._rules: list[str] = []

    def grammar(self) -> str:
        """Return the Lark rules; their entry is `segment`."""
        for number, bar in enumerate(self._bars):
            for index in range(len(bar)):
                self._add_span(number, index)
            if number and self._part.ties:
                options = [
                    f"{length_literal(length)}{self._rest_of_bar(number, length)}"
                    for length in note_lengths(0, bar[0], self._lengths, self._metre)
                    if self._may_reach(number, length)
                ]
                self._rules.append(f"on{number}: " + " | ".join(options))
        return "\n".join([f"segment: {self._rest_of_bar(0, 0)}", *self._rules]) + "\n"

    def _add_span(self, number: int, index: int) -> None:
        """Add a rule for each place under a chord where a note may start."""
        span = self._bars[number][index]
        tones, scale, final = self._add_pitches(number, index)
        reached = {span.start}
        for place in range(span.start, span.start + span.units):
            if place not in reached:
                continue
            strong = place in self._metre.strong or place == span.start
            options = []
            for units, notes in self._figure_alternatives(
                place, span, tones if strong else scale, scale
            ):
                if self._may_reach(number, place + units):
                    reached.add(place + units)
                    options.append(notes + self._rest_of_bar(number, place + units))
            if final and (length := self._final_note_length(place)):
                options.append(
                    f"{final} {length_literal(length)}{self._rest_of_bar(number, place + length)}"
                )
            options += self._tied(number, place, span, strong)
            if self._allows_nonchord_tones and strong:
                options += self._appoggiaturas(number, index, place, reached)
            elif self._allows_nonchord_tones:
                options += self._chromatic(number, index, place)
            self._rules.append(f"at{number}_{place}: " + " | ".join(options))

    def _add_pitches(self, number: int, index: int) -> tuple[str, str, str]:
        """Add the terminals of the pitches over a chord; return the names of three of them.

        They are for strong places, for weak ones, and for the final note (empty where there is
        none). Terminals: S chord tones, W scale, H final note, X outside chord and scale, L
        appoggiaturas, T their resolutions. Those that may stand at one place share no pitch.
        """
        chord = self._bars[number][index].chord
        classes = {"S": set(chord_pitch_classes(chord)), "W": set(melody_pitch_classes(chord))}
        final = ""
        if self._closing is not None and (number, index) == self._last_span():
            final = f"H{number}_{index}"
            self._rules.append(f"{final}: {self._pitches({self._closing})}")
        names = []
        for letter, own in classes.items():
            name = f"{letter}{number}_{index}"
            others = own - {self._closing} if final else own
            self._rules.append(f"{name}: {self._pitches(others)}")
            names.append(f"({name} | {final})" if final else name)
        if self._allows_nonchord_tones:
            outside = {*range(12)} - melody_pitch_classes(chord)
            self._rules.append(f"X{number}_{index}: {self._pitches(outside)}")
            found = self._appoggiaturas_by_resolution(self._bars[number][index])
            pairs = [f"{number}_{index}_{count}" for count in range(len(found))]
            for pair, (resolutions, appoggiaturas) in zip(pairs, found.items()):
                self._rules.append(f"L{pair}: {_alternatives(appoggiaturas)}")
                self._rules.append(f"T{pair}: {_alternatives(resolutions)}")
            self._appoggiatura_names[number, index] = pairs
        return names[0], names[1], final

    def _pitches(self, classes: Collection[int]) -> str:
        """Return the pitches of some classes in the part's range, as alternatives."""
        reach = range(self._part.low, self._part.high + 1)
        return _alternatives(midi for midi in reach if midi % 12 in classes)

    def _figure_alternatives(
        self, place: int, span: ChordSpan, first: str, others: str
    ) -> Iterator[tuple[int, str]]:
        """Yield (units, rule) of what may start at a place: notes, rests, a triplet."""
        lengths = note_lengths(place, span, self._lengths, self._metre)
        for length in lengths:
            yield length, f"{first} {length_literal(length)}"
        for length in lengths:
            if length in melody_rules.REST_LENGTHS and place not in self._metre.strong:
                yield length, f'"z" {length_literal(length)}'
        if written := triplet_length(place, span, self._part, self._metre):
            number = length_literal(written)
            three = f'"(3" {first} {number}{others} {number}{others} {number}'
            yield written * notation.TRIPLET_TIME, three

    def _tied(self, number: int, place: int, span: ChordSpan, strong: bool) -> Iterator[str]:
        """Yield notes tied over the bar line, of pitches that the next bar's chord has, too."""
        left = self._metre.units - place
        lengths = note_lengths(place, span, self._lengths, self._metre)
        if not self._part.ties or number + 1 == len(self._bars) or left not in lengths:
            return
        if left <= notation.LONGEST_TIED:
            here = chord_pitch_classes(span.chord) if strong else melody_pitch_classes(span.chord)
            ahead = chord_pitch_classes(self._bars[number + 1][0].chord)
            for midi in range(self._part.low, self._part.high + 1):
                if midi % 12 in {*here} & {*ahead}:
                    pitch = dialect_pitch(midi)
                    symbol = chord_symbol_literal(self._bars[number + 1], 0)
                    yield f'"{pitch}" {length_literal(left)}"-|" {symbol}"{pitch}" on{number + 1}'

    def _chromatic(self, number: int, index: int, place: int) -> Iterator[str]:
        """Yield short notes on a weak place that are in neither the chord nor the scale."""
        span = self._bars[number][index]
        for length in note_lengths(place, span, self._lengths, self._metre):
            end = place + length
            if length <= melody_rules.LONGEST_CHROMATIC_UNITS and self._may_reach(number, end):
                rest = self._rest_of_bar(number, end)
                yield f"X{number}_{index} {length_literal(length)}{rest}"

    def _appoggiaturas(
        self, number: int, index: int, place: int, reached: set[int]
    ) -> Iterator[str]:
        """Yield appoggiaturas on a strong place: non-chord tones that resolve by step.

        Adds rules for the lengths of their resolutions, and to `reached` the places after these.
        """
        span = self._bars[number][index]
        names = self._appoggiatura_names[number, index]
        for length in note_lengths(place, span, self._lengths, self._metre):
            then = place + length
            if length not in melody_rules.APPOGGIATURA_UNITS or then == span.start + span.units:
                continue
            ends = {
                then + units: length_literal(units)
                for units in note_lengths(then, span, self._lengths, self._metre)
                if self._may_reach(number, then + units)
            }
            if ends and names:
                reached.update(ends)
                ways = (units + self._rest_of_bar(number, end) for end, units in ends.items())
                self._rules.append(f"leant{number}_{then}: " + " | ".join(ways))
                pairs = (f"L{name} {length_literal(length)}T{name}" for name in names)
                yield f"({' | '.join(pairs)}) leant{number}_{then}"

    def _appoggiaturas_by_resolution(self, span: ChordSpan) -> Mapping[tuple[int, ...], list[int]]:
        """Return chord tones (MIDI) -> the non-chord tones that may resolve to one of them."""
        reach = range(self._part.low, self._part.high + 1)
        tones = [midi for midi in reach if midi % 12 in chord_pitch_classes(span.chord)]
        found: dict[tuple[int, ...], list[int]] = {}
        for midi in reach:
            if midi not in tones and midi % 12 in melody_pitch_classes(span.chord):
                near = tuple(tone for tone in tones if abs(tone - midi) <= melody_rules.STEP)
                if near:
                    found.setdefault(near, []).append(midi)
        return found

    def _rest_of_bar(self, number: int, place: int) -> str:
        """Return the rules from a place on: a chord symbol, a bar line, the next note."""
        if place < self._metre.units:
            return f"{chord_symbol_literal(self._bars[number], place)}at{number}_{place}"
        if number + 1 < len(self._bars):
            return f'"|" {self._rest_of_bar(number + 1, 0)}'
        return f'"{self._line}"'

    # --- The final note --------------------------------------------------------------------------

    def _last_span(self) -> tuple[int, int]:
        return len(self._bars) - 1, len(self._bars[-1]) - 1

    def _may_reach(self, number: int, place: int) -> bool:
        """Whether a figure that is not the final note may end at a place of a bar."""
        in_last_bar = number + 1 == len(self._bars)
        return self._closing is None or not in_last_bar or place in self._cadence_starts

    def _final_note_length(self, place: int) -> int:
        """Return the length of a final note that starts at a place of the last bar; 0: none."""
        span = span_at(self._bars[-1], place)
        left = self._metre.units - place
        lengths = note_lengths(place, span, self._lengths, self._metre)
        return left if left >= melody_rules.LAST_NOTE_UNITS and left in lengths else 0

    def _final_note_starts(self) -> Iterator[int]:
        """Yield the places of the last bar from which the final note can still be reached."""
        found: set[int] = set()
        for place in reversed(range(self._metre.units)):
            figures = self._figure_alternatives(place, span_at(self._bars[-1], place), "", "")
            if self._final_note_length(place) or any(
                place + units in found for units, _ in figures
            ):
                found.add(place)
                yield place


def _alternatives(pitches: Iterable[int]) -> str:
    """Return pitches (MIDI) as alternatives of a rule."""
    return " | ".join(f'"{dialect_pitch(midi)}"' for midi in pitches)
