"""From style words to a SongPlan: everything that is decided before a model writes a note."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from scripts.music.grooves import Groove
from scripts.music.harmony import chord_from_roman
from scripts.music.styles import DEFAULT_STYLE, Mood, Request, Style, StyleBook
from scripts.music.titles import invent_title
from scripts.temporary import (
    BARS_PER_CELL,
    CELL_SCHEMES,
    METRES,
    MODES,
    ROLES,
    SOUND_RANGES,
    Band,
    ChordBar,
    ChordSpan,
    Metre,
    Mode,
    PartPlan,
    PlanChoices,
    Section,
    SongPlan,
    SoundDesign,
)

ENDING_BARS = 1  # after the form: one bar in which everybody lands on the tonic
_EDGE_ROLES = ("intro", "outro")
_SHORT_ROLES = ("intro", "outro", "build", "break")
_MELODY_RANGE = {"A": (57, 79), "B": (60, 83), "C": (57, 81)}  # MIDI, in the written key
_TONICS = (0, 2, 3, 4, 5, 7, 8, 9, 10, 11)  # concert keys with at most six accidentals
_FEW_BARS = 56  # below this, parts of 8 bars; above, 16
_DENSITY_SHIFT = {"A": 0, "B": 0, "C": -1}


@dataclass(frozen=True)
class Offer:
    """What a request leaves open: tempos (quarter notes a minute, both ends), modes, and the
    chord loops of each mode and part. `family` is that of the leading style.
    """

    family: str
    tempo: tuple[int, int]
    modes: tuple[str, ...]
    loops: Mapping[str, Mapping[str, tuple[str, ...]]]


def offers(request: Request, book: StyleBook, seed: int | None = None) -> Offer:
    """Return what may be chosen for a request, over all the style's grooves or for a seed's."""
    styles, moods = _styles_and_moods(request, book)
    lead = styles[0]
    names = lead.grooves if seed is None else [random.Random(seed).choice(lead.grooves)]
    bounds = [_tempo_bounds(lead, book.grooves[name], moods) for name in names]
    low = min(ceil(low) for low, _ in bounds)
    high = max(floor(high) for _, high in bounds)
    tempo = (min(low, high), max(low, high))
    return Offer(lead.family, tempo, _modes(lead, moods), lead.loops)


def plan_song(
    request: Request,
    book: StyleBook,
    seconds: float,
    seed: int,
    choices: PlanChoices | None = None,
) -> SongPlan:
    """Plan one song of about `seconds`; the same arguments give the same plan.

    Of `choices` those count that the styles allow; the style book makes the others.
    """
    rng = random.Random(seed)
    chosen = _allowed(choices or PlanChoices(), offers(request, book, seed))
    styles, moods = _styles_and_moods(request, book)
    lead = styles[0]
    groove = book.grooves[rng.choice(lead.grooves)]
    metre = METRES[groove.metre]
    by_chance = rng.choice(_modes(lead, moods))
    mode = MODES[chosen.mode or by_chance]
    tempo = round(rng.uniform(*_tempo_bounds(lead, groove, moods)))
    tempo = chosen.tempo or tempo
    bars_wanted = seconds / bar_seconds(metre, tempo)
    sizes = _part_sizes(bars_wanted, rng)
    form = _fit_form(rng.choice(lead.form), sizes, bars_wanted)
    density = max(1, min(5, lead.density + sum(mood.density for mood in moods)))
    used = sorted({section.part for section in form})
    loops = {name: rng.choice(lead.loops[mode.name][name]) for name in used}
    loops |= {name: lead.loops[mode.name][name][index] for name, index in chosen.loops.items()}
    parts = tuple(
        replace(
            _plan_part(name, sizes[name], loops[name], mode, metre, density, rng),
            triplets=lead.triplets,
            ties=lead.ties,
        )
        for name in used
    )
    title = invent_title(book, lead.family, rng)
    return SongPlan(
        title=chosen.title or title,
        request=request.text,
        leading=lead.name,
        words=(*request.moods, *request.styles),
        unknown=request.unknown,
        kind="jig" if groove.name == "jig" else lead.kind,
        tempo=tempo,
        metre=metre.name,
        tonic=rng.choice(_TONICS),
        mode=mode.name,
        parts=parts,
        form=form,
        band=_choose_band(styles, moods, groove, rng),
        swing=lead.swing,
        humanise=min(1.0, lead.humanise + sum(mood.humanise for mood in moods)),
        mix=_add_mixes([lead.mix, *(mood.mix for mood in moods)]),
        seed=seed,
        sound=_bend_sound(lead.sound, moods),
        ending=rng.choice(lead.endings),
    )


def bar_seconds(metre: Metre, tempo: float) -> float:
    """Return the length of a bar in seconds at `tempo` quarter notes a minute."""
    return metre.units / 4 * 60 / tempo


def song_bars(form: Sequence[Section]) -> int:
    """Return the number of bars that sound, the ending among them."""
    return sum(section.bars for section in form) + ENDING_BARS


def _default_style(book: StyleBook) -> Style:
    return book.styles.get(DEFAULT_STYLE) or next(iter(book.styles.values()))


def _styles_and_moods(request: Request, book: StyleBook) -> tuple[list[Style], list[Mood]]:
    styles = [book.styles[name] for name in request.styles] or [_default_style(book)]
    return styles, [book.moods[name] for name in request.moods]


def _allowed(choices: PlanChoices, offer: Offer) -> PlanChoices:
    """Return what is on offer of some choices; loops count for the mode they were chosen in."""
    mode = choices.mode if choices.mode in offer.modes else None
    loops = {
        name: index
        for name, index in choices.loops.items()
        if mode is not None and 0 <= index < len(offer.loops[mode].get(name, ()))
    }
    low, high = offer.tempo
    fits = choices.tempo is not None and low <= choices.tempo <= high
    return PlanChoices(choices.title, choices.tempo if fits else None, mode, loops)


def _modes(lead: Style, moods: Sequence[Mood]) -> tuple[str, ...]:
    """Return the modes that the style has and a mood asks for, else all of the style's."""
    wanted = dict.fromkeys(mode for mood in moods for mode in mood.modes if mode in lead.modes)
    return tuple(wanted) or lead.modes


def _tempo_bounds(lead: Style, groove: Groove, moods: Sequence[Mood]) -> tuple[float, float]:
    """Return quarter notes a minute; the style book counts beats, of six units in 6/8."""
    factor = METRES[groove.metre].beats[0] / 4
    for mood in moods:
        factor *= mood.tempo
    low, high = (min(260.0, max(40.0, beats * factor)) for beats in groove.tempo or lead.tempo)
    return low, high


def _part_sizes(bars_wanted: float, rng: random.Random) -> dict[str, int]:
    """Choose how many bars each part has: 24 to 40 together in a song of usual length."""
    if bars_wanted < 20:
        return {"A": 4, "B": 4, "C": 4}
    if bars_wanted < _FEW_BARS:
        return {"A": 8, "B": 8, "C": 8}
    return rng.choice(({"A": 16, "B": 8, "C": 8}, {"A": 16, "B": 16, "C": 8}))


def _fit_form(
    roles: Sequence[str], sizes: Mapping[str, int], bars_wanted: float
) -> tuple[Section, ...]:
    """Lay the style's form out to about `bars_wanted` bars.

    The middle of the form goes round until the song is long enough; of all the lengths passed on
    the way the nearest is taken.
    """
    head = [role for role in roles[:1] if role in _EDGE_ROLES]
    tail = [role for role in roles[-1:] if role in _EDGE_ROLES]
    middle = list(roles[len(head) : len(roles) - len(tail)])
    if bars_wanted < _FEW_BARS:  # no room to say things twice: go on to the other parts
        middle = [role for role, before in zip(middle, ["", *middle]) if role != before]
    # A song shorter than its own intro and outro is only its middle.
    fixed = sum(_section_bars(role, sizes) for role in head + tail) + ENDING_BARS
    if fixed + max(sizes.values()) > bars_wanted:
        head, tail, fixed = [], [], ENDING_BARS
    body: list[Section] = []
    length = fixed
    turn = 0
    while True:
        section = _section(middle[turn % len(middle)], sizes)
        overshoot = length + section.bars - bars_wanted
        if body and overshoot > bars_wanted - length:
            break
        body.append(section)
        length += section.bars
        turn += 1
    return (
        *(_section(role, sizes) for role in head),
        *body,
        *(_section(role, sizes) for role in tail),
    )


def _section_bars(role: str, sizes: Mapping[str, int]) -> int:
    size = sizes[ROLES[role].part]
    return max(2, min(4, size // 2)) if role in _EDGE_ROLES else max(4, size // 2)


def _section(role: str, sizes: Mapping[str, int]) -> Section:
    """Choose the bars of a section: short roles play the start of their part, others all of it."""
    part = ROLES[role].part
    bars = _section_bars(role, sizes) if role in _SHORT_ROLES else sizes[part]
    return Section(role, part, 0, bars, ROLES[role].energy)


def _plan_part(
    name: str,
    bars: int,
    loop: str,
    mode: Mode,
    metre: Metre,
    density: int,
    rng: random.Random,
) -> PartPlan:
    low, high = _MELODY_RANGE[name]
    cycle = [_chord_bar(cell, mode, metre) for cell in loop.split()]
    chords = tuple(cycle[bar % len(cycle)] for bar in range(bars))
    cells = rng.choice(CELL_SCHEMES[max(1, bars // BARS_PER_CELL)])
    return PartPlan(name, chords, cells, max(1, density + _DENSITY_SHIFT[name]), low, high)


def _chord_bar(cell: str, mode: Mode, metre: Metre) -> ChordBar:
    """Read one bar of a loop: `I`, or two chords `I,V` that share the bar at a strong place."""
    numerals = re.split(",", cell)[:2]
    if len(numerals) == 1:
        return (ChordSpan(0, metre.units, chord_from_roman(numerals[0], mode)),)
    half = middle_of(metre)
    return (
        ChordSpan(0, half, chord_from_roman(numerals[0], mode)),
        ChordSpan(half, metre.units - half, chord_from_roman(numerals[1], mode)),
    )


def middle_of(metre: Metre) -> int:
    """Return the place (in units) where a bar's second chord starts: the beat past half-way."""
    if len(metre.strong) > 1:
        return metre.strong[1]
    place = 0
    for beat in metre.beats:
        place += beat
        if place * 2 >= metre.units:
            break
    return place


def _choose_band(
    styles: Sequence[Style], moods: Sequence[Mood], groove: Groove, rng: random.Random
) -> Band:
    """Choose the players: a mood's own sound half the time, a second style's for colour."""
    lead, colour = styles[0], styles[-1]
    melodies = [program for mood in moods for program in mood.melody]
    pads = [program for mood in moods for program in mood.chords]
    melody = rng.choice(melodies if melodies and rng.random() < 0.5 else colour.melody)
    others = [program for program in lead.chords if program != melody] or list(lead.chords)
    return Band(
        melody=melody,
        chords=rng.choice(pads if pads and rng.random() < 0.5 else others),
        bass=rng.choice(lead.bass),
        kit=lead.kit,
        groove=groove.name,
        melody_octave=max(-1, min(1, lead.melody_octave + sum(mood.octave for mood in moods))),
        drums=tuple(dict.fromkeys((*groove.drums, *groove.fill))) if groove.drums else (),
        counter=_seat(lead.counter, [program for mood in moods for program in mood.counter], rng),
        pad=_seat(lead.pad, [program for mood in moods for program in mood.pad], rng),
        solo=_seat(lead.solo, [program for mood in moods for program in mood.solo], rng),
    )


def _seat(own: Sequence[int], moods: Sequence[int], rng: random.Random) -> int | None:
    """Choose an optional player's instrument: a mood's own half the time, None for nobody."""
    choices = moods if moods and (rng.random() < 0.5 or not own) else own
    return rng.choice(choices) if choices else None


def _bend_sound(sound: SoundDesign, moods: Sequence[Mood]) -> SoundDesign:
    """Return a style's design as the moods bend it, every number within its bounds."""
    for mood in moods:
        bent = {
            name: min(SOUND_RANGES[name][1], max(SOUND_RANGES[name][0], value + by))
            for name, by in mood.sound.items()
            for value in [getattr(sound, name)]
        }
        sound = replace(sound, space=mood.space or sound.space, **bent)
    return sound


def _add_mixes(mixes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for mix in mixes:
        for player, gain in mix.items():
            total[player] = total.get(player, 0.0) + gain
    return total
