"""What stands above the main menu: nothing before the first song, then what there is."""

from __future__ import annotations

import os

import pytest

from scripts.jukebox.jukebox_state import JukeboxStateFile
from scripts.screens.status import status_lines
from scripts.tables.jukebox import SavedJukeboxState, SongMeasurements
from scripts.tables.program import Paths, Session, Settings
from scripts.temporary import application
from tests.tones import make_song


def test_without_songs_the_menu_stands_alone(paths: Paths) -> None:
    assert status_lines(Session(paths, Settings())) == []
    assert status_lines(Session(Paths(paths.root, paths.root / "nowhere"), Settings())) == []


def test_model_length_songs_and_the_newest(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine is slow to measure them.
    monkeypatch.setattr(application, "STATUS_SECONDS", 300.0)
    for number, name in enumerate("abcdefg"):
        make_song(paths.output / f"{name}.wav", 440, 0.5)
        os.utime(paths.output / f"{name}.wav", (1_700_000_000 + number,) * 2)
    (paths.output / "broken.mp3").write_text("no sound")
    os.utime(paths.output / "broken.mp3", (1_600_000_000,) * 2)
    session = Session(paths, Settings(length="3-4"))
    expected = [
        "Model: Llm-Music-Gen-Starter.Q8_0, song length: 3-4",
        "8 songs, 00:03 in all, newest: g, f, e, d, c",
    ]
    assert status_lines(session) == expected
    assert status_lines(session) == expected


def test_what_the_jukebox_has_measured_is_not_measured_again(paths: Paths) -> None:
    song = paths.output / f"{'long ' * 30}.mp3"
    song.write_text("nothing that could be measured")
    found = song.stat()
    known = {song.name: SongMeasurements(found.st_size, found.st_mtime_ns, 3600.0)}
    JukeboxStateFile(paths.jukebox).save(SavedJukeboxState(measurements=known))
    [_, line] = status_lines(Session(paths, Settings()))
    assert line.startswith("1 song, 1:00:00 in all, newest: long long")
    assert len(line) == 80


def test_what_there_is_no_time_to_measure_is_said(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "STATUS_SECONDS", -1.0)
    make_song(paths.output / "a.wav", 440, 0.5)
    assert status_lines(Session(paths, Settings()))[1] == "1 song, over 00:00 in all, newest: a"
