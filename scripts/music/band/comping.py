"""The chord player: a groove's strokes on voicings that move little from chord to chord."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from scripts.music.band.chart import Bar, Chart, Passage, Pitches, PlayedNotes, player_rng
from scripts.music.band.voicing import enrich_chord, voice_chord
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging


class Stroke(NamedTuple):
    """A stroke of a groove's row: place in the bar and length (units), and its sign."""

    place: int
    length: int
    sign: str


def strokes(row: str, start: int, units: int) -> list[Stroke]:
    """Return the strokes of a row within a chord's span.

    A note that the row holds over from before the span is struck anew at its start, on the new
    chord.
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


def rows_for_energy(
    passage: Passage, rows: Sequence[str], light: Sequence[str], full: Sequence[str]
) -> Sequence[str]:
    """Return a player's rows for a passage: the light ones in quiet parts, the full in loud."""
    if passage.energy <= 2 and light:
        return light
    return full if passage.energy == 4 and full else rows


def play_chords(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play the chords of a passage."""
    if not passage.plays("chords"):
        return [], last_pitches
    groove = chart.groove
    rows = rows_for_energy(passage, groove.chords, groove.chords_light, groove.chords_full)
    if passage.energy == 1 and not _has_arpeggio(rows):
        rows = ("x" + "-" * (chart.metre.units - 1),)
    rng = player_rng(chart, passage, "chords")
    notes: list[MidiNote] = []
    offset = passage.section.variation
    for bar in passage.bars:
        free = "chords" in groove.free
        row = rng.choice(rows) if free else rows[(bar.number + offset) % len(rows)]
        row = with_drop_hit(row, "x", passage, bar)
        played, last_pitches = _bar(chart, passage, bar, row, melody, last_pitches)
        notes += played
    return notes, last_pitches


def with_drop_hit(row: str, sign: str, passage: Passage, bar: Bar) -> str:
    """Return a row with a stroke at the start of a drop, if it has none there."""
    drops = passage.section.role in arranging.DROP_ROLES and bar.number == 0
    return sign + row[1:] if drops and row[0] == "." else row


def _has_arpeggio(rows: Sequence[str]) -> bool:
    """Whether rows break chords up; only arpeggios are quiet enough for the quietest parts."""
    return any(character.isdigit() for row in rows for character in row)


def _bar(
    chart: Chart,
    passage: Passage,
    bar: Bar,
    row: str,
    melody: Sequence[MidiNote],
    last_pitches: Pitches,
) -> PlayedNotes:
    program = chart.plan.band.chords
    kind = chart.groove.voicing or arranging.PROGRAM_VOICINGS.get(program, "close")
    low, high = arranging.PROGRAM_RANGES.get(program, arranging.ANY_RANGE)
    ceiling = min(high, ceiling_under_melody(melody, bar.start, bar.start + chart.metre.units))
    velocity = passage.velocity("chords")
    notes: list[MidiNote] = []
    for span in bar.spans:
        sustained = sustained_pitch_classes(melody, bar.start + span.start, span.units)
        chord = enrich_chord(span.chord, chart.groove.colour, passage.scale, sustained)
        last_pitches = voice_chord(chord, kind, last_pitches, ceiling, low)
        for stroke in strokes(row, span.start, span.units):
            accent = 1.05 if stroke.place in chart.metre.strong else 0.96
            notes += stroke_notes(
                last_pitches, stroke, bar.start, velocity * accent, program, ceiling
            )
    return notes, last_pitches


def sustained_pitch_classes(
    melody: Sequence[MidiNote], start: float, units: float
) -> frozenset[int]:
    """Return the pitch classes of the long notes that a melody strikes in `units` from `start`."""
    return frozenset(
        note.pitch % 12
        for note in melody
        if start <= note.start < start + units and note.length >= arranging.SUSTAINED_UNITS
    )


def ceiling_under_melody(melody: Sequence[MidiNote], start: float, end: float) -> int:
    """Return the highest pitch for chords under the melody between two places (units)."""
    lowest = min(
        (n.pitch for n in melody if start <= n.start < end), default=arranging.CHORD_CEILING + 1
    )
    return max(arranging.LOWEST_CHORD_CEILING, lowest - 1)


def stroke_notes(
    voicing: Sequence[int],
    stroke: Stroke,
    start: int,
    velocity: float,
    program: int,
    ceiling: int = 127,
) -> list[MidiNote]:
    """Return the notes of one stroke: a chord struck, strummed or rolled, or a note of it.

    `start` is the bar's, in units.
    """
    place, sign = start + stroke.place, stroke.sign
    length = stroke.length - arranging.ARTICULATION_GAP
    if sign.isdigit():
        return [MidiNote(place, length, arpeggio_pitch(voicing, sign, ceiling), round(velocity))]
    if sign == "m":
        length = arranging.MUTED_UNITS
    loudness = round(velocity * arranging.CHORD_VELOCITY[sign])
    strummed = program in arranging.STRUMMED_PROGRAMS
    delay = arranging.STRUM_UNITS if strummed else 0.0  # from note to note
    if program in arranging.ROLLED_PROGRAMS:
        delay = 2 * arranging.STRUM_UNITS
    # The hand goes down on the beat and up between: an upstroke meets the high strings only.
    upwards = strummed and stroke.place % 4 == 2
    order = list(reversed(voicing))[:3] if upwards else list(voicing)
    return [
        MidiNote(place + number * delay, max(0.2, length - number * delay), pitch, loudness)
        for number, pitch in enumerate(order)
    ]


def arpeggio_pitch(voicing: Sequence[int], sign: str, ceiling: int = 127) -> int:
    """Return one note (MIDI) of a broken chord by its sign; above the ceiling it goes no octave up.

    8 and 9 are the lowest voices an octave up.
    """
    index = arranging.ARPEGGIO_VOICES.get(sign, len(voicing) + int(sign) - 8)
    octave, voice_number = divmod(index, len(voicing))
    pitch = voicing[voice_number] + 12 * octave
    return pitch if pitch <= ceiling else voicing[voice_number]
