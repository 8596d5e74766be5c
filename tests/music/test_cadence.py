"""The final note: the plan says on which note of the chord a song comes to rest."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.music.cadence import cadence_parts, cadence_pitch_class, plan_cadences
from scripts.music.harmony import chord_pitch_classes, transposition, written_tonic
from scripts.music.leadsheet import read_lead_sheet
from scripts.music.note_list_grammar import notes_job
from scripts.tables.notation import Chord, Mode, Note
from scripts.tables.plans import PartPlan, SongPlan
from scripts.temporary import notation, phrasing
from tests.music.test_note_list import lines_of
from tests.song_factory import (
    job_for,
    plan,
    style_book,
    with_metre,
    with_ornaments,
    write_at_random,
)
from tests.test_prompts import accepts

STYLES = sorted(style_book().styles)
DENSITIES = range(1, 6)


@given(st.sampled_from(STYLES), st.integers(0, 2**31), st.sampled_from((20, 60, 150, 1500)))
@settings(max_examples=60)
def test_what_ends_a_chapter_has_a_closing_note_of_its_chord(
    style: str, seed: int, seconds: float
) -> None:
    song = plan(style, seed, seconds)
    ending = cadence_parts(song)
    for part in song.parts:
        assert (part.closing is not None) == (part.name in ending)
        if part.closing is not None:
            assert part.closing in chord_pitch_classes(part.bars[-1][-1].chord)
    assert plan_cadences(song) == song


@pytest.mark.parametrize("mode", notation.MODES.values(), ids=list(notation.MODES))
def test_most_songs_close_on_the_tonic_where_they_can(mode: Mode) -> None:
    rng, tonic = random.Random(1), written_tonic(mode)
    for root in range(12):
        for quality in notation.QUALITIES:
            chord = Chord(root, quality)
            notes = [cadence_pitch_class(chord, mode, rng) for _ in range(200)]
            assert {*notes} <= {*chord_pitch_classes(chord)}
            if tonic in chord_pitch_classes(Chord(root, "m" if quality == "m" else "")):
                share = notes.count(tonic) / len(notes)
                assert quality not in ("", "m") or abs(share - phrasing.CLOSES_ON_TONIC) < 0.1


def one_part(metre: str, density: int, fancy: bool, cells: str = "ab") -> SongPlan:
    song = with_metre(plan("jazz" if fancy else "pop", density, 60), metre)
    song = with_ornaments(song) if fancy else song
    part = replace(song.parts[0], density=density, phrases=(), cells=cells)
    two = max(part.bars, key=len)
    bars = (*part.bars[:3], two if fancy else part.bars[3])
    closing = chord_pitch_classes(bars[-1][-1].chord)[density % 2]
    part = replace(part, bars=bars, closing=closing)
    return replace(song, parts=(part,))


def last_note(song: SongPlan, part: PartPlan, text: str) -> Note:
    return read_lead_sheet(text, song).melody[part.name][-1][-1]


@pytest.mark.parametrize("metre", notation.METRES)
@pytest.mark.parametrize(
    ("profile", "densities"),
    # Guarded grammars take a while: one plain song, one with triplets and ties.
    [("starter", DENSITIES), ("first starter", DENSITIES), ("chat", DENSITIES[1:3])],
)
def test_every_legal_song_closes_where_the_plan_says(
    metre: str, profile: str, densities: Sequence[int]
) -> None:
    for density in densities:
        song = one_part(metre, density, fancy=bool(density % 2))
        job = job_for(song, profile)
        for seed in range(3):
            note = last_note(song, song.parts[0], write_at_random(job, seed))
            assert note.pitch is not None
            assert note.pitch % 12 == song.parts[0].closing
            assert note.units >= 4


def test_no_other_note_is_legal_and_a_copied_end_closes_too() -> None:
    song = one_part("4/4", 3, fancy=False)
    part = song.parts[0]
    part = replace(part, bars=part.bars[:1] * 4, closing=0, low=60, high=81)
    part = replace(part, bars=tuple((replace(b[0], chord=Chord(0, "")),) for b in part.bars))
    grammar = job_for(replace(song, parts=(part,))).segments[-1].grammar
    for end, good in (("c4", True), ("e4", False), ("c2", False), ("c2z2", False), ("z4", False)):
        assert accepts(grammar, f'"C"c4e4g8|"C"c4e4g4{end}||') == good
    twice = replace(part, bars=part.bars * 2, cells="abcb")
    job = job_for(replace(song, parts=(twice,)))
    assert job.segments[-1].copy_of == 1
    assert not accepts(job.segments[1].grammar, '"C"c4e4g8|"C"c4e4g8||')


@pytest.mark.parametrize("style", STYLES[::7])
def test_a_song_of_notes_closes_where_the_plan_says(style: str) -> None:
    song = plan(style, 5, 40)
    job = notes_job(song)
    [*rows] = lines_of(write_at_random(job, 5))
    if song.band.melody in (song.band.chords, song.band.bass):
        return
    melody = [row[0] for row in rows if row[4] == str(song.band.melody)]
    [name] = cadence_parts(song)
    part = next(part for part in song.parts if part.name == name)
    assert part.closing is not None
    heard = (part.closing + transposition(song.tonic, notation.MODES[song.mode])) % 12
    scale = {(song.tonic + step) % 12 for step in notation.MODES[song.mode].steps}
    assert melody[-1] % 12 == heard or heard not in scale
