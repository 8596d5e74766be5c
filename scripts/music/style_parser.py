"""Parse style words: look them up in the style book, and forgive misspellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scripts.music.styles import StyleBook
from scripts.tables.program import UserError
from scripts.tables.songs import StyleRequest
from scripts.temporary import application, style_rules


@dataclass(frozen=True)
class _Meaning:
    """What a word stands for: a style, a mood, or either, depending on the other words."""

    style: str | None = None
    mood: str | None = None


def normalise_word(word: str) -> str:
    """Reduce a word to letters, digits and `&`, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if letter.isalnum() or letter == "&")


def strip_markup(text: str) -> str:
    """Return the user's words for a prompt, without the characters of a model's markup.

    The control tokens of chat templates, such as <|im_end|> or </s>, are made of these.
    """
    return " ".join(text.translate(dict.fromkeys(map(ord, "<>|{}[]\\"), " ")).split())


def parse_styles(text: str, book: StyleBook) -> StyleRequest:
    """Sort comma-separated style words into styles, moods and unknown ones.

    A phrase that is unknown as a whole is tried in pieces ("dark synthwave"). A word that is both
    a style and a mood ("epic") leads where no style is named, else it is a mood. Raises UserError
    for text without a letter or digit, or of absurd length.
    """
    if len(text) > application.STYLE_TEXT_AT_MOST:
        raise UserError(
            f"That is {len(text):,} characters of styles; "
            f"please use at most {application.STYLE_TEXT_AT_MOST}."
        )
    phrases = [_printed(phrase) for phrase in re.split(r"[,;/|+\n]", text)]
    phrases = [phrase for phrase in phrases if normalise_word(phrase)]
    phrases = phrases[: style_rules.PHRASES_AT_MOST]
    if not phrases:
        raise UserError("Please type at least one style in words, such as: Chill, Dubstep")
    index = _index(book)
    found: list[_Meaning] = []
    unknown: list[str] = []
    for phrase in phrases:
        for piece in _find_meanings(phrase, index):
            if isinstance(piece, str):
                unknown.append(piece)
            else:
                found.append(piece)
    styles, moods = _split_styles_and_moods(found)
    return StyleRequest(", ".join(phrases), styles, moods, tuple(dict.fromkeys(unknown)))


def _printed(phrase: str) -> str:
    """Return a phrase with single spaces and without unprintable characters."""
    return " ".join("".join(c for c in phrase if c.isprintable() or c.isspace()).split())


def leading_style(request: StyleRequest, book: StyleBook) -> str:
    """Return the style that leads: the first named, a mood's own, else the default."""
    of_moods = [book.moods[mood].leads for mood in request.moods]
    for name in (*request.styles, *of_moods, style_rules.DEFAULT_STYLE):
        if name is not None and name in book.styles:
            return name
    return next(iter(book.styles))


def _split_styles_and_moods(found: list[_Meaning]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (styles, moods); without a style the first word that may be either is one."""
    styles = [word.style for word in found if word.style and not word.mood]
    either = [word.style for word in found if word.style and word.mood]
    leading = either[:1] if not styles else []
    moods = [word.mood for word in found if word.mood and word.style not in leading]
    return tuple(dict.fromkeys([*styles, *leading])), tuple(dict.fromkeys(moods))


def _index(book: StyleBook) -> dict[str, _Meaning]:
    """Return the meanings of all names and aliases by their normalised spelling."""
    styles = {normalise_word(w): n for n, e in book.styles.items() for w in (*e.aliases, n)}
    moods = {normalise_word(w): n for n, e in book.moods.items() for w in (*e.aliases, n)}
    # A name takes precedence over the same alias of another entry.
    styles |= {normalise_word(name): name for name in book.styles}
    moods |= {normalise_word(name): name for name in book.moods}
    return {word: _Meaning(styles.get(word), moods.get(word)) for word in {**styles, **moods}}


def _find_meanings(phrase: str, index: Mapping[str, _Meaning]) -> Iterator[_Meaning | str]:
    """Yield what a phrase means: as a whole, else its longest known pieces and unknown words."""
    whole = _find_meaning(phrase, index)
    if whole is not None:
        yield whole
        return
    words = phrase.split()
    pieces: list[_Meaning | str] = []
    unknown: list[str] = []
    start = 0
    while start < len(words):
        size, meaning = _longest_known_name(words[start:], index)
        if meaning is not None:
            pieces.append(meaning)
        elif normalise_word(words[start]) not in {"", *style_rules.NOISE_WORDS}:
            unknown.append(words[start])
        start += size
    yield from pieces
    if not pieces:
        yield phrase
    else:
        yield from unknown


def _longest_known_name(
    words: list[str], index: Mapping[str, _Meaning]
) -> tuple[int, _Meaning | None]:
    """Return how many of the first words make a known name, and its meaning; else 1 and None."""
    first = normalise_word(words[0])
    is_noise = first in style_rules.NOISE_WORDS and first not in index
    for size in range(min(style_rules.WORDS_IN_NAME_AT_MOST, len(words)), 0, -1):
        if size == 1 and is_noise:
            break
        meaning = _find_meaning(" ".join(words[:size]), index)
        if meaning is not None:
            return size, meaning
    return 1, None


# --- Spelling ------------------------------------------------------------------------------------


def _find_meaning(word: str, index: Mapping[str, _Meaning]) -> _Meaning | None:
    """Return the meaning of a word: as it stands, in the plural, or with forgiven typos."""
    typed = normalise_word(word)
    if typed not in index:
        typed = typed.replace("&", "and")
    for spelled in (typed, *_singulars(typed)):
        if spelled in index:
            return index[spelled]
    collapsed = _collapse_doubles(typed)
    if len(collapsed) >= 3:
        for known, meaning in index.items():
            if _collapse_doubles(known) == collapsed and len(known) > 3:
                return meaning
    near = sorted({known for known in index if _is_typo_of(typed, known)})
    best = min(near, key=lambda known: _edit_distance(typed, known), default=None)
    return index[best] if best is not None else None


def _singulars(word: str) -> Iterator[str]:
    """Yield what a word may be the plural of."""
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            yield word[: -len(ending)] + instead


def _collapse_doubles(word: str) -> str:
    """Return a word without doubled letters, so that "regae" finds "reggae"."""
    return re.sub(r"(.)\1+", r"\1", word)


def _is_typo_of(typed: str, known: str) -> bool:
    """Whether a word may be a known one with typos: the same first letter and few edits."""
    if typed[:1] != known[:1] or min(len(typed), len(known)) < style_rules.TYPOS_FROM:
        return False
    length = min(len(typed), len(known))
    allowed = next((edits for letters, edits in style_rules.EDITS_FORGIVEN if length >= letters), 0)
    if abs(len(typed) - len(known)) > max(1, allowed):
        return False
    return _edit_distance(typed, known) <= allowed or _is_likely_typo(typed, known)


def _is_likely_typo(typed: str, known: str) -> bool:
    """Whether the first difference is a likely slip and the only one.

    Slips are two letters swapped, a letter confused with one of its class, and a vowel, h or y
    added or left out.
    """
    head = next((i for i, (a, b) in enumerate(zip(typed, known)) if a != b), None)
    if head is None:
        return False  # they differ only in an ending: "rocker" is not rock
    rest, other = typed[head:], known[head:]
    if len(rest) == len(other):
        swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
        alike = any(rest[0] in row and other[0] in row for row in style_rules.LETTER_CLASSES)
        return swapped or (alike and rest[1:] == other[1:])
    longer, shorter = (rest, other) if len(rest) > len(other) else (other, rest)
    return longer[1:] == shorter and longer[0] in "aeiouyh"


def _edit_distance(one: str, other: str) -> int:
    """Return how many letters to change, add, drop or swap turn a word into another.

    The Damerau-Levenshtein distance, restricted to swaps of neighbours (optimal string alignment).
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row, last = row, [i], before
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
