"""The song as the band reads it: its form as passages of bars, in concert pitch.

Only this module knows the written key of the chords; the players get what sounds.
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

Pitches = tuple[int, ...]  # a player's last, from which voice leading goes on
# What a player plays in a passage, and its last pitches.
PlayedNotes = tuple[list[MidiNote], Pitches]


@dataclass(frozen=True)
class Chart:
    """What is the same for every player and passage of a song."""

    plan: SongPlan
    groove: Groove
    sheet: LeadSheet
    metre: Metre
    scale: frozenset[int]  # pitch classes of the key, concert pitch, without a section's lift
    pitches: Mapping[int, int]  # how often the melody has each pitch (MIDI), in the written key


@dataclass(frozen=True)
class Bar:
    """One bar: `start` in units from the song's start, chords as they sound, `melody` as written.

    `number` counts the passage's bars from 0. `following` is the chord of the next bar, be it of
    another passage or the ending.
    """

    number: int
    start: int
    spans: ChordBar
    following: Chord
    melody: MelodyBar


@dataclass(frozen=True)
class Passage:
    """A section with its bars, and the sections before and after it.

    `transposition` is semitones above the written key, `scale` has pitch classes as they sound.
    `gap` is the units at the end in which everybody is silent, before a drop. In music that
    `has_no_beat` the pad plays in quiet parts, too.
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
        return structure.ROLES[self.section.role].melody

    def velocity(self, player: str) -> float:
        """Return the velocity at which a player plays here."""
        velocity = arranging.PLAYER_VELOCITY[player] * arranging.VELOCITY_BY_ENERGY[self.energy]
        alone = not self.has_melody and player in ("chords", "counter")
        return velocity * arranging.ALONE_VELOCITY_FACTOR if alone else velocity

    def plays(self, player: str) -> bool:
        """Whether a player plays here, by energy and by how often the part was heard."""
        if not self.has_melody:
            return player in arranging.TEXTURES_ALONE[self.energy]
        here = player in arranging.TEXTURES[self.energy] or (self.has_no_beat and player == "pad")
        return here or (
            self.section.variation > 0 and player in arranging.TEXTURES_RETURNING[self.energy]
        )


def make_chart(sheet: LeadSheet, plan: SongPlan, groove: Groove) -> Chart:
    """Make the chart of a song."""
    mode = notation.MODES[plan.mode]
    scale = frozenset((step + plan.tonic) % 12 for step in mode.steps)
    written = [n.pitch for bars in sheet.melody.values() for bar in bars for n in bar if n.pitch]
    pitches = Counter(written or [arranging.MELODY_CENTRE])
    return Chart(plan, groove, sheet, notation.METRES[plan.metre], scale, pitches)


def player_rng(chart: Chart, passage: Passage, player: str) -> random.Random:
    """Return a random generator of a player's own for a passage: others do not disturb it."""
    return random.Random(f"{chart.plan.seed} {passage.index} {player}")


def passages(chart: Chart) -> Iterator[Passage]:
    """Yield the song's passages in order, one at a time."""
    form = chart.plan.form
    has_no_beat = not drumming.BACKBEAT_DRUMS & set(chart.groove.drums)
    start = 0
    for index, section in enumerate(form):
        before = form[index - 1] if index else None
        after = form[index + 1] if index + 1 < len(form) else None
        bars = _bars(chart, section, after, start)
        units = section.bars * chart.metre.units
        scale = frozenset((note + section.lift) % 12 for note in chart.scale)
        shift = transposition(chart.plan.tonic, notation.MODES[chart.plan.mode]) + section.lift
        gap = _gap(section, after, chart.metre)
        yield Passage(index, section, before, after, bars, shift, scale, units, gap, has_no_beat)
        start += units


def _gap(section: Section, after: Section | None, metre: Metre) -> int:
    """Return the units of silence before a drop: the last beat of the build before it."""
    drops = after is not None and after.role in arranging.DROP_ROLES
    builds = section.role in arranging.BUILD_ROLES and section.bars > 1
    return metre.beats[-1] if drops and builds else 0


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
    """Return the last bar, with a chord that leads to the tonic if the song ends with a cadence.

    Under a melody it stays as it is.
    """
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
