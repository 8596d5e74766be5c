"""The jukebox by fake clock, fake player and fake folder."""

from __future__ import annotations

import copy
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.jukebox.jukebox import Jukebox
from scripts.jukebox.playlist import Playlist
from scripts.screens.jukebox_screen import jukebox_lines
from scripts.tables.jukebox import (
    JukeboxAction,
    JukeboxSnapshot,
    JukeboxState,
    SavedJukeboxState,
    SongMeasurements,
)
from scripts.tables.program import SoundError
from scripts.temporary import listening, playback, screens
from tests.fake_player import FakeClock, FakeLibrary, FakePlayer

TICK = 0.05


class JukeboxRig:
    """A jukebox with a fake clock, library and player; `kept` is each state that it saved."""

    def __init__(self, saved: SavedJukeboxState | None = None, /, **songs: float | None) -> None:
        self.clock = FakeClock()
        self.saved = saved or SavedJukeboxState()
        self.kept: list[SavedJukeboxState] = []
        self.library = FakeLibrary(**songs)
        self.player = FakePlayer(self.clock)
        self.jukebox = Jukebox(
            self.library,  # type: ignore[arg-type]
            self.player,
            self.library.decode,
            playlist=Playlist(random.Random(1)),
            saved=self.saved,
            save=lambda: self.kept.append(copy.deepcopy(self.saved)),
        )
        self.jukebox.tick(self.clock.now)

    def passes(self, seconds: float, tick: float = TICK) -> list[str]:
        """Let seconds pass; return which songs played, in order."""
        played = [self.now.song]
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.sleep(tick)
            self.jukebox.tick(self.clock.now)
            if self.now.song != played[-1]:
                played.append(self.now.song)
        return played

    def press(self, *actions: JukeboxAction) -> None:
        for action in actions:
            assert self.jukebox.act(action)

    @property
    def now(self) -> JukeboxSnapshot:
        return self.jukebox.snapshot()


def test_it_plays_in_a_loop() -> None:
    rig = JukeboxRig(a=2, b=3, c=1)
    assert rig.passes(12.5) == ["a", "b", "c", "a", "b", "c", "a"]


def test_a_single_song_loops() -> None:
    rig = JukeboxRig(only=2)
    rig.passes(20)
    assert rig.player.log.count("play") >= 9
    assert rig.now.upcoming == ("only",) * 5


def test_what_was_announced_plays() -> None:
    rig = JukeboxRig(a=1, b=1, c=1)
    announced = rig.now.upcoming
    assert announced == ("b", "c", "a", "b", "c")
    assert tuple(rig.passes(5.4)[1:]) == announced


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


def test_new_songs_join_within_a_second_and_gone_ones_leave() -> None:
    rig = JukeboxRig(a=60, b=60)
    rig.library.songs["c"] = 60
    rig.passes(1)
    assert rig.now.upcoming == ("b", "c", "a", "b", "c")
    del rig.library.songs["b"]
    rig.passes(1)
    assert rig.now.upcoming[:2] == ("c", "a")


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


# --- What is kept, past and to come --------------------------------------------------------------


def test_songs_that_played_are_told_newest_first() -> None:
    rig = JukeboxRig(a=2, b=2, c=2)
    assert rig.jukebox.snapshot().past == ()
    rig.passes(5)
    assert (rig.now.song, rig.now.past) == ("c", ("b", "a"))
    rig.passes(60)
    assert len(rig.now.past) == 5


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
    rig.saved.facts |= {f"{name}.mp3": SongMeasurements(1, 0, 60.0) for name in "abc"}
    rig.passes(2)
    assert rig.now.left_seconds == pytest.approx(178, abs=0.2)
    rig.press(JukeboxAction.NEXT, JukeboxAction.NEXT)
    assert rig.now.left_seconds == pytest.approx(60, abs=0.2)


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


def test_files_that_are_no_songs_are_named_once() -> None:
    rig = JukeboxRig(a=600)
    rig.library.skipped = {"empty.mp3": "it is empty", "new.mp3": listening.STILL_WRITTEN}
    rig.passes(1)
    assert rig.now.notice == ""  # it may be just being copied
    rig.passes(3)
    assert rig.now.notice == "Skipped: empty.mp3: it is empty."
    rig.passes(listening.NOTICE_SECONDS + 10)
    assert rig.now.notice == ""


# --- Deleting ------------------------------------------------------------------------------------


@pytest.fixture
def real(tmp_path: Path) -> JukeboxRig:
    """A rig whose three songs are files, so that they can be moved."""
    rig = JukeboxRig()
    rig.library.folder = tmp_path
    rig.jukebox = Jukebox(
        rig.library,  # type: ignore[arg-type]
        rig.player,
        rig.library.decode,
        saved=rig.saved,
        save=lambda: rig.kept.append(copy.deepcopy(rig.saved)),
    )
    for name in "abc":
        (tmp_path / f"{name}.mp3").write_bytes(name.encode())
    rig.library.songs = {"a": 60, "b": 60, "c": 60}
    rig.passes(0.1)
    return rig


def test_deleting_asks_and_can_be_undone(real: JukeboxRig, tmp_path: Path) -> None:
    real.press(JukeboxAction.DELETE)
    assert real.now.question == 'Delete "a"? Yes = Y, No = any other key'
    real.jukebox.answer(False)
    real.passes(1)
    assert (real.now.question, real.now.song) == ("", "a")
    real.press(JukeboxAction.DELETE)
    real.jukebox.answer(True)
    real.passes(0.1)
    assert real.now.song == "b"
    assert "now lies in" in real.now.notice
    assert (tmp_path / "deleted" / "a.mp3").read_bytes() == b"a"
    assert not (tmp_path / "a.mp3").exists()
    real.press(JukeboxAction.UNDELETE)
    assert (tmp_path / "a.mp3").read_bytes() == b"a"
    assert real.kept[-1].deleted == []


def test_no_deleted_song_takes_the_place_of_another(real: JukeboxRig, tmp_path: Path) -> None:
    (tmp_path / "deleted").mkdir()
    (tmp_path / "deleted" / "a.mp3").write_bytes(b"older")
    real.press(JukeboxAction.DELETE)
    real.jukebox.answer(True)
    real.passes(0.1)
    (tmp_path / "a.mp3").write_bytes(b"newer")
    real.press(JukeboxAction.UNDELETE, JukeboxAction.UNDELETE)
    contents = {path.name: path.read_bytes() for path in tmp_path.glob("a*.mp3")}
    assert sorted(contents.values()) == [b"a", b"newer", b"older"]


def test_a_song_that_cannot_be_moved_stays_and_plays_on(real: JukeboxRig, tmp_path: Path) -> None:
    (tmp_path / "deleted").write_text("a file where the folder should be")
    real.press(JukeboxAction.DELETE)
    real.jukebox.answer(True)
    real.passes(4)
    assert "cannot be deleted" in real.now.notice
    assert (tmp_path / "a.mp3").exists()
    assert real.now.state is JukeboxState.PLAYING
    assert "a" in real.now.upcoming


# --- Whatever happens ----------------------------------------------------------------------------

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
