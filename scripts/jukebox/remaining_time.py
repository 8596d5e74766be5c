"""How much of the loop is still to come."""

from __future__ import annotations

from scripts.jukebox.playlist import IsPlayable, Playlist
from scripts.jukebox.song_analysis import SongAnalysis
from scripts.temporary import listening


class RemainingTime:
    """Sums up the songs to come; a sum over ten thousand is not made for every screen."""

    def __init__(self, playlist: Playlist, facts: SongAnalysis, playable: IsPlayable) -> None:
        self._playlist = playlist
        self._facts = facts
        self._playable = playable
        self._due = float("-inf")
        self._sum: float | None = None

    def invalidate(self) -> None:
        """Sum up anew: the loop has changed, or its place in it."""
        self._due = float("-inf")

    def seconds(self, now: float) -> float | None:
        """The seconds of the songs that come before the loop begins anew; None if not known."""
        if now >= self._due:
            self._due = now + listening.REMAINING_TIME_UPDATE_SECONDS
            songs = self._playlist.remaining(self._playable)
            known = [facts.seconds for song in songs if (facts := self._facts.get(song))]
            self._sum = sum(known) if len(known) == len(songs) else None
        return self._sum
