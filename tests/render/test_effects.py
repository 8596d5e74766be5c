"""Effects by what they must do: exact filters, echoes in time, reverbs that decay, no clicks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.render.effects import Echo, MovingLowPass, TapeEmulation, ducking_gain, saturate
from scripts.render.filters import Convolver, biquad, impulse_response_of
from scripts.render.lufs import integrated_loudness, k_weighted_powers
from scripts.render.mix import mix_settings, role_spans, sweep_cutoff, wobble_cutoff
from scripts.render.reverb import impulse_response
from scripts.temporary import mixing, notation
from tests.song_factory import plan

Sound = NDArray[np.float32]  # shape (1 or 2, frames)
Times = NDArray[np.float64]  # seconds


def noise(frames: int, channels: int = 1, seed: int = 1) -> Sound:
    return np.random.default_rng(seed).normal(0, 0.1, (channels, frames)).astype(np.float32)


def feeding(sound: Sound) -> Callable[[int], Sound]:
    """Return a source of a sound's next frames, and of silence after it."""
    place = 0

    def source(frames: int) -> Sound:
        nonlocal place
        piece = sound[:, place : place + frames]
        place += frames
        return np.pad(piece, ((0, 0), (0, frames - piece.shape[1])))

    return source


def in_blocks(process: Callable[[Sound], Sound], sound: Sound, sizes: Iterable[int]) -> Sound:
    pieces, place = [], 0
    for size in sizes:
        pieces.append(process(sound[:, place : place + size]))
        place += size
    return np.concatenate(pieces, axis=1)


SIZES = [1000, 1, 4097, 512, 12_000]
FRAMES = sum(SIZES)


def test_every_space_has_a_reverb_preset() -> None:
    assert set(mixing.SPACES) - {"dry"} == set(mixing.REVERB_PRESETS)


@pytest.mark.parametrize("channels", [1, 2])
def test_a_stream_through_an_impulse_is_the_convolution(channels: int) -> None:
    sound, impulse = noise(FRAMES, channels), noise(3000, 2, 2)
    streamed = Convolver(impulse, 16_384)
    heard = in_blocks(streamed.process, sound, SIZES)
    for row, channel in zip(heard, range(2)):
        whole = np.convolve(sound[channel % channels], impulse[channel])[:FRAMES]
        assert np.abs(row - whole).max() < 1e-5


@pytest.mark.parametrize("name", sorted(mixing.REVERB_PRESETS))
def test_a_reverb_decays_in_its_rt60_and_returns_no_bass(name: str) -> None:
    space = mixing.REVERB_PRESETS[name]
    response = impulse_response(space).astype(float)
    assert np.array_equal(response, impulse_response(space))
    # Schroeder's backward integration: the energy that is left at each frame, in dB.
    left = 10 * np.log10(np.cumsum(response[:, ::-1] ** 2, axis=1)[:, ::-1] + 1e-20)
    start = int((space.delay + 0.1 * space.decay) * mixing.SAMPLE_RATE)
    end = int((space.delay + 0.5 * space.decay) * mixing.SAMPLE_RATE)
    slope = (left[:, end] - left[:, start]) / (end - start) * mixing.SAMPLE_RATE  # dB a second
    assert -60 / slope == pytest.approx(space.decay, rel=0.35)
    spectrum = np.abs(np.fft.rfft(response, 1 << 18)) ** 2
    hertz = np.fft.rfftfreq(1 << 18, 1 / mixing.SAMPLE_RATE)
    bass = spectrum[:, hertz < 60].mean()
    assert 10 * np.log10(bass / spectrum[:, (hertz > 400) & (hertz < 2000)].mean()) < -20
    assert abs(np.corrcoef(response)[0, 1]) < 0.2  # wide


def test_an_open_low_pass_leaves_sound_alone_in_any_blocks() -> None:
    sound = noise(FRAMES)
    for cutoff in (mixing.OPEN_FILTER_HERTZ, 19_999.0):

        def unmoved(times: Times, hertz: float = cutoff) -> Times:
            return np.full(len(times), hertz)

        moving = MovingLowPass(feeding(sound), unmoved, 0.7071)
        heard = np.concatenate([moving.render(size) for size in SIZES], axis=1)
        if cutoff == mixing.OPEN_FILTER_HERTZ:
            assert np.array_equal(heard, sound)
        else:  # all but the highest is there, at the same time
            assert np.corrcoef(heard[0], sound[0])[0, 1] > 0.97


def test_a_moving_low_pass_is_the_same_in_any_blocks_and_takes_the_highs() -> None:
    sound = noise(FRAMES)

    def cutoff(times: Times) -> Times:
        return 300 + 2000 * (np.sin(40 * times) + 1)

    whole = MovingLowPass(feeding(sound), cutoff).render(FRAMES)
    moving = MovingLowPass(feeding(sound), cutoff)
    pieces = np.concatenate([moving.render(size) for size in SIZES], axis=1)
    assert np.abs(whole - pieces).max() < 1e-5
    spectrum = np.abs(np.fft.rfft(whole[0])) ** 2
    hertz = np.fft.rfftfreq(FRAMES, 1 / mixing.SAMPLE_RATE)
    assert spectrum[hertz > 12_000].mean() < 0.01 * spectrum[hertz < 1000].mean()


def test_echoes_come_in_time_on_both_sides_softer_each_time() -> None:
    click = np.zeros((1, 60_000), np.float32)
    click[0, 100] = 1
    echo = Echo(0.25, 0.5)
    heard = in_blocks(echo.process, click, [7000, 1, 20_000, 32_999])
    gap = round(0.25 * mixing.SAMPLE_RATE)
    places = [int(np.abs(side).argmax()) for side in heard]
    assert places == [100 + gap, 100 + 2 * gap]
    assert heard[0, 100 + gap] == 1
    assert 0.2 < heard[1, 100 + 2 * gap] < 0.5


def test_echoes_die_away() -> None:
    echo = Echo(0.05, 0.42)
    echo.process(noise(mixing.SAMPLE_RATE))
    late = [
        np.abs(echo.process(np.zeros((1, mixing.SAMPLE_RATE), np.float32))).max() for _ in range(3)
    ]
    assert late[2] < 1e-6 < late[0]


def test_a_kick_ducks_and_the_gain_recovers_without_a_click() -> None:
    kicks = np.array([0.5, 1.0, 1.5])
    gain = ducking_gain(kicks, 0, 2 * mixing.SAMPLE_RATE, 12.0, 0.4)
    at = [gain[int(t * mixing.SAMPLE_RATE)] for t in (0.3, 0.5, 0.98, 1.0, 1.95)]
    assert at == pytest.approx([1, 10 ** (-12 / 20), 1, 10 ** (-12 / 20), 1], abs=0.08)
    assert np.abs(np.diff(gain)).max() < 0.005
    later = ducking_gain(kicks, mixing.SAMPLE_RATE, mixing.SAMPLE_RATE, 12.0, 0.4)
    assert np.abs(later[: mixing.SAMPLE_RATE - 64] - gain[mixing.SAMPLE_RATE : -64]).max() < 0.02


def test_drive_saturates_what_is_loud_and_stays_within_bounds() -> None:
    sound = noise(mixing.SAMPLE_RATE)
    quiet = sound * np.float32(0.001)
    assert np.abs(saturate(quiet, 0.1, 1.0) - quiet).max() < 1e-7
    driven = saturate(sound, 0.1, 1.0)
    assert np.abs(driven).max() < np.abs(sound).max()
    assert np.all(np.sign(driven) == np.sign(sound))


def test_a_tape_is_the_same_for_a_seed_and_wavers_a_little() -> None:
    time = np.arange(4 * mixing.SAMPLE_RATE) / mixing.SAMPLE_RATE
    tone = np.stack([0.3 * np.sin(2 * np.pi * 440 * time)] * 2).astype(np.float32)
    blocks = [2 * mixing.SAMPLE_RATE] * 2
    first, same, other = (
        in_blocks(TapeEmulation(0.8, seed, blocks[0]).process, tone, blocks) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
    spectrum = np.abs(np.fft.rfft(first[0]))
    peak = np.fft.rfftfreq(first.shape[1], 1 / mixing.SAMPLE_RATE)[spectrum.argmax()]
    assert abs(1200 * np.log2(peak / 440)) < 20
    dull = TapeEmulation(1.0, 1, 2 * mixing.SAMPLE_RATE).process(noise(2 * mixing.SAMPLE_RATE, 2))
    bright = np.abs(np.fft.rfft(dull[0])) ** 2
    hertz = np.fft.rfftfreq(2 * mixing.SAMPLE_RATE, 1 / mixing.SAMPLE_RATE)
    assert bright[hertz > 12_000].mean() < 0.1 * bright[(hertz > 500) & (hertz < 2000)].mean()


def test_a_wobble_swings_in_tempo_inside_drops_only() -> None:
    song = plan("Dubstep", 5, 90)
    settings = mix_settings(song, 90.0)
    cutoff = wobble_cutoff(settings)
    times = np.arange(0, 90, 0.005)
    hertz = cutoff(times)
    inside = np.zeros(len(times), bool)
    for start, end in settings.drops:
        inside |= (times >= start) & (times < end)
    assert inside.any()
    assert np.ptp(hertz[~inside]) == 0
    if song.sound.wobble:
        assert hertz[inside].max() > 3 * hertz[inside].min()


def test_a_sweep_opens_through_builds_and_is_open_elsewhere() -> None:
    settings = mix_settings(plan("Trance", 2, 180), 180.0)
    times = np.arange(0, 180, 0.05)
    hertz = sweep_cutoff(settings)(times)
    for start, end in settings.builds:
        inside = (times >= start) & (times < end)
        assert np.all(np.diff(hertz[inside]) > 0)
        assert hertz[inside][0] < 400
        hertz[inside] = mixing.OPEN_FILTER_HERTZ
    assert np.all(hertz == mixing.OPEN_FILTER_HERTZ)


def test_spans_of_roles_lie_where_the_form_has_them() -> None:
    song = plan("Dubstep", 1, 180)
    bar = notation.METRES[song.metre].units * 15 / song.tempo
    bars = sum(section.bars for section in song.form if section.role == "drop")
    spans = role_spans(song, ("drop",))
    assert sum(end - start for start, end in spans) == pytest.approx(bars * bar)


def test_loudness_of_the_standards_own_sine() -> None:
    """BS.1770: 997 Hz at full scale in one channel reads -3.01 LUFS; 0 dBFS stereo reads 0."""
    time = np.arange(10 * mixing.SAMPLE_RATE) / mixing.SAMPLE_RATE
    sine = np.sin(2 * np.pi * 997 * time).astype(np.float32)
    assert integrated_loudness(k_weighted_powers(np.stack([sine, 0 * sine]))) == pytest.approx(
        -3.01, abs=0.03
    )
    assert integrated_loudness(k_weighted_powers(sine[None])) == pytest.approx(0.0, abs=0.03)
    low = np.sin(2 * np.pi * 30 * time).astype(np.float32)
    unheard = integrated_loudness(k_weighted_powers(low[None]))
    assert unheard is not None
    assert unheard < -4


@pytest.mark.parametrize(("kind", "passed", "cut"), [("low", 100, 10_000), ("high", 10_000, 100)])
def test_filters_pass_and_cut(kind: str, passed: int, cut: int) -> None:
    impulse = impulse_response_of([biquad(kind, 16_384, 1000.0)], 8192)
    gain = np.abs(np.fft.rfft(impulse, mixing.SAMPLE_RATE))
    assert gain[passed] == pytest.approx(1, abs=0.02)
    assert gain[cut] < 0.02
    assert gain[1000] == pytest.approx(0.7071, abs=0.02)
