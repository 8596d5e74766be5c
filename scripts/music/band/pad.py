"""The pad: held chords, each note for as long as the harmony has it."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.music.band.chart import Chart, Passage, Pitches, PlayedNotes
from scripts.music.band.comping import ceiling_under_melody, sustained_pitch_classes
from scripts.music.band.voicing import enrich_chord, voice_chord
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging


def play_pad(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play held chords through a passage; notes that two chords share are not struck again."""
    program = chart.plan.band.pad
    if program is None or not passage.plays("pad"):
        return [], last_pitches
    low, high = arranging.PROGRAM_RANGES.get(program, arranging.ANY_RANGE)
    velocity = round(passage.velocity("pad"))
    ceiling = min(
        high, arranging.PAD_CEILING, ceiling_under_melody(melody, passage.start, passage.end)
    )
    sounding: dict[int, int] = {}  # pitch -> where it was struck (units)
    notes: list[MidiNote] = []
    for bar in passage.bars:
        for span in bar.spans:
            place = bar.start + span.start
            sustained = sustained_pitch_classes(melody, place, span.units)
            chord = enrich_chord(span.chord, chart.groove.colour, passage.scale, sustained)
            last_pitches = voice_chord(chord, arranging.PAD_VOICING, last_pitches, ceiling, low)
            for pitch, since in list(sounding.items()):
                if pitch not in last_pitches or place - since >= arranging.PAD_LONGEST_UNITS:
                    length = place - since - arranging.ARTICULATION_GAP
                    notes.append(MidiNote(since, length, pitch, velocity))
                    del sounding[pitch]
            sounding |= {pitch: place for pitch in last_pitches if pitch not in sounding}
    notes += [
        MidiNote(since, passage.end - since - arranging.ARTICULATION_GAP, pitch, velocity)
        for pitch, since in sounding.items()
    ]
    return notes, last_pitches
