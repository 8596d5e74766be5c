"""Long songs: chapters with parts of their own, so that an hour does not repeat itself."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.music.form import song_bars
from scripts.music.leadsheet import read_lead_sheet, write_abc
from scripts.music.plan import bar_seconds
from scripts.tables.plans import SongPlan, chapter_of
from scripts.temporary import notation
from tests.song_factory import job_for, plan, style_book, write_at_random

STYLES = sorted(style_book().styles)
HOUR = 3600.0
SOME = STYLES[::7]


def seconds_of(song: SongPlan) -> float:
    return song_bars(song.form) * bar_seconds(notation.METRES[song.metre], song.tempo)


@given(st.sampled_from(STYLES), st.integers(0, 2**31), st.floats(240, 8 * HOUR))
@settings(max_examples=40)
def test_long_songs_are_as_long_as_asked(style: str, seed: int, seconds: float) -> None:
    song = plan(style, seed, seconds)
    assert seconds_of(song) == pytest.approx(seconds, rel=0.06)
    sizes = {part.name: len(part.bars) for part in song.parts}
    assert {section.part for section in song.form} == set(sizes)
    assert all(section.bars <= sizes[section.part] for section in song.form)
    assert all(-5 <= section.lift <= 6 for section in song.form)


@pytest.mark.parametrize("style", STYLES)
def test_what_a_model_writes_is_bounded(style: str) -> None:
    for seconds in (400.0, 8 * HOUR if style in SOME else HOUR):
        song = plan(style, 3, seconds)
        assert len(song.parts) <= 4 + seconds / 75


@pytest.mark.parametrize("style", SOME)
def test_no_eight_sections_come_again_within_ten_minutes(style: str) -> None:
    song = plan(style, 5, 3 * HOUR)
    bar = bar_seconds(notation.METRES[song.metre], song.tempo)
    last: dict[tuple[object, ...], float] = {}
    now, starts = 0.0, []
    for section in song.form:
        starts.append(now)
        now += section.bars * bar
    heard = [(s.role, s.part, s.energy, s.lift) for s in song.form]
    for first in range(len(heard) - 7):
        eight = tuple(heard[first : first + 8])
        assert starts[first] - last.get(eight, -1000.0) >= 600, (first, eight)
        last[eight] = starts[first]


@pytest.mark.parametrize("style", SOME)
def test_chapters_bring_new_parts_and_the_first_theme_comes_home(style: str) -> None:
    song = plan(style, 5, HOUR)
    chapters = max(section.chapter for section in song.form) + 1
    assert chapters >= 10
    for number in range(chapters):
        sections = [section for section in song.form if section.chapter == number]
        assert any(chapter_of(section.part) == number + 1 for section in sections)
        assert {section.energy for section in sections} <= {1, 2, 3, 4}
    keys = [next(s.lift for s in song.form if s.chapter == number) for number in range(chapters)]
    assert len(set(keys)) >= 5
    last = [section for section in song.form if section.chapter == chapters - 1]
    assert any(chapter_of(section.part) == 1 for section in last)
    assert song.form[-1].lift == 0
    loops = {part.bars for part in song.parts}
    assert len(loops) >= 3


@pytest.mark.parametrize("style", ["celtic", "bossa nova"])
def test_a_song_of_chapters_is_written_read_and_printed(style: str) -> None:
    song = plan(style, 2, 420)
    sheet = read_lead_sheet(write_at_random(job_for(song), 2), song)
    assert list(sheet.melody) == [part.name for part in song.parts]
    abc = write_abc(sheet, song, "model")
    chapters = max(section.chapter for section in song.form) + 1
    assert re.findall(r"^X:(\d+)$", abc, re.M) == [str(n + 1) for n in range(chapters)]
    for tune in abc.split("\n\n"):
        form, *parts = re.findall(r"^P:(.*)$", tune, re.M)
        assert re.fullmatch("[A-Z]+", form)  # as the standard has it
        assert set(form) == set(parts)


def test_a_model_sees_every_chapter_as_a_tune_of_its_own() -> None:
    segments = job_for(plan("pop", 2, 700)).segments
    opening = [segment.lead_in for segment in segments if segment.starts_chapter]
    assert opening[0] == "[P:A2]"
    assert len(opening) >= 2
    assert not any(segment.starts_chapter for segment in job_for(plan("pop", 2, 150)).segments)
