"""The order of the loop: what was announced, what joins and leaves, what survives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.tables.jukebox import JukeboxAction, SavedJukeboxState
from tests.jukebox_rig import JukeboxRig


def test_what_was_announced_plays() -> None:
    rig = JukeboxRig(a=1, b=1, c=1)
    announced = rig.now.upcoming
    assert announced == ("b", "c", "a", "b", "c")
    assert tuple(rig.passes(5.4)[1:]) == announced


def test_new_songs_join_within_a_second_and_gone_ones_leave() -> None:
    rig = JukeboxRig(a=60, b=60)
    rig.library.songs["c"] = 60
    rig.passes(1)
    assert rig.now.upcoming == ("b", "c", "a", "b", "c")
    del rig.library.songs["b"]
    rig.passes(1)
    assert rig.now.upcoming[:2] == ("c", "a")


def test_songs_that_played_are_told_newest_first() -> None:
    rig = JukeboxRig(a=2, b=2, c=2)
    assert rig.jukebox.snapshot().past == ()
    rig.passes(5)
    assert (rig.now.song, rig.now.past) == ("c", ("b", "a"))
    rig.passes(60)
    assert len(rig.now.past) == 5


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_order_survives(shuffled: bool) -> None:
    names = dict.fromkeys("abcdefgh", 60.0)
    rig = JukeboxRig(**names)
    if shuffled:
        rig.press(JukeboxAction.SHUFFLE)
    rig.press(JukeboxAction.NEXT, JukeboxAction.REPEAT, JukeboxAction.FAVOURITE)
    rig.press(JukeboxAction.REPEAT)
    before = rig.now
    rig.jukebox.close()
    again = JukeboxRig(rig.kept[-1], **names).now
    assert (again.song, again.upcoming) == (before.song, before.upcoming)
    assert (again.shuffled, again.favourite, again.repeating) == (shuffled, True, False)


def test_a_song_that_is_no_longer_there_is_not_waited_for() -> None:
    saved = SavedJukeboxState(song="gone.mp3", seconds=50, order=["gone.mp3", "b.mp3", "a.mp3"])
    rig = JukeboxRig(saved, a=60, b=60)
    assert (rig.now.song, rig.now.position_seconds) == ("b", 0)


def test_a_shuffled_loop_plays_all_before_one_repeats_even_when_songs_join() -> None:
    rig = JukeboxRig(**dict.fromkeys("abcdef", 2.0))
    rig.press(JukeboxAction.SHUFFLE)
    played = rig.passes(5)
    rig.library.songs |= {"g": 2.0, "h": 2.0}
    played += rig.passes(2 * 8 - 5 - 0.5)[1:]
    assert sorted(played) == sorted("abcdefgh")


def test_a_welcome_song_comes_next_and_the_first_of_all_at_once() -> None:
    rig = JukeboxRig(a=60, b=60, c=60)
    for name in ("new", "newer"):
        rig.jukebox.play_next(Path("output") / f"{name}.mp3")
        rig.library.songs[name] = 60
        rig.passes(0.1)
    assert rig.now.upcoming[:4] == ("new", "newer", "b", "c")
    assert rig.jukebox.new_songs_ahead == 2
    rig.press(JukeboxAction.NEXT)
    assert (rig.now.song, rig.jukebox.new_songs_ahead) == ("new", 1)
