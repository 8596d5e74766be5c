"""Play through miniaudio, whose device calls for each block."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from scripts.playback.mixer_player import Clock, MixerPlayer, quiet_stderr
from scripts.tables.program import SoundError
from scripts.temporary import application, playback

if TYPE_CHECKING:
    from scripts.playback.playback_mixer import Samples


class MiniaudioPlayer(MixerPlayer):
    """Renders each block when miniaudio's device asks for it, in the device's thread.

    `open_device` returns a device with `start(generator)` and `close()`.
    """

    def __init__(self, open_device: Callable[[], Any], clock: Clock) -> None:
        super().__init__()
        self._open_device = open_device
        self._clock = clock
        self._device: Any = None
        self._recent_blocks: deque[bytes] = deque(maxlen=2 * playback.DEVICE_BLOCKS)
        self._frames_delivered = 0  # frames that the device has taken
        self._last_request = 0.0  # the clock's time when it last took some

    @classmethod
    def opened(cls, clock: Clock) -> MiniaudioPlayer:
        """Open the device. Raises ImportError or SoundError."""
        player = cls(_miniaudio_device(), clock)
        player._ensure_device(0)
        return player

    def close(self) -> None:
        """Close the device, after the fade-out has been heard."""
        device, self._device = self._device, None
        if device is not None:
            if self._mixer.current:
                self.stop()
                time.sleep(playback.DEVICE_BLOCKS * playback.DEVICE_BLOCK_MSEC / 1000)
            device.close()

    def recent_samples(self, frames: int) -> Samples:
        import numpy as np

        with self._lock:
            blocks = list(self._recent_blocks)[: -(playback.DEVICE_BLOCKS - 1)]
        sound: Samples = np.frombuffer(b"".join(blocks), np.int16).reshape(-1, playback.CHANNELS)
        return sound[-frames:]

    def is_done(self) -> bool:
        with self._lock:
            if self._device and self._mixer.current and self._is_stuck():
                self._failure = self._failure or SoundError(playback.DEVICE_LOST)
        return super().is_done()

    def _ensure_device(self, frames: int) -> None:
        if self._device is not None and self._is_stuck():
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
                raise SoundError(playback.NO_DEVICE) from error
            self._device, self._last_request = device, self._clock()

    def _is_stuck(self) -> bool:
        """Whether the device has asked for nothing for too long."""
        return self._clock() - self._last_request > 2 * playback.WATCHDOG_SECONDS

    def _audible_frame(self) -> int:
        buffered_msec = (playback.DEVICE_BLOCKS - 1) * playback.DEVICE_BLOCK_MSEC
        buffered_frames = buffered_msec * playback.SAMPLE_RATE // 1000
        return max(0, self._frames_delivered - buffered_frames)

    def _next_frame(self) -> int:
        return self._frames_delivered

    def _on_change(self, place: int) -> None:
        """Nothing to do: the device soon asks for the next block."""

    def _blocks(self) -> Generator[bytes, int, None]:
        """Yield each block that the device asks for; silence after any error."""
        count = yield b""
        while True:
            with self._lock:
                try:
                    block = self._mixer.render(self._frames_delivered, count).tobytes()
                except Exception as error:  # an error here would end the device's thread
                    self._failure = SoundError(f"The song cannot be played on ({error}).")
                    block = bytes(count * playback.FRAME_BYTES)
                self._frames_delivered += count
                self._recent_blocks.append(block)
                self._last_request = self._clock()
            count = yield block


def _miniaudio_device() -> Callable[[], Any]:
    """Return a function that opens miniaudio's device. Raises ImportError without miniaudio."""
    import miniaudio

    # Every real backend is named, for miniaudio would fall back to its silent null device.
    backends = [backend for backend in miniaudio.Backend if backend.name not in ("NULL", "CUSTOM")]
    return lambda: miniaudio.PlaybackDevice(
        nchannels=playback.CHANNELS,
        sample_rate=playback.SAMPLE_RATE,
        buffersize_msec=playback.DEVICE_BLOCK_MSEC,
        callback_periods=playback.DEVICE_BLOCKS,
        backends=backends,
        app_name=application.NAME,
    )
