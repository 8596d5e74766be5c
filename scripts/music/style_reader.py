"""Read the style book; a wrong entry is left out with a notice, and the rest works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any

from scripts.music.grooves import Groove, check_groove
from scripts.music.harmony import chord_from_roman
from scripts.music.styles import Form, Mood, Style, StyleBook, TitleWords
from scripts.music.type_checks import check_types, field_types, require
from scripts.tables.program import UserError
from scripts.tables.sound import SoundDesign
from scripts.temporary import arranging, mixing, notation, structure, style_rules


def read_style_book(document: Any) -> StyleBook:
    """Build the style book from a parsed `styles.json`; wrong entries are left out with notices.

    Raises UserError when nothing usable is left.
    """
    if not isinstance(document, dict):
        raise UserError("data/styles.json is not a style book; restore it from the download.")
    notices: list[str] = []
    grooves = _entries(document, "grooves", Groove, check_groove, notices)
    forms = _entries(document, "forms", Form, _check_form, notices)

    def check_style(style: Style) -> None:
        _check_style(style)
        _require_known("forms", style.forms, forms)
        _require_known("grooves", style.grooves, grooves)

    styles = _entries(document, "styles", Style, check_style, notices)
    moods = _entries(document, "moods", Mood, _check_mood, notices)
    if not styles:
        raise UserError("data/styles.json has no usable style; restore it from the download.")
    titles = _titles(document, notices)
    return StyleBook(styles, moods, forms, grooves, titles, tuple(notices))


def _titles(document: Mapping[str, Any], notices: list[str]) -> TitleWords:
    """Read the words for titles; without usable ones there are none, and songs get numbers."""
    try:
        words = TitleWords(**_lists_to_tuples(document["titles"]))
        check_types(words)
        legal = all(map(style_rules.TITLE_PATTERN.fullmatch, words.patterns))
        require(legal, "a pattern is wrong.")
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
    """Return a section's entries by name; wrong ones are left out, and `notices` say so."""
    found: dict[str, Any] = {}
    entries = document.get(section)
    for name, fields in (entries if isinstance(entries, dict) else {}).items():
        try:
            entry = _build_entry(kind, _lists_to_tuples(fields), name=name)
            check(entry)
        except UserError as error:
            reason = str(error)
        except (TypeError, ValueError, AttributeError, KeyError, IndexError) as error:
            reason = f"a field is wrong ({error})."
        else:
            found[name] = entry
            continue
        notice = f'Style book: {section} "{name}" is left out: {reason}'
        notices.append(notice[: style_rules.NOTICE_CHARACTERS_AT_MOST])
    return found


def _lists_to_tuples(value: Any) -> Any:
    """Turn JSON lists into tuples, nested ones as well."""
    if isinstance(value, list):
        return tuple(_lists_to_tuples(item) for item in value)
    if isinstance(value, dict):
        return {key: _lists_to_tuples(item) for key, item in value.items()}
    return value


def _build_entry(kind: Any, values: Mapping[str, Any], **known: str) -> Any:
    """Make a dataclass of its fields; an object becomes one where the field's type is one."""
    types = field_types(kind)
    made = {
        name: _build_entry(types[name], value)
        if is_dataclass(types.get(name)) and isinstance(value, dict)
        else value
        for name, value in values.items()
    }
    entry = kind(**known, **made)
    check_types(entry)
    return entry


# --- Checks of entries ---------------------------------------------------------------------------


def _check_form(form: Form) -> None:
    found = [structure.SECTION_PATTERN.fullmatch(section) for section in form.sections]
    for section, match in zip(form.sections, found):
        known = match is not None and match[1] in structure.ROLES
        require(known, f'field "sections": "{section}" is no section.')
    roles = {match[1] for match in found if match}
    require(bool(roles - {"intro", "outro"}), 'field "sections" has nothing to play in between.')
    parts = {match[2] or structure.ROLES[match[1]].part for match in found if match}
    for part in sorted(parts):
        require(bool(form.bars.get(part)), f'field "bars" has nothing for part {part}.')
    for part, sizes in form.bars.items():
        require(part in style_rules.PARTS, f'field "bars": "{part}" is no part.')
        for size in sizes:
            legal = size % 2 == 0 and size // 2 in notation.CELL_SCHEMES
            require(legal, f'field "bars": a part cannot have {size} bars.')
    require(-6 <= form.lift <= 6, 'field "lift" must be -6 to 6 semitones.')


def _check_style(style: Style) -> None:
    for low, high in (style.tempo, *style.tempos.values()):
        require(20 <= low <= high <= 300, 'field "tempo" must rise within 20 to 300.')
    _require_known("tempos", style.tempos, style.grooves)
    for name in ("modes", "melody", "chords", "bass", "grooves", "forms", "endings"):
        require(bool(getattr(style, name)), f'field "{name}" is empty.')
    for mode in style.modes:
        require(mode in notation.MODES, f'field "modes": "{mode}" is no known mode.')
        require(mode in style.loops, f'field "loops" has nothing for {mode}.')
        _check_loops(mode, style.loops[mode])
    programs = (*style.melody, *style.chords, *style.bass, *style.counter, *style.pad)
    _check_programs((*programs, *style.solo, style.kit))
    for name, (lowest, highest) in style_rules.STYLE_RANGES.items():
        inside = lowest <= getattr(style, name) <= highest
        require(inside, f'field "{name}" must be {lowest:g} to {highest:g}.')
    known_kind = style.kind in style_rules.TUNE_KINDS
    require(known_kind, f'field "kind": "{style.kind}" is none that the starter knows.')
    known_parts = set(style.density_shift) <= set(style_rules.PARTS)
    require(known_parts, 'field "density_shift" names an unknown part.')
    require(all(-4 <= s <= 4 for s in style.density_shift.values()), 'field "density_shift": ±4.')
    bottom, top = style.range
    fits = style_rules.MELODY_REACH[0] <= bottom <= top - 14 and top <= style_rules.MELODY_REACH[1]
    require(fits, f'field "range" must span 14 semitones within {style_rules.MELODY_REACH}.')
    quietest, fullest = style.energy
    require(1 <= quietest <= fullest <= 4, 'field "energy" must rise within 1 to 4.')
    _require_known("endings", style.endings, structure.ENDINGS)
    _check_mix(style.mix)
    _check_sound(style.sound)


def _check_loops(mode: str, loops: Mapping[str, tuple[str, ...]]) -> None:
    require(set(loops) <= set(style_rules.PARTS), f'field "loops": {mode} has a part that is none.')
    for part in style_rules.LOOP_PARTS:
        require(bool(loops.get(part)), f'field "loops": {mode} lacks part {part}.')
    for part in loops:
        for loop in loops[part]:
            for numeral in re.split("[ ,]", loop):
                chord_from_roman(numeral, notation.MODES[mode])


def _require_known(name: str, values: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(values) - set(known))
    require(not unknown, f'field "{name}" names what is not there: {", ".join(unknown)}.')


def _check_programs(programs: Iterable[int]) -> None:
    for program in programs:
        require(0 <= program <= 127, f"{program} is not a General MIDI program (0 to 127).")


def _check_sound(sound: SoundDesign) -> None:
    require(sound.space in mixing.SPACES, f'field "sound": "{sound.space}" is no known space.')
    for name, (low, high) in mixing.SOUND_RANGES.items():
        inside = low <= getattr(sound, name) <= high
        require(inside, f'field "sound": "{name}" must be {low:g} to {high:g}.')


def _check_mix(mix: Mapping[str, float]) -> None:
    require(set(mix) <= set(arranging.PLAYERS), 'field "mix" names an unknown player.')
    within = all(-40 <= gain <= 12 for gain in mix.values())
    require(within, 'field "mix" must be -40 to 12 dB.')


def _check_mood(mood: Mood) -> None:
    for name, (low, high) in style_rules.MOOD_RANGES.items():
        inside = low <= getattr(mood, name) <= high
        require(inside, f'field "{name}" must be {low:g} to {high:g}.')
    _check_mix(mood.mix)
    require(set(mood.modes) <= set(notation.MODES), 'field "modes" names an unknown mode.')
    require(set(mood.sound) <= set(mixing.SOUND_RANGES), 'field "sound" bends something unknown.')
    require(mood.space is None or mood.space in mixing.SPACES, 'field "space" is no known space.')
    _check_programs((*mood.melody, *mood.chords, *mood.counter, *mood.pad, *mood.solo))
