"""Phrases: they differ as those of real tunes do, and the plan around them stays what it was."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.music.leadsheet import read_lead_sheet, struck_pitches
from scripts.music.phrases import density_level, part_around, phrase_at, plan_phrases
from scripts.tables.plans import PartPlan, PhrasePlan, SongPlan
from scripts.temporary import notation, phrasing
from tests.song_factory import job_for, plan, style_book, write_at_random

STYLES = sorted(style_book().styles)
SONGS = st.builds(
    plan, st.sampled_from(STYLES), st.integers(0, 2**31), st.sampled_from((20, 60, 150, 1500))
)


@cache
def many_parts() -> list[PartPlan]:
    songs = (plan(style, seed, 150) for style in STYLES for seed in range(3))
    return [part for song in songs for part in song.parts]


@given(SONGS)
@settings(max_examples=60)
def test_every_phrase_has_its_numbers(song: SongPlan) -> None:
    for part in song.parts:
        assert len(part.phrases) == -(-len(part.bars) // notation.BARS_PER_PHRASE)
        mean = fmean(phrase.density for phrase in part.phrases)
        assert density_level(PhrasePlan(round(mean, 2), 0.0)) == part.density
        for number, phrase in enumerate(part.phrases):
            bar = number * notation.BARS_PER_PHRASE
            assert phrase == phrase_at(part, bar) == phrase_at(part, bar + 1)
            assert phrase.density > 0
            for reach in (phrasing.GUARDED_REACH, phrasing.PHRASE_REACH):
                around = part_around(part, bar, reach)
                assert part.low <= around.low < phrase.height < around.high <= part.high
                assert 12 <= around.high - around.low <= 2 * reach
                assert around.density == density_level(phrase)


@given(SONGS)
@settings(max_examples=40)
def test_a_phrase_that_is_copied_is_told_what_it_will_be(song: SongPlan) -> None:
    for part in song.parts:
        said: dict[object, PhrasePlan] = {}
        for number, phrase in enumerate(part.phrases):
            bars = slice(number * notation.BARS_PER_PHRASE, (number + 1) * notation.BARS_PER_PHRASE)
            cells = slice(bars.start // notation.BARS_PER_CELL, bars.stop // notation.BARS_PER_CELL)
            assert said.setdefault((part.cells[cells], part.bars[bars]), phrase) == phrase


def test_phrases_differ_and_the_seed_decides() -> None:
    for style in STYLES[::5]:
        assert plan(style, 7, 150) == plan(style, 7, 150)
        one, other = plan(style, 7, 150), plan(style, 8, 150)
        assert {part.phrases for part in one.parts} != {part.phrases for part in other.parts}
    longer = [part for part in many_parts() if len(part.phrases) > 1]
    assert sum(len({*part.phrases}) > 1 for part in longer) >= 0.95 * len(longer)


def test_nothing_else_of_the_plan_depends_on_them() -> None:
    song = plan("pop", 3, 150)
    bare = replace(song, parts=tuple(replace(part, phrases=()) for part in song.parts))
    assert plan_phrases(bare) == song
    for part in bare.parts:
        assert part_around(part, 0, phrasing.GUARDED_REACH) == part
        assert phrase_at(part, 0).height == (part.low + part.high) / 2


def test_they_move_as_far_as_those_of_real_tunes_and_no_further() -> None:
    two = [part.phrases for part in many_parts() if len(part.phrases) == 2]
    habit = phrasing.PHRASE_HABITS[2][0]
    steps = [(a.height - b.height) / 2 for a, b in two]
    paces = [(a.density - b.density) / 2 for a, b in two]
    # Half of a part's cells are copies, and narrow ranges leave less room.
    assert 0.4 * habit.height_spread < pstdev(steps) <= 1.05 * habit.height_spread
    assert 0.4 * habit.density_spread < pstdev(paces) <= 1.05 * habit.density_spread
    assert max(map(abs, steps)) <= 2 * habit.height_spread + 0.2
    assert max(map(abs, paces)) <= 2 * habit.density_spread + 0.04


def test_a_chorus_rises() -> None:
    rises, others = (
        [
            fmean(phrase.height for phrase in part.phrases[1:]) - part.phrases[0].height
            for part in many_parts()
            if (part.name == "B") == chorus and len(part.phrases) > 1
        ]
        for chorus in (True, False)
    )
    assert fmean(rises) > 0.5
    assert abs(fmean(others)) < 0.4
    assert fmean(rise >= 0 for rise in rises) > 0.9


@pytest.mark.parametrize("profile", ["starter", "completion"])
def test_whoever_writes_follows(profile: str) -> None:
    """Even random writing is higher where the plan is, and denser where the plan is much denser."""
    higher, denser = [], []
    for seed, style in enumerate(("pop", "waltz", "house", "celtic", "ambient", "march")):
        song = plan(style, seed, 60)
        [*parts] = song.parts
        low, high = PhrasePlan(0.7, parts[0].low + 6.0), PhrasePlan(2.2, parts[0].high - 6.0)
        part = replace(parts[0], bars=parts[0].bars[:1] * 8, cells="abcd", closing=None)
        for phrases in ((low, high), (high, low)):
            asked = replace(song, parts=(replace(part, phrases=phrases),))
            bars = read_lead_sheet(write_at_random(job_for(asked, profile), seed), asked)
            first, second = (struck_pitches(bars.melody[part.name][i : i + 4]) for i in (0, 4))
            rise = 1 if phrases[1] is high else -1
            higher.append(rise * (fmean(second) - fmean(first)))
            denser.append(rise * (len(second) - len(first)))
    assert fmean(higher) > 1
    assert fmean(denser) > 0 or profile == "starter"  # which may have any length, and is told


@pytest.mark.parametrize("style", STYLES[::9])
def test_the_starter_is_told_every_phrase_and_the_older_ones_every_part(style: str) -> None:
    song = plan(style, 2, 150)
    for profile, repeated in (("starter", True), ("second starter", False)):
        told = [
            segment.control_codes
            for segment in job_for(song, profile).segments
            if segment.control_codes
        ]
        phrases = sum(len(part.phrases) for part in song.parts)
        assert len(told) == phrases
        assert sum("[N:" in codes for codes in told) == (phrases if repeated else len(song.parts))
    levels = [codes[:5] for codes in told if "[N:" in codes]
    assert levels == [f"[N:{part.density}]"[:5] for part in song.parts]
    assert len(phrasing.DENSITY_EDGES) == 4
