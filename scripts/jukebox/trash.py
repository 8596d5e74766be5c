"""Delete songs in the jukebox: ask, move them into a folder, bring them back."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.jukebox.library import Song, printable_name
from scripts.temporary import application, listening


class Trash:
    """The deleted songs of a folder; `names` lists them, the one deleted last at the end."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._folder = folder
        self._trash_folder = folder / application.DELETED_FOLDER
        self._names = names
        self._candidate: Song | None = None
        self._pending: Song | None = None
        self._deadline: float | None = None

    @property
    def question(self) -> str:
        """The open question, or ""."""
        if self._candidate is None:
            return ""
        return f'Delete "{self._candidate.name}"? Yes = Y, No = any other key'

    def ask(self, song: Song) -> None:
        """Ask whether to delete a song."""
        self._candidate = song

    def answer(self, yes: bool) -> Song | None:
        """Close the question; return the song that will be deleted, or None."""
        song, self._candidate = self._candidate, None
        if song is None or not yes or self._pending:
            return None
        self._pending, self._deadline = song, None
        return song

    def is_pending(self, song: Song) -> bool:
        """Whether a song is about to be deleted and must not be played again."""
        return self._pending is not None and self._pending.path == song.path

    def tick(self, now: float) -> str:
        """Try to move the pending song; return a notice once it is moved or given up, else ""."""
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
            # On Windows a decoder that was closed may still hold the file.
            if now < self._deadline and not isinstance(error, FileNotFoundError):
                return ""
            self._pending = None
            return f'"{song.name}" cannot be deleted ({error.strerror}).'
        self._pending = None
        self._names.append(target.name)
        return f'"{song.name}" now lies in {self._folder.name}/{self._trash_folder.name}. Undo = U'

    def restore(self) -> str:
        """Move the song that was deleted last back; return a notice about it."""
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
        """Return the songs in the trash that no name is kept of, once `names` is empty."""
        try:
            found = [path for path in self._trash_folder.iterdir() if path.is_file()]
        except OSError:
            return []
        return sorted(path for path in found if path.suffix.lower() in application.SONG_SUFFIXES)


def _unused_path(path: Path) -> Path:
    """Return the path, with a number behind the name if it is taken."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem} {number}{path.suffix}")
    return free
