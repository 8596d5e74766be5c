"""The radio with a fake writer: songs keep coming, and whatever ends them is reported."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import models, song_pipeline
from scripts.radio import writer
from scripts.radio.disk_quota import delete_oldest
from scripts.radio.messages import from_line, to_line
from scripts.radio.radio import Radio
from scripts.radio.writer import WriterRequest
from scripts.tables.program import ModelError, Paths, Session, Settings, UserError
from scripts.tables.radio import Failed, Measured, Noticed, RadioState, WriterEvent
from scripts.tables.songs import Converting, Finished, Loading, SongOrder, SongRecord, Writing
from scripts.temporary import application, decoding, radio_writing
from tests import tiny_gguf


def record(number: int) -> SongRecord:
    return SongRecord(Path("output") / f"{number}.mp3", f"Song {number}", "Am", 120.0, 60.0)


class FakeWriter:
    """Writes a song when the test says so; a test may change `alive` and `waiting`."""

    def __init__(self) -> None:
        self.alive = True
        self.closed = self.stopped = False
        self.asked = self.written = 0
        self.waiting: list[WriterEvent] = []

    def request_song(self) -> None:
        assert not self.stopped
        self.asked += 1

    def events(self) -> list[WriterEvent]:
        taken, self.waiting = self.waiting, []
        return taken

    def is_alive(self) -> bool:
        return self.alive

    def stop(self) -> None:
        self.stopped = True

    def close(self) -> None:
        self.closed, self.alive = True, False

    def finish(self) -> None:
        assert self.asked > self.written, "a song that nobody asked for"
        self.written += 1
        self.waiting.append(Finished(self.written, record(self.written)))


class Station:
    """A radio and the writers that it has started."""

    def __init__(self, songs: int | None = None) -> None:
        self.writers: list[FakeWriter] = []
        self.radio = Radio(self._start, "Chill", songs)
        self.radio.start()

    def _start(self, styles: str) -> FakeWriter:
        assert styles == "Chill"
        self.writers.append(FakeWriter())
        return self.writers[-1]

    @property
    def writer(self) -> FakeWriter:
        return self.writers[-1]


def test_one_song_is_asked_for_at_a_time_and_handed_on_when_it_is_done() -> None:
    station = Station()
    for _ in range(5):
        assert station.radio.tick(0) == []
    assert station.writer.asked == 1
    station.writer.finish()
    assert station.radio.tick(0) == [record(1).path]
    station.radio.tick(1)
    assert station.writer.asked == 2
    assert station.radio.state is RadioState.WRITING


def test_writing_rests_while_enough_songs_wait_and_goes_on_in_time() -> None:
    station, heard = Station(), 0
    for _ in range(200):
        ahead = station.writer.written - heard
        station.radio.tick(ahead)
        assert ahead <= radio_writing.RADIO_SONGS_AHEAD
        if station.writer.asked > station.writer.written:
            station.writer.finish()
    state = station.radio.state
    assert state is RadioState.RESTING
    assert "wait to be heard" in station.radio.line()
    heard = 1
    station.radio.tick(station.writer.written - heard)
    assert station.radio.state is RadioState.WRITING


def test_an_order_is_made_without_a_rest_and_then_it_is_off() -> None:
    station = Station(songs=8)
    for number in range(8):
        station.radio.tick(number)
        station.writer.finish()
    station.radio.tick(8)
    assert station.radio.state is RadioState.OFF
    assert station.writer.stopped
    assert len(station.radio.finished) == 8
    station.radio.toggle()
    assert station.radio.songs is None  # the key means: until told to stop


def test_the_line_is_the_seeds() -> None:
    station = Station()
    station.radio.tick(0)
    shown = []
    for event in (Loading("Big", 0.5), Writing(1, 0.33), Converting(1, 0.5, "abc")):
        station.writer.waiting = [event]
        station.radio.tick(0)
        shown.append(station.radio.line())
    assert shown == [
        "Loading Big... 50%",
        'Producing "Chill" themed song number 1... 33%',
        "Converting song number 1 from ABC to Mp3... 50%",
    ]


def test_what_the_writer_says_is_handed_on() -> None:
    station = Station()
    station.writer.waiting = [Noticed("By the way."), Failed("The disk is full.")]
    station.radio.tick(0)
    assert station.radio.take_notices() == ["By the way.", "The disk is full."]
    assert station.radio.take_notices() == []
    assert (station.radio.state, station.radio.line()) == (RadioState.OFF, "")


def test_what_was_measured_is_handed_to_whoever_keeps_it() -> None:
    station = Station()
    kept: list[dict[str, list[float]]] = []
    station.radio.save_paces = kept.append
    station.writer.waiting = [Measured({"model": [1.0]})]
    station.radio.tick(0)
    assert kept == [{"model": [1.0]}]


def test_a_writer_that_dies_is_said_and_another_can_be_started() -> None:
    station = Station()
    station.radio.tick(0)
    station.writer.finish()
    station.writer.alive = False
    assert station.radio.tick(0) == [record(1).path]  # what it had finished is not lost
    assert station.radio.take_notices() == [radio_writing.WRITER_GONE]
    assert station.radio.state is RadioState.OFF
    station.radio.toggle()
    station.radio.tick(0)
    assert len(station.writers) == 2
    assert station.writer.asked == 1


def test_switching_off_and_closing_leaves_no_writer() -> None:
    station = Station()
    station.radio.toggle()
    station.radio.toggle()
    station.radio.toggle()
    station.radio.toggle()
    station.radio.close()
    assert len(station.writers) == 3
    assert all(writer.closed or not writer.alive for writer in station.writers)


def test_where_no_process_can_be_started_it_is_said() -> None:
    def start(_: str) -> FakeWriter:
        raise UserError("No process.")

    radio = Radio(start, "Chill")
    radio.start()
    assert radio.tick(0) == []
    assert radio.take_notices() == ["No process."]


# --- The pipe ------------------------------------------------------------------------------------

EVENTS = [
    Loading("M", 0.5),
    Writing(3, 0.25),
    Converting(3, 1.0, "notes"),
    Finished(3, record(3)),
    Failed("Ü\n\x1b"),
    Noticed("夜"),
    Measured({"a model": [0.1, 2.0]}),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_comes_through_the_pipe(event: WriterEvent) -> None:
    line = to_line(event)
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    assert from_line(line) == event


@given(st.text())
def test_lines_that_are_no_events_are_nothing(line: str) -> None:
    assert from_line(line) is None


@pytest.mark.parametrize(
    "line", ['{"event": "Finished", "number": 1}', '{"event": "Writing", "x": 1}', "[]", "1"]
)
def test_lines_that_are_nearly_events_are_nothing(line: str) -> None:
    assert from_line(line) is None


# --- Disk quota ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Paths:
    """Six generated songs of 1,000 bytes, oldest first, the last in the trash; and another file."""
    paths = Paths(tmp_path, tmp_path / "output")
    paths.scores.mkdir(parents=True)
    deleted = paths.output / application.DELETED_FOLDER
    deleted.mkdir()
    for number, name in enumerate(("foreign", "a", "b", "c", "d", "e", "unwanted")):
        where = deleted if name == "unwanted" else paths.output
        song = where / f"{name}.mp3"
        song.write_bytes(b"x" * 1000)
        os.utime(song, (1_700_000_000 + number,) * 2)
        if name != "foreign":
            (paths.scores / f"{name}.json").write_text("{}")
    return paths


@pytest.mark.parametrize(
    ("limit", "gone"),
    [
        (6000, []),
        (5999, ["unwanted"]),
        (4500, ["unwanted", "a"]),
        (2500, ["unwanted", "a", "c", "d"]),
        (0, ["unwanted", "a", "c", "d", "e"]),
    ],
)
def test_the_oldest_go_and_favourites_and_others_files_stay(
    folder: Paths, limit: int, gone: list[str]
) -> None:
    removed = delete_oldest(folder, limit, lambda path: path.stem == "b")
    assert [path.stem for path in removed] == gone
    left = {path.stem for path in folder.output.rglob("*.mp3")}
    assert left == {"foreign", "a", "b", "c", "d", "e", "unwanted"} - set(gone)
    assert len(list(folder.scores.iterdir())) == 6


# --- The writer process's loop -------------------------------------------------------------------


class FakeRequestQueue:
    """A fake `RequestQueue` with a number of requests."""

    def __init__(self, songs: int) -> None:
        self.request = WriterRequest("", "", {}, "Chill", 10)
        self.stopping = threading.Event()
        self.left = songs

    def wait(self) -> bool:
        self.left -= 1
        return self.left >= 0


def written(
    monkeypatch: pytest.MonkeyPatch, paths: Paths, songs: int, bad_seeds: set[int]
) -> list[WriterEvent]:
    """Return the events of the loop when the model fails at some seeds."""

    def make_songs(session: Session, order: SongOrder, book: object) -> Iterator[WriterEvent]:
        yield Writing(1, 0.0)
        if order.seed in bad_seeds:
            raise ModelError("No song.")
        yield Finished(1, record(order.seed))

    monkeypatch.setattr(song_pipeline, "make_songs", make_songs)
    told: list[WriterEvent] = []
    session = Session(paths, Settings(threads=1))
    try:
        writer.write_songs(FakeRequestQueue(songs), session, told.append)  # type: ignore[arg-type]
    except ModelError as error:
        told.append(Failed(str(error)))
    return told


def test_a_song_that_fails_is_said_and_another_takes_its_place(
    monkeypatch: pytest.MonkeyPatch, paths: Paths
) -> None:
    told = written(monkeypatch, paths, 2, {10, 12})
    finished = [event for event in told if isinstance(event, Finished)]
    assert [(event.number, event.record.title) for event in finished] == [
        (1, "Song 11"),
        (2, "Song 13"),
    ]
    assert told.count(Noticed("A song was not brought off: No song.")) == 2


def test_a_model_that_fails_three_times_in_a_row_ends_the_radio(
    monkeypatch: pytest.MonkeyPatch, paths: Paths
) -> None:
    told = written(monkeypatch, paths, 2, {11, 12, 13})
    assert told[-1] == Failed("No song.")
    assert sum(isinstance(event, Finished) for event in told) == 1


# --- A core for playback -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "chosen", "expected"),
    [
        (
            decoding.TINY_MODEL_BYTES + 1,
            0,
            max(1, models.default_threads(decoding.TINY_MODEL_BYTES + 1) - 1),
        ),
        (decoding.TINY_MODEL_BYTES + 1, 3, 3),  # the user's own number stays
        # A tiny model is at its best with its own one thread.
        (decoding.TINY_MODEL_BYTES // 2, 0, 0),
    ],
)
def test_a_big_model_leaves_a_thread_to_the_player(
    paths: Paths, size: int, chosen: int, expected: int
) -> None:
    model = tiny_gguf.build(paths.models / "model.gguf", tiny_gguf.BASE)
    os.truncate(model, size)  # appends zeros, which take no disk space
    session = Session(paths, Settings(model=model.name, threads=chosen))
    writer._reserve_core(session)
    assert session.settings.threads == expected
