"""Songs that are deleted in the jukebox: asked about, put into a folder, brought back."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.jukebox.library import Song, printable_name
from scripts.temporary import application, listening


class Trash:
    """Where deleted songs of a folder go; `names` are those that lie there, the last one last."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._folder = folder
        self._trash_folder = folder / listening.DELETED_FOLDER
        self._names = names
        self._candidate: Song | None = None
        self._pending: Song | None = None
        self._deadline: float | None = None

    @property
    def question(self) -> str:
        """The question that is open, or ""."""
        if self._candidate is None:
            return ""
        return f'Delete "{self._candidate.name}"? Yes = Y, No = any other key'

    def ask(self, song: Song) -> None:
        """Ask whether to delete a song."""
        self._candidate = song

    def answer(self, yes: bool) -> Song | None:
        """Close the question; return the song that is to go, if one is."""
        song, self._candidate = self._candidate, None
        if song is None or not yes or self._pending:
            return None
        self._pending, self._deadline = song, None
        return song

    def is_pending(self, song: Song) -> bool:
        """Whether a song is on its way out: it must not be played again."""
        return self._pending is not None and self._pending.path == song.path

    def tick(self, now: float) -> str:
        """Move the song that is to go; the sentence about it once that is done, else ""."""
        song = self._pending
        if song is None:
            return ""
        if self._deadline is None:
            self._deadline = now + listening.DELETE_RETRY_SECONDS
        try:
            self._trash_folder.mkdir(exist_ok=True)
            target = _unused_path(self._trash_folder / song.path.name)
            os.replace(song.path, target)
        except OSError as error:
            # On Windows the decoder that was told to go may still hold the file.
            if now < self._deadline and not isinstance(error, FileNotFoundError):
                return ""
            self._pending = None
            return f'"{song.name}" cannot be deleted ({error.strerror}).'
        self._pending = None
        self._names.append(target.name)
        return f'"{song.name}" now lies in {self._folder.name}/{listening.DELETED_FOLDER}. Undo = U'

    def restore(self) -> str:
        """Put the song that was deleted last back; the sentence about it."""
        while self._names:
            name = self._names[-1]
            path = self._trash_folder / name
            if path.name == name and path.is_file():
                return self._restore_file(path)
            self._names.pop()
        if there := self._unlisted():
            return self._restore_file(there[-1])
        return "No deleted song is there to bring back."

    def _restore_file(self, path: Path) -> str:
        name = printable_name(path.stem)
        try:
            os.replace(path, _unused_path(self._folder / path.name))
        except OSError as error:
            return f'"{name}" cannot be brought back ({error.strerror}).'
        if self._names and self._names[-1] == path.name:
            self._names.pop()
        return f'"{name}" is back.'

    def _unlisted(self) -> list[Path]:
        """Songs on the shelf of which the names tell nothing."""
        try:
            found = [path for path in self._trash_folder.iterdir() if path.is_file()]
        except OSError:
            return []
        return sorted(path for path in found if path.suffix.lower() in application.SONG_SUFFIXES)


def _unused_path(path: Path) -> Path:
    """The path, or one with a number behind the name where something lies there."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem} {number}{path.suffix}")
    return free
