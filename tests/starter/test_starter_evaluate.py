"""What evaluate.py asks for: each real tune's own phrases, and an end drawn as the app draws it."""

from __future__ import annotations

from statistics import fmean

import pytest

from models.starter import dialect
from models.starter.control import centred_on_parts, with_density, with_height
from models.starter.evaluate import distances_between_seeds
from models.starter.generation import REACH, default_plan, plan_from
from scripts.music.phrases import whole_part
from scripts.prompts import build_job
from scripts.tables.plans import PartPlan, SongPlan
from scripts.temporary import profiles
from tests.starter.test_starter_dialect import random_song

FRAME = default_plan()


def middle(part: PartPlan) -> tuple[float, float]:
    heights = [phrase.height for phrase in part.phrases]
    return fmean(phrase.density for phrase in part.phrases), fmean(heights)


@pytest.mark.parametrize("seed", range(12))
def test_a_tune_is_asked_for_by_its_own_numbers(seed: int) -> None:
    song = random_song(seed)
    job, _ = build_job(plan_from(song, FRAME, seed), profiles.PROFILES["starter"])
    asked = [cue for segment in job.segments for cue in dialect.CUE.findall(segment.control_codes)]
    assert asked == dialect.CUE.findall(dialect.write_song(song))


def test_the_end_is_drawn_and_not_the_tunes_own() -> None:
    song = random_song(3)
    ends = {plan_from(song, FRAME, seed).parts[-1].closing for seed in range(60)}
    assert len(ends) > 1
    even = plan_from(song, FRAME, 1, even=True)
    assert all(part.closing is None and not part.phrases for part in even.parts)


@pytest.mark.parametrize("seed", range(6))
def test_control_asks_for_another_density_and_height_throughout(seed: int) -> None:
    plan: SongPlan = centred_on_parts(plan_from(random_song(seed), FRAME, seed))
    for part in plan.parts:
        for changed in (with_density(part, 5), with_density(part, 1), with_height(part, 66)):
            wanted = whole_part(changed)
            assert middle(changed) == pytest.approx((wanted.density, wanted.height))
            assert len(changed.phrases) == len(part.phrases)
        assert with_density(part, 5).density == 5
        assert with_height(part, 66).low == 66 - REACH


def test_samples_of_the_same_songs_have_no_distance() -> None:
    songs = [random_song(seed) for seed in range(6)]
    assert set(distances_between_seeds([songs, songs[::-1]]).values()) == {0.0}
    assert min(distances_between_seeds([songs[:3], songs[3:]]).values()) > 0
