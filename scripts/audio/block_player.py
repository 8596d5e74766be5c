"""Playing through miniaudio, whose device asks for block after block."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from scripts.audio.device import (
    DEVICE_LOST,
    NO_DEVICE,
    WATCHDOG_SECONDS,
    Clock,
    DeckPlayer,
    quiet_stderr,
)
from scripts.temporary import APP_NAME, PLAY_CHANNELS, PLAY_RATE, SoundError

if TYPE_CHECKING:
    from scripts.audio.deck import Samples

# At 50 a machine at full load now and then let the device run dry; beyond 80 keys would be slow.
DEVICE_BLOCK_MSEC = 80
DEVICE_BLOCKS = 4  # held by the device: while Python is busy elsewhere, it plays on


class MiniaudioPlayer(DeckPlayer):
    """Plays through miniaudio, whose device asks for block after block from a thread of its own.

    `open_device` makes a device with `start(generator)` and `close()`.
    """

    def __init__(self, open_device: Callable[[], Any], clock: Clock) -> None:
        super().__init__()
        self._open_device = open_device
        self._clock = clock
        self._device: Any = None
        self._blocks_given: deque[bytes] = deque(maxlen=2 * DEVICE_BLOCKS)
        self._given = 0  # frames that the device has taken
        self._taken = 0.0  # the clock's time when it last took some

    @classmethod
    def opened(cls, clock: Clock) -> MiniaudioPlayer:
        """Open the device. Raises ImportError or SoundError."""
        player = cls(_miniaudio_device(), clock)
        player._prepare(0)
        return player

    def close(self) -> None:
        """Let go of the device, after the fade-out has been heard."""
        device, self._device = self._device, None
        if device is not None:
            if self._deck.current:
                self.stop()
                time.sleep(DEVICE_BLOCKS * DEVICE_BLOCK_MSEC / 1000)
            device.close()

    def heard(self, frames: int) -> Samples:
        import numpy as np

        with self._lock:
            blocks = list(self._blocks_given)[: -(DEVICE_BLOCKS - 1)]
        sound: Samples = np.frombuffer(b"".join(blocks), np.int16).reshape(-1, PLAY_CHANNELS)
        return sound[-frames:]

    def is_done(self) -> bool:
        with self._lock:
            still = self._clock() - self._taken
            if self._device and self._deck.current and still > 2 * WATCHDOG_SECONDS:
                self._failure = self._failure or SoundError(DEVICE_LOST)
        return super().is_done()

    def _prepare(self, frames: int) -> None:
        if self._device is not None and self._clock() - self._taken > 2 * WATCHDOG_SECONDS:
            stuck, self._device = self._device, None
            stuck.close()
        if self._device is None:
            blocks = self._blocks()
            next(blocks)
            try:
                with quiet_stderr():
                    device = self._open_device()
                    device.start(blocks)
            except Exception as error:  # miniaudio's error class is not known here
                raise SoundError(NO_DEVICE) from error
            self._device, self._taken = device, self._clock()

    def _heard_frame(self) -> int:
        return max(0, self._given - (DEVICE_BLOCKS - 1) * DEVICE_BLOCK_MSEC * PLAY_RATE // 1000)

    def _next_frame(self) -> int:
        return self._given

    def _changed(self, place: int) -> None:
        """Nothing to do: the device asks soon enough."""

    def _blocks(self) -> Generator[bytes, int, None]:
        """Yield each block that the device asks for; silence if anything at all goes wrong."""
        count = yield b""
        while True:
            with self._lock:
                try:
                    block = self._deck.render(self._given, count).tobytes()
                except Exception as error:  # an error here would end the device's thread
                    self._failure = SoundError(f"The song cannot be played on ({error}).")
                    block = bytes(count * PLAY_CHANNELS * 2)
                self._given += count
                self._blocks_given.append(block)
                self._taken = self._clock()
            count = yield block


def _miniaudio_device() -> Callable[[], Any]:
    """Return what opens miniaudio's device. Raises ImportError where it is not installed."""
    import miniaudio

    # Its null device would play to nobody, so every real one is named.
    backends = [backend for backend in miniaudio.Backend if backend.name not in ("NULL", "CUSTOM")]
    return lambda: miniaudio.PlaybackDevice(
        nchannels=PLAY_CHANNELS,
        sample_rate=PLAY_RATE,
        buffersize_msec=DEVICE_BLOCK_MSEC,
        callback_periods=DEVICE_BLOCKS,
        backends=backends,
        app_name=APP_NAME,
    )
