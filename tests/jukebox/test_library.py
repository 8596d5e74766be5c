"""The output folder as songs, and their order in the loop."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.jukebox.library import Library, Song, printable_name
from scripts.jukebox.playlist import Playlist
from scripts.temporary import listening

START = 1_700_000_000


def put(folder: Path, name: str, age: int = 0, data: bytes = b"sound") -> Path:
    """Write a file whose time of change is `age` seconds after a fixed one."""
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (START + age, START + age))
    return path


def names(library: Library) -> list[str]:
    return [song.name for song in library.scan().songs]


def song(name: str) -> Song:
    return Song(Path(name), name, 1, 0)


def always(_: Song) -> bool:
    return True


def test_songs_come_oldest_first_and_by_name_within_a_moment(tmp_path: Path) -> None:
    put(tmp_path, "b.mp3", 5)
    put(tmp_path, "c.wav", 1)
    put(tmp_path, "a.MP3", 5)
    assert names(Library(tmp_path)) == ["c", "a", "b"]


def test_what_is_not_a_song_is_left_alone(tmp_path: Path) -> None:
    for name in (".hidden.mp3", "x.mp3.partial", "x.partial.mp3", "notes.txt", "song.mp4", "mp3"):
        put(tmp_path, name)
    (tmp_path / "scores").mkdir()
    put(tmp_path / "scores", "inner.mp3")
    (tmp_path / "folder.mp3").mkdir()
    scan = Library(tmp_path).scan()
    assert scan.songs == ()
    assert scan.skipped == {}


def test_empty_and_dangling_files_are_skipped_with_a_reason(tmp_path: Path) -> None:
    put(tmp_path, "empty.mp3", data=b"")
    put(tmp_path, "good.mp3")
    with suppress(OSError):
        (tmp_path / "lost.mp3").symlink_to(tmp_path / "nowhere.mp3")
    if not (tmp_path / "lost.mp3").is_symlink():  # Wine says yes to a link, and makes none
        pytest.skip("no links on this system")
    scan = Library(tmp_path).scan()
    assert [s.name for s in scan.songs] == ["good"]
    assert scan.skipped == {"empty.mp3": "it is empty", "lost.mp3": "it cannot be read"}


def test_new_files_come_when_complete_and_gone_ones_leave(tmp_path: Path) -> None:
    put(tmp_path, "a.mp3", 1)
    library = Library(tmp_path)
    assert names(library) == ["a"]
    growing = put(tmp_path, "b.mp3", 2, b"so")
    assert names(library) == ["a"]
    growing.write_bytes(b"some more")
    assert names(library) == ["a"]
    assert names(library) == ["a", "b"]
    (tmp_path / "a.mp3").unlink()
    assert names(library) == ["b"]


def test_a_file_changed_in_its_place_is_noticed(tmp_path: Path) -> None:
    path = put(tmp_path, "a.mp3")
    library = Library(tmp_path)
    before = library.scan().songs[0]
    path.write_bytes(b"another sound")
    looks = [library.scan() for _ in range(listening.SCANS_BETWEEN_FULL_ONES + 2)]
    assert any(s.size != before.size for look in looks for s in look.songs)


def test_a_missing_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert Library(tmp_path / "none").scan().songs == ()
    assert Library(put(tmp_path, "file")).scan().songs == ()


def test_names_cannot_command_the_terminal() -> None:
    assert printable_name("a\x1b[2Jb\n\udc80") == "a?[2Jb??"
    assert printable_name("Ночь – 夜") == "Ночь – 夜"


# --- The loop ------------------------------------------------------------------------------------

NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)


def playlist(members: list[str], shuffled: bool = False) -> Playlist:
    made = Playlist(random.Random(1))
    made.shuffled = shuffled
    made.update(tuple(song(name) for name in members))
    return made


@given(NAMES, st.integers(0, 12), st.booleans(), st.sets(st.sampled_from("abcdefgh")))
def test_what_is_announced_is_what_comes(
    members: list[str], steps: int, shuffled: bool, bad: set[str]
) -> None:
    loop = playlist(members, shuffled)

    def good(one: Song) -> bool:
        return one.name not in bad

    for _ in range(steps):
        loop.step(1, good)
    announced = loop.following(5, good)
    played = [loop.step(1, good) for _ in range(5)]
    if set(members) - bad:
        assert announced == played
    else:
        assert announced == []
        assert played == [None] * 5


@given(NAMES, st.booleans())
def test_all_play_before_one_repeats(members: list[str], shuffled: bool) -> None:
    loop = playlist(members, shuffled)
    played = [loop.step(1, always) for _ in members]
    assert {one.name for one in played if one} == set(members)


@given(NAMES, st.integers(0, 9))
def test_previous_undoes_next(members: list[str], steps: int) -> None:
    loop = playlist(members)
    before = None
    for _ in range(steps + 1):
        before = loop.step(1, always)
    loop.step(1, always)
    assert loop.step(-1, always) == before


@given(NAMES, NAMES, st.integers(0, 9), st.booleans())
def test_songs_that_come_and_go_do_not_disturb_the_turn(
    members: list[str], later: list[str], steps: int, shuffled: bool
) -> None:
    loop = playlist(members, shuffled)
    for _ in range(steps):
        loop.step(1, always)
    coming = [one for one in loop.following(len(members), always) if one.name in later]
    loop.update(tuple(song(name) for name in later))
    assert len(loop) == len(later)
    after = loop.following(len(later), always)
    assert sorted(one.name for one in after) == sorted(later)
    if shuffled and steps <= len(members):
        old = [one for one in after if one in coming]
        assert old == coming


@given(NAMES.filter(bool), st.integers(1, 9))
def test_shuffling_keeps_the_present_song_and_un_shuffling_its_place(
    members: list[str], steps: int
) -> None:
    loop = playlist(members)
    present = None
    for _ in range(steps):
        present = loop.step(1, always)
    loop.shuffle()
    assert loop.following(len(members), always)[-1] == present
    loop.shuffle()
    place = members.index(present.name) if present else 0
    coming = [one.name for one in loop.following(len(members), always)]
    assert coming == members[place + 1 :] + members[: place + 1]
