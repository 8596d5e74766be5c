"""From style words to a SongPlan: everything that is decided before a model writes a note."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

from scripts.music.cadence import plan_cadences
from scripts.music.chapters import LayoutRequest, SongLayout, lay_out_song
from scripts.music.form import song_bars
from scripts.music.grooves import Groove
from scripts.music.harmony import chord_from_roman
from scripts.music.instrumentation import choose_instruments
from scripts.music.phrases import plan_phrases
from scripts.music.seeded_choice import cyclic_choice, shuffled_choice
from scripts.music.style_blend import StyleBlend, tempo_bounds
from scripts.music.styles import Style, StyleBook
from scripts.music.titles import invent_title
from scripts.tables.notation import ChordBar, ChordSpan, Metre, Mode
from scripts.tables.plans import PartName, PartPlan, PlanChoices, SongPlan, letter_of
from scripts.temporary import notation, structure, style_rules

__all__ = ["PlanOptions", "bar_seconds", "half_bar_units", "plan_options", "plan_song", "song_bars"]


@dataclass(frozen=True)
class PlanOptions:
    """What a blend leaves open for a song.

    `tempo` is the lowest and the highest (quarter notes a minute), `loops` maps mode and part to
    chord loops, and `family` is that of the leading style.
    """

    family: str
    tempo: tuple[int, int]
    modes: tuple[str, ...]
    loops: Mapping[str, Mapping[str, tuple[str, ...]]]


def plan_options(blend: StyleBlend, book: StyleBook, seed: int) -> PlanOptions:
    """Return what may be chosen for the song of a seed; the seed alone chooses the groove."""
    tempo = _whole_tempos(blend, book.grooves[_groove_name(blend, seed)])
    return PlanOptions(blend.lead.family, tempo, blend.modes, blend.style.loops)


def plan_song(
    blend: StyleBlend,
    book: StyleBook,
    seconds: float,
    seed: int,
    choices: PlanChoices | None = None,
) -> SongPlan:
    """Plan one song of about `seconds`; the same arguments give the same plan.

    Those of `choices` that the styles allow are taken; style book and seed decide the rest. Songs
    of neighbouring seeds differ in key, tempo, form, instruments and title.
    """
    rng = random.Random(seed)
    chosen = _valid_choices(choices or PlanChoices(), plan_options(blend, book, seed))
    request, style, moods = blend.request, blend.style, blend.moods
    groove = book.grooves[_groove_name(blend, seed)]
    metre = notation.METRES[groove.metre]
    mode = notation.MODES[chosen.mode or shuffled_choice(blend.modes, seed, "mode")]
    tempo = chosen.tempo or _tempo(_whole_tempos(blend, groove), seed)
    forms = [book.forms[name] for name in style.forms]
    first = shuffled_choice(range(len(forms)), seed, "form")
    wanted = LayoutRequest(
        forms=forms[first:] + forms[:first],
        bars=seconds / bar_seconds(metre, tempo),
        seconds=seconds,
        energy=style.energy,
        shift=sum(mood.energy for mood in moods),
        variant=seed // max(1, len(forms)),
        brief=bool(seed % 2),
    )
    layout = lay_out_song(wanted)
    title = invent_title(book, style.family, seed, request.moods)
    plan = SongPlan(
        title=chosen.title or title,
        request=request.text,
        leading=style.name,
        words=(*request.moods, *request.styles),
        unknown=request.unknown,
        kind=_tune_kind(style, metre),
        tempo=tempo,
        metre=metre.name,
        tonic=cyclic_choice(structure.TONICS, seed, "key"),
        mode=mode.name,
        parts=_plan_parts(layout, style, mode, metre, chosen.loops, rng),
        form=layout.sections,
        band=choose_instruments(blend, groove, seed),
        swing=style.swing,
        humanise=style.humanise,
        mix=dict(style.mix),
        seed=seed,
        sound=style.sound,
        ending=rng.choice(style.endings),
    )
    return plan_cadences(plan_phrases(plan))


def bar_seconds(metre: Metre, tempo: float) -> float:
    """Return the length of a bar in seconds at `tempo` quarter notes a minute."""
    return metre.units / 4 * 60 / tempo


def _tune_kind(style: Style, metre: Metre) -> str:
    """Return the style's kind of tune, or the usual one where that has another metre."""
    if metre.name in style_rules.TUNE_KINDS[style.kind]:
        return style.kind
    return style_rules.USUAL_TUNE_KINDS.get(metre.name, "song")


def _valid_choices(choices: PlanChoices, offer: PlanOptions) -> PlanChoices:
    """Return the choices that are on offer; loops count only with the mode they were chosen for."""
    mode = choices.mode if choices.mode in offer.modes else None
    loops = {
        name: index
        for name, index in choices.loops.items()
        if mode is not None and 0 <= index < len(offer.loops[mode].get(name, ()))
    }
    low, high = offer.tempo
    fits = choices.tempo is not None and low <= choices.tempo <= high
    return PlanChoices(choices.title, choices.tempo if fits else None, mode, loops)


def _groove_name(blend: StyleBlend, seed: int) -> str:
    """Choose one of the style's grooves; each plays in as many songs as the others."""
    return shuffled_choice(blend.style.grooves, seed, "groove")


def _whole_tempos(blend: StyleBlend, groove: Groove) -> tuple[int, int]:
    """Return the lowest and the highest whole tempo, in quarter notes a minute."""
    low, high = tempo_bounds(blend, groove)
    return min(ceil(low), floor(high)), max(ceil(low), floor(high))


def _tempo(bounds: tuple[int, int], seed: int) -> int:
    """Choose a tempo: odd for an odd seed, so that neighbours differ in any groove."""
    low, high = bounds
    own = [tempo for tempo in range(low, high + 1) if tempo % 2 == seed % 2] or [low]
    steps = min(structure.TEMPO_STEPS, len(own))
    tempos = [own[round((len(own) - 1) * step / max(1, steps - 1))] for step in range(steps)]
    return cyclic_choice(tempos, seed // 2, "tempo")


# --- Parts ---------------------------------------------------------------------------------------


def _plan_parts(
    layout: SongLayout,
    style: Style,
    mode: Mode,
    metre: Metre,
    chosen: Mapping[str, int],
    rng: random.Random,
) -> tuple[PartPlan, ...]:
    """Plan every part; parts of one letter go through all of its loops before any returns.

    `chosen` maps a letter to the index of the loop that the part of that name has.
    """
    loops = style.loops[mode.name]
    unused: dict[str, list[str]] = {}  # letter -> loops in a random order
    parts = []
    for name, bars in layout.sizes.items():
        letter = letter_of(name)
        own = loops.get(letter) or loops["C"]
        if not unused.get(letter):
            unused[letter] = rng.sample(own, len(own))
        loop = own[chosen[letter]] if name in chosen else unused[letter].pop()
        cycle = [_chord_bar(cell, mode, metre) for cell in loop.split()]
        chords = tuple(cycle[bar % len(cycle)] for bar in range(bars))
        parts.append(_plan_part(name, chords, style, rng))
    return tuple(parts)


def _plan_part(
    name: PartName, chords: tuple[ChordBar, ...], style: Style, rng: random.Random
) -> PartPlan:
    letter = letter_of(name)
    cells = rng.choice(notation.CELL_SCHEMES[max(1, len(chords) // notation.BARS_PER_CELL)])
    density = max(1, min(5, style.density + style.density_shift.get(letter, 0)))
    low, high = (pitch + structure.PART_HEIGHTS.get(letter, 0) for pitch in style.range)
    return PartPlan(
        name,
        chords,
        cells,
        density,
        low,
        min(style_rules.MELODY_REACH[1], high),
        style.triplets,
        style.ties,
    )


def _chord_bar(cell: str, mode: Mode, metre: Metre) -> ChordBar:
    """Read one bar of a loop: `I`, or two chords `I,V` that share the bar at a strong place."""
    numerals = re.split(",", cell)[:2]
    if len(numerals) == 1:
        return (ChordSpan(0, metre.units, chord_from_roman(numerals[0], mode)),)
    half = half_bar_units(metre)
    return (
        ChordSpan(0, half, chord_from_roman(numerals[0], mode)),
        ChordSpan(half, metre.units - half, chord_from_roman(numerals[1], mode)),
    )


def half_bar_units(metre: Metre) -> int:
    """Return the place (in units) where a bar's second chord starts: the beat past half-way."""
    if len(metre.strong) > 1:
        return metre.strong[1]
    place = 0
    for beat in metre.beats:
        place += beat
        if place * 2 >= metre.units:
            break
    return place
