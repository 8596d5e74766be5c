"""Disk quota: delete the oldest generated songs when they take more than the user allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from scripts.tables.program import Paths
from scripts.temporary import application


def delete_oldest(
    paths: Paths, limit_bytes: int, is_protected: Callable[[Path], bool]
) -> list[Path]:
    """Delete generated songs, oldest first, until they take `limit_bytes` at most.

    Songs in the jukebox's trash go first. Kept are protected files, files without a score (they
    are not ours), and the scores: a song can be made again from its score. A file that cannot be
    deleted is skipped. Returns the deleted files.
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
    """Yield (sort key, size in bytes, path) of each song that has a score."""
    deleted = paths.output / application.DELETED_FOLDER
    for folder in (deleted, paths.output):
        for path in folder.glob("*.*"):
            with suppress(OSError):
                if (
                    path.suffix in application.SONG_SUFFIXES
                    and (paths.scores / f"{path.stem}.json").is_file()
                ):
                    status = path.stat()
                    yield (folder != deleted, status.st_mtime_ns), status.st_size, path
