"""The chord player: a groove's strokes on voicings that walk from chord to chord."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scripts.music.band.layout import Bar, Chart, Passage, Pitches, Played, chance
from scripts.music.band.voicing import coloured, voice
from scripts.temporary import (
    ANY_RANGE,
    ARPEGGIO_VOICES,
    CHORD_CEILING,
    CHORD_VELOCITY,
    DROP_ROLES,
    GAP,
    PROGRAM_RANGES,
    PROGRAM_VOICINGS,
    ROLLED,
    STRUM_UNITS,
    STRUMMED,
    MidiNote,
)

_LOWEST_CEILING = 64  # a melody that dives does not squeeze the chords into the mud
_DWELLS = 1.5  # units from which a note of the melody is more than passing
_MUTED = 0.4  # units that a damped stroke sounds


class Stroke(NamedTuple):
    """What a row of a groove strikes: place in the bar and length (units), and its sign."""

    place: int
    length: int
    sign: str


def strokes(row: str, start: int, units: int) -> list[Stroke]:
    """Return what a row strikes within a chord's span.

    A note that the row holds over from before the span is struck anew at its start: the chord
    under it has changed.
    """
    found = []
    place, stop = start, start + units
    while place < stop:
        sign = row[place]
        if sign == "-" and place == start:
            sign = row[:place].rstrip("-.")[-1:] or "x"
        if sign in "-.":
            place += 1
            continue
        end = place + 1
        while end < stop and row[end] == "-":
            end += 1
        found.append(Stroke(place, end - place, sign))
        place = end
    return found


def rows_for(
    passage: Passage, rows: Sequence[str], light: Sequence[str], full: Sequence[str]
) -> Sequence[str]:
    """Return a player's rows for a passage: the light ones in quiet parts, the full in loud."""
    if passage.energy <= 2 and light:
        return light
    return full if passage.energy == 4 and full else rows


def comp(chart: Chart, passage: Passage, tune: Sequence[MidiNote], left: Pitches) -> Played:
    """Play the chords of a passage."""
    if not passage.plays("chords"):
        return [], left
    groove = chart.groove
    rows = rows_for(passage, groove.chords, groove.chords_light, groove.chords_full)
    if passage.energy == 1 and not _broken(rows):
        rows = ("x" + "-" * (chart.metre.units - 1),)
    rng = chance(chart, passage, "chords")
    notes: list[MidiNote] = []
    offset = passage.section.variation
    for bar in passage.bars:
        free = "chords" in groove.free
        row = rng.choice(rows) if free else rows[(bar.number + offset) % len(rows)]
        row = dropped(row, "x", passage, bar)
        played, left = _bar(chart, passage, bar, row, tune, left)
        notes += played
    return notes, left


def dropped(row: str, sign: str, passage: Passage, bar: Bar) -> str:
    """Return a row that strikes the one of a drop, whatever it does in other bars."""
    drops = passage.section.role in DROP_ROLES and bar.number == 0
    return sign + row[1:] if drops and row[0] == "." else row


def _broken(rows: Sequence[str]) -> bool:
    """Whether rows break chords up: arpeggios are quiet enough for the quietest parts."""
    return any(character.isdigit() for row in rows for character in row)


def _bar(
    chart: Chart, passage: Passage, bar: Bar, row: str, tune: Sequence[MidiNote], left: Pitches
) -> Played:
    program = chart.plan.band.chords
    kind = chart.groove.voicing or PROGRAM_VOICINGS.get(program, "close")
    low, high = PROGRAM_RANGES.get(program, ANY_RANGE)
    ceiling = min(high, below(tune, bar.start, bar.start + chart.metre.units))
    loudness = passage.loudness("chords")
    notes: list[MidiNote] = []
    for span in bar.spans:
        sung = heard(tune, bar.start + span.start, span.units)
        chord = coloured(span.chord, chart.groove.colour, passage.scale, sung)
        left = voice(chord, kind, left, ceiling, low)
        for stroke in strokes(row, span.start, span.units):
            accent = 1.05 if stroke.place in chart.metre.strong else 0.96
            notes += struck(left, stroke, bar.start, loudness * accent, program, ceiling)
    return notes, left


def heard(tune: Sequence[MidiNote], start: float, units: float) -> frozenset[int]:
    """Return the pitch classes that a melody dwells on in a stretch."""
    return frozenset(
        note.pitch % 12
        for note in tune
        if start <= note.start < start + units and note.length >= _DWELLS
    )


def below(tune: Sequence[MidiNote], start: float, end: float) -> int:
    """Return the highest pitch that stays under the melody between two places."""
    lowest = min((n.pitch for n in tune if start <= n.start < end), default=CHORD_CEILING + 1)
    return max(_LOWEST_CEILING, lowest - 1)


def struck(
    voicing: Sequence[int],
    stroke: Stroke,
    start: int,
    velocity: float,
    program: int,
    ceiling: int = 127,
) -> list[MidiNote]:
    """Return the notes of one stroke: a chord struck, brushed or rolled, or a note of it."""
    place, length, sign = start + stroke.place, stroke.length - GAP, stroke.sign
    if sign.isdigit():
        return [MidiNote(place, length, arpeggio(voicing, sign, ceiling), round(velocity))]
    if sign == "m":
        length = _MUTED
    loud = round(velocity * CHORD_VELOCITY[sign])
    delay = STRUM_UNITS if program in STRUMMED else 2 * STRUM_UNITS if program in ROLLED else 0.0
    # The hand goes down on the beat and up between: an upstroke meets the high strings only.
    upwards = program in STRUMMED and stroke.place % 4 == 2
    order = list(reversed(voicing))[:3] if upwards else list(voicing)
    return [
        MidiNote(place + number * delay, max(0.2, length - number * delay), pitch, loud)
        for number, pitch in enumerate(order)
    ]


def arpeggio(voicing: Sequence[int], sign: str, ceiling: int = 127) -> int:
    """Return one note of a broken chord by its sign; over the ceiling it stays in its octave.

    8 and 9 are the lowest voices an octave up.
    """
    index = ARPEGGIO_VOICES.get(sign, len(voicing) + int(sign) - 8)
    octave, voice_number = divmod(index, len(voicing))
    pitch = voicing[voice_number] + 12 * octave
    return pitch if pitch <= ceiling else voicing[voice_number]
