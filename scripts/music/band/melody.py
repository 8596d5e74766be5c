"""The melody: read from the lead sheet, varied when it returns, with pick-ups into parts."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from scripts.music.band.chart import Chart, Passage, player_rng
from scripts.music.band.development import develop, scale_steps
from scripts.tables.notation import Units
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging, structure


def octave_shift(chart: Chart, shift: int, program: int) -> int:
    """Return the octaves, in semitones, that move the melody to where it suits the instrument.

    `shift` is the transposition in semitones. It may put the melody below the chords or far too
    high; and notes beyond the instrument's range have to be folded back, which bends the line.
    """
    low, high = arranging.PROGRAM_RANGES.get(program, arranging.ANY_RANGE)
    wanted = arranging.MELODY_CENTRE + 12 * chart.plan.band.melody_octave
    wanted = min(max(wanted, low + 8), high - 6)
    count = sum(chart.pitches.values())
    middle = sum(pitch * times for pitch, times in chart.pitches.items()) / count + shift

    def cost(octaves: int) -> float:
        folded = sum(
            times
            for pitch, times in chart.pitches.items()
            if not low <= pitch + shift + octaves <= high
        )
        return abs(middle + octaves - wanted) + arranging.FOLD_COST_SEMITONES * folded / count

    return min(range(-36, 37, 12), key=cost)


def has_soloist(chart: Chart, passage: Passage) -> bool:
    """Whether the soloist has the melody: in solos, and sometimes from a part's third time on."""
    if chart.plan.band.solo is None or not passage.has_melody:
        return False
    if passage.section.role == "solo":
        return True
    returning = passage.section.variation >= 2 and passage.energy in (2, 3)
    rng = player_rng(chart, passage, "guest")
    return returning and rng.random() < arranging.SOLOIST_TAKES_OVER_ODDS


def play_melody(chart: Chart, passage: Passage) -> tuple[list[MidiNote], list[MidiNote]]:
    """Return (the line of a passage, notes that are added to it)."""
    band = chart.plan.band
    program = band.solo if band.solo is not None and has_soloist(chart, passage) else band.melody
    reach = arranging.PROGRAM_RANGES.get(program, arranging.ANY_RANGE)
    rng = player_rng(chart, passage, "melody")
    line: list[MidiNote] = []
    extra: list[MidiNote] = []
    if passage.has_melody:
        line, extra = develop(notated_melody(chart, passage, program), chart, passage, rng)
    line += _pickup(chart, passage, line, program, rng)
    folded, folded_extra = ([fold_into_range(n, reach) for n in notes] for notes in (line, extra))
    return folded, folded_extra


def notated_melody(chart: Chart, passage: Passage, program: int) -> list[MidiNote]:
    """Return a passage's melody as in the lead sheet, in the key and octave in which it sounds."""
    shift = passage.transposition + octave_shift(chart, passage.transposition, program)
    base_velocity = passage.velocity("melody")
    notes: list[MidiNote] = []
    tied_at: Units = -1  # where the last note, if it is tied, goes on
    for bar in passage.bars:
        place: Units = bar.start
        for note in bar.melody:
            if note.pitch is not None:
                pitch = note.pitch + shift
                if place == tied_at and notes and notes[-1].pitch == pitch:
                    longer = notes[-1].length + float(note.units)
                    notes[-1] = replace(notes[-1], length=longer)
                else:
                    accent = 1.08 if place - bar.start in chart.metre.strong else 1.0
                    length = float(note.units) - arranging.ARTICULATION_GAP
                    velocity = round(base_velocity * accent)
                    straight = isinstance(note.units, Fraction)  # triplets do not swing
                    notes.append(MidiNote(float(place), length, pitch, velocity, straight))
                tied_at = place + note.units if note.tied else -1
            place += note.units
    return notes


def fold_into_range(note: MidiNote, reach: tuple[int, int]) -> MidiNote:
    """Move a note by octaves into an instrument's range (lowest, highest)."""
    low, high = reach
    pitch = note.pitch
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return note if pitch == note.pitch else replace(note, pitch=pitch)


def _pickup(
    chart: Chart, passage: Passage, line: Sequence[MidiNote], program: int, rng: random.Random
) -> list[MidiNote]:
    """Return the notes that lead from a passage's last beat into the next one's first note."""
    after = passage.after
    if after is None or not structure.ROLES[after.role].melody or passage.gap or after.energy < 2:
        return []
    beat = chart.metre.beats[-1]
    free_from = line[-1].start + line[-1].length if line else passage.start
    target = _first_pitch(chart, passage, program)
    if target is None or free_from > passage.end - beat or rng.random() > arranging.PICKUP_ODDS:
        return []
    steps = scale_steps(passage.scale)
    at = bisect_right(steps, target - 1)
    rising = rng.random() < 0.7
    around = steps[at - 2 : at] if rising else steps[at + 1 : at + 3][::-1]
    full = arranging.PLAYER_VELOCITY["melody"] * arranging.VELOCITY_BY_ENERGY[after.energy]
    each = beat // 2
    start, length = passage.end - beat, each - arranging.ARTICULATION_GAP
    return [
        MidiNote(start + number * each, length, pitch, round(full * 0.85))
        for number, pitch in enumerate(around)
    ]


def _first_pitch(chart: Chart, passage: Passage, program: int) -> int | None:
    """Return the first pitch (MIDI) of the next passage's melody; None if it starts with a rest."""
    after = passage.after
    assert after is not None
    bars = chart.sheet.melody[after.part]
    first = bars[after.first_bar % len(bars)][0]
    shift = passage.transposition - passage.section.lift + after.lift
    if first.pitch is None:
        return None
    return first.pitch + shift + octave_shift(chart, shift, program)
