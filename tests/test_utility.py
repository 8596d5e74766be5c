"""From a model's text to files: legal names, no name twice, and no files of an unfinished song."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

import mido
import pytest
import symusic
from hypothesis import example, given
from hypothesis import strategies as st

from scripts import utility
from scripts.render import export
from scripts.render.export import ExportTarget
from scripts.render.mix import MixSettings
from scripts.render.sampler import Sampler, TrackNotes
from scripts.render.track_notes import open_soundfont
from scripts.tables.plans import SongPlan
from scripts.tables.program import ModelError, Paths, SoundError, UserError
from scripts.tables.songs import SongJob, SongRecord
from scripts.temporary import application, exporting
from tests.song_factory import DATA, job_for, plan, style_book, write_at_random

Tune = tuple[SongPlan, str]  # a plan, and the text that a model wrote for it


@pytest.fixture(scope="module")
def synthesizer() -> Sampler:
    return open_soundfont(DATA / application.SOUNDFONT_NAME)


@pytest.fixture
def places(tmp_path: Path) -> Paths:
    paths = Paths.under(tmp_path)
    utility.prepare_output(paths)
    return paths


@pytest.fixture(scope="module")
def tune() -> Tune:
    song = plan("Chill, Dubstep", 4, 30)
    return song, write_at_random(job_for(song), 4)


def converting(
    tune: Tune, paths: Paths, synthesizer: Sampler, writes: str = "abc"
) -> Generator[float, None, SongRecord]:
    song, text = tune
    job = SongJob(song, text, writes, "tests")
    return utility.convert(job, style_book(), paths, synthesizer)


def to_the_end(conversion: Generator[float, None, SongRecord]) -> tuple[SongRecord, list[float]]:
    fractions = []
    try:
        while True:
            fractions.append(next(conversion))
    except StopIteration as finished:
        return finished.value, fractions


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- Names -----------------------------------------------------------------------------------


@given(st.text(max_size=400))
@example("CON")
@example("con .x")
@example("nul.")
@example("COM¹")
@example("LPT0.mp3")
@example("aux")
@example("trailing dots...")
@example(" . ")
@example("..")
@example("../../etc/passwd")
@example("C:\\Windows\\x")
@example("🎵" * 300)
@example("👩‍👩‍👧‍👦 family")
@example("x" * 300)
@example("line\nbreak\x00null\x7f")
@example("\ud800")
@example("‮evil")
def test_any_title_becomes_a_name_that_windows_and_linux_keep(title: str) -> None:
    name = utility.legal_name(title)
    assert name
    assert not set(name) & set(exporting.FORBIDDEN_IN_NAMES)
    assert name.isprintable()
    assert name == name.strip(" .")
    assert name.split(".")[0].strip().upper() not in exporting.RESERVED_NAMES
    assert len(name) <= 85
    for suffix in (".mp3.partial", " 99.mp3.partial"):
        assert len((name + suffix).encode("utf-8")) <= 255
        assert len((name + suffix).encode("utf-16-le")) // 2 <= 255
    assert Path(name).name == name


@pytest.mark.parametrize("title", ["🎵" * 300, "CON", "x" * 300, "Ü. Ä.", "a'b (100%)!"])
def test_such_a_file_can_be_made(title: str, places: Paths) -> None:
    path = places.output / f"{utility.file_stem(title, places)}.mp3.partial"
    path.write_bytes(b"x")
    assert path.read_bytes() == b"x"


def test_a_title_is_used_once_whatever_its_capitals(places: Paths) -> None:
    made = []
    for title in ("Rain", "rain", "RAIN", "Rain", "Rain."):
        stem = utility.file_stem(title, places)
        (places.output / f"{stem}.mp3").touch()
        made.append(stem.casefold())
    assert len(set(made)) == len(made)
    assert made[:2] == ["rain", "rain 2"]


@pytest.mark.parametrize("there", ["Rain.wav", "scores/Rain.abc", "scores/Rain.txt",
                                   "scores/Rain.json", "Rain.mp3.partial"])  # fmt: skip
def test_a_name_that_anything_of_a_song_has_is_taken(there: str, places: Paths) -> None:
    (places.output / there).touch()
    assert utility.file_stem("Rain", places) == "Rain 2"


def test_in_a_deep_folder_names_are_cut_to_windows_limit(tmp_path: Path) -> None:
    deep = tmp_path
    while len(str(deep)) < 190:
        deep = deep / "folder"
    paths = Paths.under(deep)
    paths.scores.mkdir(parents=True)
    for _ in range(3):
        stem = utility.file_stem("A very long title of a song " * 5, paths)
        longest = paths.scores / f"{stem}.json.partial"
        assert len(str(longest)) <= 259
        assert len(stem) >= 8 and stem == stem.strip(" .")
        (paths.output / f"{stem}.mp3").touch()


def test_a_name_is_found_before_there_is_a_folder(tmp_path: Path) -> None:
    assert utility.file_stem("Rain", Paths.under(tmp_path)) == "Rain"


# --- Files of a song -------------------------------------------------------------------------


def test_a_song_comes_with_its_scores_and_how_it_was_made(
    tune: Tune, places: Paths, synthesizer: Sampler
) -> None:
    record, fractions = to_the_end(converting(tune, places, synthesizer))
    song = tune[0]
    names = [
        f"{record.title}.mp3",
        *(f"scores/{record.title}{x}" for x in (".abc", ".json", ".mid")),
    ]
    assert files(places.output) == sorted(str(Path(name)) for name in names)
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] <= fractions[-1] < 1
    told = json.loads((places.scores / f"{record.title}.json").read_text(encoding="utf-8"))
    assert (told["seed"], told["text"], told["plan"]["title"]) == (4, tune[1], song.title)
    again, _ = to_the_end(converting(tune, places, synthesizer))
    assert again.path != record.path
    assert again.path.stat().st_size == pytest.approx(record.path.stat().st_size, rel=0.01)


# --- MIDI file -------------------------------------------------------------------------------


HEARD = [("Chill, Dubstep", "abc", 3), ("Metal", "abc", 3), ("Irish Jig", "abc", 8),
         ("Jazz, Drunk", "abc", 5), ("Waltz", "notes", 7), ("Techno", "notes", 9)]  # fmt: skip


class ReadTrack(NamedTuple):
    """A track as another library reads it."""

    player: str
    program: int
    drums: bool
    notes: list[tuple[int, int, int, int]]  # start and end in ticks, key, velocity
    tick_seconds: float


def read_by_mido(path: Path) -> Iterator[ReadTrack]:
    document = mido.MidiFile(str(path), charset="utf-8")
    tempo = next(m.tempo for m in document.tracks[0] if m.type == "set_tempo")
    for track in document.tracks[1:]:
        now = 0
        struck: dict[int, tuple[int, int]] = {}  # key → (start, velocity)
        notes: list[tuple[int, int, int, int]] = []
        channels: set[int] = set()
        programs: list[int] = []
        for message in track:
            now += message.time
            if message.type == "note_on":
                assert message.note not in struck
                struck[message.note] = now, message.velocity
                channels.add(message.channel)
            elif message.type == "note_off":
                start, velocity = struck.pop(message.note)
                notes.append((start, now, message.note, velocity))
            elif message.type == "program_change":
                programs.append(message.program)
        assert not struck
        if notes:
            [program], player = programs, track.name.rpartition(": ")[2]
            yield ReadTrack(player, program, channels == {9}, notes, tempo / 1e6 / 480)


def read_by_symusic(path: Path) -> Iterator[ReadTrack]:
    score = symusic.Score(str(path))
    assert isinstance(score, symusic.core.ScoreTick)
    seconds = int(score.tempos.numpy()["mspq"][0]) / 1e6 / score.ticks_per_quarter
    for track in score.tracks:
        arrays = track.notes.numpy()
        names = ("time", "duration", "pitch", "velocity")
        notes = zip(*(arrays[name].tolist() for name in names))
        found = [(start, start + length, key, velocity) for start, length, key, velocity in notes]
        player = track.name.rpartition(": ")[2]
        yield ReadTrack(player, track.program, track.is_drum, found, seconds)


@pytest.mark.parametrize("read", [read_by_mido, read_by_symusic])
@pytest.mark.parametrize(("styles", "writes", "seed"), HEARD)
def test_the_midi_file_holds_exactly_what_is_heard(
    styles: str,
    writes: str,
    seed: int,
    read: Callable[[Path], Iterator[ReadTrack]],
    places: Paths,
    synthesizer: Sampler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[TrackNotes] = []

    def listen(
        tracks: Sequence[TrackNotes], sampler: Sampler, settings: MixSettings, target: ExportTarget
    ) -> Iterator[float]:
        heard.extend(tracks)
        target.path.touch()
        yield 1.0

    monkeypatch.setattr(export, "export_song", listen)
    song = plan(styles, seed, 60)
    text = write_at_random(job_for(song, "llama-midi" if writes == "notes" else "starter"), seed)
    record, _ = to_the_end(converting((song, text), places, synthesizer, writes))
    kept = list(read(places.scores / f"{record.title}.mid"))
    assert len(kept) == len(heard) > 2
    for track, (player, program, drums, notes, tick) in zip(heard, kept):
        assert (track.player, track.program, track.drums) == (player, program, drums)
        in_seconds = [(s * tick, e * tick - s * tick, k, v) for s, e, k, v in notes]
        values = (track.starts, track.lengths, track.keys, track.velocities)
        sounding = list(zip(*(array.tolist() for array in values)))
        assert sorted(in_seconds) == sorted(sounding)


# --- Cancelling and errors -------------------------------------------------------------------


@pytest.mark.parametrize("stage", [0, 1, 3, 5, 6, 7])
def test_a_conversion_that_is_closed_leaves_nothing(
    stage: int, tune: Tune, places: Paths, synthesizer: Sampler
) -> None:
    conversion = converting(tune, places, synthesizer)
    for _ in range(stage):
        next(conversion)
    conversion.close()
    assert files(places.output) == []


@pytest.mark.parametrize("text", ["", "[P:A]c4|", "\x00"])
def test_a_text_that_is_no_song_leaves_nothing(
    text: str, tune: Tune, places: Paths, synthesizer: Sampler
) -> None:
    with pytest.raises(ModelError):
        to_the_end(converting((tune[0], text), places, synthesizer))
    assert files(places.output) == []


def test_a_disk_that_fails_at_the_last_moment_is_said_and_nothing_stays(
    tune: Tune, places: Paths, synthesizer: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(SoundError, match="No space left"):
        to_the_end(converting(tune, places, synthesizer))
    assert files(places.output) == []


def test_a_failing_score_keeps_the_scores_of_others(
    tune: Tune, places: Paths, synthesizer: Sampler, monkeypatch: pytest.MonkeyPatch
) -> None:
    stem = utility.legal_name(tune[0].title)
    mine = places.scores / f"{stem}.abc"
    mine.write_text("mine", encoding="utf-8")
    write = Path.write_bytes

    def fail(path: Path, content: bytes) -> int:
        if ".json" in path.name:
            raise OSError(28, "No space left on device")
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(SoundError):
        to_the_end(converting(tune, places, synthesizer))
    assert files(places.output) == [str(Path("scores") / mine.name)]
    assert mine.read_text(encoding="utf-8") == "mine"


# --- Folder and style book -------------------------------------------------------------------


def test_what_an_old_crash_left_is_cleared_and_what_is_new_stays(places: Paths) -> None:
    old, new = places.output / "old.mp3.partial", places.output / "new.mp3.partial"
    old_score = places.scores / "old.json.partial"
    for path in (old, new, old_score):
        path.touch()
    for path in (old, old_score):
        os.utime(path, (1, 1))
    utility.prepare_output(places)
    assert files(places.output) == ["new.mp3.partial"]


def test_a_folder_that_cannot_be_is_said_before_a_song_is_made(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file", encoding="utf-8")
    with pytest.raises(SoundError, match="cannot be kept"):
        utility.prepare_output(Paths.under(tmp_path))


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000, b"{}"])
def test_a_style_book_that_is_none_is_said(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "styles.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"styles\.json"):
        utility.load_style_book(path)


@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"{}", b'{"grooves": 3}'])
def test_grooves_that_are_none_are_said(content: bytes | None, tmp_path: Path) -> None:
    (tmp_path / "styles.json").write_text(
        (DATA / "styles.json").read_text("utf-8"), encoding="utf-8"
    )
    if content is not None:
        (tmp_path / "grooves.json").write_bytes(content)
    with pytest.raises(UserError, match=r"grooves\.json"):
        utility.load_style_book(tmp_path / "styles.json")


def test_every_format_has_a_name_and_a_reader() -> None:
    assert set(utility._READERS) == set(exporting.SONG_FORMATS) == set(exporting.SCORE_SUFFIXES)
