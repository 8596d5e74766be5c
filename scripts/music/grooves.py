"""Grooves: what the band plays under a song, bar by bar, as rows of characters."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from scripts.music.type_checks import require
from scripts.temporary import arranging, drumming, notation, structure

Rows = Mapping[str, tuple[str, ...]]  # drum -> bars that take turns


@dataclass(frozen=True)
class Groove:
    """One bar or more of rhythm for the band in one metre, a character for each sixteenth.

    Everywhere `-` holds and `.` is silence; lists are bars that take turns.

    Drums: `X` accent, `x` stroke, `o` soft, `g` ghost, `r` two strokes, `t` a triplet over an
    eighth, `f` flam. `light` is played in quiet parts (made from `drums` where it is not given),
    `full` is added in the loudest; `turn` replaces rows in the last bar of every four. `fill` is
    a bar that leads into another part, beside the family `fills`. `roll` is the drum of builds.

    Bass: a digit is the chord's degree (8 and 9 the root and third an octave up), `d` the fifth
    below, `a` a semitone and `s` a step of the scale before the next root, `b` that root early,
    `w` a note of a walking bass, `g` a damped ghost note. Chords: `x` strikes, `X` harder, `o`
    softly, `m` damped, a digit is one voice of an arpeggio; `riff` is written the same way, for
    the counter-line. `_light` and `_full` rows are for quiet and the loudest parts.

    `voicing`, `colour`, `counter` and `ornament` are keys of `scripts/tables/arranging.py`,
    `fills` of `drumming.py`. `swung` is what swings: 2 eighths, 1 sixteenths. `pocket` is units
    by which a player, or the snare, comes late (or, below zero, early). `free` names the players
    whose bars are drawn by chance. `times` maps a role to "half" or "double" time. `tempo` (beats
    a minute) is given where the groove needs another than its style.
    """

    name: str
    metre: str
    drums: Rows
    fill: Rows
    bass: tuple[str, ...]
    chords: tuple[str, ...]
    tempo: tuple[float, float] | None = None
    light: Rows = field(default_factory=dict)
    full: Rows = field(default_factory=dict)
    turn: Rows = field(default_factory=dict)
    fills: str = "pop"
    roll: str = "snare"
    bass_light: tuple[str, ...] = ()
    bass_full: tuple[str, ...] = ()
    chords_light: tuple[str, ...] = ()
    chords_full: tuple[str, ...] = ()
    riff: tuple[str, ...] = ()
    voicing: str = ""
    colour: str = ""
    counter: str = "answer"
    ornament: str = "pop"
    swung: int = 2
    pocket: Mapping[str, float] = field(default_factory=dict)
    free: tuple[str, ...] = ()
    times: Mapping[str, str] = field(default_factory=dict)


def check_groove(groove: Groove) -> None:
    """Raise UserError unless rows are as long as their bars and every character has a meaning."""
    require(groove.metre in notation.METRES, f'field "metre": {groove.metre!r} is no known metre.')
    units = notation.METRES[groove.metre].units
    for field_name, rows in _drum_rows(groove):
        for drum, bars in rows.items():
            require(drum in drumming.DRUM_KEYS, f'field "{field_name}": "{drum}" is no known drum.')
            _check_bars(field_name, bars, units, set(drumming.DRUM_VELOCITY) | {"."})
    for player, signs in (("bass", arranging.BASS_SIGNS), ("chords", arranging.CHORD_SIGNS)):
        for name in (player, f"{player}_light", f"{player}_full"):
            _check_bars(name, getattr(groove, name), units, set(signs))
    _check_bars("riff", groove.riff, units, set(arranging.CHORD_SIGNS))
    require(bool(groove.bass and groove.chords), 'fields "bass" and "chords" need a bar each.')
    _check_names(groove)


def _drum_rows(groove: Groove) -> Iterator[tuple[str, Rows]]:
    for name in ("drums", "light", "full", "turn", "fill"):
        yield name, getattr(groove, name)


def _check_names(groove: Groove) -> None:
    """Raise UserError unless every name stands in its table."""
    known: dict[str, Collection[object]] = {
        "fills": drumming.FILLS,
        "colour": arranging.COLOURS,
        "ornament": arranging.ORNAMENTS,
        "roll": drumming.DRUM_KEYS,
        "counter": arranging.COUNTER_KINDS,
        "voicing": {"", *arranging.VOICINGS},
        "swung": (1, 2),
    }
    for name, names in known.items():
        value = getattr(groove, name)
        require(value in names, f'field "{name}": {value!r} is not known.')
    require(
        set(groove.free) <= arranging.FREE_PLAYERS,
        'field "free" names another than drums or chords.',
    )
    pocketed = {*arranging.PLAYERS, "snare"}
    require(set(groove.pocket) <= pocketed, 'field "pocket" names an unknown player.')
    most = arranging.POCKET_UNITS_AT_MOST
    within = all(-most <= units <= most for units in groove.pocket.values())
    require(within, f'field "pocket" must be -{most} to {most} units.')
    roles, feels = set(groove.times), set(groove.times.values())
    timed = roles <= set(structure.ROLES) and feels <= set(arranging.TIME_FEELS)
    require(timed, 'field "times" maps roles to "half" or "double".')


def _check_bars(name: str, bars: tuple[str, ...], units: int, allowed: set[str]) -> None:
    for bar in bars:
        require(len(bar) == units, f'field "{name}": "{bar}" is not {units} characters long.')
        require(set(bar) <= allowed, f'field "{name}": "{bar}" has a character without meaning.')
