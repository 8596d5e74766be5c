"""Songs that are deleted in the jukebox: asked about, put into a folder, brought back."""

from __future__ import annotations

import os
from pathlib import Path

from scripts.audio.library import Song, shown_name
from scripts.temporary import DELETED_FOLDER, REMOVE_SECONDS, SONG_SUFFIXES


class Shelf:
    """Where deleted songs of a folder go; `names` are those that lie there, the last one last."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        self._folder = folder
        self._shelf = folder / DELETED_FOLDER
        self._names = names
        self._asked: Song | None = None
        self._leaving: Song | None = None
        self._until: float | None = None

    @property
    def question(self) -> str:
        """The question that is open, or ""."""
        if self._asked is None:
            return ""
        return f'Delete "{self._asked.name}"? Yes = Y, No = any other key'

    def ask(self, song: Song) -> None:
        """Ask whether to delete a song."""
        self._asked = song

    def answer(self, yes: bool) -> Song | None:
        """Close the question; return the song that is to go, if one is."""
        song, self._asked = self._asked, None
        if song is None or not yes or self._leaving:
            return None
        self._leaving, self._until = song, None
        return song

    def is_leaving(self, song: Song) -> bool:
        """Whether a song is on its way out: it must not be played again."""
        return self._leaving is not None and self._leaving.path == song.path

    def tick(self, now: float) -> str:
        """Move the song that is to go; the sentence about it once that is done, else ""."""
        song = self._leaving
        if song is None:
            return ""
        if self._until is None:
            self._until = now + REMOVE_SECONDS
        try:
            self._shelf.mkdir(exist_ok=True)
            target = _free_place(self._shelf / song.path.name)
            os.replace(song.path, target)
        except OSError as error:
            # On Windows the decoder that was told to go may still hold the file.
            if now < self._until and not isinstance(error, FileNotFoundError):
                return ""
            self._leaving = None
            return f'"{song.name}" cannot be deleted ({error.strerror}).'
        self._leaving = None
        self._names.append(target.name)
        return f'"{song.name}" now lies in {self._folder.name}/{DELETED_FOLDER}. Undo = U'

    def bring_back(self) -> str:
        """Put the song that was deleted last back; the sentence about it."""
        while self._names:
            name = self._names[-1]
            path = self._shelf / name
            if path.name == name and path.is_file():
                return self._bring_back(path)
            self._names.pop()
        if there := self._others():
            return self._bring_back(there[-1])
        return "No deleted song is there to bring back."

    def _bring_back(self, path: Path) -> str:
        name = shown_name(path.stem)
        try:
            os.replace(path, _free_place(self._folder / path.name))
        except OSError as error:
            return f'"{name}" cannot be brought back ({error.strerror}).'
        if self._names and self._names[-1] == path.name:
            self._names.pop()
        return f'"{name}" is back.'

    def _others(self) -> list[Path]:
        """Songs on the shelf of which the names tell nothing."""
        try:
            found = [path for path in self._shelf.iterdir() if path.is_file()]
        except OSError:
            return []
        return sorted(path for path in found if path.suffix.lower() in SONG_SUFFIXES)


def _free_place(path: Path) -> Path:
    """The path, or one with a number behind the name where something lies there."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.stem} {number}{path.suffix}")
    return free
