"""The radio on a real Windows Python: a process of its own writes songs while others play."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.windows.bed.program import BAT
from tests.windows.bed.screen import WAIT_SECONDS, Screen
from tests.windows.bed.wine import Windows

MENU = "Selection; Menu Option = 1-3, Exit Program = X:"
SONG_SECONDS = 240.0  # the radio steps back behind all else, and CI is busy
QUICK = {"takes": 1, "length": "0.5"}


@pytest.fixture
def folder(home: Path, first_start: str) -> Iterator[Path]:
    """The program's folder with settings for short songs; they are put back, the songs go."""
    there = set((home / "output").glob("*.mp3"))
    settings = home / "data" / "persistent.json"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(json.dumps({**json.loads(before), **QUICK}), encoding="utf-8")
    yield home
    settings.write_text(before, encoding="utf-8")
    for song in set((home / "output").glob("*.mp3")) - there:
        song.unlink()


def writers(windows: Windows) -> list[psutil.Process]:
    """The processes of this Windows that write songs."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("WINEPREFIX") == str(windows.prefix)
            if ours and "scripts.radio.writer" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def is_writing(screen: Screen, number: int) -> bool:
    """Whether a song plays and the song of this number, or a later one, is being written."""
    lines = screen.lines()
    later = [f"song number {n}" for n in range(number, number + 5)]
    return any(line.startswith("Playing song:") for line in lines) and any(
        line.startswith(("Producing", "Converting")) and any(name in line for name in later)
        for line in lines
    )


def test_songs_are_written_while_others_play_until_b(
    windows: Windows, folder: Path, null_sink: Any
) -> None:
    before = set((folder / "output").glob("*.mp3"))
    with Screen(windows, ["cmd", "/c", BAT, "launch"], folder, null_sink.variables) as screen:
        screen.wait_for(MENU).type("1\r")
        screen.wait_for("What kind of music").type("Jazz\r")
        screen.wait_for("How many songs").type("l\r")
        screen.wait(lambda shown: is_writing(shown, 2), SONG_SECONDS)
        assert writers(windows)
        screen.wait(lambda shown: is_writing(shown, 3), SONG_SECONDS)
        songs = set((folder / "output").glob("*.mp3")) - before
        assert len(songs) >= 2
        screen.type("b")
        screen.wait_for(MENU)
        assert ends(windows, screen)
        screen.type("x\r")
        assert screen.end() == 0
    assert not list((folder / "output").glob("*.partial"))
    assert "Traceback" not in screen.written


def ends(windows: Windows, screen: Screen) -> bool:
    """Whether nothing writes any more, within a while."""
    limit = time.monotonic() + WAIT_SECONDS
    while writers(windows) and time.monotonic() < limit:
        screen.watch(0.5)
    return not writers(windows)
