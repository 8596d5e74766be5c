"""Four bars to show a model what is wanted: the same metre, key and chords, in the dialect.

A motif of rhythm that returns, chord tones on strong places, steps between them, a long last note:
no masterpiece, but a good example.
"""

from __future__ import annotations

from collections.abc import Sequence

from scripts.music.harmony import (
    chord_pitch_classes,
    chord_symbol,
    dialect_pitch,
    melody_pitch_classes,
    plain_chord,
)
from scripts.temporary import EXAMPLE_CONTOUR, EXAMPLE_RHYTHMS, METRES, Chord, PartPlan, SongPlan

EXAMPLE_BARS = 4


def example_text(plan: SongPlan) -> str:
    """Return four bars over the chords of the plan's first part, such as `"C"E4G4c8|...||`."""
    part = plan.parts[0]
    metre = METRES[plan.metre]
    rhythms = EXAMPLE_RHYTHMS[plan.metre]
    pitch = (part.low + part.high) // 2
    bars = []
    for number in range(EXAMPLE_BARS):
        chord = part.bars[number % len(part.bars)][0].chord
        rhythm = rhythms[-1 if number == EXAMPLE_BARS - 1 else number % (len(rhythms) - 1)]
        text, place = f'"{chord_symbol(plain_chord(chord))}"', 0
        for index, length in enumerate(rhythm):
            strong = place in metre.strong or index == 0
            pitch = _next_pitch(pitch, chord, strong, EXAMPLE_CONTOUR[number], part)
            text += dialect_pitch(pitch) + (str(length) if length > 1 else "")
            place += length
        bars.append(text)
    return "|".join(bars) + "||"


def _next_pitch(before: int, chord: Chord, strong: bool, direction: int, part: PartPlan) -> int:
    """Return the nearest pitch in the direction: a chord tone on strong places, else a step."""
    classes: Sequence[int] | frozenset[int]
    classes = chord_pitch_classes(chord) if strong else melody_pitch_classes(chord)
    near = [
        midi
        for midi in range(part.low, part.high + 1)
        if midi % 12 in classes and midi != before and abs(midi - before) <= 9
    ]
    return min(near, key=lambda midi: (abs(midi - before - direction), midi))
