"""Takes and parallel songs by a model's measured pace, which is measured once."""

from __future__ import annotations

import json
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import models, settings, song_pipeline
from scripts.llm.throughput import (
    parallel_songs,
    seconds_for,
    step_seconds,
    takes_for,
    takes_within,
)
from scripts.models import LoadedModel
from scripts.screens.options_screen import OPTIONS
from scripts.tables.program import Paths, Session, Settings
from scripts.tables.songs import Event
from scripts.temporary import application, decoding

MODELS = Path(__file__).resolve().parents[2] / "models"
# Seconds of a step with 1, 4 and 16 sequences: the starter and Gemma 270M measured, 8B guessed.
STARTER, SMALL, BIG = [0.00044, 0.0012, 0.0054], [0.0135, 0.031, 0.075], [0.6, 0.7]
paces = st.lists(st.floats(1e-5, 10.0), min_size=1, max_size=len(decoding.PACE_SEQUENCES)).map(
    sorted
)


@given(paces, st.floats(0, 3600))
def test_takes_keep_to_the_seconds_but_for_the_one_that_must_be(
    pace: list[float], seconds: float
) -> None:
    takes = takes_within(pace, seconds)
    assert takes in decoding.TAKES_OFFERED
    assert takes == 1 or seconds_for(pace, takes) <= seconds
    assert takes_within(pace, seconds * 2) >= takes


@given(paces)
def test_a_pace_gives_back_what_was_measured_and_never_falls(pace: list[float]) -> None:
    for sequences, seconds in zip(decoding.PACE_SEQUENCES, pace):
        assert step_seconds(pace, sequences) == pytest.approx(seconds)
    steps = [step_seconds(pace, sequences) for sequences in range(1, 65)]
    assert all(after >= before * (1 - 1e-9) for before, after in pairwise(steps))


def test_speed_to_spare_is_takes_and_a_number_is_a_number() -> None:
    counts = [takes_for(Settings(), pace) for pace in (STARTER, SMALL, BIG)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 16
    assert counts[2] == 1
    assert takes_for(Settings(takes=3), BIG) == 3


@given(paces, st.sampled_from(decoding.TAKES_OFFERED), st.integers(1, 99))
def test_songs_are_written_side_by_side_only_where_it_pays(
    pace: list[float], takes: int, songs: int
) -> None:
    together = parallel_songs(pace, takes, songs)
    assert 1 <= together <= songs
    if together > 1:
        assert together * takes <= decoding.SEQUENCES_AT_MOST
        assert step_seconds(pace, together * takes) < together * step_seconds(pace, takes)


def test_a_small_model_is_bound_by_memory_and_a_tiny_one_is_not() -> None:
    assert parallel_songs(SMALL, 1, 4) == parallel_songs(BIG, 1, 4) == 4
    assert parallel_songs(SMALL, 1, 1) == 1
    assert parallel_songs(STARTER, 16, 4) == 1
    assert parallel_songs([0.6], 1, 4) == 1  # nothing is known of a second sequence


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "data").mkdir()
    return Session(Paths.under(tmp_path), Settings())


def test_a_pace_is_measured_once_and_kept(session: Session) -> None:
    model = models.LoadedModel(models.describe(MODELS / application.STARTER_MODEL, MODELS))
    try:
        events = list(song_pipeline.load_or_measure_pace(session, model))
        kept = json.loads(session.paths.persistent.read_text("utf-8"))["paces"]
        assert len(events) == len(decoding.PACE_SEQUENCES)
        assert not list(song_pipeline.load_or_measure_pace(session, model))
    finally:
        model.close()
    again, notices = settings.load_settings(session.paths.persistent)
    assert (again.paces, notices) == (kept, [])


def test_a_model_that_is_loaded_stays_for_the_next_order() -> None:
    session = Session(Paths.under(MODELS.parent), Settings())
    try:
        loaded = finished(song_pipeline.load_chosen_model(session))
        session.settings.threads = 1
        assert finished(song_pipeline.load_chosen_model(session)) is loaded is session.model
    finally:
        if session.model is not None:
            session.model.close()


def finished(steps: Generator[Event, None, LoadedModel]) -> LoadedModel:
    """Return what a generator returns at its end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            model: LoadedModel = end.value
            return model


@pytest.mark.parametrize(
    "pace", [[], ["1"], [0.0], [-1.0], [1.0] * 9, {}, [float("inf")], 3, [True]]
)
def test_a_pace_that_is_none_is_measured_again(session: Session, pace: object) -> None:
    session.paths.persistent.write_text(json.dumps({"paces": {"a": pace, "b": [0.5]}}), "utf-8")
    read, notices = settings.load_settings(session.paths.persistent)
    assert (read.paces, notices) == ({"b": [0.5]}, [])


def test_options_show_takes_and_the_seconds_that_they_cost() -> None:
    (show,) = [option.show for option in OPTIONS if option.name == "takes"]
    session = Session(Paths.under(MODELS.parent), Settings())
    assert "as many as" in show(session)
    key = models.pace_key(models.choose_model(session.settings, MODELS), 0)
    session.settings.paces = {key: SMALL}
    assert show(session) == "automatic (4, about 10 s a song)"
    session.settings.takes = 16
    assert show(session) == "16 (about 24 s a song)"
    session.settings.paces = {key: STARTER}
    assert show(session) == "16 (about 3 s a song)"
