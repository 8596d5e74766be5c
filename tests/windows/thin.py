"""A plugin for the suite under Wine: of the tests that only compute or read words, a sample.

What they test is the same on every system, and all of it would take a quarter of an hour there.
All other tests run.
"""

from __future__ import annotations

import pytest

EVERY = 12
ONLY_MUSIC = ("test_planning", "test_prompts", "test_thousand_sample")  # beside tests/music
ALIKE_EVERYWHERE = (  # of files whose other tests open files and start programs
    "test_a_failure_is_known_by_what_was_said",
    "test_a_key_has_exactly_the_pitch_of_the_tuning",
    "test_an_old_python_can_read_the_scripts_that_turn_it_away",
    "test_every_failure_says_what_to_do",
    "test_every_instrument_is_in_tune_on_every_key",
    "test_every_player_is_heard",
    "test_every_style_comes_out_at_one_loudness",
    "test_the_same_notes_sound_the_same_to_the_sample_whatever_was_played_before",
    "test_the_same_song_sounds_the_same_to_the_sample",
    "test_windows_of_any_size_make_the_same_sound",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep every twelfth of those tests."""
    music = [
        item
        for item in items
        if item.path.parent.name == "music"
        or item.path.stem in ONLY_MUSIC
        or item.name.partition("[")[0] in ALIKE_EVERYWHERE
    ]
    left_out = set(music) - set(music[::EVERY])
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))
