"""Keys, chords and their spelling: pitch classes in, names and ABC pitches out."""

from __future__ import annotations

from scripts.tables.notation import Chord, ChordBar, ChordSpan, Mode, Units
from scripts.tables.program import UserError
from scripts.temporary import notation

Spelling = tuple[str, int]  # a letter and its alteration in semitones: ("F", 1) is F sharp


def pitch_class(name: str) -> int:
    """Return 0 to 11 for a note name such as `F#` or `Bb`."""
    return (notation.LETTER_PITCH_CLASS[name[0]] + name.count("#") - name[1:].count("b")) % 12


def written_tonic(mode: Mode) -> int:
    """Return the pitch class on which `mode` needs no accidentals."""
    return notation.LETTER_PITCH_CLASS[mode.white_tonic]


def chord_from_roman(numeral: str, mode: Mode) -> Chord:
    """Read a Roman numeral (`i`, `bVII`, `V7`, `iih7`) as a chord in the mode's written key.

    Degrees are those of the mode itself: VI in minor is the chord on its own sixth degree.
    """
    match = notation.NUMERAL_PATTERN.fullmatch(numeral)
    if match is None or match[2].lower() not in notation.ROMAN_DEGREES:
        raise UserError(f'"{numeral}" is not a chord; write Roman numerals such as i, bVII or V7.')
    accidental, roman, suffix = match.groups()
    degree = (
        mode.steps[notation.ROMAN_DEGREES[roman.lower()]] + {"": 0, "b": -1, "#": 1}[accidental]
    )
    table = (
        notation.UPPER_NUMERAL_QUALITIES if roman.isupper() else notation.LOWER_NUMERAL_QUALITIES
    )
    quality = table.get(suffix, suffix)
    if quality not in notation.QUALITIES:
        raise UserError(f'"{numeral}" has an unknown chord quality "{suffix}".')
    return Chord((written_tonic(mode) + degree) % 12, quality)


def span_at(bar: ChordBar, place: Units) -> ChordSpan:
    """Return the chord that sounds at a place (units from the bar line) of a bar."""
    return next(span for span in reversed(bar) if span.start <= place)


def chord_pitch_classes(chord: Chord) -> tuple[int, ...]:
    """Return the chord's pitch classes, root first."""
    return tuple((chord.root + interval) % 12 for interval in notation.QUALITIES[chord.quality])


def plain_chord(chord: Chord) -> Chord:
    """Reduce a chord to its triad: the harmony that the melody models were trained on.

    A chord without a third takes that of the white keys: a power chord on A is A minor.
    """
    intervals = notation.QUALITIES[chord.quality]
    minor = 3 in intervals and 4 not in intervals
    if 3 not in intervals and 4 not in intervals:
        white = set(notation.LETTER_PITCH_CLASS.values())
        minor = (chord.root + 3) % 12 in white and (chord.root + 4) % 12 not in white
    return Chord(chord.root, "dim" if minor and 6 in intervals else "m" if minor else "")


def root_spelling(chord: Chord) -> Spelling:
    """Spell a chord's root as the dialect does: G sharp under a minor third, else A flat."""
    third = notation.QUALITIES[chord.quality][1] == 3
    name = (notation.DIALECT_OTHER_ROOTS if third else notation.DIALECT_MAJOR_ROOTS)[chord.root]
    return name[0], name.count("#") - name[1:].count("b")


def spell_chord(chord: Chord) -> dict[int, Spelling]:
    """Map each pitch class of the chord to its spelling; double accidentals are respelled."""
    root_letter, _ = root_spelling(chord)
    spelled: dict[int, Spelling] = {}
    for interval in notation.QUALITIES[chord.quality]:
        pitch = (chord.root + interval) % 12
        letter = shift_letter(root_letter, notation.LETTER_STEPS[interval])
        spelled[pitch] = _alteration(letter, pitch) or _by_flat_name(pitch)
    return spelled


def shift_letter(letter: str, steps: int) -> str:
    """Move a note letter up by `steps` letters."""
    return notation.LETTERS[(notation.LETTERS.index(letter) + steps) % 7]


def _alteration(letter: str, pitch: int) -> Spelling | None:
    alter = (pitch - notation.LETTER_PITCH_CLASS[letter] + 6) % 12 - 6
    return (letter, alter) if -1 <= alter <= 1 else None


def _by_flat_name(pitch: int) -> Spelling:
    name = notation.FLAT_NAMES[pitch]
    return name[0], -name[1:].count("b")


def accidental_name(spelling: Spelling) -> str:
    """Return a note name such as `Bb` for a spelling."""
    letter, alter = spelling
    return letter + {-2: "bb", -1: "b", 0: "", 1: "#", 2: "##"}[alter]


def chord_symbol(chord: Chord) -> str:
    """Return the chord symbol in the written key, such as `Am7` or `Bb`."""
    return accidental_name(root_spelling(chord)) + chord.quality


def melody_pitch_classes(chord: Chord) -> frozenset[int]:
    """Return the pitch classes that a melody may use over a chord, in the written key.

    They are the white keys and the chord's own notes; where the chord alters a letter (G sharp
    over E major), the unaltered one would clash and is left out.
    """
    spelled = spell_chord(chord)
    altered = {letter for letter, alter in spelled.values() if alter}
    white = {
        notation.LETTER_PITCH_CLASS[letter] for letter in notation.LETTERS if letter not in altered
    }
    return frozenset(white | set(spelled))


def dialect_pitch(midi: int) -> str:
    """Write a MIDI pitch as the dialect does: 60 is `C`, 72 is `c`, 68 is `^G`."""
    name = notation.DIALECT_PITCHES[midi % 12]
    octave = midi // 12 - 5
    letter = name[-1].lower() if octave > 0 else name[-1]
    return name[:-1] + letter + "'" * (octave - 1) + "," * -octave


def abc_pitch(midi: int, spelling: Spelling) -> str:
    """Write a MIDI pitch in ABC with an explicit accidental (`C` is MIDI 60).

    Source: the ABC music standard 2.1, section 4.1.
    """
    letter, alter = spelling
    octave = (midi - alter) // 12 - 1
    accidental = {-2: "__", -1: "_", 0: "", 1: "^", 2: "^^"}[alter]
    body = letter.lower() if octave >= 5 else letter
    return accidental + body + "'" * (octave - 5) + "," * (4 - octave)


def signature_of(tonic: int, mode: Mode) -> str:
    """Return the major key with the same signature as `mode` on the pitch class `tonic`."""
    parent = written_tonic(mode)  # the mode's tonic when its signature is that of C major
    return notation.MAJOR_KEYS[(tonic - parent) % 12]


def signature_alterations(major_key: str) -> dict[str, int]:
    """Map each letter to its alteration in a major key's signature."""
    first = notation.LETTERS.index(major_key[0])
    tonic = pitch_class(major_key)
    alterations = {}
    for step, semitones in enumerate(notation.MODES["major"].steps):
        letter = notation.LETTERS[(first + step) % 7]
        difference = (tonic + semitones - notation.LETTER_PITCH_CLASS[letter] + 6) % 12 - 6
        alterations[letter] = difference
    return alterations


def key_name(tonic: int, mode: Mode) -> str:
    """Return the concert key as ABC's `K:` field writes it, such as `F#m` or `Ddor`."""
    signature = signature_of(tonic, mode)
    letter = shift_letter(mode.white_tonic, notation.LETTERS.index(signature[0]))
    alter = signature_alterations(signature)[letter]
    return accidental_name((letter, alter)) + mode.abc


def key_words(tonic: int, mode: Mode) -> str:
    """Return the concert key in words, such as `F# minor` or `Bb dorian`."""
    return f"{key_name(tonic, mode).removesuffix(mode.abc)} {mode.name}"


def transposition(tonic: int, mode: Mode) -> int:
    """Return semitones from the written key to the concert key, from -6 to +5."""
    return (tonic - written_tonic(mode) + 6) % 12 - 6


def transpose_spelling(spelling: Spelling, tonic: int, mode: Mode) -> Spelling:
    """Move a spelling from the written key to the concert key; it keeps its degree of the scale."""
    letter, alter = spelling
    signature = signature_of(tonic, mode)
    moved = shift_letter(letter, notation.LETTERS.index(signature[0]))
    total = alter + signature_alterations(signature)[moved]
    if -1 <= total <= 1:
        return moved, total
    return _by_flat_name((notation.LETTER_PITCH_CLASS[moved] + total) % 12)
