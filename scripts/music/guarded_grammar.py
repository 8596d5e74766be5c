"""The grammar of a cell with rules of melody writing, for models that were not trained on music.

Its states hold the last pitch besides the place in the bar, so it enforces rules of melody: chord
tones on strong places; no leap wider than a sixth except the octave; after a leap wider than a
fourth a move back, and then no leap as wide; non-chord tones only in passing (reached and left by
step); no note struck more than twice in a row; a long chord tone at the end. Even a model that
chooses at random then writes a singable line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from scripts.music.grammar_literals import chord_symbol_literal, length_literal
from scripts.music.harmony import chord_pitch_classes, dialect_pitch, melody_pitch_classes, span_at
from scripts.music.rhythm import note_lengths, triplet_length
from scripts.tables.melody_rules import NoteState
from scripts.tables.notation import ChordBar, Metre
from scripts.tables.plans import PartPlan
from scripts.temporary import melody_rules, notation

State = tuple[int, int, int, NoteState]  # bar of the cell, place, last pitch (MIDI)


@dataclass(frozen=True)
class Position:
    """What a place of a bar allows, whatever came before; computed once for each place."""

    tones: frozenset[int]  # pitch classes of the chord
    scale: frozenset[int]
    strong: bool
    lengths: tuple[int, ...]
    triplet: int  # the written length of its notes; 0: none may start here
    symbol: str


class GuardedCellGrammar:
    """Builds the rules of one cell, only for states that can be reached and lead to an end."""

    def __init__(
        self, bars: Sequence[ChordBar], part: PartPlan, metre: Metre, line: str, closes: bool
    ) -> None:
        """`line` ends the cell; with `closes` its last note must be a chord tone, and of the pitch
        class `part.closing` if the part has one.
        """
        self._bars = bars
        self._part = part
        self._metre = metre
        self._line = line
        self._closes = closes
        self._rules: list[str] = []
        self._names: dict[tuple[str, State], str | None] = {}
        self._positions: dict[tuple[int, int], Position] = {}
        self._candidate_cache: dict[tuple[object, ...], list[tuple[int, NoteState]]] = {}

    def grammar(self, before: Iterable[int]) -> tuple[str, dict[str, str]]:
        """Return the Lark rules, and the entry rule for each pitch (MIDI) that may stand `before`.

        Entry rules are keyed by that pitch as the dialect spells it. The rule `segment` is for no
        pitch before the cell, and starts near the middle of the part's range.
        """
        middle = (self._part.low + self._part.high) // 2
        around = range(middle - melody_rules.OCTAVE // 3, middle + melody_rules.OCTAVE // 3)
        starts = [name for midi in around if (name := self._note((0, 0, midi, NoteState.RESTED)))]
        head = self._position(0, 0).symbol
        entries: dict[str, str] = {}
        rules = [f"segment: {head}({' | '.join(starts)})"]
        for midi in before:
            if name := self._note((0, 0, midi, NoteState.SETTLED)):
                entries[dialect_pitch(midi)] = f"from{midi}"
                rules.append(f"from{midi}: {head}{name}")
        return "\n".join([*rules, *self._rules]) + "\n", entries

    def _position(self, bar: int, place: int) -> Position:
        if (bar, place) not in self._positions:
            span, part, metre = span_at(self._bars[bar], place), self._part, self._metre
            self._positions[bar, place] = Position(
                frozenset(chord_pitch_classes(span.chord)),
                melody_pitch_classes(span.chord),
                place in metre.strong,
                tuple(note_lengths(place, span, melody_rules.DENSITY_LENGTHS[part.density], metre)),
                triplet_length(place, span, part, metre),
                chord_symbol_literal(self._bars[bar], place),
            )
        return self._positions[bar, place]

    def _note(self, state: State) -> str | None:
        """Return the rule that chooses the next note or rest; None where nothing can follow."""
        return self._rule("n", state, self._note_options)

    def _length(self, state: State) -> str | None:
        """Return the rule that chooses the length of the note just written; None as above."""
        return self._rule("l", state, self._length_options)

    def _rule(
        self, kind: str, state: State, options: Callable[[State], Iterator[str]]
    ) -> str | None:
        """Return the name of a state's rule, made once; None where there are no options."""
        key = (kind, state)
        if key not in self._names:
            bar, place, midi, last = state
            name = f"{kind}{bar}_{place}_{midi}_{last.value}"
            found = list(options(state))
            self._names[key] = name if found else None
            if found:
                self._rules.append(f"{name}: {' | '.join(found)}")
        return self._names[key]

    def _note_options(self, state: State) -> Iterator[str]:
        bar, place, before, last = state
        for midi, now in self._candidates(state):
            if name := self._length((bar, place, midi, now)):
                yield f'"{dialect_pitch(midi)}" {name}'
        position = self._position(bar, place)
        if position.triplet:
            threes = self._triplet(state, position.triplet, notation.TRIPLET_NOTES)
            yield from (f'"(3" {three}' for three in threes)
        if position.strong or last in melody_rules.UNFINISHED_STATES:
            return
        for length in position.lengths:
            if length in melody_rules.REST_LENGTHS:
                after = self._after((bar, place + length, before, NoteState.RESTED))
                if after is not None:
                    yield f'"z" "{length}" {after}'

    def _triplet(self, state: State, written: int, notes: int) -> Iterator[str]:
        """Yield the last `notes` notes of a triplet, and what follows it."""
        bar, place, _, _ = state
        rest = partial(self._triplet, written=written, notes=notes - 1)
        for midi, now in self._candidates(state, off_beat=notes < notation.TRIPLET_NOTES):
            if notes == 1 and self._ends(bar, place + written * notation.TRIPLET_TIME):
                continue
            if notes > 1:
                name = self._rule(f"t{notes - 1}x{written}n", (bar, place, midi, now), rest)
            else:
                name = self._after((bar, place + written * notation.TRIPLET_TIME, midi, now))
            if name:
                yield f'"{dialect_pitch(midi)}" {length_literal(written)}{name}'

    def _candidates(self, state: State, off_beat: bool = False) -> list[tuple[int, NoteState]]:
        """Return the pitches (MIDI) that may come next, each with its state."""
        bar, place, before, last = state
        position = self._position(bar, place)
        strong = position.strong and not off_beat
        key = (position.tones, position.scale, strong, before, last.value)
        if key not in self._candidate_cache:
            self._candidate_cache[key] = list(self._following(position, strong, before, last))
        return self._candidate_cache[key]

    def _following(
        self, position: Position, strong: bool, before: int, last: NoteState
    ) -> Iterator[tuple[int, NoteState]]:
        """Yield chord tones, and on weak places notes of the scale a step away."""
        for midi in range(self._part.low, self._part.high + 1):
            leap = midi - before
            is_tone = midi % 12 in position.tones
            is_step = 0 < abs(leap) <= melody_rules.STEP
            may_pass = midi % 12 in position.scale and not strong and is_step
            if (is_tone or may_pass) and _may_follow(last, leap):
                yield midi, _next_state(last, leap) if is_tone else NoteState.PASSING

    def _length_options(self, state: State) -> Iterator[str]:
        bar, place, midi, last = state
        for length in self._position(bar, place).lengths:
            if self._ends(bar, place + length) and not self._may_close(midi, length):
                continue
            after = self._after((bar, place + length, midi, last))
            if after is not None:
                yield f"{length_literal(length)}{after}"
            if place + length == self._metre.units and length <= notation.LONGEST_TIED:
                yield from self._tied(bar, midi, last, length)

    def _tied(self, bar: int, midi: int, last: NoteState, length: int) -> Iterator[str]:
        """Yield a note at a bar's end tied over the bar line, if the next chord has it."""
        if self._part.ties and bar + 1 < len(self._bars):
            here = self._position(bar + 1, 0)
            state = NoteState.SETTLED if last is NoteState.PASSING else last
            name = self._length((bar + 1, 0, midi, state))
            if name and midi % 12 in here.tones:
                pitch = dialect_pitch(midi)
                yield f'{length_literal(length)}"-|" {here.symbol}"{pitch}" {name}'

    def _after(self, state: State) -> str | None:
        """Return what follows at a place: a chord symbol, a bar line, the next note."""
        bar, place, midi, last = state
        if place < self._metre.units:
            name = self._note(state)
            return name and f"{self._position(bar, place).symbol}{name}"
        if bar + 1 < len(self._bars):
            name = self._note((bar + 1, 0, midi, last))
            return name and f'"|" {self._position(bar + 1, 0).symbol}{name}'
        unsettled = melody_rules.UNFINISHED_STATES if self._closes else (NoteState.PASSING,)
        return None if last in unsettled else f'"{self._line}"'

    def _may_close(self, midi: int, length: int) -> bool:
        """Whether a note may end the part: long enough, and of the pitch class `closing` if any."""
        closing = self._part.closing
        return length >= melody_rules.LAST_NOTE_UNITS and closing in (None, midi % 12)

    def _ends(self, bar: int, place: int) -> bool:
        """Whether a place of a bar is the end of the part."""
        at_end = place == self._metre.units and bar + 1 == len(self._bars)
        return self._closes and at_end


def _may_follow(last: NoteState, leap: int) -> bool:
    """Whether a note may follow at `leap` semitones, whatever the harmony."""
    wide = abs(leap)
    if last is NoteState.PASSING:
        return 0 < wide <= melody_rules.STEP
    if last in (NoteState.LEAPT_UP, NoteState.LEAPT_DOWN):
        return 0 < wide <= melody_rules.FOURTH and (leap < 0) == (last is NoteState.LEAPT_UP)
    if not leap:
        return last is not NoteState.REPEATED
    if last is NoteState.ANSWERED:
        return wide <= melody_rules.FOURTH
    return wide <= melody_rules.WIDEST_LEAP or wide == melody_rules.OCTAVE


def _next_state(last: NoteState, leap: int) -> NoteState:
    """Return the state of a chord tone after a leap; after a rest the line begins anew."""
    if last is NoteState.RESTED:
        return NoteState.SETTLED
    if last in (NoteState.LEAPT_UP, NoteState.LEAPT_DOWN):
        return NoteState.ANSWERED
    if abs(leap) > melody_rules.FOURTH:
        return NoteState.LEAPT_UP if leap > 0 else NoteState.LEAPT_DOWN
    return NoteState.SETTLED if leap else NoteState.REPEATED
