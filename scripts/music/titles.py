"""Pleasant names for songs."""

from __future__ import annotations

import random

from scripts.music.styles import StyleBook, TitleWords


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


def titles_possible(words: TitleWords, family: str) -> int:
    """Return how many different titles a family can have."""
    adjectives, nouns = _words(words.adjectives, family), _words(words.nouns, family)
    return len(words.patterns) * len(adjectives) * len(nouns)


def _words(table: object, family: str) -> tuple[str, ...]:
    if not isinstance(table, dict) or not table:
        return ()
    own = table.get(family)
    return own if own else tuple(word for words in table.values() for word in words)
