"""Who plays: every chair of the band gets an instrument of the style, its guests or its moods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scripts.music.grooves import Groove
from scripts.music.mixture import Mixture
from scripts.music.walks import deal
from scripts.temporary import Band


def seat_band(mixture: Mixture, groove: Groove, seed: int) -> Band:
    """Choose the instruments for the song of a seed; neighbours differ where the style has two.

    Chords and bass are the leader's own: with the groove they make its sound. Nobody doubles the
    melody but the soloist.
    """
    style = mixture.style
    melody = deal(style.melody, seed, "melody")
    chords = deal(_others(style.chords, {melody}), seed, "chords")
    return Band(
        melody=melody,
        chords=chords,
        bass=deal(style.bass, seed, "bass"),
        kit=style.kit,
        groove=groove.name,
        melody_octave=style.melody_octave,
        drums=tuple(dict.fromkeys((*groove.drums, *groove.fill))) if groove.drums else (),
        counter=_seat(style.counter, {melody}, seed, "counter"),
        pad=_seat(style.pad, {chords}, seed, "pad"),
        solo=_seat(style.solo, {melody}, seed, "solo"),
    )


def _seat(programs: Sequence[int], taken: set[int], seed: int, chair: str) -> int | None:
    """Choose an optional player's instrument, None for nobody."""
    return deal(_others(programs, taken), seed, chair) if programs else None


def _others(programs: Iterable[int], taken: set[int]) -> Sequence[int]:
    """Return the instruments that nobody has yet, all if that leaves none."""
    programs = tuple(programs)
    return tuple(program for program in programs if program not in taken) or programs
