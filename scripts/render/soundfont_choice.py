"""Which soundfonts there are, and which one plays."""

from __future__ import annotations

from pathlib import Path

from scripts.render.soundfont import SoundFont
from scripts.tables.program import SoundError
from scripts.temporary import application


def find_soundfonts(data: Path) -> list[Path]:
    """Return the soundfonts in the data folder, ours first, then by name."""
    try:
        found = [
            path for path in data.iterdir() if path.suffix.lower() in application.SOUNDFONT_SUFFIXES
        ]
    except OSError:
        return []
    return sorted(
        found, key=lambda path: (path.name != application.SOUNDFONT_NAME, path.name.casefold())
    )


def open_chosen(name: str, data: Path) -> tuple[SoundFont, str | None]:
    """Open the soundfont of a name ("" is ours); return it, and what is to be said about it.

    Where the chosen one is gone or cannot be used, ours plays. Raises SoundError where that one
    cannot be used either.
    """
    if name and name != application.SOUNDFONT_NAME:
        try:
            return SoundFont(data / name), None
        except SoundError as error:
            told = f"{str(error).removesuffix('.')}; {application.SOUNDFONT_NAME} plays instead."
            return SoundFont(data / application.SOUNDFONT_NAME), told
    return SoundFont(data / application.SOUNDFONT_NAME), None
