"""Playing through simpleaudio.

simpleaudio can only play a finished buffer: no pause, no volume, no position. But it reads that
buffer in place while it plays (its sources for Windows and for Linux say so, and a test hears
it). So this player hands it ten minutes of silence, a tape, and writes the music onto the tape a
little ahead of the place that the clock says is playing now. Pause, seek and volume rewrite what
lies ahead; the device is never opened anew for them, and a song of hours needs no more memory
than a tape.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scripts.audio.deck import RAMP_FRAMES
from scripts.audio.device import (
    DEVICE_LOST,
    NO_DEVICE,
    WATCHDOG_SECONDS,
    Clock,
    DeckPlayer,
    hush_alsa,
    quiet_stderr,
)
from scripts.temporary import PLAY_CHANNELS, PLAY_RATE, SoundError

if TYPE_CHECKING:
    from scripts.audio.deck import Samples

TAPE_SECONDS = 600
LEAD_FRAMES = PLAY_RATE * 115 // 1000  # the device reads up to 0.1 s ahead; the rest is reserve
AHEAD_FRAMES = PLAY_RATE * 4  # written ahead, so that a busy machine does not make it stutter
PIECE_FRAMES = PLAY_RATE // 4
BLOCK_FRAMES = PLAY_RATE // 20  # Windows repeats the last 50 ms unless a tape has whole blocks
PUMP_SECONDS = 0.05
ASLEEP_SECONDS = 3.5  # the process or the machine stood still: the tape is no longer in step
LEAVE_SECONDS = 0.7  # the device empties its buffer before it lets go


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


class SimpleaudioPlayer(DeckPlayer):
    """Plays through simpleaudio; `play_buffer` is its function of that name.

    With `threaded=False` whoever owns it calls `pump` often enough (tests do).
    """

    def __init__(
        self, play_buffer: Callable[..., Any], clock: Clock, threaded: bool = True
    ) -> None:
        super().__init__()
        self._play_buffer = play_buffer
        self._clock = clock
        self._tape: Any = None  # int16 array of shape (frames, 2)
        self._playing: Any = None  # simpleaudio's PlayObject
        self._base = 0  # the frame, of all tapes, at which this tape begins
        self._started = 0.0  # the clock's time at which it began
        self._head = 0  # written up to here, of all tapes
        self._pumped = 0.0
        self._leaving = threading.Event()
        self._pumper = threading.Thread(target=self._pump_on, name="player", daemon=True)
        if threaded:
            self._pumper.start()

    @classmethod
    def opened(cls, clock: Clock) -> SimpleaudioPlayer:
        """Open the device once to see that it works. Raises ImportError or SoundError."""
        player = cls(_simpleaudio_play(), clock)
        hush_alsa()
        try:
            player._new_tape(0)
        except SoundError:
            player.close()
            raise
        return player

    def close(self) -> None:
        """Be silent and let go of the device; waits up to `LEAVE_SECONDS` for it."""
        if self._leaving.is_set():
            return
        self._leaving.set()
        self.stop()
        playing, self._playing = self._playing, None
        if playing is None:
            return
        playing.stop()
        # A device that still plays while Python ends would take the process with it.
        limit = time.monotonic() + LEAVE_SECONDS
        while playing.is_playing() and time.monotonic() < limit:
            time.sleep(0.02)

    def heard(self, frames: int) -> Samples:
        import numpy as np

        with self._lock:
            end = min(self._heard_frame(), self._head) - self._base
            if self._tape is None or end <= 0:
                return np.zeros((0, PLAY_CHANNELS), np.int16)
            played: Samples = self._tape[max(0, end - frames) : end].copy()
            return played

    def pump(self) -> None:
        """Write the tape on, and look after the device. Errors are kept for `is_done`."""
        with self._lock:
            now, before = self._clock(), self._pumped
            self._pumped = now
            if self._playing is None or self._failure or self._leaving.is_set():
                return
            try:
                if now - before > ASLEEP_SECONDS:
                    self._new_tape(self._base + round((before - self._started) * PLAY_RATE))
                self._look_after_tape()
                self._catch_up()
                self._write_on()
            except SoundError as error:
                self._rest = self.position()
                self._deck.clear()
                self._drop_tape()
                self._failure = error

    def _pump_on(self) -> None:
        while not self._leaving.wait(PUMP_SECONDS):
            self.pump()

    def _prepare(self, frames: int) -> None:
        with self._lock:
            fits = frames <= self._tape_end() - self._next_frame() - PLAY_RATE
            # A song that a whole tape can hold is not cut in two; a longer one has to be.
            shorter = frames < (TAPE_SECONDS - 5) * PLAY_RATE
            if self._playing is None or (not fits and shorter):
                self._new_tape(self._heard_frame())
                self._deck.clear()

    def _heard_frame(self) -> int:
        if self._playing is None:
            return self._head
        return self._base + round((self._clock() - self._started) * PLAY_RATE)

    def _next_frame(self) -> int:
        return self._heard_frame() + (LEAD_FRAMES if self._playing else 0)

    def _tape_end(self) -> int:
        return self._base + (0 if self._tape is None else len(self._tape))

    def _changed(self, place: int) -> None:
        before, self._head = self._head, min(self._head, place)
        self._write_on()
        if self._tape is not None:  # what was written for the song before
            self._tape[max(0, self._head - self._base) : max(0, before - self._base)] = 0

    def _new_tape(self, base: int) -> None:
        """Start a silent tape whose first frame is frame `base` of all. Raises SoundError."""
        import numpy as np

        self._drop_tape()
        tape = np.zeros((TAPE_SECONDS * PLAY_RATE // BLOCK_FRAMES * BLOCK_FRAMES, 2), np.int16)
        try:
            with quiet_stderr():
                playing = self._play_buffer(tape.data.cast("B"), PLAY_CHANNELS, 2, PLAY_RATE)
        except Exception as error:  # simpleaudio's own error class cannot be imported everywhere
            raise SoundError(NO_DEVICE) from error
        self._tape, self._playing, self._base = tape, playing, base
        self._started = self._pumped = self._clock()
        self._head = max(base, min(self._head, self._next_frame()))

    def _drop_tape(self) -> None:
        """Let the tape fall silent; simpleaudio keeps its memory until it has left off."""
        import numpy as np

        if self._playing is not None:
            place = max(0, self._next_frame() - self._base)
            fading = self._tape[place : place + RAMP_FRAMES]
            fading[:] = fading * np.linspace(1.0, 0.0, len(fading))[:, None]
            self._tape[place + RAMP_FRAMES : max(0, self._head - self._base)] = 0
            self._playing.stop()
        self._tape = self._playing = None

    def _look_after_tape(self) -> None:
        """Change tapes at the end of one. Raises SoundError when the device left off early."""
        left = self._tape_end() - self._heard_frame()
        if left > WATCHDOG_SECONDS * PLAY_RATE and not self._playing.is_playing():
            raise SoundError(DEVICE_LOST)
        if left <= LEAD_FRAMES and self._deck.current:
            end = self._tape_end()
            self._playing = self._tape = None  # it plays to its end by itself
            self._new_tape(end - left)
            self._head = end
        elif left < -PLAY_RATE:
            self._drop_tape()  # nothing plays: the device can rest

    def _catch_up(self) -> None:
        """Go on from the next frame where the tape went by unwritten: the song was not ready."""
        late = self._next_frame() - self._head
        if late > 0 and self._playing is not None:
            self._deck.delay(self._head, late)
            self._head += late

    def _write_on(self) -> None:
        """Write what is decoded, up to `AHEAD_FRAMES` ahead of what is heard."""
        if self._playing is None:
            return
        end = min(self._heard_frame() + AHEAD_FRAMES, self._tape_end())
        # In small pieces: what comes first is on the tape before the device gets there.
        while not self._deck.is_silent(self._head):
            count = self._deck.ready(self._head, min(PIECE_FRAMES, end - self._head))
            if count <= 0:
                break
            place = self._head - self._base
            self._tape[place : place + count] = self._deck.render(self._head, count)
            self._head += count
