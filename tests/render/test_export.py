"""From notes to a file: real soundfont, mix and MP3s, measured by ffmpeg's loudness meter."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import tracemalloc
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutagen.id3 import ID3
from numpy.typing import NDArray

from scripts.media import ebur128
from scripts.media.ebur128 import true_peak
from scripts.music.arrangement import arrange
from scripts.music.leadsheet import read_lead_sheet
from scripts.music.midi import song_seconds
from scripts.render import encoder, export
from scripts.render.cover import draw_cover
from scripts.render.encoder import encode
from scripts.render.export import ExportTarget, export_song
from scripts.render.mastering import GainPlan, MixAnalysis, apply_gain, limiter_gain
from scripts.render.mix import Mix, MixSettings, mix_settings
from scripts.render.sampler import Sampler, TrackNotes
from scripts.render.soundfont import SoundFont
from scripts.render.track_notes import track_notes
from scripts.tables.plans import SongPlan
from scripts.tables.program import SoundError
from scripts.temporary import application, mastering, media_files, mixing
from tests.ffmpeg_meter import decoded, measure_file, measure_samples
from tests.song_factory import DATA, in_ticks, job_for, plan, style_book, write_at_random

TAGS = {
    "title": "Ein schöner Titel", "artist": "A Model", "album": "Llm-Music-Gen", "genre": "Chill",
    "date": "2026", "TBPM": "131", "TKEY": "Cm", "comment": "Made by: model X; seed 3",
}  # fmt: skip


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    return Sampler(SoundFont(DATA / application.SOUNDFONT_NAME))


def song_of(
    styles: str, seed: int = 1, seconds: float = 40
) -> tuple[SongPlan, list[TrackNotes], MixSettings]:
    """Return a plan, its tracks as the sampler takes them, and its mix settings."""
    song = plan(styles, seed, seconds)
    sheet = read_lead_sheet(write_at_random(job_for(song), seed), song)
    played = arrange(sheet, song, style_book().grooves[song.band.groove])
    return song, track_notes(in_ticks(played)), mix_settings(song, song_seconds(played))


def mastered(
    tracks: list[TrackNotes], sampler: Sampler, settings: MixSettings
) -> NDArray[np.float32]:
    """Return the mastered song, shape (2, frames)."""
    blocks, analysis = list(Mix(tracks, sampler, settings).blocks()), MixAnalysis()
    for block in blocks:
        analysis.add_block(block)
    return np.concatenate(list(apply_gain(blocks, analysis.plan_gain())), axis=1)


# --- The mix ---------------------------------------------------------------------------------


FEW = ("ambient", "bossa nova", "dubstep", "lo-fi", "metal", "waltz")
STYLES = [
    style if style in FEW else pytest.param(style, marks=pytest.mark.slow)
    for style in sorted(style_book().styles)
]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_comes_out_at_one_loudness(style: str, sampler: Sampler) -> None:
    _, tracks, settings = song_of(style)
    sound = mastered(tracks, sampler, settings)
    assert sound.shape == (2, settings.frames)
    assert np.abs(sound).max() <= 10 ** (mastering.CEILING_DBFS / 20) + 1e-6
    heard = measure_samples(sound)
    assert heard.loudness == pytest.approx(-14, abs=0.3)
    assert np.abs(sound.mean(axis=1)).max() < 0.001  # no DC
    assert np.abs(sound[:, -100:]).max() < 0.002
    assert low_end_is_mono(sound)


def low_end_is_mono(sound: NDArray[np.float32]) -> bool:
    side, middle = (np.fft.rfft(sound[0] + sign * sound[1]) for sign in (-1, 1))
    bass = np.fft.rfftfreq(sound.shape[1], 1 / mixing.SAMPLE_RATE) < 80
    apart, together = ((np.abs(part[bass]) ** 2).sum() for part in (side, middle))
    return bool(apart < 0.02 * together)


@pytest.mark.parametrize("style", ["Jazz", "Dubstep", "Lo-fi"])
def test_the_same_song_sounds_the_same_to_the_sample(style: str) -> None:
    first, second = (
        mastered(*(song_of(style, 3)[1], Sampler(SoundFont(DATA / application.SOUNDFONT_NAME))),
                 song_of(style, 3)[2])
        for _ in range(2)
    )  # fmt: skip
    assert np.array_equal(first, second)


def test_every_player_is_heard(sampler: Sampler) -> None:
    _, tracks, settings = song_of("Pop", 2)
    whole = mastered(tracks, sampler, settings)
    for left_out in tracks:
        others = [track for track in tracks if track is not left_out]
        changed = mastered(others, sampler, settings) - whole
        assert 10 * np.log10(np.mean(changed**2)) > -50, left_out.player


def test_a_song_without_a_note_is_silent_and_does_not_fail(sampler: Sampler) -> None:
    settings = song_of("Pop")[2]
    assert not np.abs(mastered([], sampler, settings)).max()


# --- The master ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "frames",
    [
        1,
        mastering.GAIN_STEP_FRAMES,
        mastering.GAIN_STEP_FRAMES + 1,
        mixing.SAMPLE_RATE,
        mixing.BLOCK_FRAMES + 7,
    ],
)
def test_the_limiter_holds_its_ceiling_and_moves_smoothly(frames: int) -> None:
    chance = np.random.default_rng(frames)
    sound = chance.normal(0, 0.05, (2, frames)).astype(np.float32)
    sound[0, frames // 2] = 4.0
    sound[1, -1] = -2.0
    blocks = [sound[:, i : i + mixing.BLOCK_FRAMES] for i in range(0, frames, mixing.BLOCK_FRAMES)]
    analysis = MixAnalysis()
    for block in blocks:
        analysis.add_block(block)
    out = np.concatenate(list(apply_gain(blocks, analysis.plan_gain())), axis=1)
    assert np.abs(out).max() <= 10 ** (mastering.CEILING_DBFS / 20) + 1e-6
    gain = out / sound
    assert np.allclose(gain[0], gain[1], rtol=1e-4)
    assert np.abs(np.diff(np.log(gain[0]))).max(initial=0) < 0.003  # no click


def test_the_limiter_leaves_alone_what_is_not_loud() -> None:
    assert np.ptp(limiter_gain(np.full(1000, 0.1, np.float32), 6.0)) == 0


def test_a_gain_is_the_same_in_pieces_and_in_one() -> None:
    chance = np.random.default_rng(5)
    peaks = (chance.random(9000) ** 8).astype(np.float32)
    plan, whole = GainPlan(peaks, 9.0), limiter_gain(np.append(peaks, np.float32(0.0)), 9.0)
    pieces = [plan.steps(first, first + 700) for first in range(0, 9100, 700)]
    joined = np.concatenate(pieces)
    assert np.allclose(joined[:9001], whole, rtol=1e-6)
    assert (joined[9001:] == joined[9000]).all()
    tenths = 250
    squares = whole[: tenths * mastering.TENTH_FRAMES // mastering.GAIN_STEP_FRAMES] ** 2
    assert plan.power_gains(tenths).mean() == pytest.approx(squares.mean(), rel=0.001)


def test_hours_of_gain_are_not_held_at_once() -> None:
    peaks = np.tile((np.random.default_rng(6).random(5000) ** 8).astype(np.float32), 600)
    tracemalloc.start()
    GainPlan(peaks, 9.0).power_gains(
        len(peaks) * mastering.GAIN_STEP_FRAMES // mastering.TENTH_FRAMES
    )
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(peaks) * mastering.GAIN_STEP_FRAMES / mixing.SAMPLE_RATE > 2 * 3600
    assert most < peaks.nbytes


@pytest.mark.parametrize("level", [0.003, 0.02, 0.9])
def test_noise_of_any_level_comes_out_at_the_target(level: float) -> None:
    chance = np.random.default_rng(4)
    blocks = [
        chance.normal(0, level / 3, (2, mixing.BLOCK_FRAMES)).astype(np.float32) for _ in range(4)
    ]
    analysis = MixAnalysis()
    for block in blocks:
        analysis.add_block(block)
    heard = measure_samples(np.concatenate(list(apply_gain(blocks, analysis.plan_gain())), axis=1))
    assert heard.loudness == pytest.approx(-14, abs=0.2)


# --- The file --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["mp3", "wav"])
@pytest.mark.parametrize("style", ["Chill, Dubstep", "Baroque"])
def test_a_file_is_as_loud_as_it_should_be_and_tells_what_it_is(
    form: str, style: str, sampler: Sampler, tmp_path: Path
) -> None:
    song, tracks, settings = song_of(style)
    path = tmp_path / f"Zoë & Co (100%)!.{form}"
    cover = draw_cover(tracks, song)
    shares = list(export_song(tracks, sampler, settings, ExportTarget(path, form, TAGS, cover)))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    heard = measure_file(path)
    assert heard.loudness == pytest.approx(-14, abs=0.5)
    assert heard.peak <= -1.0
    assert decoded(path).shape[1] == pytest.approx(settings.frames, abs=1200)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    if form == "mp3":
        assert_id3(path, cover)
    else:
        assert b"Ein sch\xc3\xb6ner Titel" in path.read_bytes()[:4096]


def assert_id3(path: Path, cover: bytes) -> None:
    assert path.read_bytes()[:4] == b"ID3\x03"  # the version that Windows reads
    tags = ID3(path, translate=False)
    told = {frame.FrameID: str(frame) for frame in tags.values() if frame.FrameID != "APIC"}
    assert told == {
        "TIT2": TAGS["title"], "TPE1": TAGS["artist"], "TALB": TAGS["album"],
        "TCON": TAGS["genre"], "TYER": TAGS["date"], "TBPM": TAGS["TBPM"], "TKEY": TAGS["TKEY"],
        "COMM": TAGS["comment"],
    }  # fmt: skip
    picture = tags.getall("APIC")[0]
    assert (picture.type, picture.mime, picture.data) == (3, "image/jpeg", cover)


@pytest.mark.parametrize(
    ("form", "ceiling"), [pytest.param("mp3", -1.0, marks=pytest.mark.slow), ("wav", 0.0)]
)
def test_a_file_whose_peaks_come_out_too_high_is_mastered_again(
    form: str, ceiling: float, sampler: Sampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts at a ceiling under which the file's true peak is too high."""
    _, tracks, settings = song_of("Metal")
    monkeypatch.setattr(mastering, "CEILING_DBFS", ceiling)
    peaks = []
    for tries in (1, 4):
        monkeypatch.setattr(mastering, "MASTERING_TRIES", tries)
        path = tmp_path / f"{tries}.{form}"
        shares = list(export_song(tracks, sampler, settings, ExportTarget(path, form, TAGS)))
        assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
        heard = measure_file(path)
        peaks.append(heard.peak)
        assert heard.loudness == pytest.approx(-14, abs=0.5)
    assert peaks[0] > mastering.TRUE_PEAK_CEILING_DBTP >= peaks[1]


@pytest.mark.parametrize("ffmpeg", [None, "no/such/program"])
def test_a_song_that_the_meter_cannot_hear_is_kept(
    ffmpeg: str | None, sampler: Sampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a virus scanner held it: the meter opens another file, or is missing."""
    _, tracks, settings = song_of("Chill")
    path = tmp_path / "x.mp3"
    if ffmpeg:
        monkeypatch.setattr(ebur128, "ffmpeg_path", lambda: ffmpeg)
    monkeypatch.setattr(export, "true_peak", lambda _: true_peak(tmp_path / "elsewhere.mp3"))
    list(export_song(tracks, sampler, settings, ExportTarget(path, "mp3", TAGS)))
    assert decoded(path).shape[1] == pytest.approx(settings.frames, abs=1200)
    assert ID3(path)["TIT2"] == TAGS["title"]


def test_a_song_that_is_cancelled_while_its_file_is_heard_leaves_nothing(
    sampler: Sampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tracks, settings = song_of("Chill")
    monkeypatch.setattr(media_files, "METER_POLL_SECONDS", 0.0)
    hearing = []

    def noted(path: Path) -> Generator[None, None, float | None]:
        hearing.append(path)
        return (yield from true_peak(path))

    monkeypatch.setattr(export, "true_peak", noted)
    with closing(
        export_song(tracks, sampler, settings, ExportTarget(tmp_path / "x.mp3", "mp3", {}))
    ) as all_:
        while not hearing:
            next(all_)
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stage", range(0, 9, 2))
def test_a_song_that_is_cancelled_leaves_nothing(
    stage: int, sampler: Sampler, tmp_path: Path
) -> None:
    _, tracks, settings = song_of("Chill")
    target = ExportTarget(tmp_path / "x.mp3", "mp3", {})
    with closing(export_song(tracks, sampler, settings, target)) as producing:
        for _ in range(stage):
            next(producing)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", ["mp3", "wav"])
def test_an_encoder_that_is_killed_is_said_and_leaves_nothing(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = []
    start = encoder._start

    def remember(*arguments: Any) -> subprocess.Popen[bytes]:
        begun.append(start(*arguments))
        return begun[0]

    monkeypatch.setattr(encoder, "_start", remember)
    block = np.zeros((2, mixing.BLOCK_FRAMES), np.float32)
    encoding = encode((block for _ in range(50)), tmp_path / f"x.{form}", form, {})
    with pytest.raises(SoundError, match="could not be written"):
        for number, _ in enumerate(encoding):
            if number == 3:
                os.kill(begun[0].pid, signal.SIGTERM)
    assert begun[0].poll() is not None
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_said_and_nothing_stays(tmp_path: Path) -> None:
    silence = [np.zeros((2, 4410), np.float32)]
    with pytest.raises(SoundError, match="could not be written"):
        list(encode(silence, tmp_path / "no" / "x.mp3", "mp3", {}))
    assert not list(tmp_path.iterdir())


def test_a_long_song_is_mixed_twice_and_is_the_same(
    sampler: Sampler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, tracks, settings = song_of("Funk")
    paths = [tmp_path / "kept.wav", tmp_path / "again.wav"]
    for path, seconds in zip(paths, (300.0, 0.0)):
        monkeypatch.setattr(mastering, "MIX_KEPT_SECONDS", seconds)
        list(export_song(tracks, sampler, settings, ExportTarget(path, "wav", {})))
    assert np.array_equal(decoded(paths[0]), decoded(paths[1]))


# --- The cover -------------------------------------------------------------------------------


def test_covers_are_a_songs_own_and_stay_readable_when_small() -> None:
    from PIL import Image

    seen = set()
    for styles, seed in (("Jazz", 1), ("Jazz", 2), ("Celtic", 1), ("Metal, Dark", 1), ("Pop", 1)):
        song, tracks, _ = song_of(styles, seed)
        cover = draw_cover(tracks, song)
        assert cover == draw_cover(tracks, song)
        assert len(cover) < 80_000
        small = np.asarray(Image.open(io.BytesIO(cover)).convert("L").resize((64, 64)), float)
        assert small.std() > 15  # notes stand out from the ground
        seen.add(cover)
    assert len(seen) == 5


def test_a_song_without_notes_has_a_cover() -> None:
    assert draw_cover([], plan("Pop"))[:2] == b"\xff\xd8"
