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

from scripts.audio.deck import RAMP_FRAMES, Deck, Source
from scripts.temporary import LEVELLING_SECONDS, PLAY_RATE, SoundError

if TYPE_CHECKING:
    from scripts.audio.deck import Samples

Clock = Callable[[], float]  # seconds that only go up

WATCHDOG_SECONDS = 1.0
NO_DEVICE = "No audio device could be opened: connect or switch on speakers, then try again."
DEVICE_LOST = "The audio device is gone: connect it again."


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
def hush_alsa() -> object:
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


class DeckPlayer(ABC):
    """What both players share: a deck, a lock, and where the tape is heard and can be changed."""

    def __init__(self) -> None:
        self._deck = Deck()
        self._lock = threading.RLock()
        self._failure: SoundError | None = None
        self._rest = 0  # the position while nothing plays

    def play(self, source: Source, frame: int, volume: float) -> None:
        # Not under the lock: a device may ask for its first block before it has started.
        self._prepare(source.frames - frame)
        with self._lock:
            self._failure = None
            place = self._next_frame()
            self._deck.play(place, source, frame, volume / 100)
            self._changed(place)

    def stop(self) -> None:
        with self._lock:
            place = self._next_frame()
            if self._deck.current:
                self._rest = self._deck.current.source_frame(place)
            self._deck.stop(place)
            self._changed(place)

    def set_volume(self, volume: float, slowly: bool = False) -> None:
        with self._lock:
            place = self._next_frame()
            ramp = round(LEVELLING_SECONDS * PLAY_RATE) if slowly else RAMP_FRAMES
            if self._deck.set_level(place, volume / 100, ramp):
                self._changed(place)

    def position(self) -> int:
        with self._lock:
            voice = self._deck.current
            return voice.source_frame(self._heard_frame()) if voice else self._rest

    def is_done(self) -> bool:
        with self._lock:
            if self._failure:
                raise self._failure
            voice = self._deck.current
            # What is played next begins at the next frame that can be written: look there.
            return voice is not None and voice.is_over(self._next_frame())

    @abstractmethod
    def heard(self, frames: int) -> Samples:
        """What has just been heard, up to so many frames."""

    @abstractmethod
    def _prepare(self, frames: int) -> None:
        """See to it that the device runs, with room for `frames`. Raises SoundError."""

    @abstractmethod
    def _heard_frame(self) -> int:
        """The tape's frame that is heard now."""

    @abstractmethod
    def _next_frame(self) -> int:
        """The first frame of the tape that can still be changed."""

    @abstractmethod
    def _changed(self, place: int) -> None:
        """The deck has changed from frame `place` on."""
