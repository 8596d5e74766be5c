"""Chords: symbols are simplified, and a learnt harmony finds the chords that made the notes."""

import random

import pytest

from models.starter.dataset import chords
from models.starter.dialect import QUALITIES, Bar, Song


@pytest.mark.parametrize(
    ("text", "chord"),
    [
        ("C", (0, "")), ("Am7", (9, "m")), ("D7/f+", (2, "")), ("F#m", (6, "m")), ("Bb", (10, "")),
        ("G#d", (8, "dim")), ("Bdim7", (11, "dim")), ("Cmaj7", (0, "")), ("(E7)", (4, "")),
        ("4", None), ("From the top", None), ("^slow", None), ("", None),
    ],
)  # fmt: skip
def test_symbols_become_triads(text: str, chord: tuple[int, str] | None) -> None:
    assert chords.read_symbol(text) == chord


def arpeggios(seed: int, bars: int = 16) -> Song:
    """Make a song whose notes are those of its chords."""
    rng = random.Random(seed)
    row = [(0, ""), *rng.choices([(0, ""), (5, ""), (7, ""), (9, "m")], k=bars - 2), (0, "")]
    made = []
    for root, quality in row:
        tones = [60 + (root + step) % 12 for step in QUALITIES[quality]]
        made.append(Bar([(tones[i % 3], 4) for i in range(3)], [(0, (root, quality))]))
    return Song("3/4", "major", [made])


def test_a_learnt_harmony_finds_the_chords_of_arpeggios() -> None:
    songs = [arpeggios(seed) for seed in range(40)]
    harmony = chords.fit(songs[:30])
    same, alike = chords.agreement(harmony, songs[30:])
    assert same > 0.95
    assert alike >= same


def test_an_unheard_mode_still_gets_chords() -> None:
    songs = [arpeggios(seed) for seed in range(30)]
    harmony = chords.fit(songs)
    rows = [w for bar in songs[0].bars() for w in chords.pitch_weights(bar, "3/4")]
    assert len(harmony.infer(rows, "3/4", "dorian")) == 16


def test_a_chord_never_falls_inside_a_note() -> None:
    held = Bar([(60, 16)])
    struck = Bar([(60, 8), (62, 8)])
    song = Song("4/4", "major", [[held, struck]])
    chords.set_chords(song, [(0, ""), (7, ""), (0, ""), (7, "")])
    assert held.chords == [(0, (0, ""))]
    assert struck.chords == [(0, (0, "")), (8, (7, ""))]
