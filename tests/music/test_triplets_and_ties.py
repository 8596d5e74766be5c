"""Triplets and ties: allowed where the style wants them, exact for every reader and player."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from scripts.music import take_score
from scripts.music.arrangement import arrange
from scripts.music.examples import example_bars, example_chords
from scripts.music.leadsheet import read_lead_sheet, struck_pitches
from scripts.music.plan import plan_song
from scripts.music.style_blend import blend_styles
from scripts.music.style_parser import parse_styles
from scripts.music.style_reader import read_style_book
from scripts.music.take_score import bar_shape, part_measures, score_part, sequence_share
from scripts.tables.notation import Note
from scripts.tables.plans import SongPlan
from scripts.tables.program import ModelError
from scripts.temporary import notation
from tests.band_measures import clashes
from tests.reference_readers import abc2midi_hears, abc_bar_lengths
from tests.song_factory import (
    job_for,
    plan,
    style_document,
    with_metre,
    with_ornaments,
    write_at_random,
)

DENSITIES = (1, 3, 5)


def written(metre: str, profile: str, density: int = 3, seed: int = 1) -> tuple[SongPlan, str]:
    song = with_ornaments(with_metre(plan("jazz", seed, 20), metre))
    parts = (replace(part, density=density, phrases=()) for part in song.parts)
    song = replace(song, parts=tuple(parts))
    return song, write_at_random(job_for(song, profile), seed)


@pytest.mark.parametrize("metre", notation.METRES)
@pytest.mark.parametrize(("profile", "least"), [("starter", 3), ("chat", 1)])
def test_every_metre_has_them_and_every_bar_is_whole(metre: str, profile: str, least: int) -> None:
    """In `least` songs at the least; the metres begin with different densities."""
    found: set[str] = set()
    for turn in range(3 * len(DENSITIES)):
        if turn >= least and len(found) == 2:
            break  # chance does not bring everything in a few songs
        density = DENSITIES[(turn + list(notation.METRES).index(metre)) % len(DENSITIES)]
        song, text = written(metre, profile, density, seed=4 + turn // len(DENSITIES))
        assert {*abc_bar_lengths(text)} == {notation.METRES[metre].units}
        sheet = read_lead_sheet(text, song)
        rubbing, leaning, _ = clashes(sheet)
        assert rubbing == 0
        assert not leaning or profile == "starter"
        found |= {sign for sign in ("(3", "-") if sign in text}
    assert found == {"(3", "-"}


def test_without_the_styles_leave_there_are_none() -> None:
    for profile in ("starter", "chat"):
        song = plan("jazz", 1)
        bare = replace(
            song, parts=tuple(replace(p, triplets=False, ties=False) for p in song.parts)
        )
        assert not {"(", "-"} & set(write_at_random(job_for(bare, profile), 1))


@pytest.mark.parametrize("metre", notation.METRES)
def test_an_independent_reader_hears_the_same(metre: str) -> None:
    song, text = written(metre, "chat", seed=2)
    assert abc2midi_hears(text, song)


def test_the_band_plays_triplets_evenly_and_ties_as_one_note() -> None:
    song = replace(with_ornaments(plan("jazz", 1, 60)), swing=0.66, humanise=0.0)
    sheet = read_lead_sheet(write_at_random(job_for(song), 1), song)
    third = Fraction(4, 3)
    pair = (
        (Note(67, third), Note(69, third), Note(71, third), Note(72, 2), Note(74, 10, tied=True)),
        (Note(74, 4), Note(72, 12)),
    )
    for name, bars in sheet.melody.items():
        sheet.melody[name] = (pair * len(bars))[: len(bars)]
    from tests.song_factory import style_book

    played = arrange(sheet, song, style_book().grooves[song.band.groove])
    melody = next(track for track in played.tracks if track.player == "melody").notes
    begin = next(note.start for note in melody if note.straight)  # a pick-up may come before
    first = [note for note in melody if begin <= note.start < begin + 32]
    assert len(first) == 6
    assert [note.start - begin for note in first[:3]] == pytest.approx([0, 4 / 3, 8 / 3])
    assert first[3].start - begin == 4
    assert first[4].start - begin == pytest.approx(4 + 4 * 0.66)  # an eighth that swings
    assert first[4].start + first[4].length - begin == pytest.approx(20, abs=0.3)
    assert first[5].start - begin == 20


@pytest.mark.parametrize(
    "bar", ["(3c2d2", "(3c2(3d2e2f2", "c4-|d4", "c4-", "c4-z4", "(2c2d2", "c0", "c4--c4"]
)
def test_wrong_ones_are_refused(bar: str) -> None:
    song = plan("rock")
    text = write_at_random(job_for(song), 1)
    head = text.index("]") + 1
    with pytest.raises(ModelError):
        read_lead_sheet(text[:head] + bar + text[head:], song)


def test_a_tied_note_is_one_note_to_the_score() -> None:
    tied = ((Note(60, 12), Note(62, 4, tied=True)), (Note(62, 4), Note(64, 12)))
    assert struck_pitches(tied) == [60, 62, 64]
    song, text = written("4/4", "chat")
    sheet = read_lead_sheet(text, song)
    for part in song.parts:
        measures = part_measures(sheet.melody[part.name], part, notation.METRES["4/4"])
        assert all(0 <= value <= 1 for value in measures.values())


def test_only_a_model_that_was_shown_the_example_can_have_copied_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    song, text = written("4/4", "chat")
    first = "[P:" + text.split("[P:")[1]
    own = read_lead_sheet(text, song).melody[song.parts[0].name]
    monkeypatch.setattr(take_score, "example_bars", lambda *_: own)  # as if it had said it again
    shown = [job_for(song, profile).prompt for profile in ("starter", "chat", "completion")]
    points = [score_part(first, song, prompt) for prompt in shown]
    assert points[0] == score_part(first, song)
    assert points[1] == points[2] < points[0]


def test_what_is_copied_counts_less_and_what_is_answered_counts_more() -> None:
    song, text = written("4/4", "chat")
    bars = example_bars(
        notation.METRES["4/4"], notation.MODES[song.mode], example_chords(song), song.parts[0]
    )
    shown = read_lead_sheet(text, song).melody[song.parts[0].name]
    part = replace(song.parts[0], bars=song.parts[0].bars[:4])
    copied = part_measures(bars, part, notation.METRES["4/4"], {bar_shape(bar) for bar in bars})
    assert copied["own"] == 0
    assert (
        part_measures(shown, part, notation.METRES["4/4"], {bar_shape(bar) for bar in bars})["own"]
        > 0.5
    )
    motif = tuple(Note(pitch, 4) for pitch in (60, 62, 64, 60))
    answer = tuple(Note(pitch, 4) for pitch in (62, 64, 65, 62))
    other = tuple(Note(pitch, 4) for pitch in (67, 65, 72, 71))
    for said, best in (((motif, answer) * 2, 0.25), ((motif,) * 4, 0.0), ((motif, other) * 2, 0.0)):
        assert sequence_share(said) == best


def test_the_style_book_says_where_they_are_wanted() -> None:
    document = json.loads(style_document())
    document["styles"]["waltz"] |= {"triplets": True, "ties": True}
    document["styles"]["rock"] |= {"triplets": False, "ties": False}
    book = read_style_book(document)
    for words, wanted in (("waltz", True), ("rock", False)):
        song = plan_song(blend_styles(parse_styles(words, book), book), book, 60, 1)
        assert {(part.triplets, part.ties) for part in song.parts} == {(wanted, wanted)}
