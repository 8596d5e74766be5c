"""A quarter of an hour of `tests/soak.py`, which runs for as long as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import JukeboxSoak


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_that_happens_in_an_evening_breaks_it(tmp_path: Path, seed: int) -> None:
    evening = JukeboxSoak(tmp_path / "output", seed)
    for _ in range(3):
        evening.passes(300)
    evening.check_that_it_plays()
    assert evening.files > 5
    assert evening.screens > 500
