"""A written tune: read from a model's text, checked bar by bar, written out as ABC."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scripts.music.harmony import (
    DIALECT_SPELLINGS,
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
from scripts.temporary import (
    BARS_PER_PHRASE,
    LETTER_PITCH_CLASS,
    METRES,
    MODES,
    UNITS_PER_WHOLE,
    Chord,
    ChordBar,
    LeadSheet,
    MelodyBar,
    Metre,
    ModelError,
    Note,
    PartPlan,
    SongPlan,
)

_PART = re.compile(r"\[P:([A-Z])\]([^\[]*)")
_TOKEN = re.compile(r"\"([^\"]*)\"|([_^]?)([A-Ga-gz])([,']*)(\d*)")


def count_bars(text: str) -> int:
    """Return how many bars of a song's text are finished."""
    return len(re.findall(r"\|+", text))


def read_lead_sheet(text: str, plan: SongPlan) -> LeadSheet:
    """Read the dialect text of a whole song.

    Raises ModelError for anything that is not exactly the plan's song: a missing part, a bar of
    the wrong length, a sign without meaning. Chords are the plan's own: the text has their triads.
    """
    metre = METRES[plan.metre]
    parts = {name: body.replace("||", "|") for name, body in _PART.findall(text)}
    melody: dict[str, tuple[MelodyBar, ...]] = {}
    for part in plan.parts:
        bars = parts.get(part.name, "").rstrip("|").split("|")
        if len(bars) != len(part.bars):
            raise ModelError(
                f"The model wrote {len(bars)} bars of part {part.name} instead of {len(part.bars)}."
            )
        melody[part.name] = tuple(_read_bar(bar, metre) for bar in bars)
    return LeadSheet(plan.metre, plan.mode, melody, {part.name: part.bars for part in plan.parts})


def read_part(text: str, plan: SongPlan) -> tuple[PartPlan, tuple[MelodyBar, ...]]:
    """Read one part of the dialect text, `[P:A]` and its bars; raises ModelError like the whole."""
    found = _PART.match(text)
    part = next((part for part in plan.parts if found and part.name == found[1]), None)
    if found is None or part is None:
        raise ModelError("The model wrote a part that was not asked for.")
    bars = found[2].replace("||", "|").rstrip("|").split("|")
    return part, tuple(_read_bar(bar, METRES[plan.metre]) for bar in bars)


def _read_bar(text: str, metre: Metre) -> MelodyBar:
    notes = tuple(_notes_of(text))
    length = sum(note.units for note in notes)
    if length != metre.units:
        raise ModelError(
            f'The bar "{text}" is {length} sixteenths long; {metre.name} has {metre.units}.'
        )
    return notes


def _notes_of(text: str) -> Iterator[Note]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ModelError(f'The bar "{text}" has a sign without meaning at "{text[place:]}".')
        place = match.end()
        if match[1] is None:
            yield Note(_midi(match[2], match[3], match[4]), int(match[5] or 1))


def _midi(accidental: str, letter: str, octave: str) -> int | None:
    """Return the MIDI number of a dialect pitch (`C` is 60), or None for a rest."""
    if letter == "z":
        return None
    natural = 60 + LETTER_PITCH_CLASS[letter.upper()] + (12 if letter.islower() else 0)
    return (
        natural
        + 12 * (octave.count("'") - octave.count(","))
        + {"": 0, "^": 1, "_": -1}[accidental]
    )


def write_abc(sheet: LeadSheet, plan: SongPlan, artist: str) -> str:
    """Write the lead sheet as an ABC tune in the concert key.

    Format: the ABC music standard 2.1. Accidentals are those that the signature and the bar so
    far do not give; chord symbols are the plan's own, sevenths and all.
    """
    mode = MODES[plan.mode]
    form = "".join(section.part for section in plan.form)
    lines = [
        "X:1",
        f"T:{plan.title}",
        f"C:{artist}",
        f"R:{plan.kind}",
        f"P:{form}",
        f"M:{plan.metre}",
        f"L:1/{UNITS_PER_WHOLE}",
        f"Q:1/4={round(plan.tempo)}",
        f"K:{key_name(plan.tonic, mode)}",
    ]
    for name, bars in sheet.melody.items():
        lines.append(f"P:{name}")
        chords = sheet.chords[name]
        written = [_abc_bar(bar, chords[i], plan) for i, bar in enumerate(bars)]
        for start in range(0, len(written), BARS_PER_PHRASE):
            end = " ||" if start + BARS_PER_PHRASE >= len(written) else " |"
            lines.append(" | ".join(written[start : start + BARS_PER_PHRASE]) + end)
    return "\n".join(lines) + "\n"


def _abc_bar(bar: MelodyBar, chords: ChordBar, plan: SongPlan) -> str:
    mode = MODES[plan.mode]
    shift = transposition(plan.tonic, mode)
    state: dict[tuple[str, int], int] = {}  # (letter, octave) -> alteration in force in this bar
    signature = signature_alterations(signature_of(plan.tonic, mode))
    beat = METRES[plan.metre].beats[0]
    symbols = {span.start: _concert_symbol(span.chord, plan) for span in chords}
    text, place = "", 0
    for note in bar:
        if place and place % beat == 0 and not text.endswith(" "):
            text += " "  # a space ends a beam, so that beats can be read
        text += symbols.get(place, "")
        length = str(note.units) if note.units > 1 else ""
        if note.pitch is None:
            text += f"z{length}"
        else:
            written = _spelling_at(note.pitch, place, chords)
            spelling = transpose_spelling(written, plan.tonic, mode)
            text += _with_accidental(note.pitch + shift, spelling, signature, state) + length
        place += note.units
    return text


def _spelling_at(pitch: int, place: int, chords: ChordBar) -> Spelling:
    """Spell a written pitch as the chord under it does, or as the dialect does."""
    return spell_chord(span_at(chords, place).chord).get(pitch % 12, DIALECT_SPELLINGS[pitch % 12])


def _with_accidental(
    midi: int, spelling: Spelling, signature: dict[str, int], state: dict[tuple[str, int], int]
) -> str:
    """Write a concert pitch with the accidental it needs here, and remember it for the bar."""
    letter, alter = spelling
    octave = (midi - alter) // 12
    in_force = state.get((letter, octave), signature[letter])
    plain = abc_pitch(midi, spelling)
    bare = plain.lstrip("^_")
    if in_force == alter:
        return bare
    state[letter, octave] = alter
    return plain if alter else "=" + bare


def _concert_symbol(chord: Chord, plan: SongPlan) -> str:
    moved = transpose_spelling(root_spelling(chord), plan.tonic, MODES[plan.mode])
    return f'"{accidental_name(moved)}{chord.quality}"'
