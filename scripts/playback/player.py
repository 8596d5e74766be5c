"""The interface to an audio device, played through simpleaudio or miniaudio."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from scripts.playback.miniaudio_player import MiniaudioPlayer
from scripts.playback.mixer_player import Clock
from scripts.playback.playback_mixer import Source
from scripts.playback.simpleaudio_player import SimpleaudioPlayer
from scripts.tables.program import SoundError
from scripts.temporary import playback

if TYPE_CHECKING:
    from scripts.playback.playback_mixer import Samples


class Player(Protocol):
    """Plays one song at a time. Positions are frames of the song at `SAMPLE_RATE`."""

    def play(self, source: Source, frame: int, volume: float) -> None:
        """Play from `frame` at `volume` percent, in place of the song before. Raises SoundError."""

    def stop(self) -> None:
        """Fade out; `position` stays where it was."""

    def position(self) -> int:
        """Return the frame that is heard now."""

    def is_done(self) -> bool:
        """Return whether the song is over. Raises SoundError when the device is lost."""

    def set_volume(self, volume: float, slowly: bool = False) -> None:
        """Ramp to a volume (percent; over 100 for a soft song): in 15 ms, or `slowly` in 1.5 s."""

    def recent_samples(self, frames: int) -> Samples:
        """Return the last `frames` that were heard; fewer, or none, where they are gone."""

    def close(self) -> None:
        """Fade out and close the device."""


_OPENERS: Mapping[str, Callable[[Clock], Player]] = {
    "simpleaudio": SimpleaudioPlayer.opened,
    "miniaudio": MiniaudioPlayer.opened,
}


def open_player(clock: Clock = time.monotonic, only: str = "") -> Player:
    """Open the audio device through the first library that can, in this system's order.

    `only` names one of them, for tests. Raises SoundError when there is no device.
    """
    reason: Exception | None = None
    for name in playback.PLAYER_ORDER.get(sys.platform, playback.PLAYER_ORDER_ELSEWHERE):
        if only in ("", name):
            try:
                return _OPENERS[name](clock)
            except (ImportError, SoundError) as error:
                reason = error
    raise SoundError(playback.NO_DEVICE) from reason
