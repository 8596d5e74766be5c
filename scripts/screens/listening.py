"""Listening: the jukebox screen with its player, its folder and what is kept of it."""

from __future__ import annotations

import time

from scripts.console import Console
from scripts.screens.jukebox_screen import run_jukebox
from scripts.screens.questions import Leave
from scripts.settings import keep_settings
from scripts.temporary import Session


def jukebox_screen(console: Console, session: Session) -> None:
    """Play the output folder until B or X."""
    from scripts.audio.decoder import SongStream
    from scripts.audio.jukebox import Jukebox
    from scripts.audio.library import Library
    from scripts.audio.player import open_player

    player = open_player()
    jukebox = Jukebox(Library(session.paths.output), player, SongStream, session.settings.volume)
    try:
        leave = run_jukebox(console, jukebox, time.monotonic, time.sleep)
    finally:
        jukebox.close()
    if jukebox.volume != session.settings.volume:
        session.settings.volume = jukebox.volume
        keep_settings(session)
    if leave == "exit":
        raise Leave
