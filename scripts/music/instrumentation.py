"""Choose the band's instruments from those of the style, its guests and its moods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scripts.music.grooves import Groove
from scripts.music.seeded_choice import shuffled_choice
from scripts.music.style_blend import StyleBlend
from scripts.tables.plans import Band


def choose_instruments(blend: StyleBlend, groove: Groove, seed: int) -> Band:
    """Choose the instruments for the song of a seed; neighbours differ where the style has two.

    Guests lend no chords or bass: with the groove these make the sound of the leading style.
    Where there is a choice, chords, counter-line and solo do not take the melody's instrument.
    """
    style = blend.style
    melody = shuffled_choice(style.melody, seed, "melody")
    chords = shuffled_choice(_without_taken(style.chords, {melody}), seed, "chords")
    return Band(
        melody=melody,
        chords=chords,
        bass=shuffled_choice(style.bass, seed, "bass"),
        kit=style.kit,
        groove=groove.name,
        melody_octave=style.melody_octave,
        drums=tuple(dict.fromkeys((*groove.drums, *groove.fill))) if groove.drums else (),
        counter=_optional_instrument(style.counter, {melody}, seed, "counter"),
        pad=_optional_instrument(style.pad, {chords}, seed, "pad"),
        solo=_optional_instrument(style.solo, {melody}, seed, "solo"),
    )


def _optional_instrument(
    programs: Sequence[int], taken: set[int], seed: int, player: str
) -> int | None:
    """Choose an optional player's instrument; None where the style has none."""
    return shuffled_choice(_without_taken(programs, taken), seed, player) if programs else None


def _without_taken(programs: Iterable[int], taken: set[int]) -> Sequence[int]:
    """Return the programs that are not `taken`, or all if that leaves none."""
    programs = tuple(programs)
    return tuple(program for program in programs if program not in taken) or programs
