"""Set-up's lock, its log, and the environment variables of its children."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scripts.setup import commands, lock
from scripts.temporary import installing


def test_the_lock_lets_one_in_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "LOCK_POLL_SECONDS", 0.01)
    path = tmp_path / "set-up.lock"
    met: list[str] = []

    class SeenError(Exception):
        pass

    def waiting(holder: str) -> None:
        met.append(holder)
        if len(met) > 2:
            raise SeenError

    with (
        lock.exclusive_lock(path, waiting),
        pytest.raises(SeenError),
        lock.exclusive_lock(path, waiting),
    ):
        pass
    assert met == [str(os.getpid())] * 3
    with lock.exclusive_lock(path, waiting):  # free again
        assert len(met) == 3


@pytest.mark.parametrize("content", [b"", b"999999\n", b"\xff\xfe nonsense"])
def test_a_left_over_lock_file_holds_nobody_up(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set-up.lock"
    path.write_bytes(content)
    with lock.exclusive_lock(path, lambda holder: pytest.fail("waited")):
        assert path.read_bytes().split() == [str(os.getpid()).encode()]


def test_a_command_leaves_its_words_in_the_log_and_shows_signs_of_life(tmp_path: Path) -> None:
    beats: list[int] = []
    log = tmp_path / "data" / "set-up.log"
    commands.open_log(log, "a test")
    code = "import time; print('h\\u00e4llo', flush=True); time.sleep(0.7); raise SystemExit(3)"
    outcome = commands.run_logged([sys.executable, "-c", code], log, lambda: beats.append(1))
    assert (outcome.code, outcome.output.strip()) == (3, "hällo")
    assert len(beats) >= 2
    assert "hällo" in log.read_text(encoding="utf-8")


def test_an_overgrown_log_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "LOG_BYTES_AT_MOST", 100)
    log = tmp_path / "set-up.log"
    for number in range(20):
        commands.open_log(log, f"run {number}")
    assert log.stat().st_size < 200
    assert "run 19" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", installing.MISLEADING_VARIABLES)
def test_children_are_not_led_astray(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/elsewhere")
    assert name not in commands.clean_environment()
