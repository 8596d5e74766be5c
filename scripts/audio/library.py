"""The songs in the output folder, and the order in which they are played."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

from scripts.temporary import PARTIAL_SUFFIX, SONG_SUFFIXES

LOOKS_BETWEEN_FULL_ONES = 10
WRITING = "it is still being written"

Playable = Callable[["Song"], bool]


@dataclass(frozen=True)
class Song:
    """A file to play; `size` (bytes) and `changed` (ns) tell whether it is still the same one."""

    path: Path
    name: str
    size: int
    changed: int


@dataclass(frozen=True)
class Scan:
    """What a look into the folder found: the songs, oldest first, and why others are not here."""

    songs: tuple[Song, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)


def shown_name(name: str) -> str:
    """A file's name as it can be put on a screen: no control characters, no broken encoding."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


class Library:
    """Looks into one folder, again and again. Folders in it, such as `scores`, are left alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sizes: dict[Path, int] | None = None
        self._last = Scan()
        self._folder_changed = -1
        self._quiet_looks = 0

    def scan(self) -> Scan:
        """Find the songs, oldest first; those of the same moment by name.

        A file that appears between two looks counts once its size has stopped growing. A missing
        or closed folder is an empty one.
        """
        changed = self._change_of_folder()
        unchanged = changed == self._folder_changed and WRITING not in self._last.skipped.values()
        self._quiet_looks = self._quiet_looks + 1 if unchanged else 0
        # A file that is overwritten in its place does not show in its folder's time.
        if not unchanged or self._quiet_looks % LOOKS_BETWEEN_FULL_ONES == 0:
            self._folder_changed = changed
            self._last = self._look()
        return self._last

    def _change_of_folder(self) -> int:
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _look(self) -> Scan:
        songs, skipped, sizes = [], {}, {}
        for name, path, status in self._files():
            if status is None or not os.access(path, os.R_OK):
                skipped[name] = "it cannot be read"
            elif status.st_size == 0:
                skipped[name] = "it is empty"
            else:
                sizes[path] = status.st_size
                if self._sizes is None or self._sizes.get(path) == status.st_size:
                    stem = shown_name(path.stem)
                    songs.append(Song(path, stem, status.st_size, status.st_mtime_ns))
                else:
                    skipped[name] = WRITING
        self._sizes = sizes
        songs.sort(key=lambda song: (song.changed, song.name, str(song.path)))
        return Scan(tuple(songs), skipped)

    def _files(self) -> list[tuple[str, Path, os.stat_result | None]]:
        try:
            with os.scandir(self.folder) as entries:
                return [
                    (shown_name(entry.name), Path(entry.path), _status(entry))
                    for entry in entries
                    if _is_song_name(entry.name) and not _is_folder(entry)
                ]
        except OSError:
            return []


def _is_song_name(name: str) -> bool:
    lowered = name.lower()
    hidden = lowered.startswith(".") or PARTIAL_SUFFIX in lowered
    return lowered.endswith(SONG_SUFFIXES) and not hidden


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None


class Playlist:
    """The loop of songs: in the folder's order, or shuffled so that all play before one repeats.

    Remembers the place of the song that was started last, also when that song vanishes.
    """

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._sorted: tuple[Song, ...] = ()
        self._order: list[Song] = []
        self._at = -1  # the place of the song started last
        self.shuffled = False

    def __len__(self) -> int:
        return len(self._order)

    def update(self, songs: tuple[Song, ...]) -> None:
        """Take the folder's songs as they are now; what plays and what has played keep place."""
        if songs == self._sorted:
            return
        self._sorted = songs
        there = {song.path: song for song in songs}
        kept = [(i, there.pop(s.path)) for i, s in enumerate(self._order) if s.path in there]
        past = sum(1 for place, _ in kept if place <= self._at)
        anchor = kept[past - 1][1] if past else None
        if self.shuffled:
            self._order, self._at = [song for _, song in kept], past - 1
            for song in there.values():
                self._order.insert(self._chance.randint(past, len(self._order)), song)
        else:
            self._order = list(songs)
            self._at = self._order.index(anchor) if anchor else -1

    def shuffle(self) -> None:
        """Change between the folder's order and a new chance one; the present song stays."""
        anchor = self._order[self._at] if self._at >= 0 else None
        self.shuffled = not self.shuffled
        self._order = list(self._sorted)
        if self.shuffled:
            self._chance.shuffle(self._order)
        if anchor is None:
            self._at = -1
        elif self.shuffled:
            self._order.remove(anchor)
            self._order.insert(0, anchor)
            self._at = 0
        else:
            self._at = self._order.index(anchor)

    def following(self, count: int, playable: Playable) -> list[Song]:
        """The next `count` songs, round the loop as often as that takes; none if none can play."""
        count_all = len(self._order)
        round_once = (self._order[(self._at + i) % count_all] for i in range(1, count_all + 1))
        coming = list(islice(filter(playable, round_once), count))
        return list(islice(cycle(coming), count))

    def step(self, by: int, playable: Playable) -> Song | None:
        """Go to the next (1) or previous (-1) song that can be played, round the loop."""
        count = len(self._order)
        start = self._at if self._at >= 0 or by > 0 else 0
        for distance in range(1, count + 1):
            place = (start + by * distance) % count
            if playable(self._order[place]):
                self._at = place
                return self._order[place]
        return None
