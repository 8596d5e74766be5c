"""Endings that end: a cadence that slows down, a fade, a cold stop, a chord that rings out."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.music.band.bass import bass_room
from scripts.music.band.kit import drum_key
from scripts.music.band.layout import Chart, Passage, Pitches, tonic_chord
from scripts.music.band.voicing import voice
from scripts.temporary import (
    ANY_RANGE,
    GAP,
    PAD_VOICING,
    PROGRAM_RANGES,
    PROGRAM_VOICINGS,
    MidiNote,
)

_SLOWING_BARS = 2
_SLOWING = 0.25  # how much longer the slowing bars become, as a share
_FADING_BARS = 4
_FADED = 0.4  # velocity at a fade's end, as a share
_COLD_UNITS = 1.5  # how long the last stroke of a cold stop sounds
_LOUDNESS = {"ring": 1.0, "cold": 1.08, "cadence": 0.85, "fade": 0.5}
_VELOCITY = {"melody": 84, "counter": 70, "chords": 80, "pad": 66, "bass": 96, "drums": 104}


def extra_units(chart: Chart, passage: Passage) -> int:
    """Return by how many units a passage grows because the band slows down in it."""
    if passage.after is not None or chart.plan.ending != "cadence":
        return 0
    return round(_slowing_units(chart, passage) * _SLOWING)


def _slowing_units(chart: Chart, passage: Passage) -> int:
    return min(_SLOWING_BARS * chart.metre.units, passage.units)


def brought_to_end(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> Sequence[MidiNote]:
    """Return the last passage's notes as its ending has them: slower, softer or as they are."""
    if passage.after is not None:
        return notes
    if chart.plan.ending == "cadence":
        return _slowed(notes, chart, passage)
    if chart.plan.ending == "fade":
        return _faded(notes, chart, passage)
    return notes


def _slowed(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> list[MidiNote]:
    """Write a ritardando out: later and later, as the square of the way through it.

    The file's tempo stays, so that times remain exact for whoever counts in it.
    """
    window = _slowing_units(chart, passage)
    extra = extra_units(chart, passage)
    begin = passage.end - window

    def later(place: float) -> float:
        done = max(0.0, min(1.0, (place - begin) / window))
        return place + extra * done * done

    return [
        MidiNote(
            later(note.start),
            later(note.start + note.length) - later(note.start),
            note.pitch,
            note.velocity,
        )
        for note in notes
    ]


def _faded(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> list[MidiNote]:
    """Let the band grow softer through the last bars, and its drums and bass drop out."""
    window = min(_FADING_BARS * chart.metre.units, passage.units)
    begin = passage.end - window
    return [
        MidiNote(
            note.start,
            note.length,
            note.pitch,
            max(
                1,
                round(note.velocity * (1 - (1 - _FADED) * max(0.0, note.start - begin) / window)),
            ),
        )
        for note in notes
    ]


def last_notes(chart: Chart, player: str, start: int, left: Pitches) -> list[MidiNote]:
    """Return what a player ends the song with: the tonic, a last stroke, or nothing."""
    ending = chart.plan.ending
    if player == "drums" and (ending == "fade" or not chart.groove.drums):
        return []
    units = float(chart.metre.units)
    length = _COLD_UNITS if ending == "cold" else units - GAP
    velocity = round(_VELOCITY[player] * _LOUDNESS[ending])
    return [
        MidiNote(float(start), length, pitch, velocity)
        for pitch in _last_pitches(chart, player, left)
    ]


def _last_pitches(chart: Chart, player: str, left: Pitches) -> Sequence[int]:
    band, tonic = chart.plan.band, tonic_chord(chart.plan)
    if player == "drums":
        names = ("kick", "snare") if chart.plan.ending == "cold" else ("kick", "crash")
        here = {*chart.groove.drums, *chart.groove.fill, "crash"}
        found = [name for name in names if name in here]
        return [drum_key(name, band.kit, chart.plan.tonic) for name in found]
    if player == "bass":
        low, _ = bass_room(band.bass)
        return (low + (tonic.root - low) % 12,)
    if player in ("chords", "pad"):
        program = band.chords if player == "chords" else band.pad
        low, high = PROGRAM_RANGES.get(program or 0, ANY_RANGE)
        kind = chart.groove.voicing or PROGRAM_VOICINGS.get(program or 0, "close")
        return voice(tonic, kind if player == "chords" else PAD_VOICING, left, high, low)
    return (_nearest_tonic(chart, player, tonic.root, left),)


def _nearest_tonic(chart: Chart, player: str, root: int, left: Pitches) -> int:
    """Return the tonic nearest to where a line was, within its instrument's reach."""
    program = chart.plan.band.counter if player == "counter" else chart.plan.band.melody
    low, high = PROGRAM_RANGES.get(program or 0, ANY_RANGE)
    before = left[-1] if left else (low + high) // 2
    return min((p for p in range(low, high + 1) if p % 12 == root), key=lambda p: abs(p - before))
