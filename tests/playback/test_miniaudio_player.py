"""The miniaudio player over a fake device that asks for blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scripts.playback.miniaudio_player import MiniaudioPlayer
from scripts.tables.program import SoundError
from tests.fake_player import FakeClock, FakeSource, Tone, largest_step
from tests.tones import STEP_OF_TONE


class BlockDevice:
    """A fake of miniaudio's device: it asks for a block when told to."""

    def __init__(self) -> None:
        self.blocks: Any = None
        self.taken: list[NDArray[np.int16]] = []

    def start(self, blocks: Any) -> None:
        self.blocks = blocks

    def close(self) -> None:
        self.blocks = None

    def asks(self, count: int) -> NDArray[np.int16]:
        block = np.frombuffer(self.blocks.send(count), np.int16).reshape(-1, 2)
        assert len(block) == count
        self.taken.append(block)
        return block


def test_blocks_are_the_song_and_then_silence() -> None:
    clock, device = FakeClock(), BlockDevice()
    player, source = MiniaudioPlayer(lambda: device, clock), Tone(1)
    player.play(source, 0, 100)
    while not player.is_done():
        clock.sleep(0.05)
        device.asks(2205)
    device.asks(2205)
    heard = np.concatenate(device.taken)
    assert np.array_equal(heard[: source.length], source.read(0, source.length))
    assert not heard[source.length :].any()
    player.close()


def test_miniaudio_changes_do_not_click() -> None:
    clock, device = FakeClock(), BlockDevice()
    player, source = MiniaudioPlayer(lambda: device, clock), Tone(60, 10_000)
    player.play(source, 0, 100)
    changes: tuple[Callable[[], object], ...] = (
        lambda: player.set_volume(50),
        player.stop,
        lambda: player.play(source, player.position(), 100),
        lambda: player.play(source, 441_000, 30),
    )
    for change in changes:
        for _ in range(10):
            clock.sleep(0.05)
            device.asks(2205)
        change()
    device.asks(2205)
    assert largest_step(np.concatenate(device.taken)) < STEP_OF_TONE * 10_000 * 2.2


def test_miniaudio_says_when_its_device_no_longer_asks() -> None:
    clock, device = FakeClock(), BlockDevice()
    player = MiniaudioPlayer(lambda: device, clock)
    player.play(FakeSource(60), 0, 100)
    device.asks(2205)
    clock.sleep(3)
    with pytest.raises(SoundError):
        player.is_done()
    player.play(FakeSource(60), 0, 100)
    device.asks(2205)
    assert not player.is_done()


def test_a_song_that_cannot_be_read_on_becomes_silence_and_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, device = FakeClock(), BlockDevice()
    player, source = MiniaudioPlayer(lambda: device, clock), FakeSource(5)
    player.play(source, 0, 100)
    monkeypatch.setattr(source, "read", lambda frame, count: 1 / 0)
    assert not device.asks(2205).any()
    with pytest.raises(SoundError):
        player.is_done()
