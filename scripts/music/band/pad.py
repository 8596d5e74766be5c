"""The pad: chords held still, each voice as long as the harmony lets it."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.music.band.comping import below, heard
from scripts.music.band.layout import Chart, Passage, Pitches, Played
from scripts.music.band.voicing import coloured, voice
from scripts.temporary import (
    ANY_RANGE,
    GAP,
    PAD_VOICING,
    PROGRAM_RANGES,
    MidiNote,
)

_CEILING = 76
_LONGEST = 64  # units after which a held note is struck anew: synthesizers' samples die away


def hold(chart: Chart, passage: Passage, tune: Sequence[MidiNote], left: Pitches) -> Played:
    """Hold the chords of a passage; notes that two chords share are held through."""
    program = chart.plan.band.pad
    if program is None or not passage.plays("pad"):
        return [], left
    low, high = PROGRAM_RANGES.get(program, ANY_RANGE)
    velocity = round(passage.loudness("pad"))
    ceiling = min(high, _CEILING, below(tune, passage.start, passage.end))
    sounding: dict[int, int] = {}  # pitch -> where it was struck
    notes: list[MidiNote] = []
    for bar in passage.bars:
        for span in bar.spans:
            place = bar.start + span.start
            sung = heard(tune, place, span.units)
            chord = coloured(span.chord, chart.groove.colour, passage.scale, sung)
            left = voice(chord, PAD_VOICING, left, ceiling, low)
            for pitch, since in list(sounding.items()):
                if pitch not in left or place - since >= _LONGEST:
                    notes.append(MidiNote(since, place - since - GAP, pitch, velocity))
                    del sounding[pitch]
            sounding |= {pitch: place for pitch in left if pitch not in sounding}
    notes += [
        MidiNote(since, passage.end - since - GAP, pitch, velocity)
        for pitch, since in sounding.items()
    ]
    return notes, left
