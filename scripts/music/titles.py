"""Titles for songs, from the words of the style book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from scripts.music.seeded_choice import cyclic_choice
from scripts.music.styles import StyleBook, TitleWords


def invent_title(book: StyleBook, family: str, seed: int, moods: Sequence[str] = ()) -> str:
    """Return a title for a family of styles and for moods.

    Successive seeds get different titles until all are used; without words songs are numbered.
    """
    titles = _titles(_WordsKey(book.titles), family, tuple(moods))
    return cyclic_choice(titles, seed, "title") if titles else f"Song {seed}"


class _WordsKey:
    """Hashable wrapper of title words for `lru_cache`; compares by identity."""

    def __init__(self, words: TitleWords) -> None:
        self.words = words

    def __hash__(self) -> int:
        return id(self.words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _WordsKey) and self.words is other.words


@lru_cache(maxsize=16)
def _titles(key: _WordsKey, family: str, moods: tuple[str, ...]) -> tuple[str, ...]:
    """Return every title that the words of the family and the moods make, each once."""
    words = key.words
    adjectives = [*_words(words.adjectives, family), *_of_moods(words.adjectives, moods)]
    nouns = [*_words(words.nouns, family), *_of_moods(words.nouns, moods)]
    found = (
        pattern.format(adjective=adjective, noun=noun, noun2=noun2)
        for pattern in words.patterns
        for adjective in (adjectives if "{adjective}" in pattern else [""])
        for noun in (nouns if "{noun}" in pattern else [""])
        for noun2 in (nouns if "{noun2}" in pattern else [""])
        if noun != noun2 or not noun
    )
    return tuple(sorted({" ".join(title.split()) for title in found} - {""}))


def _words(table: Mapping[str, tuple[str, ...]], family: str) -> tuple[str, ...]:
    """Return a family's words; a family without any takes those of all."""
    return table.get(family) or tuple(dict.fromkeys(w for words in table.values() for w in words))


def _of_moods(table: Mapping[str, tuple[str, ...]], moods: Sequence[str]) -> list[str]:
    return [word for mood in moods for word in table.get(mood, ())]
