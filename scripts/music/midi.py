"""An arrangement as a Standard MIDI File."""

from __future__ import annotations

import io

from scripts.temporary import Arrangement

TICKS_PER_QUARTER = 480


def midi_bytes(arrangement: Arrangement, title: str) -> bytes:
    """Return the arrangement as a MIDI file (format 1, 480 ticks a quarter note)."""
    import pretty_midi

    document = pretty_midi.PrettyMIDI(resolution=TICKS_PER_QUARTER, initial_tempo=arrangement.tempo)
    numerator, denominator = arrangement.metre.split("/")
    document.time_signature_changes.append(
        pretty_midi.TimeSignature(int(numerator), int(denominator), 0.0)
    )
    seconds = unit_seconds(arrangement.tempo)
    for track in arrangement.tracks:
        instrument = pretty_midi.Instrument(track.program, track.drums, f"{title}: {track.player}")
        instrument.notes = [
            pretty_midi.Note(
                note.velocity,
                note.pitch,
                note.start * seconds,
                (note.start + note.length) * seconds,
            )
            for note in track.notes
        ]
        document.instruments.append(instrument)
    buffer = io.BytesIO()
    document.write(buffer)
    return buffer.getvalue()


def unit_seconds(tempo: float) -> float:
    """Return the length of a sixteenth in seconds at `tempo` quarter notes a minute."""
    return 15.0 / tempo


def song_seconds(arrangement: Arrangement) -> float:
    """Return the length of the arrangement in seconds, without the sound's decay."""
    return arrangement.units * unit_seconds(arrangement.tempo)
