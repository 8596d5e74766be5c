"""The jukebox by fake clock, fake player and fake folder."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.screens.jukebox_screen import jukebox_lines
from scripts.tables.jukebox import JukeboxAction, JukeboxState, SongMeasurements
from scripts.tables.program import SoundError
from scripts.temporary import listening, playback, screens
from tests.jukebox_rig import JukeboxRig


def test_it_plays_in_a_loop() -> None:
    rig = JukeboxRig(a=2, b=3, c=1)
    assert rig.passes(12.5) == ["a", "b", "c", "a", "b", "c", "a"]


def test_a_single_song_loops() -> None:
    rig = JukeboxRig(only=2)
    rig.passes(20)
    assert rig.player.log.count("play") >= 9
    assert rig.now.upcoming == ("only",) * 5


def test_broken_and_vanished_files_are_skipped_with_a_notice() -> None:
    rig = JukeboxRig(a=1, broken=-1, gone=None, b=1)
    assert rig.passes(1.5) == ["a", "b"]
    assert "Skipped" in rig.now.notice
    rig.passes(listening.NOTICE_SECONDS + 1)
    assert rig.now.notice == ""
    assert set(rig.passes(5)) == {"a", "b"}


def test_a_song_that_breaks_while_it_plays_is_left() -> None:
    rig = JukeboxRig(a=10, b=10)
    rig.passes(1)
    source = rig.player.source
    source.error = SoundError("a.mp3 holds no sound that can be read.")  # type: ignore[union-attr,misc]
    rig.passes(0.2)
    assert rig.now.song == "b"
    assert rig.now.notice.startswith("Skipped: a.mp3")


def test_a_song_that_never_goes_on_is_left() -> None:
    rig = JukeboxRig(a=100, b=10)
    rig.player.source.held = playback.SAMPLE_RATE  # type: ignore[union-attr]
    rig.passes(listening.DECODE_STALL_SECONDS + 2)
    assert rig.now.song == "b"


def test_when_all_are_bad_it_says_so_and_rests_until_something_changes() -> None:
    rig = JukeboxRig(a=-1, b=None)
    rig.passes(3)
    assert rig.now.state is JukeboxState.ALL_BAD
    assert "None of the 2 songs" in rig.now.notice
    asked = len(rig.library.opened) + len(rig.player.log)
    rig.passes(10)
    assert len(rig.library.opened) + len(rig.player.log) == asked
    rig.library.songs["a"] = 5
    rig.library.stamps["a"] = 1
    rig.passes(1)
    assert rig.jukebox.snapshot().state is JukeboxState.PLAYING


def test_an_empty_folder_says_what_to_do_and_waits_for_songs() -> None:
    rig = JukeboxRig()
    rig.passes(1)
    assert rig.now.state is JukeboxState.NO_SONGS
    assert "generate" in rig.now.notice
    rig.library.songs["new"] = 5
    assert rig.passes(1)[-1] == "new"


def test_pause_keeps_the_place() -> None:
    rig = JukeboxRig(a=60)
    rig.passes(3)
    rig.press(JukeboxAction.PAUSE)
    place = rig.now.position_seconds
    assert place == pytest.approx(3, abs=0.1)
    rig.passes(30)
    assert rig.now.state is JukeboxState.PAUSED
    assert rig.now.position_seconds == place
    rig.press(JukeboxAction.PAUSE)
    rig.passes(1)
    assert rig.now.position_seconds == pytest.approx(place + 1, abs=0.1)


@pytest.mark.parametrize("paused", [False, True])
def test_seek(paused: bool) -> None:
    rig = JukeboxRig(a=60, b=60)
    rig.passes(10)
    if paused:
        rig.press(JukeboxAction.PAUSE)
    rig.press(JukeboxAction.FORWARD)
    assert rig.now.position_seconds == pytest.approx(15, abs=0.1)
    rig.press(*[JukeboxAction.BACKWARD] * 5)
    assert rig.now.position_seconds == 0
    rig.press(*[JukeboxAction.FORWARD] * 12)
    assert rig.now.song == "b"


def test_next_and_previous() -> None:
    rig = JukeboxRig(a=60, b=60, c=60)
    rig.press(JukeboxAction.NEXT, JukeboxAction.NEXT)
    assert rig.now.song == "c"
    rig.press(JukeboxAction.PREVIOUS)
    assert rig.now.song == "b"
    rig.passes(5)
    rig.press(JukeboxAction.PREVIOUS)
    assert (rig.now.song, rig.now.position_seconds) == ("b", 0)


def test_volume_stays_in_its_bounds_and_mute_is_undone_by_it() -> None:
    rig = JukeboxRig(a=60)
    rig.press(JukeboxAction.MUTE)
    assert (rig.player.volume, rig.now.muted, rig.now.volume) == (0, True, 80)
    rig.press(*[JukeboxAction.LOUDER] * 9)
    assert (rig.player.volume, rig.now.muted) == (100, False)
    rig.press(*[JukeboxAction.SOFTER] * 30)
    assert (rig.player.volume, rig.jukebox.volume) == (0, 0)


def test_repeat_plays_one_song_and_next_still_goes_on() -> None:
    rig = JukeboxRig(a=1, b=1, c=1)
    rig.press(JukeboxAction.REPEAT)
    assert rig.passes(4) == ["a"]
    rig.press(JukeboxAction.NEXT)
    assert rig.passes(4) == ["b"]


def test_a_lost_device_is_tried_again_from_the_same_place() -> None:
    rig = JukeboxRig(a=60)
    rig.passes(5)
    rig.player.broken = True
    rig.passes(10)
    assert rig.now.state is JukeboxState.NO_DEVICE
    assert rig.now.notice
    assert rig.now.position_seconds == pytest.approx(5, abs=0.2)
    assert rig.player.log.count("play") < 10
    rig.player.broken = False
    rig.passes(3)
    assert rig.jukebox.snapshot().state is JukeboxState.PLAYING
    assert rig.now.position_seconds == pytest.approx(6, abs=2.1)


def test_closing_lets_go_of_everything() -> None:
    rig = JukeboxRig(a=60, b=60)
    rig.passes(3)
    rig.jukebox.close()
    assert rig.player.closed
    assert all(source.closed for source in rig.library.opened)


def test_it_goes_on_with_the_song_and_the_second_where_it_stopped() -> None:
    rig = JukeboxRig(a=60, b=60, c=60)
    rig.press(JukeboxAction.NEXT)
    rig.passes(20)
    rig.jukebox.close()
    again = JukeboxRig(rig.kept[-1], a=60, b=60, c=60)
    assert again.now.song == "b"
    assert again.now.position_seconds == pytest.approx(20, abs=0.2)
    assert again.now.upcoming[:2] == ("c", "a")


def test_a_killed_program_loses_less_than_half_a_minute_of_the_place() -> None:
    rig = JukeboxRig(a=600)
    rig.passes(100)
    assert 100 - rig.kept[-1].seconds <= listening.SAVE_STATE_SECONDS + 1


def test_a_favourite_is_marked_and_no_longer() -> None:
    rig = JukeboxRig(a=60, b=60)
    rig.press(JukeboxAction.FAVOURITE)
    assert rig.now.favourite
    assert rig.kept[-1].favourites == {"a.mp3"}
    rig.press(JukeboxAction.NEXT)
    assert not rig.now.favourite
    rig.press(JukeboxAction.PREVIOUS, JukeboxAction.FAVOURITE)
    assert not rig.now.favourite


def test_the_time_left_is_that_of_the_songs_to_come() -> None:
    rig = JukeboxRig(a=60, b=60, c=60)
    assert rig.now.left_seconds is None  # until the lengths are known
    rig.saved.measurements |= {f"{name}.mp3": SongMeasurements(1, 0, 60.0) for name in "abc"}
    rig.passes(2)
    assert rig.now.left_seconds == pytest.approx(178, abs=0.2)
    rig.press(JukeboxAction.NEXT, JukeboxAction.NEXT)
    assert rig.now.left_seconds == pytest.approx(60, abs=0.2)


def test_files_that_are_no_songs_are_named_once() -> None:
    rig = JukeboxRig(a=600)
    rig.library.skipped = {"empty.mp3": "it is empty", "new.mp3": listening.STILL_WRITTEN}
    rig.passes(1)
    assert rig.now.notice == ""  # it may be just being copied
    rig.passes(3)
    assert rig.now.notice == "Skipped: empty.mp3: it is empty."
    rig.passes(listening.NOTICE_SECONDS + 10)
    assert rig.now.notice == ""


EVENTS = st.one_of(
    st.sampled_from([a for a in JukeboxAction if a not in screens.LEAVING_ACTIONS]).map(
        lambda a: ("key", a)
    ),
    st.floats(0.01, 9).map(lambda seconds: ("wait", seconds)),
    st.tuples(st.just("file"), st.sampled_from("abcd"), st.sampled_from([2.0, 5.0, -1.0, None])),
    st.sampled_from("abcd").map(lambda name: ("gone", name)),
    st.booleans().map(lambda broken: ("device", broken)),
)


@settings(max_examples=80)
@given(st.lists(EVENTS, max_size=40))
def test_nothing_that_happens_breaks_it(events: list[tuple]) -> None:  # type: ignore[type-arg]
    rig = JukeboxRig(a=3, b=4)
    for number, (kind, *what) in enumerate(events):
        if kind == "key":
            rig.jukebox.act(what[0])
        elif kind == "wait":
            rig.passes(what[0], tick=0.2)
        elif kind == "file":
            rig.library.songs[what[0]] = what[1]
            rig.library.stamps[what[0]] = number
        elif kind == "gone":
            rig.library.songs.pop(what[0], None)
        else:
            rig.player.broken = what[0]
        check(rig)
    # However it stands, a good song and a device make it play again.
    rig.player.broken = False
    rig.library.songs["good"] = 5
    if rig.now.state is JukeboxState.PAUSED:
        rig.press(JukeboxAction.PAUSE)
    rig.passes(4, tick=0.2)
    assert rig.now.state is JukeboxState.PLAYING


def check(rig: JukeboxRig) -> None:
    """What holds at every moment."""
    now = rig.now
    assert 0 <= now.position_seconds <= max(now.duration_seconds, now.position_seconds)
    assert len(now.upcoming) in (0, 5)
    assert 0 <= now.volume <= 100
    assert sum(not source.closed for source in rig.library.opened) <= 2
    assert all(len(line) <= 80 for line in jukebox_lines(now))


def test_a_long_evening_leaves_nothing_behind() -> None:
    rig = JukeboxRig(a=100, b=200, c=300)
    chance = random.Random(5)
    for _ in range(2000):
        rig.passes(chance.uniform(1, 20), tick=1.0)
        rig.jukebox.act(
            chance.choice([a for a in JukeboxAction if a not in screens.LEAVING_ACTIONS])
        )
        rig.library.songs[chance.choice("abcdef")] = chance.choice([60.0, -1.0, None])
        rig.library.opened = [s for s in rig.library.opened if not s.closed]
        assert len(rig.library.opened) <= 2
