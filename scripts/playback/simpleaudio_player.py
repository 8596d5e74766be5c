"""Play through simpleaudio.

simpleaudio can only play a finished buffer: no pause, no volume, no position. But it reads that
buffer in place while it plays (its sources for Windows and for Linux show it, and a test checks
it). So this player gives it a buffer of ten minutes of silence, and writes the music into it a
little ahead of the place that is playing now by the clock. Pause, seek and volume rewrite what
lies ahead; the device is not reopened for them, and a song of hours needs no more memory than one
buffer.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scripts.playback.mixer_player import Clock, MixerPlayer, quiet_stderr, silence_alsa_errors
from scripts.tables.program import SoundError
from scripts.temporary import playback

if TYPE_CHECKING:
    from scripts.playback.playback_mixer import Samples


def _simpleaudio_play() -> Callable[..., Any]:
    """Return simpleaudio's `play_buffer`. Raises ImportError where it would not be safe."""
    if sys.version_info >= (3, 12):
        # The unpatched simpleaudio ends the whole process on these Pythons.
        from importlib import metadata

        try:
            metadata.version("simpleaudio-patched")
        except metadata.PackageNotFoundError as error:
            raise ImportError("simpleaudio without its memory fix") from error
    import simpleaudio

    play: Callable[..., Any] = simpleaudio.play_buffer
    return play


class SimpleaudioPlayer(MixerPlayer):
    """Writes music into the buffer that simpleaudio is playing.

    `play_buffer` is simpleaudio's function of that name. With `threaded=False` the owner calls
    `refill` often enough (tests do). Frames count the output through all buffers.
    """

    def __init__(
        self, play_buffer: Callable[..., Any], clock: Clock, threaded: bool = True
    ) -> None:
        super().__init__()
        self._play_buffer = play_buffer
        self._clock = clock
        self._buffer: Any = None  # int16 array of shape (frames, 2)
        self._playing: Any = None  # simpleaudio's PlayObject
        self._buffer_start = 0  # the output frame at which this buffer begins
        self._started = 0.0  # the clock's time at which it began to play
        self._written_to = 0  # the output frame up to which music is written
        self._refilled_at = 0.0
        self._closing = threading.Event()
        self._refill_thread = threading.Thread(target=self._refill_loop, name="player", daemon=True)
        if threaded:
            self._refill_thread.start()

    @classmethod
    def opened(cls, clock: Clock) -> SimpleaudioPlayer:
        """Open the device, to check that it works. Raises ImportError or SoundError."""
        player = cls(_simpleaudio_play(), clock)
        silence_alsa_errors()
        try:
            player._new_buffer(0)
        except SoundError:
            player.close()
            raise
        return player

    def close(self) -> None:
        """Fade out and close the device; waits up to `DRAIN_SECONDS` for it."""
        if self._closing.is_set():
            return
        self._closing.set()
        self.stop()
        playing, self._playing = self._playing, None
        if playing is None:
            return
        playing.stop()
        # A device that still plays while Python ends would crash the process.
        limit = time.monotonic() + playback.DRAIN_SECONDS
        while playing.is_playing() and time.monotonic() < limit:
            time.sleep(0.02)

    def recent_samples(self, frames: int) -> Samples:
        import numpy as np

        with self._lock:
            end = min(self._audible_frame(), self._written_to) - self._buffer_start
            if self._buffer is None or end <= 0:
                return np.zeros((0, playback.CHANNELS), np.int16)
            played: Samples = self._buffer[max(0, end - frames) : end].copy()
            return played

    def refill(self) -> None:
        """Write ahead and check the device. Errors are kept for `is_done` to raise."""
        with self._lock:
            now, before = self._clock(), self._refilled_at
            self._refilled_at = now
            if self._playing is None or self._failure or self._closing.is_set():
                return
            try:
                if now - before > playback.SUSPENDED_SECONDS:
                    self._new_buffer(
                        self._buffer_start + round((before - self._started) * playback.SAMPLE_RATE)
                    )
                self._check_buffer()
                self._skip_underrun()
                self._write_ahead()
            except SoundError as error:
                self._idle_position = self.position()
                self._mixer.clear()
                self._drop_buffer()
                self._failure = error

    def _refill_loop(self) -> None:
        while not self._closing.wait(playback.REFILL_SECONDS):
            self.refill()

    def _ensure_device(self, frames: int) -> None:
        with self._lock:
            fits = frames <= self._buffer_end() - self._next_frame() - playback.SAMPLE_RATE
            # A song that fits into a whole buffer is not split; a longer one has to be.
            fits_whole = frames < (playback.BUFFER_SECONDS - 5) * playback.SAMPLE_RATE
            if self._playing is None or (not fits and fits_whole):
                self._new_buffer(self._audible_frame())
                self._mixer.clear()

    def _audible_frame(self) -> int:
        if self._playing is None:
            return self._written_to
        return self._buffer_start + round((self._clock() - self._started) * playback.SAMPLE_RATE)

    def _next_frame(self) -> int:
        return self._audible_frame() + (playback.LEAD_FRAMES if self._playing else 0)

    def _buffer_end(self) -> int:
        return self._buffer_start + (0 if self._buffer is None else len(self._buffer))

    def _on_change(self, place: int) -> None:
        before, self._written_to = self._written_to, min(self._written_to, place)
        self._write_ahead()
        if self._buffer is not None:  # silence the rest of what was written before
            first, last = self._written_to - self._buffer_start, before - self._buffer_start
            self._buffer[max(0, first) : max(0, last)] = 0

    def _new_buffer(self, base: int) -> None:
        """Start a silent buffer whose first frame is output frame `base`. Raises SoundError."""
        import numpy as np

        self._drop_buffer()
        blocks = playback.BUFFER_SECONDS * playback.SAMPLE_RATE // playback.BUFFER_BLOCK_FRAMES
        buffer = np.zeros((blocks * playback.BUFFER_BLOCK_FRAMES, playback.CHANNELS), np.int16)
        try:
            with quiet_stderr():
                playing = self._play_buffer(
                    buffer.data.cast("B"), playback.CHANNELS, 2, playback.SAMPLE_RATE
                )
        except Exception as error:  # simpleaudio's own error class cannot be imported everywhere
            raise SoundError(playback.NO_DEVICE) from error
        self._buffer, self._playing, self._buffer_start = buffer, playing, base
        self._started = self._refilled_at = self._clock()
        self._written_to = max(base, min(self._written_to, self._next_frame()))

    def _drop_buffer(self) -> None:
        """Fade the buffer out and stop it; simpleaudio holds its memory until it has stopped."""
        import numpy as np

        if self._playing is not None:
            place = max(0, self._next_frame() - self._buffer_start)
            fading = self._buffer[place : place + playback.RAMP_FRAMES]
            fading[:] = fading * np.linspace(1.0, 0.0, len(fading))[:, None]
            written = max(0, self._written_to - self._buffer_start)
            self._buffer[place + playback.RAMP_FRAMES : written] = 0
            self._playing.stop()
        self._buffer = self._playing = None

    def _check_buffer(self) -> None:
        """Start the next buffer at the end of one. Raises SoundError if the device has stopped."""
        left = self._buffer_end() - self._audible_frame()
        far_from_end = left > playback.WATCHDOG_SECONDS * playback.SAMPLE_RATE
        if far_from_end and not self._playing.is_playing():
            raise SoundError(playback.DEVICE_LOST)
        if left <= playback.LEAD_FRAMES and self._mixer.current:
            end = self._buffer_end()
            self._playing = self._buffer = None  # the old one plays to its end by itself
            self._new_buffer(end - left)
            self._written_to = end
        elif left < -playback.SAMPLE_RATE:
            self._drop_buffer()  # nothing plays: the device is not needed

    def _skip_underrun(self) -> None:
        """Where output went by unwritten, for the song was not decoded, go on at the next frame."""
        late = self._next_frame() - self._written_to
        if late > 0 and self._playing is not None:
            self._mixer.delay_current(self._written_to, late)
            self._written_to += late

    def _write_ahead(self) -> None:
        """Write what is decoded, up to `WRITE_AHEAD_FRAMES` ahead of what is heard."""
        if self._playing is None:
            return
        end = min(self._audible_frame() + playback.WRITE_AHEAD_FRAMES, self._buffer_end())
        # In small blocks, so that the first is written before the device reaches it.
        while not self._mixer.is_silent(self._written_to):
            count = self._mixer.ready(
                self._written_to, min(playback.RENDER_BLOCK_FRAMES, end - self._written_to)
            )
            if count <= 0:
                break
            place = self._written_to - self._buffer_start
            self._buffer[place : place + count] = self._mixer.render(self._written_to, count)
            self._written_to += count
