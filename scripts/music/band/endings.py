"""How songs end: a cadence that slows down, a fade, a cold stop, a chord that rings out."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.music.band.bass import bass_range
from scripts.music.band.chart import Chart, Passage, Pitches, tonic_chord
from scripts.music.band.kit import drum_key
from scripts.music.band.voicing import voice_chord
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging


def ritardando_units(chart: Chart, passage: Passage) -> int:
    """Return by how many units a ritardando lengthens a passage."""
    if passage.after is not None or chart.plan.ending != "cadence":
        return 0
    return round(_ritardando_window_units(chart, passage) * arranging.RITARDANDO_SHARE)


def _ritardando_window_units(chart: Chart, passage: Passage) -> int:
    return min(arranging.RITARDANDO_BARS * chart.metre.units, passage.units)


def apply_ending(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> Sequence[MidiNote]:
    """Return a passage's notes; those of the last one slow down or fade as the ending asks."""
    if passage.after is not None:
        return notes
    if chart.plan.ending == "cadence":
        return _ritardando(notes, chart, passage)
    if chart.plan.ending == "fade":
        return _fade_out(notes, chart, passage)
    return notes


def _ritardando(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> list[MidiNote]:
    """Delay notes by the square of their progress through the slowing bars.

    The tempo of the MIDI file stays the same, so that places in units remain exact times.
    """
    window = _ritardando_window_units(chart, passage)
    extra = ritardando_units(chart, passage)
    begin = passage.end - window

    def later(place: float) -> float:
        done = max(0.0, min(1.0, (place - begin) / window))
        return place + extra * done * done

    slower = []
    for note in notes:
        start, end = later(note.start), later(note.start + note.length)
        slower.append(MidiNote(start, end - start, note.pitch, note.velocity))
    return slower


def _fade_out(notes: Sequence[MidiNote], chart: Chart, passage: Passage) -> list[MidiNote]:
    """Lower the velocities in a straight line through the last bars."""
    window = min(arranging.FADE_BARS * chart.metre.units, passage.units)
    begin = passage.end - window

    def faded(note: MidiNote) -> int:
        factor = 1 - (1 - arranging.FADED_VELOCITY) * max(0.0, note.start - begin) / window
        return max(1, round(note.velocity * factor))

    return [MidiNote(note.start, note.length, note.pitch, faded(note)) for note in notes]


def final_notes(chart: Chart, player: str, start: int, last_pitches: Pitches) -> list[MidiNote]:
    """Return the notes with which a player ends the song: the tonic, a last stroke, or none."""
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
        kind = arranging.PAD_VOICING
        if player == "chords":
            kind = chart.groove.voicing or arranging.PROGRAM_VOICINGS.get(band.chords, "close")
        return voice_chord(tonic, kind, last_pitches, high, low)
    return (_nearest_tonic(chart, player, tonic.root, last_pitches),)


def _nearest_tonic(chart: Chart, player: str, root: int, last_pitches: Pitches) -> int:
    """Return the tonic nearest to a line's last pitch, within its instrument's range."""
    program = chart.plan.band.counter if player == "counter" else chart.plan.band.melody
    low, high = arranging.PROGRAM_RANGES.get(program or 0, arranging.ANY_RANGE)
    before = last_pitches[-1] if last_pitches else (low + high) // 2
    return min((p for p in range(low, high + 1) if p % 12 == root), key=lambda p: abs(p - before))
