"""The song unrolled: its form as passages of bars, in the key in which they sound.

Everything behind this room is in concert pitch; only here the written key is known.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from scripts.music.grooves import Groove
from scripts.music.harmony import chord_from_roman, transposition
from scripts.tables.notation import Chord, ChordBar, ChordSpan, MelodyBar, Metre
from scripts.tables.plans import LeadSheet, Section, SongPlan
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging, drumming, notation, structure

Pitches = tuple[int, ...]  # where a player left off: what voice leading starts from
# What a player plays in a passage, and where it left off.
PlayedNotes = tuple[list[MidiNote], Pitches]


@dataclass(frozen=True)
class Chart:
    """What every player has on the stand."""

    plan: SongPlan
    groove: Groove
    sheet: LeadSheet
    metre: Metre
    scale: frozenset[int]  # pitch classes of the key, concert pitch, without a section's lift
    pitches: Mapping[int, int]  # how often the melody has each pitch (MIDI), in the written key


@dataclass(frozen=True)
class Bar:
    """One bar as it will sound: `start` in units from the song's start, `tune` as it is written.

    `following` is the chord of the next bar, be it of another passage or the ending.
    """

    number: int
    start: int
    spans: ChordBar
    following: Chord
    melody: MelodyBar


@dataclass(frozen=True)
class Passage:
    """A section as the band meets it: its bars, and what comes before and after.

    `gap` is how many units at its end everybody is silent, so that what follows drops. `still`
    music has no backbeat: its pad is what carries it, and does not wait for the loud parts.
    """

    index: int
    section: Section
    before: Section | None
    after: Section | None
    bars: tuple[Bar, ...]
    transposition: int
    scale: frozenset[int]
    units: int
    gap: int = 0
    has_no_beat: bool = False

    @property
    def start(self) -> int:
        return self.bars[0].start

    @property
    def end(self) -> int:
        return self.start + self.units

    @property
    def energy(self) -> int:
        return self.section.energy

    @property
    def has_melody(self) -> bool:
        """Whether the melody plays."""
        return structure.ROLES[self.section.role].melody

    def velocity(self, player: str) -> float:
        """Return the velocity at which a player plays here."""
        alone = (
            arranging.ALONE_VELOCITY_FACTOR
            if not self.has_melody and player in ("chords", "counter")
            else 1.0
        )
        return arranging.PLAYER_VELOCITY[player] * arranging.VELOCITY_BY_ENERGY[self.energy] * alone

    def plays(self, player: str) -> bool:
        """Whether a player has something to say here, by energy and by how often it was heard."""
        if not self.has_melody:
            return player in arranging.TEXTURES_ALONE[self.energy]
        here = player in arranging.TEXTURES[self.energy] or (self.has_no_beat and player == "pad")
        return here or (
            self.section.variation > 0 and player in arranging.TEXTURES_RETURNING[self.energy]
        )


def make_chart(sheet: LeadSheet, plan: SongPlan, groove: Groove) -> Chart:
    """Put the lead sheet, the plan and the groove on the stand."""
    mode = notation.MODES[plan.mode]
    scale = frozenset((step + plan.tonic) % 12 for step in mode.steps)
    sung = [n.pitch for bars in sheet.melody.values() for bar in bars for n in bar if n.pitch]
    pitches = Counter(sung or [arranging.MELODY_CENTRE])
    return Chart(plan, groove, sheet, notation.METRES[plan.metre], scale, pitches)


def player_rng(chart: Chart, passage: Passage, player: str) -> random.Random:
    """Return a player's own dice for a passage: the seed's, whoever else has thrown any."""
    return random.Random(f"{chart.plan.seed} {passage.index} {player}")


def passages(chart: Chart) -> Iterator[Passage]:
    """Yield the song's passages in order, one at a time."""
    form = chart.plan.form
    still = not drumming.BACKBEAT_DRUMS & set(chart.groove.drums)
    start = 0
    for index, section in enumerate(form):
        before = form[index - 1] if index else None
        after = form[index + 1] if index + 1 < len(form) else None
        bars = _bars(chart, section, after, start)
        units = section.bars * chart.metre.units
        scale = frozenset((note + section.lift) % 12 for note in chart.scale)
        shift = transposition(chart.plan.tonic, notation.MODES[chart.plan.mode]) + section.lift
        gap = _gap(section, after, chart.metre)
        yield Passage(index, section, before, after, bars, shift, scale, units, gap, still)
        start += units


def _gap(section: Section, after: Section | None, metre: Metre) -> int:
    """Return the units of silence before a drop: the last beat of what builds up to it."""
    drops = after is not None and after.role in arranging.DROP_ROLES
    return (
        metre.beats[-1]
        if drops and section.role in arranging.BUILD_ROLES and section.bars > 1
        else 0
    )


def _bars(chart: Chart, section: Section, after: Section | None, start: int) -> tuple[Bar, ...]:
    spans = [_spans(chart, section, number) for number in range(section.bars)]
    if after is None:
        spans[-1] = _cadence(chart, section, spans[-1])
    ahead = [bar[0].chord for bar in spans[1:]]
    ahead.append(_spans(chart, after, 0)[0].chord if after else tonic_chord(chart.plan))
    melody = chart.sheet.melody[section.part]
    return tuple(
        Bar(
            number,
            start + number * chart.metre.units,
            spans[number],
            ahead[number],
            melody[(section.first_bar + number) % len(melody)],
        )
        for number in range(section.bars)
    )


def _spans(chart: Chart, section: Section, number: int) -> ChordBar:
    """Return the chords of a section's bar, in concert pitch."""
    bars = chart.sheet.chords[section.part]
    shift = transposition(chart.plan.tonic, notation.MODES[chart.plan.mode]) + section.lift
    written = bars[(section.first_bar + number) % len(bars)]
    return tuple(replace(span, chord=transpose_chord(span.chord, shift)) for span in written)


def _cadence(chart: Chart, section: Section, spans: ChordBar) -> ChordBar:
    """Return a last bar that leads home, where the plan wants a cadence and nobody sings."""
    if chart.plan.ending != "cadence" or structure.ROLES[section.role].melody:
        return spans
    mode = notation.MODES[chart.plan.mode]
    shift = transposition(chart.plan.tonic, mode) + section.lift
    chord = transpose_chord(chord_from_roman(arranging.CADENCE_NUMERALS[mode.name], mode), shift)
    return (ChordSpan(0, chart.metre.units, chord),)


def transpose_chord(chord: Chord, semitones: int) -> Chord:
    """Return the chord that many semitones higher."""
    return Chord((chord.root + semitones) % 12, chord.quality)


def tonic_chord(plan: SongPlan) -> Chord:
    """Return the chord on which the song ends, in concert pitch."""
    lift = plan.form[-1].lift if plan.form else 0
    return Chord((plan.tonic + lift) % 12, "" if 4 in notation.MODES[plan.mode].steps else "m")


def beat_positions(metre: Metre) -> tuple[int, ...]:
    """Return the places (units from the bar line) where beats start."""
    places = [0]
    for beat in metre.beats[:-1]:
        places.append(places[-1] + beat)
    return tuple(places)


def spans_with_following(bar: Bar) -> Iterator[tuple[ChordSpan, Chord]]:
    """Yield each chord of a bar and the chord after it."""
    for span, after in pairwise(bar.spans):
        yield span, after.chord
    yield bar.spans[-1], bar.following
