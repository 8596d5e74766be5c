"""The one small interface to an audio device, behind which simpleaudio or miniaudio is."""

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
    """Plays one song at a time. Places are frames of the song at `PLAY_RATE`."""

    def play(self, source: Source, frame: int, volume: float) -> None:
        """Play from `frame` at `volume` percent, in place of what plays. Raises SoundError."""

    def stop(self) -> None:
        """Be silent; `position` stays where it was."""

    def position(self) -> int:
        """The frame that is heard now."""

    def is_done(self) -> bool:
        """Whether the song has come to its end. Raises SoundError when the device is lost."""

    def set_volume(self, volume: float, slowly: bool = False) -> None:
        """Change the volume (percent; over 100 for a soft song) without a click, or unnoticed."""

    def recent_samples(self, frames: int) -> Samples:
        """What has just been heard, up to so many frames; fewer, or none, where that is gone."""

    def close(self) -> None:
        """Be silent and let go of the device."""


_OPENERS: Mapping[str, Callable[[Clock], Player]] = {
    "simpleaudio": SimpleaudioPlayer.opened,
    "miniaudio": MiniaudioPlayer.opened,
}


def open_player(clock: Clock = time.monotonic, only: str = "") -> Player:
    """Open the audio device through the first library of this system's that can.

    `only` names one of them, for tests. Raises SoundError when there is no device.
    """
    reason: Exception | None = None
    for name in playback.FIRST_PLAYERS.get(sys.platform, playback.FIRST_PLAYERS_ELSEWHERE):
        if only in ("", name):
            try:
                return _OPENERS[name](clock)
            except (ImportError, SoundError) as error:
                reason = error
    raise SoundError(playback.NO_DEVICE) from reason
