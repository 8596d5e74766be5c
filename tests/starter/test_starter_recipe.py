"""The recipe's own steps: tokens, songs made of songs, rows, and the hold-out."""

import random
from itertools import pairwise

import pytest

from models.starter import dialect, prepare, tokenizer
from models.starter.dataset import augment
from models.starter.dataset.normalize import Entry
from models.starter.dialect import METRES, MODES, REST, Bar, Song, check, read_song, write_song
from tests.starter.test_starter_dialect import random_song


def test_tokens_cover_songs_and_give_them_back() -> None:
    """All but those with a note of an odd length beyond a whole one."""
    odd = {17, 19, 21, 22, 23}
    for song in map(random_song, range(200)):
        lengths = {length for bar in song.bars() for _, length in bar.notes}
        assert prepare.can_be_encoded(song) == (not lengths & odd)
        if prepare.can_be_encoded(song):
            assert tokenizer.decode(tokenizer.encode(write_song(song))) == write_song(song)


def test_no_text_can_be_cut_in_two_ways() -> None:
    """No token of the dialect's is others side by side that could stand so in a text."""
    assert len(set(tokenizer.VOCABULARY)) == len(tokenizer.VOCABULARY)
    for note in tokenizer.NOTE_TOKENS:
        for other in tokenizer.NOTE_TOKENS:
            assert tokenizer.encode(note + other) == [
                tokenizer.TOKEN_IDS[note],
                tokenizer.TOKEN_IDS[other],
            ]


def test_what_is_foreign_has_no_tokens() -> None:
    for text in ("[Q:4]", "c-", "(3cde", '"C7"c4', " "):
        with pytest.raises(ValueError):
            tokenizer.encode(text)


def plain_song(seed: int, metre: str, mode: str) -> Song:
    """Make a song of eighths and quarters on white keys, with white triads."""
    rng = random.Random(seed)
    units = METRES[metre][0]
    whites = [midi for midi in range(62, 78) if midi % 12 in augment.WHITE]
    bars = []
    for _ in range(8):
        middle = units // 2
        cuts = [0, *(u for u in range(2, units, 2) if u == middle or rng.random() < 0.6), units]
        notes = [(rng.choice(whites), b - a) for a, b in pairwise(cuts)]
        chord = augment.triad_on((rng.choice(augment.WHITE), ""), 0)
        bars.append(Bar(notes, [(0, chord)]))
    return Song(metre, mode, [bars])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", ["major", "minor"])
def test_a_song_in_another_mode_keeps_its_degrees(source: str, mode: str) -> None:
    for seed in range(20):
        song = plain_song(seed, "4/4", source)
        moved = augment.to_mode(song, mode)
        assert moved is not None
        check(moved)
        assert moved.mode == mode
        degrees = [
            [(augment.white_step(p) - augment.white_step(MODES[one.mode][1])) % 7
             for p in one.pitches()]
            for one in (song, moved)
        ]  # fmt: skip
        assert degrees[0] == degrees[1]
        assert all(quality != "dim" for bar in moved.bars() for _, (_, quality) in bar.chords)


@pytest.mark.parametrize(("metre", "sources"), [(m, s) for m, s, _ in augment.METRE_TARGETS])
def test_a_song_in_another_metre_keeps_its_notes(metre: str, sources: tuple[str, ...]) -> None:
    made = 0
    for source in sources:
        for seed in range(60):
            song = plain_song(seed, source, "minor")
            moved = augment.to_metre(song, metre)
            if moved is not None:
                made += 1
                check(moved)
                assert read_song(write_song(moved)) == moved
                assert moved.pitches() == song.pitches()
    assert made


@pytest.mark.parametrize("seed", range(10))
def test_a_thinned_song_is_slower_and_whole(seed: int) -> None:
    song = plain_song(seed, "4/4", "major")
    thin = augment.thinned(song)
    check(thin)
    assert len(thin.pitches()) <= len(song.pitches())
    assert not set(thin.pitches()) - {*song.pitches(), REST}


def test_no_kin_of_a_held_out_tune_is_learnt_from() -> None:
    songs = [plain_song(seed, "4/4", "major") for seed in range(120)]
    twins = [augment.to_mode(song, "major") for song in songs[:60]]  # the same tunes once more
    entries = [Entry("", s, [], False, f"{n}") for n, s in enumerate([*songs, *twins]) if s]
    held, learnt, dropped = prepare.split_held_out(entries)
    assert held
    assert dropped
    for one in held:
        runs = prepare.interval_ngrams(one.song)
        for other in learnt:
            shared = len(runs & prepare.interval_ngrams(other.song))
            assert shared <= prepare.MOST_SHARED * len(runs)
            assert one.work != other.work
    assert dialect.DIALECT == "3"
