"""Pleasant names for songs."""

from __future__ import annotations

import random
from collections.abc import Mapping

from scripts.music.styles import StyleBook


def invent_title(book: StyleBook, family: str, rng: random.Random) -> str:
    """Return a title in the manner of a family of styles; plain where the style book has none."""
    words = book.titles
    adjectives = _words(words.adjectives, family)
    nouns = _words(words.nouns, family)
    if not (adjectives and len(nouns) > 1 and words.patterns):
        return f"Song {rng.randrange(1000, 10000)}"
    noun, noun2 = rng.sample(nouns, 2)
    pattern = rng.choice(words.patterns)
    return pattern.format(adjective=rng.choice(adjectives), noun=noun, noun2=noun2)


def _words(table: Mapping[str, tuple[str, ...]], family: str) -> tuple[str, ...]:
    """Return a family's words; a family without any takes those of all."""
    return table.get(family) or tuple(word for words in table.values() for word in words)
