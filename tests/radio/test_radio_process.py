"""The real writer process: what it writes, and that it ends with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scripts import song_pipeline, utility
from scripts.music.style_parser import parse_styles
from scripts.radio.process import WriterProcess, start_writer
from scripts.tables.program import Paths, Session, Settings
from scripts.tables.radio import Failed, Measured, WriterEvent
from scripts.tables.songs import Converting, Finished, SongOrder, SongRecord, Writing
from tests.terminal_sessions import LIMIT_SECONDS, REPOSITORY, STARTER, everything_in

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has tests/windows for it"),
    pytest.mark.skipif(not STARTER.exists(), reason="the starter model is not there"),
]

# Starts a writer, requests songs, prints the writer's process id and waits.
OWNER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from scripts.radio.process import start_writer
from scripts.tables.program import Paths, Session, Settings
session = Session(Paths.under(Path(sys.argv[2])), Settings(length="4", takes=1))
writer = start_writer(session, "Jazz", 1)
for _ in range(3):
    writer.request_song()
stage = sys.argv[3]
while not any(type(event).__name__ == stage for event in writer.events()):
    time.sleep(0.01)
print(writer._process.pid, flush=True)
time.sleep(600)
"""


def wait_until(holds: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < limit, f"{what} did not happen"
        time.sleep(0.02)


@pytest.fixture
def session(paths: Paths) -> Session:
    return Session(paths, Settings(length="0.5", takes=1))


@pytest.fixture
def writer(session: Session) -> Iterator[WriterProcess]:
    process = start_writer(session, "Chill, Dubstep", 7)
    yield process
    process.close()


def song(writer: WriterProcess) -> tuple[SongRecord, set[type]]:
    """Request a song; return it, and the types of the events on the way."""
    writer.request_song()
    seen: list[WriterEvent] = []

    def is_over() -> bool:
        seen.extend(writer.events())
        return any(isinstance(event, (Finished, Failed)) for event in seen)

    wait_until(is_over, "a song")
    [end] = [event for event in seen if isinstance(event, (Finished, Failed))]
    assert isinstance(end, Finished), end
    return end.record, {type(event) for event in seen}


@pytest.mark.slow
def test_it_writes_the_songs_that_the_song_pipeline_writes(
    session: Session, writer: WriterProcess
) -> None:
    first, kinds = song(writer)
    second, _ = song(writer)
    assert {Writing, Converting, Finished} <= kinds
    assert first.path != second.path
    book = utility.load_style_book(session.paths.style_book)
    request = parse_styles("Chill, Dubstep", book)
    for number, record in enumerate((first, second)):
        events = list(song_pipeline.make_songs(session, SongOrder(request, 1, 7 + number), book))
        again = events[-1]
        assert isinstance(again, Finished)
        kept = [
            session.paths.scores / f"{path.stem}.mid" for path in (record.path, again.record.path)
        ]
        assert kept[0].read_bytes() == kept[1].read_bytes()


def test_it_lowers_its_priority(writer: WriterProcess) -> None:
    own = psutil.Process().nice()
    wait_until(lambda: psutil.Process(writer._process.pid).nice() > own, "a lower priority")


@pytest.mark.parametrize("stage", [Writing, Converting])
def test_stopped_it_leaves_no_files(session: Session, stage: type, tmp_path: Path) -> None:
    session.settings.length = "4"
    writer = start_writer(session, "Jazz", 1)
    writer.request_song()
    wait_until(lambda: any(isinstance(event, stage) for event in writer.events()), "the stage")
    writer.close()
    assert not writer.is_alive()
    assert not everything_in(session.paths.output)


def test_what_is_wrong_is_said_in_a_sentence(session: Session) -> None:
    session.settings.model = "not there.gguf"
    writer = start_writer(session, "Jazz", 1)
    writer.request_song()
    seen: list[WriterEvent] = []

    def is_told() -> bool:
        seen.extend(writer.events())
        return bool(seen)

    wait_until(is_told, "a sentence")
    assert isinstance(seen[0], Failed)
    assert "not there.gguf" in seen[0].sentence
    wait_until(lambda: not writer.is_alive(), "its end")
    writer.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("stage", ["Writing", "Converting"])
def test_it_ends_when_whoever_started_it_is_killed(root: Path, stage: str) -> None:
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(REPOSITORY), str(root), stage],
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert psutil.pid_exists(pid)
        os.kill(owner.pid, signal.SIGKILL)
    wait_until(lambda: not is_running(pid), "the writer's end")
    assert not everything_in(root / "output")


def is_running(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_settings_are_left_to_whoever_started_it(session: Session) -> None:
    kept = session.paths.persistent
    kept.write_text('{"volume": 33}', encoding="utf-8")
    session.settings.length, session.saved_values["length"] = "0.5", "2-3"  # for this run only
    session.settings.takes = 0
    writer = start_writer(session, "Waltz", 1)
    seen: list[WriterEvent] = []
    writer.request_song()

    def has_measured() -> bool:
        seen.extend(writer.events())
        return any(isinstance(event, Measured) for event in seen)

    wait_until(has_measured, "measuring")
    writer.close()
    assert kept.read_text(encoding="utf-8") == '{"volume": 33}'
