"""The style book: what the style words mean, and which of them we know."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from typing import Any, get_type_hints

from scripts.music.checks import check_kinds as _check_kinds
from scripts.music.checks import demand as _demand
from scripts.music.grooves import Groove, check_groove
from scripts.music.harmony import chord_from_roman
from scripts.temporary import (
    ENDINGS,
    MODES,
    PLAYERS,
    ROLES,
    SOUND_RANGES,
    SPACES,
    STYLE_TEXT_AT_MOST,
    SoundDesign,
    UserError,
)

DEFAULT_STYLE = "pop"
_WORDS_AT_MOST = 12
_LIKENESS = 0.82  # below this a spelling is not forgiven: "rock" must not become "rocker"
_TITLE_PATTERN = re.compile(r"(?:[^{}]|\{(?:adjective|noun|noun2)\}){1,60}")


@dataclass(frozen=True)
class Style:
    """A leading style: everything that a plan may choose from. Tempo is in beats a minute.

    `triplets` and `ties` say that its melodies like them.
    """

    name: str
    family: str
    aliases: tuple[str, ...]
    tempo: tuple[float, float]
    modes: tuple[str, ...]
    loops: Mapping[str, Mapping[str, tuple[str, ...]]]
    form: tuple[tuple[str, ...], ...]
    melody: tuple[int, ...]
    chords: tuple[int, ...]
    bass: tuple[int, ...]
    kit: int
    grooves: tuple[str, ...]
    density: int
    kind: str
    swing: float
    humanise: float
    melody_octave: int
    mix: Mapping[str, float]
    counter: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()
    solo: tuple[int, ...] = ()
    sound: SoundDesign = field(default_factory=SoundDesign)
    endings: tuple[str, ...] = ("ring",)
    triplets: bool = False
    ties: bool = False


@dataclass(frozen=True)
class Mood:
    """A word that bends any style: factors and shifts, and what it would rather hear."""

    name: str
    aliases: tuple[str, ...]
    tempo: float = 1.0
    density: int = 0
    humanise: float = 0.0
    octave: int = 0
    modes: tuple[str, ...] = ()
    melody: tuple[int, ...] = ()
    chords: tuple[int, ...] = ()
    counter: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()
    solo: tuple[int, ...] = ()
    mix: Mapping[str, float] = field(default_factory=dict)
    sound: Mapping[str, float] = field(default_factory=dict)  # added to a design's numbers
    space: str | None = None


@dataclass(frozen=True)
class TitleWords:
    """Words for titles by family of styles, and patterns with {adjective}, {noun}, {noun2}."""

    adjectives: Mapping[str, tuple[str, ...]]
    nouns: Mapping[str, tuple[str, ...]]
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class StyleBook:
    """All styles, moods and grooves, and what was wrong with entries that were left out."""

    styles: Mapping[str, Style]
    moods: Mapping[str, Mood]
    grooves: Mapping[str, Groove]
    titles: TitleWords
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """The user's style text, understood: styles (the first leads), moods, and unknown words."""

    text: str
    styles: tuple[str, ...]
    moods: tuple[str, ...]
    unknown: tuple[str, ...]


def _frozen(value: Any) -> Any:
    """Turn JSON lists into tuples, all the way down."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def read_style_book(document: Any) -> StyleBook:
    """Build the style book from a parsed `styles.json`; wrong entries are named and left out.

    Raises UserError when nothing usable is left.
    """
    if not isinstance(document, dict):
        raise UserError("data/styles.json is not a style book; restore it from the download.")
    notices: list[str] = []
    grooves = _entries(document, "grooves", Groove, check_groove, notices)
    known = set(grooves)
    styles = _entries(document, "styles", Style, lambda s: _check_style(s, known), notices)
    moods = _entries(document, "moods", Mood, _check_mood, notices)
    if not styles:
        raise UserError("data/styles.json has no usable style; restore it from the download.")
    return StyleBook(styles, moods, grooves, _titles(document, notices), tuple(notices))


def _titles(document: Mapping[str, Any], notices: list[str]) -> TitleWords:
    """Read the words for titles; a style book without usable ones gets plain titles."""
    try:
        words = TitleWords(**_frozen(document["titles"]))
        _check_kinds(words)
        _demand(all(map(_TITLE_PATTERN.fullmatch, words.patterns)), "a pattern is wrong.")
    except (TypeError, KeyError, UserError):
        notices.append('Style book: "titles" is left out: it needs adjectives, nouns, patterns.')
        words = TitleWords({}, {}, ())
    return words


def _entries(
    document: Mapping[str, Any], section: str, kind: Any, check: Any, notices: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    entries = document.get(section)
    for name, fields in (entries if isinstance(entries, dict) else {}).items():
        try:
            entry = _built(kind, _frozen(fields), name=name)
            check(entry)
        except UserError as error:
            notices.append(f'Style book: {section} "{name}" is left out: {error}')
        except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
            reason = f"a field is wrong ({error})."
            notices.append(f'Style book: {section} "{name}" is left out: {reason}')
        else:
            found[name] = entry
    return found


def _built(kind: Any, values: Mapping[str, Any], **known: str) -> Any:
    """Make a dataclass of its fields, an object among them where the field is one itself."""
    types = get_type_hints(kind)
    made = {
        name: _built(types[name], value)
        if is_dataclass(types.get(name)) and isinstance(value, dict)
        else value
        for name, value in values.items()
    }
    entry = kind(**known, **made)
    _check_kinds(entry)
    return entry


def _check_style(style: Style, grooves: set[str]) -> None:
    low, high = style.tempo
    _demand(20 <= low <= high <= 300, 'field "tempo" must rise within 20 to 300.')
    _demand(bool(style.modes), 'field "modes" is empty.')
    for mode in style.modes:
        _demand(mode in MODES, f'field "modes": "{mode}" is no known mode.')
        _demand(mode in style.loops, f'field "loops" has nothing for {mode}.')
        for part in "ABC":
            _demand(bool(style.loops[mode].get(part)), f'field "loops": {mode} lacks part {part}.')
            for loop in style.loops[mode][part]:
                for numeral in re.split("[ ,]", loop):
                    chord_from_roman(numeral, MODES[mode])
    for form in style.form:
        _demand(set(form) <= set(ROLES), f'field "form": {" ".join(form)} has an unknown section.')
        _demand(bool({*form} - {"intro", "outro"}), 'field "form" has nothing to play in between.')
    for name in ("melody", "chords", "bass", "grooves", "form"):
        _demand(bool(getattr(style, name)), f'field "{name}" is empty.')
    programs = (*style.melody, *style.chords, *style.bass, *style.counter, *style.pad)
    for program in (*programs, *style.solo, style.kit):
        _demand(0 <= program <= 127, f"{program} is not a General MIDI program (0 to 127).")
    _demand(set(style.grooves) <= grooves, 'field "grooves" names one that is not there.')
    _demand(1 <= style.density <= 5, 'field "density" must be 1 to 5.')
    _demand(0.5 <= style.swing <= 0.75, 'field "swing" must be 0.5 to 0.75.')
    _demand(0 <= style.humanise <= 1, 'field "humanise" must be 0 to 1.')
    _demand(-1 <= style.melody_octave <= 1, 'field "melody_octave" must be -1 to 1.')
    _check_mix(style.mix)
    _demand(set(style.endings) <= set(ENDINGS), 'field "endings" has an unknown one.')
    _demand(bool(style.endings), 'field "endings" is empty.')
    _check_sound(style.sound)


def _check_sound(sound: SoundDesign) -> None:
    _demand(sound.space in SPACES, f'field "sound": "{sound.space}" is no known space.')
    for name, (low, high) in SOUND_RANGES.items():
        inside = low <= getattr(sound, name) <= high
        _demand(inside, f'field "sound": "{name}" must be {low:g} to {high:g}.')


def _check_mix(mix: Mapping[str, float]) -> None:
    _demand(set(mix) <= set(PLAYERS), 'field "mix" names an unknown player.')
    _demand(all(-40 <= gain <= 12 for gain in mix.values()), 'field "mix" must be -40 to 12 dB.')


def _check_mood(mood: Mood) -> None:
    _demand(0.3 <= mood.tempo <= 3, 'field "tempo" must be a factor from 0.3 to 3.')
    _demand(-4 <= mood.density <= 4, 'field "density" must be -4 to 4.')
    _demand(-1 <= mood.humanise <= 1, 'field "humanise" must be -1 to 1.')
    _demand(-1 <= mood.octave <= 1, 'field "octave" must be -1 to 1.')
    _check_mix(mood.mix)
    _demand(set(mood.modes) <= set(MODES), 'field "modes" names an unknown mode.')
    _demand(set(mood.sound) <= set(SOUND_RANGES), 'field "sound" bends something unknown.')
    _demand(mood.space is None or mood.space in SPACES, 'field "space" is no known space.')
    for program in (*mood.melody, *mood.chords, *mood.counter, *mood.pad, *mood.solo):
        _demand(0 <= program <= 127, f"{program} is not a General MIDI program (0 to 127).")


def fold(word: str) -> str:
    """Reduce a word to what spelling leaves: lower case, no accents, spaces or hyphens."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in plain if letter.isalnum() or letter == "&")


def plain_words(text: str) -> str:
    """Return the user's words for a prompt, without the signs that mean something to a model.

    A conversation's own words, such as <|im_end|> or </s>, are made of these.
    """
    return " ".join(text.translate(dict.fromkeys(map(ord, "<>|{}[]\\"), " ")).split())


def understand(text: str, book: StyleBook) -> Request:
    """Sort comma-separated style words into styles, moods and unknown ones.

    A phrase that is unknown as a whole is tried word by word ("dark synthwave"). Raises UserError
    for text without a letter or digit, or of absurd length.
    """
    if len(text) > STYLE_TEXT_AT_MOST:
        raise UserError(
            f"That is {len(text):,} characters of styles; please use at most {STYLE_TEXT_AT_MOST}."
        )
    phrases = [" ".join(phrase.split()) for phrase in re.split(r"[,;/|\n]", text)]
    phrases = ["".join(filter(str.isprintable, phrase)) for phrase in phrases]
    phrases = [phrase for phrase in phrases if fold(phrase)][:_WORDS_AT_MOST]
    if not phrases:
        raise UserError("Please type at least one style in words, such as: Chill, Dubstep")
    index = _index(book)
    found: dict[str, list[str]] = {"style": [], "mood": [], "unknown": []}
    for phrase in phrases:
        for kind, name in _look_up(phrase, index):
            if name not in found[kind]:
                found[kind].append(name)
    return Request(
        ", ".join(phrases), tuple(found["style"]), tuple(found["mood"]), tuple(found["unknown"])
    )


def _index(book: StyleBook) -> dict[str, tuple[str, str]]:
    index: dict[str, tuple[str, str]] = {}
    for kind, entries in (("mood", book.moods), ("style", book.styles)):
        for name, entry in entries.items():
            for word in (name, *entry.aliases):
                index[fold(word)] = (kind, name)
    return index


def _look_up(phrase: str, index: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    known = _nearest(phrase, index)
    if known is not None:
        return [known]
    words = phrase.split()
    single = [_nearest(word, index) for word in words] if len(words) > 1 else []
    if any(single):
        return [hit for hit in single if hit is not None]
    return [("unknown", phrase)]


def _nearest(word: str, index: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
    folded = fold(word)
    if folded in index:
        return index[folded]
    close = difflib.get_close_matches(folded, index, n=1, cutoff=_LIKENESS)
    return index[close[0]] if close and len(folded) > 3 else None
