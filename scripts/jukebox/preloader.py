"""The open song, and the next one, decoded ahead so that it starts without a gap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.jukebox.library import Song
from scripts.playback.playback_mixer import Source

OpenSource = Callable[[Path], Source]


class Preloader:
    """Opens songs by `decode`, two at most at a time, and closes each once."""

    def __init__(self, decode: OpenSource) -> None:
        self._decode = decode
        self._next: tuple[Song, Source] | None = None
        self.source: Source | None = None

    def load(self, song: Song) -> Source | None:
        """Open a song; return the one before, for the caller to close when it is faded out.

        Raises SoundError where it cannot be opened; then the one before stays open.
        """
        if self._next and self._next[0] == song and not self._next[1].error:
            (_, source), self._next = self._next, None
        else:
            source = self._decode(song.path)
        before, self.source = self.source, source
        return before

    def unload(self) -> None:
        """Close the open song."""
        if self.source:
            self.source.close()
        self.source = None

    def preload(self, song: Song) -> bool:
        """Start decoding the next song; return whether that began now. Raises SoundError."""
        if self._next and self._next[0] == song:
            if error := self._next[1].error:
                self.discard_next()
                raise error
            return False
        self.discard_next()
        self._next = (song, self._decode(song.path))
        return True

    def discard_next(self, song: Song | None = None) -> None:
        """Close the next song; with `song`, only if it is that one."""
        if self._next and song in (None, self._next[0]):
            self._next[1].close()
            self._next = None
