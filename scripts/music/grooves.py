"""Grooves: what the band plays under a song, bar by bar, as rows of characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.music.checks import demand
from scripts.temporary import DRUM_KEYS, DRUM_VELOCITY, METRES

_BASS_CHARACTERS = set("135678a-.")
_CHORD_CHARACTERS = set("x123456-.")


@dataclass(frozen=True)
class Groove:
    """One bar or more of rhythm for the band in one metre, a character for each sixteenth.

    Drums: `X` accent, `x` stroke, `o` soft, `g` ghost. Bass: a digit is the chord's degree (8 an
    octave up), `a` approaches the next root. Chords: `x` strikes, a digit is one voice of an
    arpeggio. Everywhere `-` holds and `.` is silence; lists are bars that take turns.
    `tempo` (beats a minute) is given where the groove needs another than its style.
    """

    name: str
    metre: str
    drums: Mapping[str, tuple[str, ...]]
    fill: Mapping[str, tuple[str, ...]]
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    tempo: tuple[float, float] | None = None


def check_groove(groove: Groove) -> None:
    """Demand that every row is as long as its bar and every character has a meaning."""
    demand(groove.metre in METRES, f'field "metre": {groove.metre!r} is no known metre.')
    units = METRES[groove.metre].units
    for drum, bars in {**groove.drums, **groove.fill}.items():
        demand(drum in DRUM_KEYS, f'field "drums": "{drum}" is no known drum.')
        _check_bars("drums", bars, units, set(DRUM_VELOCITY) | {"."})
    _check_bars("bass", groove.bass, units, _BASS_CHARACTERS)
    _check_bars("chords", groove.chords, units, _CHORD_CHARACTERS)
    demand(bool(groove.bass and groove.chords), 'fields "bass" and "chords" need a bar each.')


def _check_bars(name: str, bars: tuple[str, ...], units: int, allowed: set[str]) -> None:
    for bar in bars:
        demand(len(bar) == units, f'field "{name}": "{bar}" is not {units} characters long.')
        demand(set(bar) <= allowed, f'field "{name}": "{bar}" has a character without meaning.')
