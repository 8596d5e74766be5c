"""How loud it is: the user's volume, mute, and what makes all songs equally loud."""

from __future__ import annotations

from scripts.audio.facts import Facts
from scripts.audio.library import Song
from scripts.audio.player import Player
from scripts.temporary import VOLUME_RANGE


class Volume:
    """The knob of a player; `percent` is the user's."""

    def __init__(self, player: Player, facts: Facts, percent: int) -> None:
        self._player = player
        self._facts = facts
        self._seen = 0
        self.percent = percent
        self.muted = False

    def change(self, by: int, song: Song | None) -> None:
        """Turn it by percent; a muted one is heard again."""
        lowest, highest = VOLUME_RANGE
        self.percent = min(highest, max(lowest, self.percent + by))
        self.muted = False
        self._player.set_volume(self.right_for(song))

    def mute(self, song: Song | None) -> None:
        """Mute, or unmute."""
        self.muted = not self.muted
        self._player.set_volume(self.right_for(song))

    def right_for(self, song: Song | None) -> float:
        """The percent at which a song is to be played."""
        if self.muted:
            return 0.0
        return self.percent * (self._facts.gain(song) if song else 1.0)

    def follow_facts(self, song: Song) -> None:
        """Go over to the right volume, unnoticed, where it has just been measured."""
        if self._seen != self._facts.version:
            self._seen = self._facts.version
            self._player.set_volume(self.right_for(song), slowly=True)
