"""Deleted songs: asked first, moved into a folder, and brought back."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from scripts.jukebox.jukebox import Jukebox
from scripts.tables.jukebox import JukeboxAction, JukeboxState
from tests.jukebox_rig import JukeboxRig


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
