"""How long the rest of the loop lasts."""

from __future__ import annotations

from scripts.jukebox.playlist import IsPlayable, Playlist
from scripts.jukebox.song_analysis import SongAnalysis
from scripts.temporary import listening


class RemainingTime:
    """Sums the lengths of the songs to come, once a second: there may be ten thousand."""

    def __init__(self, playlist: Playlist, analysis: SongAnalysis, playable: IsPlayable) -> None:
        self._playlist = playlist
        self._analysis = analysis
        self._playable = playable
        self._due = float("-inf")
        self._sum: float | None = None

    def invalidate(self) -> None:
        """Sum again at the next call: the loop, or the place in it, has changed."""
        self._due = float("-inf")

    def seconds(self, now: float) -> float | None:
        """Return the seconds until the loop begins again; None while a length is unknown."""
        if now >= self._due:
            self._due = now + listening.REMAINING_TIME_UPDATE_SECONDS
            songs = self._playlist.remaining(self._playable)
            known = [found.seconds for song in songs if (found := self._analysis.get(song))]
            self._sum = sum(known) if len(known) == len(songs) else None
        return self._sum
