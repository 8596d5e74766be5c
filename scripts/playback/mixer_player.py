"""What the players share: a deck of songs, and a device that is heard a little later."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from scripts.playback.playback_mixer import PlaybackMixer, Source
from scripts.tables.program import SoundError
from scripts.temporary import listening, playback

if TYPE_CHECKING:
    from scripts.playback.playback_mixer import Samples

Clock = Callable[[], float]  # seconds that only go up


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Keep what sound libraries write on the process's stderr off the screen."""
    try:
        kept = os.dup(2)
    except OSError:  # no stderr at all, as under pythonw
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


@cache
def silence_alsa_errors() -> object:
    """Keep ALSA's library, where there is one, from writing on the screen while songs play.

    It does at every underrun, from a thread of its own. Returns what ALSA calls instead, which must
    live as long as the process does: here it is kept. (`snd_lib_error_set_handler`, ALSA's own.)
    """
    kinds = (ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
    unsaid = ctypes.CFUNCTYPE(None, *kinds)(lambda *words: None)
    if sys.platform != "win32":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(unsaid)
    return unsaid


class MixerPlayer(ABC):
    """What both players share: a deck, a lock, and where the tape is heard and can be changed."""

    def __init__(self) -> None:
        self._mixer = PlaybackMixer()
        self._lock = threading.RLock()
        self._failure: SoundError | None = None
        self._idle_position = 0  # the position while nothing plays

    def play(self, source: Source, frame: int, volume: float) -> None:
        # Not under the lock: a device may ask for its first block before it has started.
        self._ensure_device(source.frames - frame)
        with self._lock:
            self._failure = None
            place = self._next_frame()
            self._mixer.play(place, source, frame, volume / 100)
            self._on_change(place)

    def stop(self) -> None:
        with self._lock:
            place = self._next_frame()
            if self._mixer.current:
                self._idle_position = self._mixer.current.source_frame(place)
            self._mixer.stop(place)
            self._on_change(place)

    def set_volume(self, volume: float, slowly: bool = False) -> None:
        with self._lock:
            place = self._next_frame()
            ramp = (
                round(listening.LEVELLING_SECONDS * playback.SAMPLE_RATE)
                if slowly
                else playback.RAMP_FRAMES
            )
            if self._mixer.set_level(place, volume / 100, ramp):
                self._on_change(place)

    def position(self) -> int:
        with self._lock:
            voice = self._mixer.current
            return voice.source_frame(self._audible_frame()) if voice else self._idle_position

    def is_done(self) -> bool:
        with self._lock:
            if self._failure:
                raise self._failure
            voice = self._mixer.current
            # What is played next begins at the next frame that can be written: look there.
            return voice is not None and voice.is_over(self._next_frame())

    @abstractmethod
    def recent_samples(self, frames: int) -> Samples:
        """What has just been heard, up to so many frames."""

    @abstractmethod
    def _ensure_device(self, frames: int) -> None:
        """See to it that the device runs, with room for `frames`. Raises SoundError."""

    @abstractmethod
    def _audible_frame(self) -> int:
        """The tape's frame that is heard now."""

    @abstractmethod
    def _next_frame(self) -> int:
        """The first frame of the tape that can still be changed."""

    @abstractmethod
    def _on_change(self, place: int) -> None:
        """The deck has changed from frame `place` on."""
