"""The dialect: what is written can be read again, and nothing illegal passes the check."""

import random
import re
from itertools import pairwise

import pytest

from models.starter import dialect
from models.starter.dialect import METRES, MODES, QUALITIES, REST, Bar, Song

CUES = re.compile(r"\[[NHBE]:\d+\]")


def random_bar(rng: random.Random, metre: str) -> Bar:
    """Make a whole bar of random notes and rests with legal chords."""
    units, middle = METRES[metre]
    cuts = sorted({0, units, *rng.sample(range(1, units), rng.randrange(min(8, units - 1)))})
    pitches = [*range(dialect.LOWEST, dialect.HIGHEST + 1), REST]
    notes = [(rng.choice(pitches), b - a) for a, b in pairwise(cuts)]
    chords = [(0, (rng.randrange(12), rng.choice(list(QUALITIES))))]
    if middle in cuts and middle and rng.random() < 0.5:
        chords.append((middle, (rng.randrange(12), rng.choice(list(QUALITIES)))))
    return Bar(notes, chords)


def random_song(seed: int) -> Song:
    """Make a legal song of up to five parts."""
    rng = random.Random(seed)
    metre, mode = rng.choice(list(METRES)), rng.choice(list(MODES))
    lengths = [rng.randrange(1, 10) for _ in range(rng.randrange(1, 6))]
    parts = [[random_bar(rng, metre) for _ in range(length)] for length in lengths]
    parts[0][0].notes[0] = (60, parts[0][0].notes[0][1])
    return Song(metre, mode, parts, rng.choice(["", *dialect.KINDS]))


@pytest.mark.parametrize("midi", range(36, 100))
def test_every_pitch_is_read_as_it_was_written(midi: int) -> None:
    text = dialect.write_bar(Bar([(midi, 16)], [(0, (0, ""))]))
    assert dialect.read_bar(text).notes == [(midi, 16)]


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("root", range(12))
def test_every_chord_is_read_as_it_was_written(root: int, quality: str) -> None:
    text = dialect.write_bar(Bar([(60, 4)], [(0, (root, quality))]))
    assert dialect.read_bar(text).chords == [(0, (root, quality))]


@pytest.mark.parametrize("seed", range(40))
def test_every_song_is_read_as_it_was_written(seed: int) -> None:
    song = random_song(seed)
    text = dialect.write_song(song)
    assert not set(text) & set(" \n\t=-")
    assert dialect.read_song(text) == song


def test_bar_lines_come_in_fours() -> None:
    song = Song("2/4", "major", [[Bar([(60, 8)], [(0, (0, ""))])] * 6])
    bars = '"C"C8|"C"C8|"C"C8|"C"C8||"C"C8|"C"C8||'
    assert CUES.sub("", dialect.write_song(song)) == "[M:2/4][K:C][P:A]" + bars


def test_every_phrase_says_how_many_bars_are_left() -> None:
    for count in (1, 4, 5, 8, 23):
        song = Song("2/4", "major", [[Bar([(60, 8)], [(0, (0, ""))])] * count])
        left = [int(cue) for cue in re.findall(r"\[E:(\d+)\]", dialect.write_song(song))]
        assert left == [min(16, count - bar) for bar in range(0, count, 4)]


@pytest.mark.parametrize(
    "text",
    [
        '[M:4/4][K:C][N:1][P:A]"C"c15|',  # too short
        '[M:4/4][K:C][N:1][P:A]"C"c16d|',  # too long
        "[M:4/4][K:C][N:1][P:A]c16|",  # no chord
        '[M:3/4][K:C][N:1][P:A]"C"c6"F"c6|',  # a chord where none may stand
        '[M:4/4][K:D][N:1][P:A]"C"c16|',  # no white key
        '[M:3/2][K:C][N:1][P:A]"C"c24|',  # no such metre
        "[M:4/4][K:C][N:1][P:A]\"C\"c''16|",  # too high
        '[M:4/4][K:C][N:1][P:A]"C"c8-c8|',  # a tie
        '[M:4/4][K:C][N:1][P:A]"Csus"c16|',  # no triad
        '[M:4/4][K:C][N:1]"C"c16|',  # no part
    ],
)
def test_what_is_illegal_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        dialect.read_song(text)


def test_density_rises_with_the_notes() -> None:
    def bucket(length: int) -> int:
        bar = Bar([(60, length)] * (16 // length), [(0, (0, ""))])
        return dialect.density([bar] * 8, "4/4")

    assert [bucket(length) for length in (16, 8, 4, 2, 1)] == [1, 1, 2, 5, 5]
    assert list(dialect.DENSITY_EDGES) == sorted(dialect.DENSITY_EDGES)


def test_height_is_the_pitch_within_bounds() -> None:
    heights = [dialect.height([Bar([(midi, 16)])]) for midi in range(55, 89)]
    assert heights == [max(60, min(81, midi)) for midi in range(55, 89)]


def test_only_the_last_part_ends_the_tune() -> None:
    part = [Bar([(60, 8)], [(0, (0, ""))])] * 4
    for count in (1, 2, 5):
        text = dialect.write_song(Song("2/4", "major", [part] * count))
        assert re.findall(r"\[([BE]):", text) == ["B"] * (count - 1) + ["E"]


def test_every_level_of_density_is_cut_finer() -> None:
    assert set(dialect.DENSITY_EDGES) < set(dialect.PHRASE_EDGES)
    assert list(dialect.PHRASE_EDGES) == sorted(dialect.PHRASE_EDGES)


@pytest.mark.parametrize("seed", range(10))
def test_octaves_bring_a_tune_to_the_centre(seed: int) -> None:
    rng = random.Random(seed)
    base = rng.randrange(30, 100)
    pitches = [base + rng.randrange(15) for _ in range(40)]
    shift = dialect.centring_shift(pitches)
    assert shift is not None
    assert shift % 12 == 0
    moved = sorted(pitch + shift for pitch in pitches)
    assert dialect.LOWEST <= moved[0] <= moved[-1] <= dialect.HIGHEST
    assert abs(moved[20] - dialect.CENTRE) <= 13


def test_a_tune_wider_than_the_range_is_refused() -> None:
    assert dialect.centring_shift([40, 60, 80]) is None
