"""Making room: the oldest of our own songs go when they take more than the user allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from scripts.tables.program import Paths
from scripts.temporary import application, listening


def delete_oldest(
    paths: Paths, limit_bytes: int, is_protected: Callable[[Path], bool]
) -> list[Path]:
    """Remove songs, the oldest first, until those of ours take `limit_bytes` at most.

    Songs deleted in the jukebox go before others. What is `is_protected` stays, and so does every file
    that has no score of ours; the scores stay, too: a song can be made again from them. A file
    that cannot be removed is passed over. Returns what was removed.
    """
    songs = list(_generated_songs(paths))
    total = sum(size for _, size, _ in songs)
    removed = []
    for _, size, path in sorted(songs, key=lambda song: song[0]):
        if total <= limit_bytes:
            break
        if not is_protected(path):
            with suppress(OSError):
                path.unlink()
                total -= size
                removed.append(path)
    return removed


def _generated_songs(paths: Paths) -> Iterator[tuple[tuple[bool, int], int, Path]]:
    """Each of our songs: what is sorted by, its size in bytes, its file."""
    deleted = paths.output / listening.DELETED_FOLDER
    for folder in (deleted, paths.output):
        for path in folder.glob("*.*"):
            with suppress(OSError):
                if (
                    path.suffix in application.SONG_SUFFIXES
                    and (paths.scores / f"{path.stem}.json").is_file()
                ):
                    status = path.stat()
                    yield (folder != deleted, status.st_mtime_ns), status.st_size, path
