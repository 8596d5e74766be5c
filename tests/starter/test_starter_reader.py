"""From ABC to songs: small examples written for these tests."""

from fractions import Fraction

import pytest

from models.starter.dataset.abc_fields import read_key
from models.starter.dataset.abc_reader import read_tune, split_tunes
from models.starter.dataset.normalize import make_entries
from models.starter.dataset.quantize import UnusableMeasure, complete_measures, quantize
from models.starter.dataset.sources import Source
from models.starter.dialect import CUE, METRES, check, write_song

PLAIN = Source("test", "*.abc")
CHORDS = Source("test", "*.abc", own_chords=True)
LETTERS = "CDEFGAB"


def lengths(body: str, metre: str = "4/4", unit: str = "1/8") -> list[list[Fraction]]:
    """Return the lengths of the measures of each section."""
    (lines,) = split_tunes(f"X:1\nM:{metre}\nL:{unit}\nK:C\n{body}")
    tune = read_tune(lines)
    return [[measure.length() for measure in section.measures] for section in tune.sections]


def song_text(text: str, source: Source = PLAIN, kind: str = "") -> str:
    """Return the dialect's line of the one song in an ABC text."""
    (lines,) = split_tunes(text)
    (entry,) = make_entries(source, kind, read_tune(lines))
    check(entry.song)
    return CUE.sub("", write_song(entry.song))


def scale_tune(tonic: int, accidental: str, mode: str) -> str:
    """Write eight bars that walk up and down the scale over a tonic."""
    names = [LETTERS[(tonic + i) % 7].lower() for i in range(8)]
    marks = ["'" if tonic + i >= 7 else "" for i in range(8)]
    up = "".join(name + mark for name, mark in zip(names, marks))
    down = "".join(name + mark for name, mark in zip(names[::-1], marks[::-1]))
    bars = "|".join([up, down] * 4)
    return f"X:1\nT:Scale\nM:4/4\nL:1/8\nK:{LETTERS[tonic]}{accidental}{mode}\n{bars}|]\n"


@pytest.mark.parametrize("accidental", ["", "b", "#"])
@pytest.mark.parametrize("tonic", range(7))
@pytest.mark.parametrize(
    ("mode", "field"),
    [("", "C"), ("m", "Am"), ("dor", "Ddor"), ("mix", "Gmix"), ("phr", "Ephr"), ("lyd", "Flyd")],
)
def test_every_key_comes_to_white_keys(tonic: int, accidental: str, mode: str, field: str) -> None:
    try:
        read_key(LETTERS[tonic] + accidental + mode)
    except ValueError:
        pytest.skip("the key has more than seven sharps or flats")
    text = song_text(scale_tune(tonic, accidental, mode))
    assert f"[K:{field}]" in text
    body = text.split("[P:A]")[1].replace(f'"{field[0]}"', "")
    assert "^" not in body
    assert "_" not in body
    assert body.upper().startswith(field[0])


def test_accidentals_last_to_the_bar_line() -> None:
    tune = read_tune(["X:1", "M:4/4", "L:1/4", "K:G", "^c c =f f|c f c' c|"])
    midi = [[note.midi for note in measure.notes] for measure in tune.sections[0].measures]
    assert midi == [[73, 73, 77, 77], [72, 78, 84, 72]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C2 D2 E2 F2|", [[16]]),
        ("(3CDE F2 G4|", [[16]]),
        ("C>D E<F G4|", [[16]]),
        ("C/D/E//F//G3 z4|", [[17]]),
        ("[CEG]4 {gf}c4|", [[16]]),
        ("!trill!C4 ~D4 .E4|", [[24]]),
        ('"Am"C4 "text"D4|', [[16]]),
        ("C4 D4|[M:3/4]C2 D2 E2|", [[16], [12]]),
        ("C8:|D8|]", [[16], [16]]),
        ("C8|1 D8:|2 E8|]", [[16, 16]]),
        ("C8|[1 D8:|[2 E8|]", [[16, 16]]),
        ("C8:|[K:G]D8|", [[16], [16]]),
        ("C4- C4|% a remark\nD8|", [[16, 16]]),
    ],
)
def test_measures_have_their_lengths(body: str, expected: list[list[int]]) -> None:
    assert lengths(body) == expected


def test_the_last_ending_stays() -> None:
    tune = read_tune(["X:1", "M:4/4", "L:1/4", "K:C", "CCCC|1 DDDD:|2 EEEE||"])
    assert [m.notes[0].midi for s in tune.sections for m in s.measures] == [60, 64]


def test_pick_ups_fill_the_bar_before() -> None:
    body = "G|cdef|gfed|cdef|gfe:|B|cccc|dddd|eeee|ccc:|"
    text = song_text(f"X:1\nM:4/4\nL:1/4\nK:C\n{body}")
    first, second = text.split("[P:A]")[1].replace('"C"', "").split("[P:B]")
    assert first.endswith("g4f4e4B4||")
    assert second.endswith("c4c4c8||")


def test_tuplets_take_the_grid_and_ties_hold() -> None:
    text = song_text("X:1\nM:2/4\nL:1/8\nK:C\n(3cde f2|c2-c2|c3-c|c4-|" + "cdef|" * 4)
    bars = text.split("[P:A]")[1].replace('"C"', "").replace("||", "|").split("|")
    assert bars[:4] == ["cde2f4", "c8", "c8", "c8"]


def test_a_bar_of_the_wrong_length_is_unfit() -> None:
    tune = read_tune(["X:1", "M:4/4", "L:1/4", "K:C", "CCCC|CCC|CCCC|CCCCC|CCCC|"])
    with pytest.raises(UnusableMeasure):
        complete_measures(tune.sections[0], None)


def test_a_note_off_the_grid_is_unfit() -> None:
    tune = read_tune(["X:1", "M:2/4", "L:1/16", "K:C", "C/D/ C3 C4|"])
    with pytest.raises(UnusableMeasure):
        quantize(tune.sections[0].measures[0], METRES["2/4"][0])


def test_written_chords_are_simplified_and_moved() -> None:
    body = '"D7"d2 f2 "G/b"g2 b2|"Em7"e4 f4|a8|"A7"a4 "D"a4|'
    text = song_text(f"X:1\nM:4/4\nL:1/8\nK:D\n{body}{body}", CHORDS)
    assert text.split("[P:A]")[1].startswith('"C"C4E4"F"F4A4|"Dm"D8E8|"Dm"G16|"G"G8"C"G8||')


def test_fast_reels_get_their_usual_values() -> None:
    text = song_text("X:1\nM:2/4\nL:1/16\nK:C\n" + "cdefgfed|" * 8, kind="reel")
    assert text.startswith("[R:reel][M:4/4][K:C]")
    assert "c2d2e2f2g2f2e2d2|" in text
