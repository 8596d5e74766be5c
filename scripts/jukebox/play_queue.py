"""Which song comes next: the folder's playable songs in the loop's order."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scripts.jukebox.library import Library, Song
from scripts.jukebox.playlist import Playlist
from scripts.jukebox.trash import Trash
from scripts.tables.jukebox import SavedJukeboxState


class PlayQueue:
    """The songs of the library's folder in the playlist's order.

    An excluded song comes back when its file changes. `saved` holds the order of last time and
    whether one song repeats; `save_order` writes the order there.
    """

    def __init__(
        self, library: Library, playlist: Playlist, trash: Trash, saved: SavedJukeboxState
    ) -> None:
        self._library = library
        self._playlist = playlist
        self._trash = trash
        self._saved = saved
        self._excluded: dict[Path, Song] = {}
        self.songs: tuple[Song, ...] | None = None  # of the folder, at the last scan
        playlist.restore(saved.order, saved.shuffled)

    def __len__(self) -> int:
        return len(self._playlist)

    @property
    def folder_name(self) -> str:
        return self._library.folder.name

    def rescan(self) -> tuple[bool, Mapping[str, str]]:
        """Rescan the folder; return whether its songs changed, and skipped files with reasons."""
        scan = self._library.scan()
        changed = scan.songs is not self.songs
        if changed:
            self.songs = scan.songs
            self._playlist.update(scan.songs)
            there = {song.path: song for song in scan.songs}
            self._excluded = {p: s for p, s in self._excluded.items() if there.get(p) == s}
        return changed, scan.skipped

    def exclude(self, song: Song) -> None:
        """Skip a song until its file changes."""
        self._excluded[song.path] = song

    def is_playable(self, song: Song) -> bool:
        return self._excluded.get(song.path) != song and not self._trash.is_pending(song)

    def first(self, playing: Song | None, resuming: bool) -> Song | None:
        """Return the song to start with: that of last time, or the one that repeats, or None."""
        if resuming:
            return self._playlist.select(self._saved.song, self.is_playable)
        return self._repeated(playing)

    def step(self, direction: int) -> Song | None:
        """Go to the next song (1) or the one before (-1) and return it; None if there is none."""
        return self._playlist.step(direction, self.is_playable)

    def upcoming(self, count: int, playing: Song | None) -> list[Song]:
        """Return the next `count` songs after the one that plays."""
        if song := self._repeated(playing):
            return [song] * count
        return self._playlist.following(count, self.is_playable)

    def save_order(self) -> None:
        """Write the order into `saved`."""
        if len(self):
            self._saved.order = self._playlist.names()
        self._saved.shuffled = self._playlist.shuffled

    def _repeated(self, playing: Song | None) -> Song | None:
        repeats = self._saved.repeating and playing and self.is_playable(playing)
        return playing if repeats else None
