"""A plugin for the suite under Wine: of the files that only reckon with music, a sample.

What they test is the same arithmetic on every system, and all of it would take a quarter of an
hour there. Of every other file all tests run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

EVERY = 12
ONLY_MUSIC = (
    "test_arrangement",
    "test_bad_input_style_book",
    "test_band",
    "test_chapters",
    "test_harmony",
    "test_melodies",
    "test_mixtures",
    "test_plan",
    "test_planning",
    "test_prompts",
    "test_styles",
    "test_thousand_sample",
    "test_token_song",
    "test_triplets_and_ties",
    "test_writing",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep every twelfth test of those files."""
    folder = Path(__file__).resolve().parent.parent
    names = {folder / f"{name}.py" for name in ONLY_MUSIC}
    music = [item for item in items if item.path in names]
    left_out = set(music) - set(music[::EVERY])
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))
