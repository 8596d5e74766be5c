"""How loud it is: the user's volume, mute, and what makes all songs equally loud."""

from __future__ import annotations

from scripts.jukebox.library import Song
from scripts.jukebox.song_analysis import SongAnalysis
from scripts.playback.player import Player
from scripts.temporary import application


class Volume:
    """The knob of a player; `percent` is the user's."""

    def __init__(self, player: Player, facts: SongAnalysis, percent: int) -> None:
        self._player = player
        self._analysis = facts
        self._seen = 0
        self.percent = percent
        self.muted = False

    def change(self, by: int, song: Song | None) -> None:
        """Turn it by percent; a muted one is heard again."""
        lowest, highest = application.VOLUME_RANGE
        self.percent = min(highest, max(lowest, self.percent + by))
        self.muted = False
        self._player.set_volume(self.percent_for(song))

    def mute(self, song: Song | None) -> None:
        """Mute, or unmute."""
        self.muted = not self.muted
        self._player.set_volume(self.percent_for(song))

    def percent_for(self, song: Song | None) -> float:
        """The percent at which a song is to be played."""
        if self.muted:
            return 0.0
        return self.percent * (self._analysis.gain(song) if song else 1.0)

    def update_loudness(self, song: Song) -> None:
        """Go over to the right volume, unnoticed, where it has just been measured."""
        if self._seen != self._analysis.version:
            self._seen = self._analysis.version
            self._player.set_volume(self.percent_for(song), slowly=True)
