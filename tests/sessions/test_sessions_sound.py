"""Songs as they are heard: tempo, drums and loudness measured in the decoded MP3; the ABC as
abc2midi reads it (inside symusic), against the melody of the .mid.

ffmpeg and abc2midi know nothing of this program, so they are fit to judge it.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts import song_pipeline, utility
from scripts.music.band.kit import drum_key
from scripts.music.style_parser import parse_styles
from scripts.tables.program import Paths, Session, Settings
from scripts.tables.songs import Finished, SongOrder
from scripts.temporary import application, drumming, mixing, notation, structure
from tests.conftest import REPOSITORY, make_program_folder
from tests.reference_readers import played_by_abc2midi

pytestmark = [
    pytest.mark.slow,
    pytest.mark.model,
    pytest.mark.skipif(
        not (REPOSITORY / "models" / application.STARTER_MODEL).exists(),
        reason="the starter model is not there",
    ),
]

STYLES = ("Chill, Dubstep", "Jazz", "Waltz", "Techno", "Irish Jig", "Rock", "Ambient")
WITH_A_BEAT = [number for number, style in enumerate(STYLES) if style != "Ambient"]
HOP, WINDOW = 441, 1024  # 100 frames a second
LOUDNESS_LUFS = (-20.0, -11.0)  # of a whole song; players on the net bring music to about -14
SILENCE_DBFS = -60.0

Sound = NDArray[np.float32]  # shape (frames,): both channels together


@dataclass(frozen=True)
class Made:
    """A finished song and all that was kept of it."""

    path: Path
    plan: dict[str, Any]
    abc: str
    midi: Path

    @property
    def unit_seconds(self) -> float:
        return 15.0 / float(self.plan["tempo"])

    @property
    def bar_units(self) -> int:
        return notation.METRES[self.plan["metre"]].units


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Made]:
    """One song of each style."""
    root = make_program_folder(tmp_path_factory.mktemp("sound") / "Llm-Music-Gen")
    paths = Paths.under(root)
    session = Session(paths, Settings(length="0.8"))
    book = utility.load_style_book(paths.style_book)
    songs = []
    for seed, style in enumerate(STYLES, start=1):
        order = SongOrder(parse_styles(style, book), 1, seed)
        for event in song_pipeline.make_songs(session, order, book):
            if isinstance(event, Finished):
                songs.append(_song(event.record.path, paths))
    session.model.close()
    return songs


def _song(path: Path, paths: Paths) -> Made:
    score = paths.scores / path.name
    plan = json.loads(score.with_suffix(".json").read_text("utf-8"))["plan"]
    abc = score.with_suffix(".abc").read_text("utf-8")
    return Made(path, plan, abc, score.with_suffix(".mid"))


@pytest.fixture(params=range(len(STYLES)), ids=STYLES)
def song(request: pytest.FixtureRequest, made: list[Made]) -> Made:
    number: int = request.param
    return made[number]


@pytest.fixture(params=WITH_A_BEAT, ids=[STYLES[number] for number in WITH_A_BEAT])
def beat(request: pytest.FixtureRequest, made: list[Made]) -> Made:
    """A song of a style that keeps time."""
    number: int = request.param
    return made[number]


# --- What is heard -------------------------------------------------------------------------------


def heard(path: Path) -> Sound:
    """The song as ffmpeg decodes it, both channels together."""
    from scripts.media.ffmpeg import ffmpeg_path

    command = [
        ffmpeg_path(),
        "-v",
        "error",
        "-i",
        str(path),
        "-ac",
        "1",
        "-ar",
        str(mixing.SAMPLE_RATE),
    ]
    decoded = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=True)
    return np.frombuffer(decoded.stdout, dtype="<f4")


def measured(path: Path) -> tuple[float, float]:
    """Loudness (LUFS) and true peak (dBFS) of a song by ffmpeg's EBU R128 meter."""
    from scripts.media.ffmpeg import ffmpeg_path

    meter = ["-i", str(path), "-filter_complex", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run([ffmpeg_path(), "-hide_banner", *meter], capture_output=True, check=True)
    summary = told.stderr.decode("utf-8", "replace").rpartition("Summary:")[2]
    loudness = re.search(r"I:\s*(-?[\d.]+) LUFS", summary)
    peak = re.search(r"Peak:\s*(-?[\d.]+) dBFS", summary)
    assert loudness
    assert peak
    return float(loudness[1]), float(peak[1])


def onsets(sound: Sound) -> NDArray[np.float64]:
    """How much sound begins in each frame of a hundredth of a second: spectral flux."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    levels = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)))
    flux = np.maximum(np.diff(levels, axis=0), 0).sum(axis=1)
    smooth = np.convolve(flux, np.ones(3) / 3, "same")
    around: NDArray[np.float64] = np.convolve(smooth, np.ones(50) / 50, "same")
    return np.maximum(smooth - around, 0)


def regularity(flux: NDArray[np.float64], period: float) -> float:
    """How alike the onsets are to themselves 1 to 24 beats (of `period` frames) later."""
    size = len(flux)
    spectrum = np.fft.rfft(flux - flux.mean(), 2 * size)
    alike = np.fft.irfft(np.abs(spectrum) ** 2)[:size] / np.arange(size, 0, -1)
    return float(np.interp(period * np.arange(1, 25), np.arange(size), alike).mean())


def test_the_tempo_that_is_heard_is_the_plans(beat: Made) -> None:
    flux = onsets(heard(beat.path))
    period = 100 * 4 * beat.unit_seconds  # frames in a quarter note
    off = np.arange(-0.2, 0.2001, 0.0025)
    scores = [regularity(flux, period * (1 + by)) for by in off]
    best = float(off[int(np.argmax(scores))])
    assert abs(best) <= 0.01, f"heard {beat.plan['tempo'] / (1 + best):.1f} BPM"


def test_nothing_clips_and_songs_are_about_as_loud_as_others(song: Made) -> None:
    loudness, peak = measured(song.path)
    assert peak <= 0.0
    assert LOUDNESS_LUFS[0] <= loudness <= LOUDNESS_LUFS[1]


def test_no_silence_within_a_song(song: Made) -> None:
    sound = heard(song.path)
    bars = sum(section["bars"] for section in song.plan["form"])
    playing = sound[: int(bars * song.bar_units * song.unit_seconds * mixing.SAMPLE_RATE)]
    blocks = playing[: len(playing) // 4410 * 4410].reshape(-1, 4410)  # tenths of a second
    silent = 10 * np.log10((blocks**2).mean(axis=1) + 1e-12) < SILENCE_DBFS
    runs = "".join("s" if block else " " for block in silent).split()
    assert max(map(len, runs), default=0) <= 10, f"{song.path.stem} is silent for too long"
    assert len(playing) >= bars * song.bar_units * song.unit_seconds * mixing.SAMPLE_RATE * 0.99


def test_drums_are_heard_where_they_are_written(beat: Made) -> None:
    flux = onsets(heard(beat.path))
    [drums] = [track for track in tracks_of(beat.midi) if track.is_drum]
    struck = {round(100 * note.start) for note in drums.notes}
    assert struck, "the band's drums are never struck"
    near = {frame + by for frame in struck for by in range(-3, 4) if 0 <= frame + by < len(flux)}
    elsewhere = np.array([value for frame, value in enumerate(flux) if frame not in near])
    peaks = [flux[max(0, frame - 3) : frame + 4].max(initial=0) for frame in struck]
    assert np.mean(peaks) > 2 * elsewhere.mean()


# --- What is written -----------------------------------------------------------------------------


def tracks_of(midi: Path) -> list[Any]:
    """The tracks of a MIDI file with times in seconds, as symusic reads them."""
    from symusic import Score

    score: Any = Score.from_file(str(midi), ttype="second")
    return list(score.tracks)


def test_the_band_of_the_midi_is_the_plans(song: Made) -> None:
    book = utility.load_style_book(REPOSITORY / "data" / "styles.json")
    groove = book.grooves[song.plan["band"]["groove"]]
    tracks = {track.name.rpartition(": ")[2]: track for track in tracks_of(song.midi)}
    melodies = {track.program for track in tracks_of(song.midi) if track.name.endswith(": melody")}
    band = song.plan["band"]
    assert band["melody"] in melodies <= {band["melody"], band["solo"]}
    for player in ("melody", "chords", "bass"):
        assert player == "melody" or tracks[player].program == band[player]
        assert not tracks[player].is_drum
        assert len(tracks[player].notes) > 0
    assert ("drums" in tracks) == bool(groove.drums)
    if groove.drums:
        assert tracks["drums"].is_drum
        kits = (drum_key(name, band["kit"], song.plan["tonic"]) for name in drumming.DRUM_KEYS)
        keys = {*drumming.DRUM_KEYS.values(), *kits}
        assert {note.pitch for note in tracks["drums"].notes} <= keys


def read_by_abc2midi(abc: str, part: str) -> list[tuple[float, int]]:
    """(start in sixteenths, pitch) of one part's melody, its chord symbols unplayed."""
    head, *bodies = re.split(r"^P:(?=[A-Z]$)", abc, flags=re.M)
    bodies_by_part = {body[0]: body[2:] for body in bodies}
    head = re.sub(r"^P:.*\n", "", head, flags=re.M)
    score = played_by_abc2midi(f"{head}%%MIDI gchordoff\n{bodies_by_part[part]}")
    [track] = [track for track in score.tracks if len(track.notes)]
    quarter = score.ticks_per_quarter
    return sorted((4 * note.time / quarter, note.pitch) for note in track.notes)


def first_passes(song: Made) -> list[tuple[str, float, float]]:
    """(part, first and last unit) of the first section that plays all of a part's melody."""
    places, bar = song.plan["form"], 0
    found: dict[str, tuple[float, float]] = {}
    bars_of = {part["name"]: len(part["bars"]) for part in song.plan["parts"]}
    for section in places:
        whole = section["first_bar"] == 0 and section["bars"] == bars_of[section["part"]]
        if whole and structure.ROLES[section["role"]].melody and not section["variation"]:
            units = (bar * song.bar_units, (bar + section["bars"]) * song.bar_units)
            found.setdefault(section["part"], units)
        bar += section["bars"]
    return [(part, *units) for part, units in found.items()]


def test_the_melody_that_sounds_is_the_abc_as_others_read_it(song: Made) -> None:
    melodies = [track for track in tracks_of(song.midi) if track.name.endswith(": melody")]
    notes = [note for track in melodies for note in track.notes]  # a soloist has a track beside
    sounding = sorted((note.start / song.unit_seconds, note.pitch) for note in notes)
    passes = first_passes(song)
    assert passes
    for part, first, last in passes:
        written = read_by_abc2midi(song.abc, part)
        # A swung note is late by at most a sixteenth, a human one by an eighth of that. The band
        # may lead into parts and embellish; what is written must be heard all the same.
        played = [(start - first, pitch) for start, pitch in sounding if first - 1 < start < last]
        heard = max(
            sum(
                any(abs(start - at) <= 1.2 and pitch == note + octave for start, pitch in played)
                for at, note in written
            )
            for octave in range(-36, 37, 12)
        )
        assert heard >= 0.9 * len(written)
