"""The loop: the order in which songs are played."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from pathlib import Path

from scripts.jukebox.library import Song

IsPlayable = Callable[[Song], bool]


class Playlist:
    """The loop of songs: in the folder's order, or shuffled so that all play before one repeats.

    Keeps the place of the song that was started last, even when that song vanishes. New songs join
    at the end, in a shuffled loop anywhere among those to come; those passed to `play_next` come
    next.
    """

    def __init__(self, rng: random.Random | None = None) -> None:
        self._rng = rng or random.Random()
        self._sorted: tuple[Song, ...] = ()
        self._order: list[Song] = []
        self._index = -1  # the place of the song started last
        self._play_next: set[Path] = set()  # not played yet; perhaps not in the folder yet
        self._kept_order: list[str] = []
        self.shuffled = False

    def __len__(self) -> int:
        return len(self._order)

    def names(self) -> list[str]:
        """Return the file names of the loop, in order, as `restore` takes them."""
        return [song.path.name for song in self._order]

    def restore(self, names: Iterable[str], shuffled: bool) -> None:
        """Restore a saved order; call it before the first `update`."""
        self._kept_order, self.shuffled = list(names), shuffled

    def play_next(self, path: Path) -> None:
        """Put a song next, whether it has joined the loop or is about to."""
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
        """Take over the folder's songs; those that play or have played keep their places."""
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
        """Switch between the folder's order and a new random one; the present song goes on."""
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
        """Return the next `count` songs, round the loop if need be; none if none is playable."""
        count_all = len(self._order)
        round_once = (self._order[(self._index + i) % count_all] for i in range(1, count_all + 1))
        upcoming = list(islice(filter(playable, round_once), count))
        return list(islice(cycle(upcoming), count))

    def remaining(self, playable: IsPlayable) -> list[Song]:
        """Return the songs that play before the loop begins again."""
        return [song for song in self._order[self._index + 1 :] if playable(song)]

    def new_songs_ahead(self) -> int:
        """Return how many songs passed to `play_next` are in the loop and not played yet."""
        return sum(song.path in self._play_next for song in self._order)

    def step(self, by: int, playable: IsPlayable) -> Song | None:
        """Go to the next (1) or previous (-1) playable song, round the loop; None without one."""
        count = len(self._order)
        start = self._index if self._index >= 0 or by > 0 else 0
        for distance in range(1, count + 1):
            place = (start + by * distance) % count
            if playable(self._order[place]):
                return self._start(place)
        return None

    def select(self, name: str, playable: IsPlayable) -> Song | None:
        """Go to the song of a file name; None, and no step, if it is not playable."""
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
