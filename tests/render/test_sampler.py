"""The sampler: in tune at every tuning, as loud as it is struck, and the same in any blocks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.render.sampler import Sampler, TrackNotes
from scripts.render.soundfont import SoundFont
from scripts.tables.program import SoundError
from scripts.temporary import application, mixing
from tests.song_factory import DATA
from tests.tiny_soundfont import SHARP_CENTS, Generators, write_soundfont

Sound = NDArray[np.float32]  # shape (1 or 2, frames)
Struck = tuple[float, float, int, int]  # start and length in seconds, key, velocity

# Some notes of every family of General MIDI that sustains well enough to be measured.
MELODIC = (0, 4, 11, 19, 24, 33, 38, 40, 48, 56, 65, 73, 80, 81, 89)


@pytest.fixture(scope="module")
def font() -> SoundFont:
    return SoundFont(DATA / application.SOUNDFONT_NAME)


def track(notes: Sequence[Struck], program: int = 0, drums: bool = False) -> TrackNotes:
    starts, lengths, keys, velocities = zip(*notes)
    return TrackNotes("melody", program, drums, np.array(starts, float), np.array(lengths, float),
                      np.array(keys), np.array(velocities))  # fmt: skip


def played(
    sampler: Sampler, notes: Sequence[Struck], seconds: float, program: int = 0, drums: bool = False
) -> Sound:
    return sampler.stem(track(notes, program, drums)).render(int(seconds * mixing.SAMPLE_RATE))


def hertz_near(sound: Sound, wanted: float, size: int = 1 << 20) -> float:
    """Return the strongest partial within a semitone of `wanted`, interpolated between bins."""
    cut = sound[0, mixing.SAMPLE_RATE // 5 :]
    spectrum = np.abs(np.fft.rfft(cut * np.hanning(len(cut)), size))
    low, high = (int(wanted * factor / mixing.SAMPLE_RATE * size) for factor in (0.944, 1.059))
    peak = low + int(spectrum[low:high].argmax())
    before, top, after = np.log(spectrum[peak - 1 : peak + 2])
    bins = peak + 0.5 * (before - after) / (before - 2 * top + after)
    return float(bins * mixing.SAMPLE_RATE / size)


def level(sound: Sound) -> float:
    return float(10 * np.log10(np.mean(sound**2) + 1e-20))


# --- Pitch -----------------------------------------------------------------------------------


@pytest.mark.parametrize("concert_pitch", [400.0, 415.0, 430.0, 432.0, 440.0, 443.0, 466.0, 480.0])
@pytest.mark.parametrize("key", [45, 69, 81])
def test_a_key_has_exactly_the_pitch_of_the_tuning(
    tmp_path: Path, concert_pitch: float, key: int
) -> None:
    flat = round(SHARP_CENTS)  # the sample is recorded sharp, and says so
    path = write_soundfont(tmp_path / "sine.sf2", [(52, -flat)])
    sound = played(Sampler(SoundFont(path), concert_pitch), [(0, 5, key, 100)], 5)
    wanted = concert_pitch * 2 ** ((key - 69) / 12) * 2 ** ((SHARP_CENTS - flat) / 1200)
    assert hertz_near(sound, wanted) == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("program", MELODIC)
def test_every_instrument_is_in_tune_on_every_key(font: SoundFont, program: int) -> None:
    for key in (48, 57, 60, 64, 69, 76):
        wanted = 440 * 2 ** ((key - 69) / 12)
        heard = hertz_near(played(Sampler(font), [(0, 3, key, 100)], 3, program), wanted)
        assert abs(1200 * np.log2(heard / wanted)) < 25  # players' vibrato and stretched pianos


@pytest.mark.parametrize("program", (0, 40, 80))
def test_another_tuning_moves_every_instrument_alike_and_nothing_in_time(
    font: SoundFont, program: int
) -> None:
    notes = [(0, 2.5, 69, 100), (2.5, 1, 69, 100)]
    usual, old = (played(Sampler(font, a4), notes, 3, program) for a4 in (440.0, 415.0))
    cut = int(2.4 * mixing.SAMPLE_RATE)
    ratio = hertz_near(old[:, :cut], 415) / hertz_near(usual[:, :cut], 440)
    assert 1200 * np.log2(ratio) == pytest.approx(1200 * np.log2(415 / 440), abs=0.5)
    onset = [np.abs(sound[0, cut:]).argmax() for sound in (usual, old)]
    assert abs(onset[0] - onset[1]) < mixing.SAMPLE_RATE * 0.55


@pytest.mark.parametrize(
    ("instrument", "cents"),
    [([(58, 69)], 0), ([(58, 57)], 1200), ([(51, 12)], 1200), ([(52, 50)], 50),
     ([(56, 0), (58, 57)], 0), ([(46, 81)], 1200)],
)  # fmt: skip
def test_generators_of_pitch_are_heeded(tmp_path: Path, instrument: Generators, cents: int) -> None:
    path = write_soundfont(tmp_path / "sine.sf2", instrument, key=69)
    wanted = 441 * 2 ** (cents / 1200)
    heard = hertz_near(played(Sampler(SoundFont(path)), [(0, 3, 69, 100)], 3), wanted)
    assert heard == pytest.approx(wanted, rel=1e-5)


def test_what_a_preset_adds_is_added(tmp_path: Path) -> None:
    path = write_soundfont(tmp_path / "sine.sf2", [(51, 5)], [(51, 7)])
    assert hertz_near(played(Sampler(SoundFont(path)), [(0, 3, 69, 100)], 3), 882) == pytest.approx(
        882, abs=0.01
    )


# --- Loudness and time -----------------------------------------------------------------------


@pytest.mark.parametrize("program", (0, 38, 48))
def test_a_note_is_as_loud_as_it_is_struck(font: SoundFont, program: int) -> None:
    levels = [level(played(Sampler(font), [(0, 1, 60, v)], 1, program)) for v in (20, 50, 90, 127)]
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] > 20


def test_a_note_ends_when_it_is_released(font: SoundFont) -> None:
    sound = played(Sampler(font), [(0, 1, 60, 100)], 4, 80)
    held, over = sound[:, : mixing.SAMPLE_RATE // 2], sound[:, 3 * mixing.SAMPLE_RATE :]
    assert level(held) - level(over) > 60


def test_a_closed_hat_ends_the_open_one(font: SoundFont) -> None:
    kit = Sampler(font)
    rings = played(kit, [(0, 0.1, 46, 110)], 2, 0, True)
    choked = played(kit, [(0, 0.1, 46, 110), (0.5, 0.1, 42, 1)], 2, 0, True)
    late = slice(int(0.7 * mixing.SAMPLE_RATE), None)
    assert level(rings[:, late]) - level(choked[:, late]) > 25


def test_a_drum_rings_however_short_its_note(font: SoundFont) -> None:
    short, long = (played(Sampler(font), [(0, s, 49, 100)], 3, 0, True) for s in (0.01, 2.0))
    assert np.array_equal(short, long)


# --- The same in any blocks ------------------------------------------------------------------


@pytest.mark.parametrize("program", (0, 48, 80))
def test_windows_of_any_size_make_the_same_sound(font: SoundFont, program: int) -> None:
    rng = random.Random(program)
    notes = sorted((rng.uniform(0, 8), rng.uniform(0.05, 3), rng.randint(40, 80),
                    rng.randint(1, 127)) for _ in range(60))  # fmt: skip
    whole = played(Sampler(font), notes, 12, program)
    stem = Sampler(font).stem(track(notes, program))
    sizes = [1, 63, 5000, 44_100, 44_101, 200_000]
    pieces = [stem.render(size) for size in sizes]
    pieces.append(stem.render(whole.shape[1] - sum(sizes)))
    wide = [np.broadcast_to(piece, (2, piece.shape[1])) for piece in pieces]
    joined = np.concatenate(wide, axis=1)
    assert np.abs(joined - whole).max() < 1e-6


def test_the_same_notes_sound_the_same_to_the_sample_whatever_was_played_before(
    font: SoundFont,
) -> None:
    notes = [(0.1 * n, 0.3, 40 + n % 40, 60 + n % 60) for n in range(40)]
    busy = Sampler(font)
    played(busy, [(0, 9, key, 100) for key in range(40, 80)], 1)
    assert np.array_equal(played(busy, notes, 5), played(Sampler(font), notes, 5))


# --- Bad input -------------------------------------------------------------------------------


def test_a_damaged_soundfont_plays_or_is_refused(tmp_path: Path) -> None:
    good = write_soundfont(tmp_path / "good.sf2").read_bytes()
    header = len(good) - 700  # the tables lie at the end
    rng = random.Random(5)
    for number in range(150):
        bad = bytearray(good)
        for _ in range(rng.randint(1, 8)):
            bad[rng.choice([rng.randrange(100), rng.randrange(header, len(good))])] = rng.randrange(
                256
            )
        path = tmp_path / f"{number}.sf2"
        path.write_bytes(bad[: rng.choice([len(bad), rng.randrange(len(bad))])])
        try:
            sound = played(Sampler(SoundFont(path)), [(0, 1, 60, 100)], 1)
        except SoundError as error:
            assert path.name in str(error)
            continue
        assert np.isfinite(sound).all()


def test_a_program_that_is_not_there_is_played_by_another(tmp_path: Path) -> None:
    font = SoundFont(write_soundfont(tmp_path / "sine.sf2"))
    for program, drums in ((99, False), (0, True), (40, True)):
        assert level(played(Sampler(font), [(0, 1, 60, 100)], 1, program, drums)) > -60
