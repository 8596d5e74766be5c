"""What the players share: a mixer, and a device that is heard a little later."""

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
    """Discard what sound libraries write to the process's stderr."""
    try:
        saved = os.dup(2)
    except OSError:  # no stderr at all, as under pythonw
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(null)


@cache
def silence_alsa_errors() -> object:
    """Replace ALSA's error handler, which writes to stderr at every underrun, by an empty one.

    Set by `snd_lib_error_set_handler`, where there is ALSA. ALSA keeps a pointer to the handler, so
    it must live as long as the process: the cache holds it.
    """
    kinds = (ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
    handler = ctypes.CFUNCTYPE(None, *kinds)(lambda *arguments: None)
    if sys.platform != "win32":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(handler)
    return handler


class MixerPlayer(ABC):
    """A `Player` over a `PlaybackMixer`; a subclass feeds what that renders to a device.

    Frames count all output of the player; the device is heard some frames after they are written.
    """

    def __init__(self) -> None:
        self._mixer = PlaybackMixer()
        self._lock = threading.RLock()
        self._failure: SoundError | None = None
        self._idle_position = 0  # the song's frame, reported while nothing plays

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
            slow_ramp = round(listening.LOUDNESS_RAMP_SECONDS * playback.SAMPLE_RATE)
            ramp_frames = slow_ramp if slowly else playback.RAMP_FRAMES
            if self._mixer.set_level(place, volume / 100, ramp_frames):
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
            # The next song starts at the next frame that can be written, so look there.
            return voice is not None and voice.is_over(self._next_frame())

    @abstractmethod
    def recent_samples(self, frames: int) -> Samples:
        """Return the last `frames` that were heard; fewer, or none, where they are gone."""

    @abstractmethod
    def _ensure_device(self, frames: int) -> None:
        """Open the device if need be, with room for `frames`. Raises SoundError."""

    @abstractmethod
    def _audible_frame(self) -> int:
        """Return the output frame that is heard now."""

    @abstractmethod
    def _next_frame(self) -> int:
        """Return the first output frame that can still be changed."""

    @abstractmethod
    def _on_change(self, place: int) -> None:
        """Called when the mixer has changed from output frame `place` on."""
