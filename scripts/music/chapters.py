"""Long songs: chapters with parts of their own, in related keys, with returns of the first theme.

A short song is one chapter. Each chapter adds two or three parts for the model to write, and
chapters get longer with the song.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scripts.music.form import assign_energy, count_variations, lay_out_form, part_sizes, song_bars
from scripts.music.styles import Form
from scripts.tables.plans import PartName, Section, chapter_of, letter_of
from scripts.temporary import structure


@dataclass(frozen=True)
class LayoutRequest:
    """What a song's sections are laid out by.

    `forms` take turns, `bars` is how many are wanted, and `seconds` their length. `energy` is the
    lowest and the highest energy, `shift` is added to that of each section. `variant` chooses among
    the parts' lengths. A `brief` song has half the intro, so that songs of neighbouring seeds
    differ even where they are short.
    """

    forms: Sequence[Form]
    bars: float
    seconds: float
    energy: tuple[int, int]
    shift: int
    variant: int
    brief: bool = False


@dataclass(frozen=True)
class SongLayout:
    """The sections of a song, and the length in bars of each part that they play."""

    sections: tuple[Section, ...]
    sizes: Mapping[PartName, int]


def chapters_for(seconds: float) -> int:
    """Return how many chapters a song of `seconds` has."""
    if seconds < structure.CHAPTERS_FROM_SECONDS:
        return 1
    shortest, longest = structure.CHAPTER_SECONDS
    return max(2, round(seconds / min(longest, shortest + seconds * structure.CHAPTER_GROWTH)))


def lay_out_song(wanted: LayoutRequest) -> SongLayout:
    """Lay out a whole song; the first form begins.

    A song that comes out too far off in length, for the sake of its form, is laid out once more,
    strictly.
    """
    layout = _lay_out(wanted, strict=False)
    off = abs(song_bars(layout.sections) - wanted.bars)
    slack = max(layout.sizes.values()) / 2 + structure.LENGTH_SLACK_BARS
    if wanted.seconds < structure.LENGTH_KEPT_FROM or off <= slack:
        return layout
    return _lay_out(wanted, strict=True)


def _lay_out(wanted: LayoutRequest, strict: bool) -> SongLayout:
    """Lay out a song; a `strict` one keeps to its length before all else."""
    chapters = chapters_for(wanted.seconds)
    if chapters == 1:
        return _one_chapter(wanted, strict)
    sections: list[Section] = []
    sizes: dict[PartName, int] = {}
    left = wanted.bars - structure.ENDING_BARS
    for number in range(chapters):
        own = replace(wanted, bars=left / (chapters - number))
        chapter, chapter_sizes = _chapter(own, number, chapters, sizes, strict)
        swell = structure.CHAPTER_ENERGIES[number % len(structure.CHAPTER_ENERGIES)]
        shaped = assign_energy(chapter, wanted.energy, wanted.shift + swell)
        key = _lift(number, chapters)
        sections += [replace(s, lift=_nearest_octave(key + s.lift), chapter=number) for s in shaped]
        sizes |= chapter_sizes
        left -= sum(section.bars for section in chapter)
    return _layout(sections, sizes)


def _one_chapter(wanted: LayoutRequest, strict: bool) -> SongLayout:
    """Lay out a short song, which has the first form."""
    form = wanted.forms[0]
    sizes = part_sizes(form, wanted.bars, wanted.variant)
    sections = lay_out_form([form], sizes, wanted.bars, brief=wanted.brief, strict=strict)
    return _layout(assign_energy(sections, wanted.energy, wanted.shift, form.lift), sizes)


def _layout(sections: Sequence[Section], sizes: Mapping[PartName, int]) -> SongLayout:
    """Return the layout with the parts that are played, chapter by chapter."""
    used = dict.fromkeys(section.part for section in sections)
    order = sorted(used, key=lambda part: (chapter_of(part), part))
    return SongLayout(count_variations(sections), {part: sizes[part] for part in order})


def _lift(number: int, chapters: int) -> int:
    """Return a chapter's transposition (semitones); the last one is in the song's key."""
    if number == chapters - 1:
        return 0
    return structure.CHAPTER_LIFTS[number % len(structure.CHAPTER_LIFTS)]


def _nearest_octave(lift: int) -> int:
    """Return a transposition within the nearest octave: -5 to 6 semitones."""
    return (lift + 5) % 12 - 5


def _chapter(
    wanted: LayoutRequest,
    number: int,
    chapters: int,
    before: Mapping[PartName, int],
    strict: bool,
) -> tuple[list[Section], dict[PartName, int]]:
    """Return a chapter's sections, and the sizes (bars) of its parts by name.

    All but the first begin with a link; some, and the last, end with the song's first theme.
    `before` has the sizes of the parts of earlier chapters, `wanted.bars` is the chapter's length.
    """
    first = number % len(wanted.forms)
    order = [*wanted.forms[first:], *wanted.forms[:first]]
    names, sizes = _parts(order, number, wanted.bars, wanted.variant, before)
    theme = (
        _theme_section(before)
        if number == chapters - 1 or number % structure.THEME_RETURN_CHAPTERS == 2
        else []
    )
    link = [] if number == 0 else [_link_section(names, sizes)]
    fixed = sum(section.bars for section in link + theme)
    by_letter = {letter: sizes[name] for letter, name in names.items()}
    sections = lay_out_form(
        order,
        by_letter,
        max(8.0, wanted.bars - fixed),
        opens=number == 0,
        closes=number == chapters - 1,
        lifts=structure.ROUND_LIFTS,
        strict=strict,
    )
    own = [replace(section, part=names[section.part]) for section in sections]
    if own and own[-1].role == "outro":
        return [*link, *own[:-1], *theme, own[-1]], sizes
    return [*link, *own, *theme], sizes


def _parts(
    forms: Sequence[Form],
    number: int,
    bars_wanted: float,
    variant: int,
    before: Mapping[PartName, int],
) -> tuple[dict[str, PartName], dict[PartName, int]]:
    """Return (letter -> name, name -> bars) of a chapter's parts.

    A and B are new in every chapter, C and D in every other one.
    """
    sizes: dict[str, int] = {}
    for form in forms:
        for part, size in part_sizes(form, bars_wanted, variant + number).items():
            sizes.setdefault(part, size)
    names = {letter: f"{letter}{number + 1}" if number else letter for letter in sizes}
    for letter in sizes:
        earlier = [part for part in before if letter_of(part) == letter]
        if letter in "CD" and number % 2 and earlier:
            names[letter] = earlier[-1]
    return names, {name: before.get(name, sizes[letter]) for letter, name in names.items()}


def _link_section(names: Mapping[str, PartName], sizes: Mapping[PartName, int]) -> Section:
    """Return the interlude into a chapter: the band alone over the chords of its first part."""
    part = names.get("A") or next(iter(names.values()))
    return Section("interlude", part, 0, min(structure.LINK_BARS, sizes[part]), 0)


def _theme_section(before: Mapping[PartName, int]) -> list[Section]:
    """Return the first theme (B if there is one) as a section; none before any part is written."""
    part = "B" if "B" in before else next(iter(before), None)
    return [Section("chorus", part, 0, before[part], 0)] if part else []
