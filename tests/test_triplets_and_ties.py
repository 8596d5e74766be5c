"""Triplets and ties: allowed where the style wants them, exact for every reader and player."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from composing import in_metre, job_for, ornate, plan, style_document, write_at_random

from scripts.music.arrangement import arrange, clashes
from scripts.music.harmony import transposition
from scripts.music.leadsheet import read_lead_sheet, struck_pitches, write_abc
from scripts.music.plan import plan_song
from scripts.music.score import part_measures
from scripts.music.styles import read_style_book, understand
from scripts.temporary import METRES, MODES, LeadSheet, ModelError, Note

SIGN = re.compile(r"\"[^\"]*\"|\(3|-|[_^]?[A-Ga-gz][,']*(\d*)")
DENSITIES = (1, 3, 5)


def written(metre, profile, density=3, seed=1):
    song = ornate(in_metre(plan("jazz", seed, 60), metre))
    song = replace(song, parts=tuple(replace(part, density=density) for part in song.parts))
    return song, write_at_random(job_for(song, profile), seed)


@pytest.mark.parametrize("metre", METRES)
@pytest.mark.parametrize("profile", ["starter", "chat"])
def test_every_metre_has_them_and_every_bar_is_whole(metre, profile):
    found = set()
    for density in DENSITIES:
        song, text = written(metre, profile, density)
        for bar in re.split(r"\|+", re.sub(r"\[P:.\]", "", text))[:-1]:
            total, left = Fraction(0), 0
            for sign in SIGN.finditer(bar):
                if sign[0] == "(3":
                    assert left == 0
                    left = 3
                elif sign[1] is not None:
                    units = Fraction(int(sign[1] or 1))
                    total += units * Fraction(2, 3) if left else units
                    left = max(0, left - 1)
            assert (total, left) == (METRES[metre].units, 0), bar
        sheet = read_lead_sheet(text, song)
        assert clashes(sheet)[0] == 0
        found |= {sign for sign in ("(3", "-") if sign in text}
    assert found == {"(3", "-"}


def test_without_the_styles_leave_there_are_none():
    for profile in ("starter", "chat"):
        song = plan("jazz", 1)
        bare = replace(
            song, parts=tuple(replace(p, triplets=False, ties=False) for p in song.parts)
        )
        assert not {"(", "-"} & set(write_at_random(job_for(bare, profile), 1))


@pytest.mark.parametrize("metre", METRES)
def test_an_independent_reader_hears_the_same(metre, capfd):
    from symusic import Score

    song, text = written(metre, "chat", seed=2)
    sheet = read_lead_sheet(text, song)
    head, *bodies = re.split(r"^P:([A-Z])$\n", write_abc(sheet, song, "tests"), flags=re.MULTILINE)
    head = re.sub(r"^P:.*\n", "", head, flags=re.MULTILINE)
    shift = transposition(song.tonic, MODES[song.mode])
    for name, body in zip(bodies[::2], bodies[1::2]):
        score = Score.from_abc(head + re.sub(r'"[^"]*"', "", body))
        unit = score.ticks_per_quarter / 4
        heard = [
            (note.start / unit, note.pitch - shift, note.duration / unit)
            for track in score.tracks
            for note in track.notes
        ]
        expected = list(sounding(sheet, name))
        assert [pitch for _, pitch, _ in sorted(heard)] == [pitch for _, pitch, _ in expected]
        for (start, _, length), (place, _, units) in zip(sorted(heard), expected):
            assert abs(start - place) < 0.1  # it is a tick late
            assert abs(length - units) < 0.1
    capfd.readouterr()


def sounding(sheet: LeadSheet, name: str):
    """Yield (place, pitch, units) of what is heard of a part: ties joined."""
    place, begun, held = 0.0, 0.0, 0.0
    for note in (note for bar in sheet.melody[name] for note in bar):
        if note.pitch is not None:
            begun, held = (begun, held) if held else (place, 0.0)
            held += float(note.units)
            if not note.tied:
                yield begun, note.pitch, held
                held = 0.0
        place += float(note.units)


def test_the_band_plays_triplets_evenly_and_ties_as_one_note():
    song = replace(ornate(plan("jazz", 1, 60)), swing=0.66, humanise=0.0)
    sheet = read_lead_sheet(write_at_random(job_for(song), 1), song)
    third = Fraction(4, 3)
    pair = (
        (Note(67, third), Note(69, third), Note(71, third), Note(72, 2), Note(74, 10, tied=True)),
        (Note(74, 4), Note(72, 12)),
    )
    for name, bars in sheet.melody.items():
        sheet.melody[name] = (pair * len(bars))[: len(bars)]
    from composing import style_book

    played = arrange(sheet, song, style_book().grooves[song.band.groove])
    melody = next(track for track in played.tracks if track.player == "melody").notes
    begin = next(note.start for note in melody if note.even)  # a pick-up may come before
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
def test_wrong_ones_are_refused(bar):
    song = plan("rock")
    text = write_at_random(job_for(song), 1)
    head = text.index("]") + 1
    with pytest.raises(ModelError):
        read_lead_sheet(text[:head] + bar + text[head:], song)


def test_a_tied_note_is_one_note_to_the_judge():
    tied = ((Note(60, 12), Note(62, 4, tied=True)), (Note(62, 4), Note(64, 12)))
    assert struck_pitches(tied) == [60, 62, 64]
    song, text = written("4/4", "chat")
    sheet = read_lead_sheet(text, song)
    for part in song.parts:
        measures = part_measures(sheet.melody[part.name], part, METRES["4/4"])
        assert all(0 <= value <= 1 for value in measures.values())


def test_the_style_book_says_where_they_are_wanted():
    document = json.loads(style_document())
    document["styles"]["waltz"] |= {"triplets": True, "ties": True}
    document["styles"]["rock"] |= {"triplets": False, "ties": False}
    book = read_style_book(document)
    for words, wanted in (("waltz", True), ("rock", False)):
        song = plan_song(understand(words, book), book, 60, 1)
        assert {(part.triplets, part.ties) for part in song.parts} == {(wanted, wanted)}
