"""Keys, chords and spelling: every entry of the tables, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.music import harmony
from scripts.tables.notation import Chord, Mode
from scripts.tables.program import UserError
from scripts.temporary import notation

MODE_LIST = list(notation.MODES.values())
chords = st.builds(Chord, st.integers(0, 11), st.sampled_from(list(notation.QUALITIES)))
modes = st.sampled_from(MODE_LIST)
tonics = st.integers(0, 11)


@pytest.mark.parametrize("mode", MODE_LIST, ids=lambda mode: mode.name)
def test_written_key_needs_no_accidentals(mode: Mode) -> None:
    tonic = harmony.written_tonic(mode)
    assert {(tonic + step) % 12 for step in mode.steps} == {0, 2, 4, 5, 7, 9, 11}
    assert harmony.signature_of(tonic, mode) == "C"
    assert harmony.transposition(tonic, mode) == 0


@pytest.mark.parametrize(
    ("numeral", "mode", "root", "quality"),
    [
        ("i", "minor", 9, "m"),
        ("VI", "minor", 5, ""),
        ("V7", "minor", 4, "7"),
        ("iih7", "minor", 11, "m7b5"),
        ("Imaj7", "major", 0, "maj7"),
        ("bVII", "major", 10, ""),
        ("viio", "major", 11, "dim"),
        ("II", "phrygian", 5, ""),
        ("IV7", "dorian", 7, "7"),
        ("VI5", "minor", 5, "5"),
    ],
)
def test_roman_numerals(numeral: str, mode: str, root: int, quality: str) -> None:
    assert harmony.chord_from_roman(numeral, notation.MODES[mode]) == Chord(root, quality)


@pytest.mark.parametrize("numeral", ["", "H", "iiii", "V!", "8", "Vfoo"])
def test_wrong_numerals_are_named(numeral: str) -> None:
    with pytest.raises(UserError, match=f'"{numeral}"'):
        harmony.chord_from_roman(numeral, notation.MODES["major"])


@given(chords)
def test_spelling_has_the_chords_own_notes(chord: Chord) -> None:
    spelled = harmony.spell_chord(chord)
    assert set(spelled) == set(harmony.chord_pitch_classes(chord))
    for pitch, spelling in spelled.items():
        assert harmony.pitch_class(harmony.accidental_name(spelling)) == pitch


@given(chords)
def test_plain_chord_is_a_triad_of_the_chord(chord: Chord) -> None:
    plain = harmony.plain_chord(chord)
    assert plain.quality in ("", "m", "dim")
    assert plain.root == chord.root


@given(chords)
def test_melody_may_use_the_chord_and_most_of_the_scale(chord: Chord) -> None:
    allowed = harmony.melody_pitch_classes(chord)
    assert set(harmony.chord_pitch_classes(chord)) <= allowed
    assert len(allowed) >= 5


@given(st.integers(36, 100))
def test_dialect_pitches_name_one_pitch_each(midi: int) -> None:
    text = harmony.dialect_pitch(midi)
    letter = text.lstrip("^_")[0]
    natural = notation.LETTER_PITCH_CLASS[letter.upper()] + (72 if letter.islower() else 60)
    octaves = text.count("'") - text.count(",")
    assert natural + 12 * octaves + text.count("^") - text.count("_") == midi


@given(tonics, modes)
def test_signature_is_that_of_the_mode(tonic: int, mode: Mode) -> None:
    signature = harmony.signature_alterations(harmony.signature_of(tonic, mode))
    sounding = {(notation.LETTER_PITCH_CLASS[k] + alter) % 12 for k, alter in signature.items()}
    assert sounding == {(tonic + step) % 12 for step in mode.steps}
    assert harmony.pitch_class(harmony.key_name(tonic, mode).removesuffix(mode.abc)) == tonic


@given(tonics, modes, st.integers(0, 11))
def test_transposed_spelling_sounds_transposed(tonic: int, mode: Mode, pitch: int) -> None:
    spelling = notation.DIALECT_SPELLINGS[pitch]
    moved = harmony.transpose_spelling(spelling, tonic, mode)
    shift = harmony.transposition(tonic, mode)
    assert -6 <= shift <= 5
    assert (pitch + shift) % 12 == harmony.pitch_class(harmony.accidental_name(moved))


def test_keys_are_said_as_people_say_them() -> None:
    said = [
        harmony.key_words(tonic, notation.MODES[mode])
        for tonic, mode in ((0, "major"), (6, "minor"))
    ]
    assert said == ["C major", "F# minor"]
    assert harmony.key_words(10, notation.MODES["dorian"]) == "Bb dorian"
