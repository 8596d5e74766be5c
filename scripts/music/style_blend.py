"""A blend of styles: one leads, guests (the other styles) and moods modify it.

The result is a style again. A guest shifts the tempo and adds instruments, chord loops (in modes
that it shares with the leader) and sound; groove, form and kind of tune stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from math import log2
from typing import Any

from scripts.music.grooves import Groove
from scripts.music.style_parser import leading_style
from scripts.music.styles import Loops, Mood, Style, StyleBook
from scripts.tables.songs import StyleRequest
from scripts.tables.sound import SoundDesign
from scripts.temporary import mixing, notation, style_rules


@dataclass(frozen=True)
class StyleBlend:
    """What a request asks for: the leading style as modified, and what it is made of."""

    request: StyleRequest
    style: Style
    lead: Style
    guests: tuple[Style, ...]
    moods: tuple[Mood, ...]

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes that the style has and a mood asks for, else all of the style's."""
        wanted = (mode for mood in self.moods for mode in mood.modes if mode in self.style.modes)
        return tuple(dict.fromkeys(wanted)) or self.style.modes


def blend_styles(request: StyleRequest, book: StyleBook) -> StyleBlend:
    """Return the blend that a request asks for."""
    lead = book.styles[leading_style(request, book)]
    guests = tuple(book.styles[name] for name in request.styles if name != lead.name)
    moods = tuple(book.moods[name] for name in request.moods)
    style = reduce(_blend_in, guests, lead)
    return StyleBlend(request, _apply_moods(style, moods), lead, guests, moods)


def tempo_bounds(blend: StyleBlend, groove: Groove) -> tuple[float, float]:
    """Return the lowest and the highest tempo in quarter notes a minute.

    The style book has beats a minute; a beat of 6/8 has six units.
    """
    factor = notation.METRES[groove.metre].beats[0] / 4
    for mood in blend.moods:
        factor *= mood.tempo
    bounds = blend.lead.tempos.get(groove.name) or groove.tempo or blend.lead.tempo
    for guest in blend.guests:
        factor *= tempo_pull(bounds, guest.tempo)
    low, high = (min(260.0, max(40.0, beats * factor)) for beats in bounds)
    return low, high


def tempo_pull(own: tuple[float, float], guest: tuple[float, float]) -> float:
    """Return the factor by which a guest pulls a tempo.

    Half and double tempo count as the same, so the nearest of them pulls.
    """
    away = log2(sum(guest) / sum(own))
    away -= round(away)
    factor: float = 2 ** (away * style_rules.GUEST_PULL)
    return min(style_rules.GUEST_PULL_AT_MOST, max(1 / style_rules.GUEST_PULL_AT_MOST, factor))


def _blend_in(lead: Style, guest: Style) -> Style:
    """Return the leading style as modified by a guest."""
    weight = style_rules.GUEST_WEIGHT
    shared = tuple(mode for mode in lead.modes if mode in guest.modes)
    low, high = (_interpolate_integer(a, b, weight) for a, b in zip(lead.energy, guest.energy))
    return replace(
        lead,
        modes=shared or lead.modes,
        loops=_borrow_loops(lead, guest),
        melody=_interleave(lead.melody, guest.melody),
        counter=_interleave(guest.counter or guest.melody, lead.counter),
        pad=_interleave(lead.pad, guest.pad),
        solo=_interleave(guest.solo or guest.melody, lead.solo),
        density=_interpolate_integer(lead.density, guest.density, weight),
        energy=(low, high),
        swing=_interpolate(lead.swing, guest.swing, weight),
        humanise=_interpolate(lead.humanise, guest.humanise, weight),
        sound=_mix_sound(lead.sound, guest.sound),
    )


def _interpolate(own: float, other: float, weight: float) -> float:
    return own + (other - own) * weight


def _interpolate_integer(own: int, other: int, weight: float) -> int:
    """Return a whole number between two, at least 1 away from `own` if they differ."""
    if own == other:
        return own
    step = max(1, round(abs(other - own) * weight))
    return own + step if other > own else own - step


def _interleave(own: Sequence[int], other: Sequence[int]) -> tuple[int, ...]:
    """Return two lists of instruments as one, as many of each as the shorter has."""
    if not own or not other:
        return tuple(own or other)
    count = min(len(own), len(other))
    pairs = [program for pair in zip(own[:count], other[:count]) for program in pair]
    return tuple(dict.fromkeys(pairs))


def _borrow_loops(lead: Style, guest: Style) -> Loops:
    """Return the leader's loops, with the guest's before them in all parts but A."""
    loops = {}
    for mode, own in lead.loops.items():
        other = guest.loops.get(mode, {})
        loops[mode] = {
            part: found if part == "A" else tuple(dict.fromkeys((*other.get(part, ()), *found)))
            for part, found in own.items()
        }
    return loops


def _mix_sound(own: SoundDesign, guest: SoundDesign) -> SoundDesign:
    """Return a sound between two; of a guest's signature effects a minimum share is kept."""
    values: dict[str, Any] = {
        name: _interpolate(getattr(own, name), getattr(guest, name), style_rules.GUEST_WEIGHT)
        for name in mixing.SOUND_RANGES
    }
    for name in style_rules.SIGNATURES:
        values[name] = max(values[name], style_rules.SIGNATURE_SHARE * getattr(guest, name))
    return replace(own, sweep=own.sweep or guest.sweep, **values)


def _apply_moods(style: Style, moods: Sequence[Mood]) -> Style:
    """Return a style as modified by moods, every number within its bounds."""
    octave = style.melody_octave + _sum(moods, lambda mood: mood.octave)
    calmest = min(style.density, style_rules.CALM_DENSITY)
    return replace(
        style,
        melody=_prefer_programs(style.melody, (p for mood in moods for p in mood.melody)),
        chords=_prefer_programs(style.chords, (p for mood in moods for p in mood.chords)),
        counter=_prefer_programs(style.counter, (p for mood in moods for p in mood.counter)),
        pad=_prefer_programs(style.pad, (p for mood in moods for p in mood.pad)),
        solo=_prefer_programs(style.solo, (p for mood in moods for p in mood.solo)),
        density=int(_clamp(calmest, 5, style.density + _sum(moods, lambda mood: mood.density))),
        humanise=_clamp(0.0, 1.0, style.humanise + _sum(moods, lambda mood: mood.humanise)),
        melody_octave=int(_clamp(-1, 1, octave)),
        mix=_add_mixes([style.mix, *(mood.mix for mood in moods)]),
        sound=reduce(_add_mood_sound, moods, style.sound),
    )


def _sum(moods: Sequence[Mood], value: Callable[[Mood], float]) -> float:
    return sum(value(mood) for mood in moods)


def _clamp(low: float, high: float, value: float) -> float:
    return min(high, max(low, value))


def _prefer_programs(own: Sequence[int], wanted: Iterable[int]) -> tuple[int, ...]:
    """Return instruments of which those `wanted` by moods are half."""
    favourites = tuple(dict.fromkeys(wanted))
    return _interleave(favourites, own) if favourites else tuple(own)


def _add_mood_sound(sound: SoundDesign, mood: Mood) -> SoundDesign:
    values: dict[str, Any] = {
        name: _clamp(*mixing.SOUND_RANGES[name], getattr(sound, name) + by)
        for name, by in mood.sound.items()
    }
    return replace(sound, space=mood.space or sound.space, **values)


def _add_mixes(mixes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for mix in mixes:
        for player, gain in mix.items():
            total[player] = total.get(player, 0.0) + gain
    return total
