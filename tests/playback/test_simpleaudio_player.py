"""The simpleaudio player over a fake device that reads its buffers in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scripts.playback.simpleaudio_player import SimpleaudioPlayer
from scripts.tables.program import SoundError
from scripts.temporary import listening, playback
from tests.fake_player import FakeClock, FakeSource, Tone, largest_step
from tests.tones import STEP_OF_TONE


class BufferDevice:
    """A fake of simpleaudio: buffers that are read in place, 0.1 s ahead."""

    AHEAD = playback.SAMPLE_RATE // 10

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.broken = False
        self.buffers: list[BufferDevice.Buffer] = []

    def play_buffer(self, data: Any, channels: int, width: int, rate: int) -> BufferDevice.Buffer:
        if self.broken:
            raise RuntimeError("no such device")
        assert (channels, width, rate) == (2, 2, playback.SAMPLE_RATE)
        assert len(data) > 0
        assert len(data) % (playback.BUFFER_BLOCK_FRAMES * 4) == 0
        self.buffers.append(BufferDevice.Buffer(self, data))
        return self.buffers[-1]

    def read(self) -> None:
        for buffer in self.buffers:
            buffer.read()

    def heard(self) -> NDArray[np.int16]:
        """Return everything that was read from the only buffer."""
        (buffer,) = self.buffers
        return np.concatenate(buffer.taken)

    class Buffer:
        def __init__(self, device: BufferDevice, data: Any) -> None:
            self.device, self.started = device, device.clock.now
            self.samples = np.frombuffer(data, np.int16).reshape(-1, 2)
            self.taken: list[NDArray[np.int16]] = []
            self.at = 0
            self.stopped = False
            self.read()

        def read(self) -> None:
            now = (
                round((self.device.clock.now - self.started) * playback.SAMPLE_RATE)
                + BufferDevice.AHEAD
            )
            if not self.stopped and now > self.at:
                self.taken.append(self.samples[self.at : now].copy())
                self.at = min(now, len(self.samples))

        def is_playing(self) -> bool:
            played = (self.device.clock.now - self.started) * playback.SAMPLE_RATE
            return not self.stopped and not self.device.broken and played < len(self.samples)

        def stop(self) -> None:
            self.stopped = True


class Stage:
    """The simpleaudio player over a fake device and a fake clock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.device = BufferDevice(self.clock)
        self.player = SimpleaudioPlayer(self.device.play_buffer, self.clock, threaded=False)

    def passes(self, seconds: float, step: float = 0.05) -> None:
        end = self.clock.now + seconds
        while self.clock.now < end - 1e-9:
            self.clock.sleep(min(step, end - self.clock.now))
            self.device.read()
            self.player.refill()


@pytest.fixture
def short_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "BUFFER_SECONDS", 10)


def test_what_is_played_is_the_song() -> None:
    stage, source = Stage(), Tone(3)
    stage.player.play(source, 0, 100)
    stage.passes(4)
    heard = stage.device.heard()
    song = source.read(0, source.length)
    assert np.array_equal(heard[playback.LEAD_FRAMES : playback.LEAD_FRAMES + len(song)], song)
    assert not heard[: playback.LEAD_FRAMES].any()
    assert not heard[playback.LEAD_FRAMES + len(song) :].any()


def test_position_and_end() -> None:
    stage, source = Stage(), FakeSource(3)
    stage.player.play(source, 0, 100)
    stage.passes(1)
    assert stage.player.position() == pytest.approx(
        playback.SAMPLE_RATE - playback.LEAD_FRAMES, abs=2
    )
    assert not stage.player.is_done()
    stage.passes(1.9)
    assert not stage.player.is_done()
    stage.passes(0.2)
    assert stage.player.is_done()
    assert stage.player.position() <= source.length


def test_pause_volume_and_seek_are_heard_soon_and_without_clicks() -> None:
    stage, source = Stage(), Tone(60, level=10_000)
    stage.player.play(source, 0, 100)
    stage.passes(1)
    stage.player.set_volume(50)
    stage.passes(1)
    stage.player.stop()
    paused_at = stage.player.position()
    stage.passes(1)
    assert stage.player.position() == paused_at
    stage.player.play(source, paused_at, 100)
    stage.passes(1)
    stage.player.play(source, 30 * playback.SAMPLE_RATE + 1, 100)
    stage.passes(1)
    heard = stage.device.heard()
    assert largest_step(heard) < STEP_OF_TONE * 10_000 * 2.2

    def peak(second: float) -> int:
        place = round(second * playback.SAMPLE_RATE) + playback.LEAD_FRAMES + playback.RAMP_FRAMES
        return int(np.abs(heard[place : place + playback.SAMPLE_RATE // 2].astype(int)).max())

    assert [peak(s) for s in (0, 1, 2, 3)] == pytest.approx([10_000, 5000, 0, 10_000], abs=20)
    place = 4 * playback.SAMPLE_RATE + playback.LEAD_FRAMES
    expected = source.read(30 * playback.SAMPLE_RATE + 1, playback.SAMPLE_RATE // 2)
    landed = heard[place : place + playback.SAMPLE_RATE // 2]
    assert np.array_equal(landed[playback.RAMP_FRAMES + 2 :], expected[playback.RAMP_FRAMES + 2 :])


def test_a_song_follows_without_a_gap() -> None:
    stage = Stage()
    stage.player.play(FakeSource(2, 500), 0, 100)
    while not stage.player.is_done():
        stage.passes(0.03)
    stage.player.play(FakeSource(2, 700), 0, 100)
    stage.passes(1.5)
    heard = stage.device.heard()[
        playback.LEAD_FRAMES : playback.LEAD_FRAMES + 3 * playback.SAMPLE_RATE, 0
    ]
    assert (heard == 0).sum() < 0.05 * playback.SAMPLE_RATE


def test_songs_longer_than_a_buffer_go_on(short_buffers: None) -> None:
    stage = Stage()
    stage.player.play(FakeSource(25, 500), 0, 100)
    for _ in range(240):
        stage.passes(0.1)
        assert not stage.player.is_done()
    stage.passes(1.3)
    assert stage.player.is_done()
    assert len(stage.device.buffers) >= 3
    sounding = sum(
        (np.concatenate(buffer.taken) != 0).any(axis=1).sum() for buffer in stage.device.buffers
    )
    assert sounding == pytest.approx(25 * playback.SAMPLE_RATE, abs=0.2 * playback.SAMPLE_RATE)


def test_a_song_that_fits_a_buffer_is_not_cut(short_buffers: None) -> None:
    stage = Stage()
    for _ in range(5):
        stage.player.play(FakeSource(4, 500), 0, 100)
        stage.passes(4.1)
    for buffer in stage.device.buffers:
        assert buffer.at < len(buffer.samples) - playback.SAMPLE_RATE // 2


def test_a_song_that_comes_late_is_played_from_its_beginning() -> None:
    stage, source = Stage(), Tone(5)
    source.held = 0
    stage.player.play(source, 0, 100)
    stage.passes(2)
    assert stage.player.position() == 0
    source.held = None
    stage.passes(2)
    heard = stage.device.heard()
    start = int(np.flatnonzero(heard[:, 0])[0]) - 1
    assert np.array_equal(
        heard[start : start + playback.SAMPLE_RATE], source.read(0, playback.SAMPLE_RATE)
    )


def test_a_lost_device_is_said_and_can_be_opened_again() -> None:
    stage, source = Stage(), FakeSource(60)
    stage.player.play(source, 0, 100)
    stage.passes(5)
    stage.device.broken = True
    stage.passes(0.1)
    with pytest.raises(SoundError):
        stage.player.is_done()
    assert stage.player.position() == pytest.approx(5 * playback.SAMPLE_RATE, rel=0.05)
    with pytest.raises(SoundError):
        stage.player.play(source, 0, 100)
    stage.device.broken = False
    stage.player.play(source, 5 * playback.SAMPLE_RATE, 100)
    stage.passes(1)
    assert not stage.player.is_done()


def test_after_standing_still_it_goes_on_where_it_was() -> None:
    stage, source = Stage(), FakeSource(60)
    stage.player.play(source, 0, 100)
    stage.passes(5)
    stage.passes(600, step=600)
    assert stage.player.position() == pytest.approx(5 * playback.SAMPLE_RATE, rel=0.05)
    stage.passes(2)
    assert stage.player.position() == pytest.approx(7 * playback.SAMPLE_RATE, rel=0.05)


def test_a_long_pause_lets_the_device_rest(short_buffers: None) -> None:
    stage, source = Stage(), FakeSource(60)
    stage.player.play(source, 0, 100)
    stage.passes(2)
    stage.player.stop()
    stage.passes(30)
    assert all(buffer.stopped for buffer in stage.device.buffers)
    stage.player.play(source, stage.player.position(), 100)
    stage.passes(1)
    assert stage.player.position() == pytest.approx(3 * playback.SAMPLE_RATE, rel=0.06)


ORDERS = st.lists(
    st.tuples(
        st.sampled_from(["play", "stop", "volume", "wait", "wait", "broken", "mended"]),
        st.integers(0, 100),
    ),
    max_size=25,
)


@settings(max_examples=30)
@given(ORDERS)
def test_no_order_of_things_breaks_the_player(orders: list[tuple[str, int]]) -> None:
    stage, source = Stage(), FakeSource(30)
    for what, value in orders:
        try:
            if what == "play":
                stage.player.play(source, value * playback.SAMPLE_RATE // 4, 80)
            elif what == "stop":
                stage.player.stop()
            elif what == "volume":
                stage.player.set_volume(value)
            elif what == "wait":
                stage.passes(value / 25)
            else:
                stage.device.broken = what == "broken"
            stage.player.is_done()
        except SoundError:
            assert stage.device.broken or what != "play"
        assert 0 <= stage.player.position() <= source.length
    stage.device.buffers.clear()


def test_what_has_just_been_heard_can_be_seen() -> None:
    stage = Stage()
    assert not stage.player.recent_samples(100).any()
    stage.player.play(Tone(5, level=8000), 0, 100)
    stage.passes(1)
    heard = stage.player.recent_samples(listening.METER_FRAMES)
    assert len(heard) == listening.METER_FRAMES
    assert np.abs(heard).max() == pytest.approx(8000, abs=20)
    stage.player.stop()
    stage.passes(0.5)
    assert not stage.player.recent_samples(listening.METER_FRAMES).any()
