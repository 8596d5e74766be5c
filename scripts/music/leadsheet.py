"""Lead sheets: read from a model's text, checked bar by bar, and written as ABC."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from string import ascii_uppercase

from scripts.music.harmony import (
    Spelling,
    abc_pitch,
    accidental_name,
    key_name,
    root_spelling,
    signature_alterations,
    signature_of,
    span_at,
    spell_chord,
    transpose_spelling,
    transposition,
)
from scripts.tables.notation import Chord, ChordBar, MelodyBar, Metre, Note, Units
from scripts.tables.plans import LeadSheet, PartName, PartPlan, SongPlan, chapter_of
from scripts.tables.program import ModelError
from scripts.temporary import notation

# (letter, octave, or None for any) -> the alteration in force in this bar
Alterations = dict[tuple[str, int | None], int]


def count_bars(text: str) -> int:
    """Return how many bars of a song's text are finished."""
    return len(re.findall(r"\|+", text))


def read_lead_sheet(text: str, plan: SongPlan) -> LeadSheet:
    """Read the dialect text of a whole song.

    Raises ModelError for anything that is not exactly the plan's song: a missing part, a bar of
    the wrong length, a sign without meaning. Chords are the plan's own: the text has their triads.
    """
    metre = notation.METRES[plan.metre]
    parts = {name: body.replace("||", "|") for name, body in notation.PART_PATTERN.findall(text)}
    melody: dict[str, tuple[MelodyBar, ...]] = {}
    for part in plan.parts:
        bars = parts.get(part.name, "").rstrip("|").split("|")
        if len(bars) != len(part.bars):
            raise ModelError(
                f"The model wrote {len(bars)} bars of part {part.name} instead of {len(part.bars)}."
            )
        melody[part.name] = _read_bars(bars, metre)
    return LeadSheet(plan.metre, plan.mode, melody, {part.name: part.bars for part in plan.parts})


def read_part(text: str, plan: SongPlan) -> tuple[PartPlan, tuple[MelodyBar, ...]]:
    """Read one part of the dialect text, `[P:A]` and its bars; raises ModelError as above."""
    found = notation.PART_PATTERN.match(text)
    part = next((part for part in plan.parts if found and part.name == found[1]), None)
    if found is None or part is None:
        raise ModelError("The model wrote a part that was not asked for.")
    bars = found[2].replace("||", "|").rstrip("|").split("|")
    return part, _read_bars(bars, notation.METRES[plan.metre])


def _read_bars(bars: Sequence[str], metre: Metre) -> tuple[MelodyBar, ...]:
    melody = tuple(_read_bar(bar, metre) for bar in bars)
    notes = [*(note for bar in melody for note in bar), Note(None, 1)]
    for note, following in pairwise(notes):
        if note.tied and note.pitch != following.pitch:
            raise ModelError("The model wrote a tie to a note of another pitch.")
    return melody


def _read_bar(text: str, metre: Metre) -> MelodyBar:
    notes = tuple(_parse_notes(text))
    length = sum(note.units for note in notes)
    if length != metre.units:
        raise ModelError(
            f'The bar "{text}" is {length} sixteenths long; {metre.name} has {metre.units}.'
        )
    return notes


def _parse_notes(text: str) -> Iterator[Note]:
    place, in_triplet = 0, 0
    while place < len(text):
        sign = notation.SIGN_PATTERN.match(text, place)
        if sign is None or (sign["triplet"] and in_triplet):
            raise ModelError(f'The bar "{text}" has a sign without meaning at "{text[place:]}".')
        place = sign.end()
        if sign["triplet"]:
            in_triplet = notation.TRIPLET_NOTES
        elif sign["letter"]:
            written = int(sign["units"] or 1)
            units = (
                Fraction(written * notation.TRIPLET_TIME, notation.TRIPLET_NOTES)
                if in_triplet
                else written
            )
            in_triplet = max(0, in_triplet - 1)
            yield Note(
                _midi(sign["alter"], sign["letter"], sign["octave"]), units, bool(sign["tie"])
            )
    if in_triplet:
        raise ModelError(f'The bar "{text}" ends within a triplet.')


def _midi(accidental: str, letter: str, octave: str) -> int | None:
    """Return the MIDI number of a dialect pitch (`C` is 60), or None for a rest."""
    if letter == "z":
        return None
    natural = 60 + notation.LETTER_PITCH_CLASS[letter.upper()] + (12 if letter.islower() else 0)
    return (
        natural
        + 12 * (octave.count("'") - octave.count(","))
        + {"": 0, "^": 1, "_": -1}[accidental]
    )


def struck_pitches(melody: Sequence[MelodyBar]) -> list[int]:
    """Return the pitches (MIDI) of a melody in order; tied notes count once."""
    notes = [note for bar in melody for note in bar]
    befores = [Note(None, 1), *notes]
    return [
        note.pitch
        for before, note in zip(befores, notes)
        if note.pitch is not None and not before.tied
    ]


def write_abc(sheet: LeadSheet, plan: SongPlan, artist: str) -> str:
    """Write the lead sheet as ABC in the concert key, a tune for each chapter.

    Format: the ABC music standard 2.1. It names parts by one letter, so letters begin anew with
    every chapter, and parts that return from an earlier one are written once more.
    """
    chapters = sorted({section.chapter for section in plan.form})
    tunes = (_write_tune(sheet, plan, artist, number, len(chapters)) for number in chapters)
    return "\n".join(tunes)


def _write_tune(sheet: LeadSheet, plan: SongPlan, artist: str, number: int, chapters: int) -> str:
    """Return a chapter as a tune; with several, its title has the chapter's number."""
    played = [section.part for section in plan.form if section.chapter == number]
    parts = sorted(dict.fromkeys(played), key=lambda part: (chapter_of(part), part))
    if chapters == 1:
        parts = list(sheet.melody)
        letters = {part: part for part in parts}
    else:
        letters = dict(zip(parts, ascii_uppercase))
    title = plan.title if chapters == 1 else f"{plan.title} ({number + 1} of {chapters})"
    lines = [
        f"X:{number + 1}",
        f"T:{title}",
        f"C:{artist}",
        f"R:{plan.kind}",
        f"P:{''.join(letters[part] for part in played)}",
        f"M:{plan.metre}",
        f"L:1/{notation.UNITS_PER_WHOLE}",
        f"Q:1/4={round(plan.tempo)}",
        f"K:{key_name(plan.tonic, notation.MODES[plan.mode])}",
    ]
    for part in parts:
        lines += [f"P:{letters[part]}", *_part_lines(sheet, plan, part)]
    return "\n".join(lines) + "\n"


def _part_lines(sheet: LeadSheet, plan: SongPlan, part: PartName) -> Iterator[str]:
    """Yield a part's lines of four bars.

    Accidentals are those that the signature and the bar so far do not give; chord symbols are the
    plan's own, sevenths and all.
    """
    written, held = [], None
    for bar, chords in zip(sheet.melody[part], sheet.chords[part]):
        text, held = _abc_bar(bar, chords, plan, held)
        written.append(text)
    for start in range(0, len(written), notation.BARS_PER_PHRASE):
        end = " ||" if start + notation.BARS_PER_PHRASE >= len(written) else " |"
        yield " | ".join(written[start : start + notation.BARS_PER_PHRASE]) + end


def _abc_bar(
    bar: MelodyBar, chords: ChordBar, plan: SongPlan, held: Spelling | None
) -> tuple[str, Spelling | None]:
    """Return a bar as ABC, and the spelling of its last note if that is tied over the bar line.

    `held` is that of the bar before: a tied note is one note, whatever chord it goes on over.
    """
    mode = notation.MODES[plan.mode]
    shift = transposition(plan.tonic, mode)
    state: Alterations = {}
    signature = signature_alterations(signature_of(plan.tonic, mode))
    beat = notation.METRES[plan.metre].beats[0]
    symbols: dict[Units, str] = {span.start: _concert_symbol(span.chord, plan) for span in chords}
    text = ""
    place: Units = 0
    for note, before, after in with_abc_marks(bar):
        if place and place % beat == 0 and not text.endswith(" "):
            text += " "  # a space ends a beam, so that beats can be read
        text += symbols.get(place, "") + before
        if note.pitch is None:
            text += "z" + after
            held = None
        else:
            written = _spelling_at(note.pitch, place, chords)
            spelling = held or transpose_spelling(written, plan.tonic, mode)
            text += _with_accidental(note.pitch + shift, spelling, signature, state) + after
            held = spelling if note.tied else None
        place += note.units
    return text, held


def with_abc_marks(bar: MelodyBar) -> Iterator[tuple[Note, str, str]]:
    """Yield each note with what ABC writes before its pitch and behind: triplet, length, tie."""
    in_triplet = 0
    for note in bar:
        units, before = note.units, ""
        if isinstance(units, Fraction):
            before = "" if in_triplet else "(3"
            in_triplet = (in_triplet + 1) % notation.TRIPLET_NOTES
            units = units * notation.TRIPLET_NOTES / notation.TRIPLET_TIME
        yield note, before, (str(units) if units > 1 else "") + ("-" if note.tied else "")


def _spelling_at(pitch: int, place: Units, chords: ChordBar) -> Spelling:
    """Spell a written pitch as the chord under it does, else as the dialect does."""
    return spell_chord(span_at(chords, place).chord).get(
        pitch % 12, notation.DIALECT_SPELLINGS[pitch % 12]
    )


def _with_accidental(
    midi: int, spelling: Spelling, signature: dict[str, int], state: Alterations
) -> str:
    """Write a concert pitch with the accidental it needs here, and note that in `state`.

    Programs differ in whether an accidental holds for its own octave or for all of them (ABC 2.1,
    "propagate-accidentals"): one is written wherever either reading would go wrong.
    """
    letter, alter = spelling
    places = (letter, (midi - alter) // 12), (letter, None)
    plain = abc_pitch(midi, spelling)
    bare = plain.lstrip("^_")
    if all(state.get(place, signature[letter]) == alter for place in places):
        return bare
    state.update(dict.fromkeys(places, alter))
    return plain if alter else "=" + bare


def _concert_symbol(chord: Chord, plan: SongPlan) -> str:
    moved = transpose_spelling(root_spelling(chord), plan.tonic, notation.MODES[plan.mode])
    return f'"{accidental_name(moved)}{chord.quality}"'
