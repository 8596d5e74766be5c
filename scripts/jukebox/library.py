"""The songs in the output folder, rescanned while the program runs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from operator import is_
from pathlib import Path

from scripts.temporary import application, listening


@dataclass(frozen=True)
class Song:
    """A file to play, the same one while its `size` (bytes) and `changed` (mtime, ns) stay."""

    path: Path
    name: str
    size: int
    changed: int


@dataclass(frozen=True)
class Scan:
    """The songs that a scan found, oldest first, and the skipped files with their reasons."""

    songs: tuple[Song, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)


def printable_name(name: str) -> str:
    """Return a file's name with `?` for control characters and broken encoding."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


class Library:
    """Scans one folder repeatedly, but not the folders in it, such as `scores`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sizes: dict[str, int] | None = None  # by path, at the last full scan
        self._last = Scan()
        self._folder_changed = -1
        self._unchanged_scans = 0
        self._scans_between = listening.SCANS_BETWEEN_FULL_ONES

    def scan(self) -> Scan:
        """Find the songs, oldest first; those of the same time by name.

        A file that appears between two scans counts once its size has stopped growing. A missing or
        unreadable folder is an empty one. Where nothing changed, `songs` is the same object.
        """
        changed = self._folder_mtime()
        unchanged = (
            changed == self._folder_changed
            and listening.STILL_WRITTEN not in self._last.skipped.values()
        )
        self._unchanged_scans = self._unchanged_scans + 1 if unchanged else 0
        # A file that is overwritten in place does not change its folder's modification time.
        if not unchanged or self._unchanged_scans % self._scans_between == 0:
            self._folder_changed = changed
            started = time.perf_counter()
            self._last = self._scan_fully()
            took = time.perf_counter() - started
            self._scans_between = max(
                listening.SCANS_BETWEEN_FULL_ONES, round(took * listening.SCANS_PER_SECOND_TAKEN)
            )
        return self._last

    def _folder_mtime(self) -> int:
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _scan_fully(self) -> Scan:
        known = {song.path.name: song for song in self._last.songs}
        songs, skipped, sizes = [], {}, {}
        for entry in self._entries():
            status = _status(entry)
            song = known.get(entry.name)
            if song and status and (song.size, song.changed) == _stamp(status):
                songs.append(song)  # most of them, at every scan but the first
                sizes[entry.path] = song.size
            elif status is None or not os.access(entry.path, os.R_OK):
                skipped[printable_name(entry.name)] = "it cannot be read"
            elif status.st_size == 0:
                skipped[printable_name(entry.name)] = "it is empty"
            else:
                sizes[entry.path] = status.st_size
                if self._sizes is None or self._sizes.get(entry.path) == status.st_size:
                    path = Path(entry.path)
                    songs.append(Song(path, printable_name(path.stem), *_stamp(status)))
                else:
                    skipped[printable_name(entry.name)] = listening.STILL_WRITTEN
        self._sizes = sizes
        songs.sort(key=lambda song: (song.changed, song.name, song.path.name))
        same = len(songs) == len(self._last.songs) and all(map(is_, songs, self._last.songs))
        return Scan(self._last.songs if same else tuple(songs), skipped)

    def _entries(self) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.folder) as entries:
                return [
                    entry
                    for entry in entries
                    if _is_song_name(entry.name) and not _is_folder(entry)
                ]
        except OSError:
            return []


def _is_song_name(name: str) -> bool:
    lowered = name.lower()
    hidden = lowered.startswith(".") or application.PARTIAL_SUFFIX in lowered
    return lowered.endswith(application.SONG_SUFFIXES) and not hidden


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _stamp(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None
