"""Reading the style book: whatever stands in it, a wrong entry is named and the rest works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any

from scripts.music.checks import check_kinds, demand, types_of
from scripts.music.grooves import Groove, check_groove
from scripts.music.harmony import chord_from_roman
from scripts.music.styles import Form, Mood, Style, StyleBook, TitleWords
from scripts.temporary import (
    CELL_SCHEMES,
    ENDINGS,
    KINDS,
    LOOP_PARTS,
    MELODY_REACH,
    MODES,
    PARTS,
    PLAYERS,
    ROLES,
    SECTION_PATTERN,
    SOUND_RANGES,
    SPACES,
    SoundDesign,
    UserError,
)

_TITLE_PATTERN = re.compile(r"(?:[^{}]|\{(?:adjective|noun|noun2)\}){1,60}")
_SECTION = re.compile(SECTION_PATTERN)
_NOTICE_AT_MOST = 300  # characters


def read_style_book(document: Any) -> StyleBook:
    """Build the style book from a parsed `styles.json`; wrong entries are named and left out.

    Raises UserError when nothing usable is left.
    """
    if not isinstance(document, dict):
        raise UserError("data/styles.json is not a style book; restore it from the download.")
    notices: list[str] = []
    grooves = _entries(document, "grooves", Groove, check_groove, notices)
    forms = _entries(document, "forms", Form, _check_form, notices)

    def check_style(style: Style) -> None:
        _check_style(style)
        _demand_known("forms", style.forms, forms)
        _demand_known("grooves", style.grooves, grooves)

    styles = _entries(document, "styles", Style, check_style, notices)
    moods = _entries(document, "moods", Mood, _check_mood, notices)
    if not styles:
        raise UserError("data/styles.json has no usable style; restore it from the download.")
    titles = _titles(document, notices)
    return StyleBook(styles, moods, forms, grooves, titles, tuple(notices))


def _titles(document: Mapping[str, Any], notices: list[str]) -> TitleWords:
    """Read the words for titles; a style book without usable ones gets plain titles."""
    try:
        words = TitleWords(**_frozen(document["titles"]))
        check_kinds(words)
        demand(all(map(_TITLE_PATTERN.fullmatch, words.patterns)), "a pattern is wrong.")
    except (TypeError, KeyError, UserError):
        notices.append('Style book: "titles" is left out: it needs adjectives, nouns, patterns.')
        words = TitleWords({}, {}, ())
    return words


def _entries(
    document: Mapping[str, Any],
    section: str,
    kind: Any,
    check: Callable[[Any], None],
    notices: list[str],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    entries = document.get(section)
    for name, fields in (entries if isinstance(entries, dict) else {}).items():
        try:
            entry = _built(kind, _frozen(fields), name=name)
            check(entry)
        except UserError as error:
            reason = str(error)
        except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
            reason = f"a field is wrong ({error})."
        else:
            found[name] = entry
            continue
        notice = f'Style book: {section} "{name}" is left out: {reason}'
        notices.append(notice[:_NOTICE_AT_MOST])
    return found


def _frozen(value: Any) -> Any:
    """Turn JSON lists into tuples, all the way down."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value


def _built(kind: Any, values: Mapping[str, Any], **known: str) -> Any:
    """Make a dataclass of its fields, an object among them where the field is one itself."""
    types = types_of(kind)
    made = {
        name: _built(types[name], value)
        if is_dataclass(types.get(name)) and isinstance(value, dict)
        else value
        for name, value in values.items()
    }
    entry = kind(**known, **made)
    check_kinds(entry)
    return entry


# --- What must hold of an entry ----------------------------------------------------------------


def _check_form(form: Form) -> None:
    found = [_SECTION.fullmatch(section) for section in form.sections]
    for section, match in zip(form.sections, found):
        known = match is not None and match[1] in ROLES
        demand(known, f'field "sections": "{section}" is no section.')
    roles = {match[1] for match in found if match}
    demand(bool(roles - {"intro", "outro"}), 'field "sections" has nothing to play in between.')
    parts = {match[2] or ROLES[match[1]].part for match in found if match}
    for part in sorted(parts):
        demand(bool(form.bars.get(part)), f'field "bars" has nothing for part {part}.')
    for part, sizes in form.bars.items():
        demand(part in PARTS, f'field "bars": "{part}" is no part.')
        for size in sizes:
            legal = size % 2 == 0 and size // 2 in CELL_SCHEMES
            demand(legal, f'field "bars": a part cannot have {size} bars.')
    demand(-6 <= form.lift <= 6, 'field "lift" must be -6 to 6 semitones.')


def _check_style(style: Style) -> None:
    for low, high in (style.tempo, *style.tempos.values()):
        demand(20 <= low <= high <= 300, 'field "tempo" must rise within 20 to 300.')
    _demand_known("tempos", style.tempos, style.grooves)
    for name in ("modes", "melody", "chords", "bass", "grooves", "forms", "endings"):
        demand(bool(getattr(style, name)), f'field "{name}" is empty.')
    for mode in style.modes:
        demand(mode in MODES, f'field "modes": "{mode}" is no known mode.')
        demand(mode in style.loops, f'field "loops" has nothing for {mode}.')
        _check_loops(mode, style.loops[mode])
    programs = (*style.melody, *style.chords, *style.bass, *style.counter, *style.pad)
    _check_programs((*programs, *style.solo, style.kit))
    for name, (lowest, highest) in _STYLE_RANGES.items():
        inside = lowest <= getattr(style, name) <= highest
        demand(inside, f'field "{name}" must be {lowest:g} to {highest:g}.')
    demand(style.kind in KINDS, f'field "kind": "{style.kind}" is none that the starter knows.')
    demand(set(style.density_shift) <= set(PARTS), 'field "density_shift" names an unknown part.')
    demand(all(-4 <= s <= 4 for s in style.density_shift.values()), 'field "density_shift": ±4.')
    bottom, top = style.range
    fits = MELODY_REACH[0] <= bottom <= top - 14 and top <= MELODY_REACH[1]
    demand(fits, f'field "range" must span 14 semitones within {MELODY_REACH}.')
    demand(1 <= style.energy[0] <= style.energy[1] <= 4, 'field "energy" must rise within 1 to 4.')
    _demand_known("endings", style.endings, ENDINGS)
    _check_mix(style.mix)
    _check_sound(style.sound)


_STYLE_RANGES = {"density": (1, 5), "swing": (0.5, 0.75), "humanise": (0, 1),
                 "melody_octave": (-1, 1)}  # fmt: skip


def _check_loops(mode: str, loops: Mapping[str, tuple[str, ...]]) -> None:
    demand(set(loops) <= set(PARTS), f'field "loops": {mode} has a part that is none.')
    for part in LOOP_PARTS:
        demand(bool(loops.get(part)), f'field "loops": {mode} lacks part {part}.')
    for part in loops:
        for loop in loops[part]:
            for numeral in re.split("[ ,]", loop):
                chord_from_roman(numeral, MODES[mode])


def _demand_known(name: str, values: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(values) - set(known))
    demand(not unknown, f'field "{name}" names what is not there: {", ".join(unknown)}.')


def _check_programs(programs: Iterable[int]) -> None:
    for program in programs:
        demand(0 <= program <= 127, f"{program} is not a General MIDI program (0 to 127).")


def _check_sound(sound: SoundDesign) -> None:
    demand(sound.space in SPACES, f'field "sound": "{sound.space}" is no known space.')
    for name, (low, high) in SOUND_RANGES.items():
        inside = low <= getattr(sound, name) <= high
        demand(inside, f'field "sound": "{name}" must be {low:g} to {high:g}.')


def _check_mix(mix: Mapping[str, float]) -> None:
    demand(set(mix) <= set(PLAYERS), 'field "mix" names an unknown player.')
    demand(all(-40 <= gain <= 12 for gain in mix.values()), 'field "mix" must be -40 to 12 dB.')


_MOOD_RANGES = {"tempo": (0.3, 3), "density": (-4, 4), "energy": (-3, 3), "humanise": (-1, 1),
                "octave": (-1, 1)}  # fmt: skip


def _check_mood(mood: Mood) -> None:
    for name, (low, high) in _MOOD_RANGES.items():
        inside = low <= getattr(mood, name) <= high
        demand(inside, f'field "{name}" must be {low:g} to {high:g}.')
    _check_mix(mood.mix)
    demand(set(mood.modes) <= set(MODES), 'field "modes" names an unknown mode.')
    demand(set(mood.sound) <= set(SOUND_RANGES), 'field "sound" bends something unknown.')
    demand(mood.space is None or mood.space in SPACES, 'field "space" is no known space.')
    _check_programs((*mood.melody, *mood.chords, *mood.counter, *mood.pad, *mood.solo))
