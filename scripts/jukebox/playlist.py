"""The order in which songs are played: the loop."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from pathlib import Path

from scripts.jukebox.library import Song

IsPlayable = Callable[[Song], bool]


class Playlist:
    """The loop of songs: in the folder's order, or shuffled so that all play before one repeats.

    Remembers the place of the song that was started last, also when that song vanishes. Songs
    that are new join at the end, in a shuffled loop anywhere among those to come; songs that were
    made welcome come next.
    """

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._sorted: tuple[Song, ...] = ()
        self._order: list[Song] = []
        self._index = -1  # the place of the song started last
        self._play_next: set[Path] = set()  # expected or there, and not played yet
        self._kept_order: list[str] = []
        self.shuffled = False

    def __len__(self) -> int:
        return len(self._order)

    def names(self) -> list[str]:
        """The file names of the loop, in order, to be kept for the next time."""
        return [song.path.name for song in self._order]

    def restore(self, names: Iterable[str], shuffled: bool) -> None:
        """Take up an order that was kept, before the first `update`."""
        self._kept_order, self.shuffled = list(names), shuffled

    def play_next(self, path: Path) -> None:
        """Let a song that is about to join, or has joined, come next."""
        if (present := self._current()) and present.path == path:
            return
        self._play_next.add(path)
        for place, song in enumerate(self._order):
            if song.path == path:
                del self._order[place]
                self._index -= place < self._index
                self._insert(song)
                return

    def update(self, songs: tuple[Song, ...]) -> None:
        """Take the folder's songs as they are now; what plays and what has played keep place."""
        if songs is self._sorted or songs == self._sorted:
            return
        self._sorted = songs
        there = {song.path: song for song in songs}
        kept = [(i, there.pop(s.path)) for i, s in enumerate(self._order) if s.path in there]
        past = sum(1 for place, _ in kept if place <= self._index)
        self._order, self._index = [song for _, song in kept], past - 1
        by_name = {song.path.name: song for song in there.values()}
        for name in self._kept_order:
            if name in by_name and by_name[name].path in there:
                self._order.append(there.pop(by_name[name].path))
        self._kept_order = []
        for song in there.values():
            self._insert(song)

    def _insert(self, song: Song) -> None:
        place = len(self._order)
        if song.path in self._play_next:
            place = self._index + 1
            while place < len(self._order) and self._order[place].path in self._play_next:
                place += 1
        elif self.shuffled:
            place = self._rng.randint(self._index + 1, len(self._order))
        self._order.insert(place, song)

    def shuffle(self) -> None:
        """Change between the folder's order and a new chance one; the present song stays."""
        anchor = self._current()
        self.shuffled = not self.shuffled
        self._order = list(self._sorted)
        if self.shuffled:
            self._rng.shuffle(self._order)
        if anchor is None:
            self._index = -1
        elif self.shuffled:
            self._order.remove(anchor)
            self._order.insert(0, anchor)
            self._index = 0
        else:
            self._index = self._order.index(anchor)

    def following(self, count: int, playable: IsPlayable) -> list[Song]:
        """The next `count` songs, round the loop as often as that takes; none if none can play."""
        count_all = len(self._order)
        round_once = (self._order[(self._index + i) % count_all] for i in range(1, count_all + 1))
        coming = list(islice(filter(playable, round_once), count))
        return list(islice(cycle(coming), count))

    def remaining(self, playable: IsPlayable) -> list[Song]:
        """The songs that play before the loop begins anew."""
        return [song for song in self._order[self._index + 1 :] if playable(song)]

    def new_songs_ahead(self) -> int:
        """How many of the songs that were made welcome have not been played."""
        return sum(song.path in self._play_next for song in self._order)

    def step(self, by: int, playable: IsPlayable) -> Song | None:
        """Go to the next (1) or previous (-1) song that can be played, round the loop."""
        count = len(self._order)
        start = self._index if self._index >= 0 or by > 0 else 0
        for distance in range(1, count + 1):
            place = (start + by * distance) % count
            if playable(self._order[place]):
                return self._start(place)
        return None

    def select(self, name: str, playable: IsPlayable) -> Song | None:
        """Go to the song of a file name; None, and no step, if it cannot be played."""
        for place, song in enumerate(self._order):
            if song.path.name == name and playable(song):
                return self._start(place)
        return None

    def _start(self, place: int) -> Song:
        self._index = place
        song = self._order[place]
        self._play_next.discard(song.path)
        return song

    def _current(self) -> Song | None:
        return self._order[self._index] if self._index >= 0 else None
