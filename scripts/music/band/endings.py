"""Endings that end: a cadence that slows down, a fade, a cold stop, a chord that rings out."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.music.band.bass import bass_range
from scripts.music.band.chart import Chart, Passage, Pitches, tonic_chord
from scripts.music.band.kit import drum_key
from scripts.music.band.voicing import voice_chord
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging


def ritardando_units(chart: Chart, passage: Passage) -> int:
    """Return by how many units a passage grows because the band slows down in it."""
    if passage.after is not None or chart.plan.ending != "cadence":
        return 0
    return round(_ritardando_window_units(chart, passage) * arranging.RITARDANDO_SHARE)


def _ritardando_window_units(chart: Chart, passage: Passage) -> int:
    return min(arranging.RITARDANDO_BARS * chart.metre.units, passage.units)


def apply_ending(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> Sequence[MidiNote]:
    """Return the last passage's notes as its ending has them: slower, softer or as they are."""
    if passage.after is not None:
        return notes
    if chart.plan.ending == "cadence":
        return _ritardando(notes, chart, passage)
    if chart.plan.ending == "fade":
        return _fade_out(notes, chart, passage)
    return notes


def _ritardando(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> list[MidiNote]:
    """Write a ritardando out: later and later, as the square of the way through it.

    The file's tempo stays, so that times remain exact for whoever counts in it.
    """
    window = _ritardando_window_units(chart, passage)
    extra = ritardando_units(chart, passage)
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


def _fade_out(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> list[MidiNote]:
    """Let the band grow softer through the last bars, and its drums and bass drop out."""
    window = min(arranging.FADE_BARS * chart.metre.units, passage.units)
    begin = passage.end - window
    return [
        MidiNote(
            note.start,
            note.length,
            note.pitch,
            max(
                1,
                round(
                    note.velocity
                    * (1 - (1 - arranging.FADED_VELOCITY) * max(0.0, note.start - begin) / window)
                ),
            ),
        )
        for note in notes
    ]


def final_notes(chart: Chart, player: str, start: int, last_pitches: Pitches) -> list[MidiNote]:
    """Return what a player ends the song with: the tonic, a last stroke, or nothing."""
    ending = chart.plan.ending
    if player == "drums" and (ending == "fade" or not chart.groove.drums):
        return []
    units = float(chart.metre.units)
    length = arranging.COLD_STOP_UNITS if ending == "cold" else units - arranging.ARTICULATION_GAP
    velocity = round(arranging.ENDING_VELOCITY[player] * arranging.ENDING_LOUDNESS[ending])
    return [
        MidiNote(float(start), length, pitch, velocity)
        for pitch in _last_pitches(chart, player, last_pitches)
    ]


def _last_pitches(chart: Chart, player: str, last_pitches: Pitches) -> Sequence[int]:
    band, tonic = chart.plan.band, tonic_chord(chart.plan)
    if player == "drums":
        names = ("kick", "snare") if chart.plan.ending == "cold" else ("kick", "crash")
        here = {*chart.groove.drums, *chart.groove.fill, "crash"}
        found = [name for name in names if name in here]
        return [drum_key(name, band.kit, chart.plan.tonic) for name in found]
    if player == "bass":
        low, _ = bass_range(band.bass)
        return (low + (tonic.root - low) % 12,)
    if player in ("chords", "pad"):
        program = band.chords if player == "chords" else band.pad
        low, high = arranging.PROGRAM_RANGES.get(program or 0, arranging.ANY_RANGE)
        kind = chart.groove.voicing or arranging.PROGRAM_VOICINGS.get(program or 0, "close")
        return voice_chord(
            tonic, kind if player == "chords" else arranging.PAD_VOICING, last_pitches, high, low
        )
    return (_nearest_tonic(chart, player, tonic.root, last_pitches),)


def _nearest_tonic(chart: Chart, player: str, root: int, last_pitches: Pitches) -> int:
    """Return the tonic nearest to where a line was, within its instrument's reach."""
    program = chart.plan.band.counter if player == "counter" else chart.plan.band.melody
    low, high = arranging.PROGRAM_RANGES.get(program or 0, arranging.ANY_RANGE)
    before = last_pitches[-1] if last_pitches else (low + high) // 2
    return min((p for p in range(low, high + 1) if p % 12 == root), key=lambda p: abs(p - before))
