"""The volume: the user's, mute, and the gain that makes all songs equally loud."""

from __future__ import annotations

from scripts.jukebox.library import Song
from scripts.jukebox.song_analysis import SongAnalysis
from scripts.playback.player import Player
from scripts.temporary import application


class Volume:
    """Sets a player's volume; `percent` is the user's."""

    def __init__(self, player: Player, analysis: SongAnalysis, percent: int) -> None:
        self._player = player
        self._analysis = analysis
        self._seen_version = 0  # of the analysis
        self.percent = percent
        self.muted = False

    def change(self, by: int, song: Song | None) -> None:
        """Change the volume by some percent, and unmute."""
        lowest, highest = application.VOLUME_RANGE
        self.percent = min(highest, max(lowest, self.percent + by))
        self.muted = False
        self._player.set_volume(self.percent_for(song))

    def mute(self, song: Song | None) -> None:
        """Mute or unmute."""
        self.muted = not self.muted
        self._player.set_volume(self.percent_for(song))

    def percent_for(self, song: Song | None) -> float:
        """Return the percent at which a song is played, 0 while muted."""
        if self.muted:
            return 0.0
        return self.percent * (self._analysis.gain(song) if song else 1.0)

    def update_loudness(self, song: Song) -> None:
        """Ramp slowly to the song's matched volume after a new measurement."""
        if self._seen_version != self._analysis.version:
            self._seen_version = self._analysis.version
            self._player.set_volume(self.percent_for(song), slowly=True)
