"""Some of the benchmark's thousand songs: every tiny GGUF, styles, metres, ornaments, densities."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.thousand import MODELS, song_number, write

NUMBERS = range(5, 1000, 41)  # no multiple of the models' number: each of them has its turns


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tiny")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_song_from_a_model_that_knows_nothing_is_legal(number: int, folder: Path) -> None:
    found = write(number, folder)
    assert (found["wrong"], found["problem"], found["misheard"]) == (0, "", False)
    assert found["bars"] >= 4


def test_the_sample_is_as_varied_as_the_thousand() -> None:
    songs = [song_number(number) for number in NUMBERS]
    assert {number % len(MODELS) for number in NUMBERS} == set(range(len(MODELS)))
    assert len({song.metre for song in songs}) >= 6
    assert {part.triplets for song in songs for part in song.parts} == {True, False}
    assert len({part.density for song in songs for part in song.parts}) >= 4
