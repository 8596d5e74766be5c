"""The soundfonts in the data folder, and the choice of one."""

from __future__ import annotations

from pathlib import Path

from scripts.render.soundfont import SoundFont
from scripts.tables.program import SoundError
from scripts.temporary import application


def find_soundfonts(data: Path) -> list[Path]:
    """Return the soundfonts in the data folder: the program's own first, then by name."""
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
    """Open the soundfont of a name ("" is the program's own); return it, and a notice if any.

    Where the chosen one is gone or cannot be used, the program's own plays. Raises SoundError
    where that cannot be used either.
    """
    if name and name != application.SOUNDFONT_NAME:
        try:
            return SoundFont(data / name), None
        except SoundError as error:
            notice = f"{str(error).removesuffix('.')}; {application.SOUNDFONT_NAME} plays instead."
            return SoundFont(data / application.SOUNDFONT_NAME), notice
    return SoundFont(data / application.SOUNDFONT_NAME), None
