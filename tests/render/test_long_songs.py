"""Long songs: memory does not grow with them, and they come out as loud as short ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.converting import convert
from tests.ffmpeg_meter import measure_file

pytestmark = [pytest.mark.slow, pytest.mark.model]


def test_a_long_song_needs_hardly_more_memory_than_a_short_one(tmp_path: Path) -> None:
    short = convert("Chill, Dubstep", 180, str(tmp_path / "short"))
    long = convert("Chill, Dubstep", 1500, str(tmp_path / "long"))
    assert long["seconds"] > 1300
    assert long["peak"] - short["peak"] < 100  # MB
    heard = measure_file(long["path"])
    assert heard.loudness == pytest.approx(-14, abs=0.5)
    assert heard.peak <= -1.0
