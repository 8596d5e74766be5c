"""A guard for the ear: the grammar of a cell for models that were never taught music.

Beside the length of every bar it knows the last pitch, and so can hold what textbooks of melody
writing ask for: chord tones on strong places, no leap wider than a sixth but the octave, a leap
wider than a fourth answered by the way back and then by smaller moves, notes foreign to the chord
only in passing (reached and left by step), no note struck more than twice in a row, and an ending
that rests on a chord tone. A model that only rolls dice then still makes a singable line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from scripts.music.grammar_text import number_of, symbol_at
from scripts.music.harmony import (
    chord_pitch_classes,
    dialect_pitch,
    melody_pitch_classes,
    span_at,
)
from scripts.music.rhythm import note_lengths, triplet_length
from scripts.temporary import (
    DENSITY_LENGTHS,
    FOURTH,
    LAST_NOTE_UNITS,
    LONGEST_TIED,
    OCTAVE,
    REST_LENGTHS,
    STEP,
    TRIPLET_NOTES,
    TRIPLET_TIME,
    WIDEST_LEAP,
    ChordBar,
    LastNote,
    Metre,
    PartPlan,
)

# After these no rest and no end: something is still to come.
_NO_END = (LastNote.PASSING, LastNote.RESTED, LastNote.LEAPT_UP, LastNote.LEAPT_DOWN)

State = tuple[int, int, int, LastNote]  # bar of the cell, place, last pitch (MIDI), what it was


@dataclass(frozen=True)
class Spot:
    """What a place of a bar allows, whatever the melody did before: looked up once for each."""

    tones: frozenset[int]  # pitch classes of the chord
    scale: frozenset[int]
    strong: bool
    lengths: tuple[int, ...]
    triplet: int  # the written length of its notes; 0: none may start here
    symbol: str


class GuardedCell:
    """Builds the rules of one cell: those states that can be reached and lead to an end."""

    def __init__(
        self, bars: Sequence[ChordBar], part: PartPlan, metre: Metre, line: str, closes: bool
    ) -> None:
        """`line` ends the cell; `closes` says that its last note must be of the chord,
        and the part's closing note if it has one."""
        self._bars = bars
        self._part = part
        self._metre = metre
        self._line = line
        self._closes = closes
        self._rules: list[str] = []
        self._names: dict[tuple[str, State], str | None] = {}
        self._spots: dict[tuple[int, int], Spot] = {}
        self._followers: dict[tuple[object, ...], list[tuple[int, LastNote]]] = {}

    def grammar(self, before: Iterable[int]) -> tuple[str, dict[str, str]]:
        """Return the Lark rules, and for each pitch (MIDI) of those `before` its entry rule.

        It is for the pitch that stands before the cell, spelled as in the dialect. The rule
        `segment` has no pitch before it and starts near the middle of the part's range.
        """
        middle = (self._part.low + self._part.high) // 2
        around = range(middle - OCTAVE // 3, middle + OCTAVE // 3)
        starts = [name for midi in around if (name := self._note((0, 0, midi, LastNote.RESTED)))]
        head = self._spot(0, 0).symbol
        entries: dict[str, str] = {}
        rules = [f"segment: {head}({' | '.join(starts)})"]
        for midi in before:
            if name := self._note((0, 0, midi, LastNote.SETTLED)):
                entries[dialect_pitch(midi)] = f"from{midi}"
                rules.append(f"from{midi}: {head}{name}")
        return "\n".join([*rules, *self._rules]) + "\n", entries

    def _spot(self, bar: int, place: int) -> Spot:
        if (bar, place) not in self._spots:
            span, part, metre = span_at(self._bars[bar], place), self._part, self._metre
            self._spots[bar, place] = Spot(
                frozenset(chord_pitch_classes(span.chord)),
                melody_pitch_classes(span.chord),
                place in metre.strong,
                tuple(note_lengths(place, span, DENSITY_LENGTHS[part.density], metre)),
                triplet_length(place, span, part, metre),
                symbol_at(self._bars[bar], place),
            )
        return self._spots[bar, place]

    def _note(self, state: State) -> str | None:
        """Return the rule that chooses the next note or rest; None where nothing can follow."""
        return self._rule("n", state, self._note_options)

    def _length(self, state: State) -> str | None:
        """Return the rule that chooses how long the note just named is."""
        return self._rule("l", state, self._length_options)

    def _rule(
        self, kind: str, state: State, options: Callable[[State], Iterator[str]]
    ) -> str | None:
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
        spot = self._spot(bar, place)
        if spot.triplet:
            threes = self._triplet(state, spot.triplet, TRIPLET_NOTES)
            yield from (f'"(3" {three}' for three in threes)
        if spot.strong or last in _NO_END:
            return
        for length in spot.lengths:
            if length in REST_LENGTHS:
                after = self._after((bar, place + length, before, LastNote.RESTED))
                if after is not None:
                    yield f'"z" "{length}" {after}'

    def _triplet(self, state: State, written: int, notes: int) -> Iterator[str]:
        """Yield how the `notes` that are left of a triplet may be written, and what follows."""
        bar, place, _, _ = state
        rest = partial(self._triplet, written=written, notes=notes - 1)
        for midi, now in self._candidates(state, off_beat=notes < TRIPLET_NOTES):
            if notes == 1 and self._ends(bar, place + written * TRIPLET_TIME):
                continue
            if notes > 1:
                name = self._rule(f"t{notes - 1}x{written}n", (bar, place, midi, now), rest)
            else:
                name = self._after((bar, place + written * TRIPLET_TIME, midi, now))
            if name:
                yield f'"{dialect_pitch(midi)}" {number_of(written)}{name}'

    def _candidates(self, state: State, off_beat: bool = False) -> list[tuple[int, LastNote]]:
        """Return the pitches that may come next, and what they will be."""
        bar, place, before, last = state
        spot = self._spot(bar, place)
        strong = spot.strong and not off_beat
        key = (spot.tones, spot.scale, strong, before, last.value)
        if key not in self._followers:
            self._followers[key] = list(self._following(spot, strong, before, last))
        return self._followers[key]

    def _following(
        self, spot: Spot, strong: bool, before: int, last: LastNote
    ) -> Iterator[tuple[int, LastNote]]:
        for midi in range(self._part.low, self._part.high + 1):
            leap = midi - before
            is_tone = midi % 12 in spot.tones
            foreign = midi % 12 in spot.scale and not strong and 0 < abs(leap) <= STEP
            if (is_tone or foreign) and _may_follow(last, leap):
                yield midi, _becomes(last, leap) if is_tone else LastNote.PASSING

    def _length_options(self, state: State) -> Iterator[str]:
        bar, place, midi, last = state
        for length in self._spot(bar, place).lengths:
            if self._ends(bar, place + length) and not self._may_close(midi, length):
                continue
            after = self._after((bar, place + length, midi, last))
            if after is not None:
                yield f"{number_of(length)}{after}"
            if place + length == self._metre.units and length <= LONGEST_TIED:
                yield from self._tied(bar, midi, last, length)

    def _tied(self, bar: int, midi: int, last: LastNote, length: int) -> Iterator[str]:
        """Yield how a note of a bar's end goes on over the bar line, if the chord there has it."""
        if self._part.ties and bar + 1 < len(self._bars):
            here = self._spot(bar + 1, 0)
            now = LastNote.SETTLED if last is LastNote.PASSING else last
            name = self._length((bar + 1, 0, midi, now))
            if name and midi % 12 in here.tones:
                pitch = dialect_pitch(midi)
                yield f'{number_of(length)}"-|" {here.symbol}"{pitch}" {name}'

    def _after(self, state: State) -> str | None:
        """Return what follows at a place: a chord symbol, a bar line, the next note."""
        bar, place, midi, last = state
        if place < self._metre.units:
            name = self._note(state)
            return name and f"{self._spot(bar, place).symbol}{name}"
        if bar + 1 < len(self._bars):
            name = self._note((bar + 1, 0, midi, last))
            return name and f'"|" {self._spot(bar + 1, 0).symbol}{name}'
        unsettled = _NO_END if self._closes else (LastNote.PASSING,)
        return None if last in unsettled else f'"{self._line}"'

    def _may_close(self, midi: int, length: int) -> bool:
        """Whether a note may be the last of the part: it rests, on the closing note if any."""
        closing = self._part.closing
        return length >= LAST_NOTE_UNITS and closing in (None, midi % 12)

    def _ends(self, bar: int, place: int) -> bool:
        """Whether a place of a bar is the end of the part."""
        at_end = place == self._metre.units and bar + 1 == len(self._bars)
        return self._closes and at_end


def _may_follow(last: LastNote, leap: int) -> bool:
    """Whether a note may follow at so many semitones, whatever the harmony."""
    wide = abs(leap)
    if last is LastNote.PASSING:
        return 0 < wide <= STEP
    if last in (LastNote.LEAPT_UP, LastNote.LEAPT_DOWN):
        return 0 < wide <= FOURTH and (leap < 0) == (last is LastNote.LEAPT_UP)
    if not leap:
        return last is not LastNote.REPEATED
    if last is LastNote.ANSWERED:
        return wide <= FOURTH
    return wide <= WIDEST_LEAP or wide == OCTAVE


def _becomes(last: LastNote, leap: int) -> LastNote:
    """Return what a note of the chord is after such a leap; after a rest the line begins anew."""
    if last is LastNote.RESTED:
        return LastNote.SETTLED
    if last in (LastNote.LEAPT_UP, LastNote.LEAPT_DOWN):
        return LastNote.ANSWERED
    if abs(leap) > FOURTH:
        return LastNote.LEAPT_UP if leap > 0 else LastNote.LEAPT_DOWN
    return LastNote.SETTLED if leap else LastNote.REPEATED
