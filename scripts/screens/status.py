"""The lines above the main menu once there are songs: model, song length, newest songs."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from scripts.console import clip
from scripts.jukebox.jukebox_state import JukeboxStateFile
from scripts.jukebox.library import Library, Song
from scripts.media.duration import duration_seconds
from scripts.screens.layout import clock_time
from scripts.tables.program import Session, SoundError
from scripts.temporary import application


def status_lines(session: Session) -> list[str]:
    """Return the lines above the main menu; none before the first song.

    They stand above the heading, so that the menu itself stays as it is specified.
    """
    songs = Library(session.paths.output).scan().songs
    if not songs:
        return []
    model = Path(session.settings.model or application.STARTER_MODEL).stem
    seconds, all_known = _total_seconds(session, songs)
    total = f"{'' if all_known else 'over '}{clock_time(seconds)}"
    newest = ", ".join(song.name for song in reversed(songs[-application.NEWEST_SONGS :]))
    number = "1 song" if len(songs) == 1 else f"{len(songs)} songs"
    lines = (
        f"Model: {model}, song length: {session.settings.length}",
        f"{number}, {total} in all, newest: {newest}",
    )
    return [clip(line, application.SCREEN_COLUMNS) for line in lines]


def _total_seconds(session: Session, songs: tuple[Song, ...]) -> tuple[float, bool]:
    """Return the length of all songs together, and whether each one's length is known.

    Lengths that the jukebox has not measured yet are read for `STATUS_SECONDS` at most, so that the
    menu appears at once.
    """
    measured = JukeboxStateFile(session.paths.jukebox).load().measurements
    limit = time.monotonic() + application.STATUS_SECONDS
    total, all_known = 0.0, True
    for song in songs:
        known = measured.get(song.path.name)
        if known and (known.size, known.changed) == (song.size, song.changed):
            total += known.seconds
        elif (stamp := (song.path, song.size, song.changed)) in session.durations:
            total += session.durations[stamp]
        elif time.monotonic() < limit:
            with suppress(SoundError):
                session.durations[stamp] = duration_seconds(song.path)
            total += session.durations.setdefault(stamp, 0.0)
        else:
            all_known = False
    return total, all_known
