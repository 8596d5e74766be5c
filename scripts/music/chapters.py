"""Long songs: chapters with parts of their own, in related keys, with returns of the first theme.

A song of minutes is one chapter. What a model has to write grows by two or three parts a chapter,
and chapters grow with the song.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scripts.music.form import ENDING_BARS, count_variations, lay_out, part_sizes, shape
from scripts.music.styles import Form
from scripts.temporary import (
    CHAPTER_ENERGIES,
    CHAPTER_GROWTH,
    CHAPTER_LIFTS,
    CHAPTER_SECONDS,
    CHAPTERED_FROM,
    ROUND_LIFTS,
    THEME_RETURNS,
    PartName,
    Section,
    chapter_of,
    letter_of,
)

_LINK_BARS = 4  # of the band alone, into a new chapter


@dataclass(frozen=True)
class Layout:
    """The sections of a song, and the bars of each part that they play."""

    sections: tuple[Section, ...]
    sizes: Mapping[PartName, int]


def chapters_for(seconds: float) -> int:
    """Return how many chapters a song of some seconds has."""
    if seconds < CHAPTERED_FROM:
        return 1
    shortest, longest = CHAPTER_SECONDS
    return max(2, round(seconds / min(longest, shortest + seconds * CHAPTER_GROWTH)))


def lay_song(
    forms: Sequence[Form],
    bars_wanted: float,
    seconds: float,
    energy: tuple[int, int],
    shift: int,
    turn: int,
    brief: bool = False,
) -> Layout:
    """Lay out a whole song of about `bars_wanted` bars; the first of `forms` begins.

    `energy` bounds how full the band is, `shift` moves it; `turn` chooses among parts' lengths. A
    `brief` song has half the intro: so neighbours differ where room is scarce, too.
    """
    chapters = chapters_for(seconds)
    if chapters == 1:
        sizes = part_sizes(forms[0], bars_wanted, turn)
        sections = lay_out([forms[0]], sizes, bars_wanted, brief=brief)
        shaped = shape(sections, energy, shift, forms[0].lift)
        return _layout(shaped, sizes)
    sections, sizes = [], {}
    left = bars_wanted - ENDING_BARS
    for number in range(chapters):
        wanted = left / (chapters - number)
        chapter, own = _chapter(forms, number, chapters, wanted, turn, sizes)
        wave = CHAPTER_ENERGIES[number % len(CHAPTER_ENERGIES)]
        shaped = shape(chapter, energy, shift + wave)
        home = _lift(number, chapters)
        sections += [replace(s, lift=_near(home + s.lift), chapter=number) for s in shaped]
        sizes |= own
        left -= sum(section.bars for section in chapter)
    return _layout(sections, sizes)


def _layout(sections: Sequence[Section], sizes: Mapping[PartName, int]) -> Layout:
    used = dict.fromkeys(section.part for section in sections)
    order = sorted(used, key=lambda part: (chapter_of(part), part))
    return Layout(count_variations(sections), {part: sizes[part] for part in order})


def _lift(number: int, chapters: int) -> int:
    """Return a chapter's key above the song's; the last one is at home."""
    return 0 if number == chapters - 1 else CHAPTER_LIFTS[number % len(CHAPTER_LIFTS)]


def _near(lift: int) -> int:
    """Return a lift by the octave that is nearest: -5 to 6 semitones."""
    return (lift + 5) % 12 - 5


def _chapter(
    forms: Sequence[Form],
    number: int,
    chapters: int,
    bars_wanted: float,
    turn: int,
    before: Mapping[PartName, int],
) -> tuple[list[Section], dict[PartName, int]]:
    """Return a chapter's sections and the sizes of the parts that it brings.

    It begins with a link, and every third one ends with the song's first theme.
    """
    order = [forms[(number + i) % len(forms)] for i in range(len(forms))]
    names, sizes = _parts(order, number, bars_wanted, turn, before)
    theme = _theme(before) if number == chapters - 1 or number % THEME_RETURNS == 2 else []
    link = [] if number == 0 else [_link(names, sizes)]
    fixed = sum(section.bars for section in link + theme)
    by_letter = {letter: sizes[name] for letter, name in names.items()}
    sections = lay_out(
        order,
        by_letter,
        max(8.0, bars_wanted - fixed),
        opens=number == 0,
        closes=number == chapters - 1,
        lifts=ROUND_LIFTS,
    )
    own = [replace(section, part=names[section.part]) for section in sections]
    if own and own[-1].role == "outro":
        return [*link, *own[:-1], *theme, own[-1]], sizes
    return [*link, *own, *theme], sizes


def _parts(
    forms: Sequence[Form],
    number: int,
    bars_wanted: float,
    turn: int,
    before: Mapping[PartName, int],
) -> tuple[dict[str, PartName], dict[PartName, int]]:
    """Name the parts of a chapter: A and B are new each time, C and D every other time."""
    sizes: dict[str, int] = {}
    for form in forms:
        for part, size in part_sizes(form, bars_wanted, turn + number).items():
            sizes.setdefault(part, size)
    names = {letter: f"{letter}{number + 1}" if number else letter for letter in sizes}
    for letter in sizes:
        earlier = [part for part in before if letter_of(part) == letter]
        if letter in "CD" and number % 2 and earlier:
            names[letter] = earlier[-1]
    return names, {name: before.get(name, sizes[letter]) for letter, name in names.items()}


def _link(names: Mapping[str, PartName], sizes: Mapping[PartName, int]) -> Section:
    """Return the stretch that leads into a chapter: the band with the chords of its first part."""
    part = names.get("A") or next(iter(names.values()))
    return Section("interlude", part, 0, min(_LINK_BARS, sizes[part]), 0)


def _theme(before: Mapping[PartName, int]) -> list[Section]:
    """Return the song's first theme as it comes back."""
    part = "B" if "B" in before else next(iter(before), None)
    return [Section("chorus", part, 0, before[part], 0)] if part else []
