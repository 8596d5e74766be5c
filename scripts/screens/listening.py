"""Listening: the jukebox screen with its player, its folder and what is kept of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scripts.console import Console
from scripts.screens.jukebox_screen import run_jukebox
from scripts.screens.questions import Leave
from scripts.settings import keep_settings
from scripts.temporary import Session

if TYPE_CHECKING:
    from scripts.audio.jukebox import Jukebox
    from scripts.audio.memory import MemoryFile
    from scripts.audio.player import Player


def jukebox_screen(console: Console, session: Session) -> None:
    """Play the output folder until B or X, from where it stopped last time."""
    from scripts.audio.memory import MemoryFile
    from scripts.audio.player import open_player

    player = open_player()
    kept = MemoryFile(session.paths.jukebox)
    jukebox = open_jukebox(session, player, kept)
    try:
        leave = run_jukebox(console, jukebox, time.monotonic, time.sleep)
    finally:
        jukebox.close()
    if jukebox.volume != session.settings.volume:
        session.settings.volume = jukebox.volume
        keep_settings(session)
    if leave == "exit":
        raise Leave


def open_jukebox(session: Session, player: Player, kept: MemoryFile) -> Jukebox:
    """Return a jukebox for the output folder with what is kept of it."""
    from scripts.audio.decoder import SongStream
    from scripts.audio.facts import Facts
    from scripts.audio.jukebox import Jukebox
    from scripts.audio.library import Library

    folder, memory = session.paths.output, kept.load()
    return Jukebox(
        Library(folder),
        player,
        SongStream,
        session.settings.volume,
        memory=memory,
        facts=Facts(folder, memory.facts, session.settings.same_loudness),
        keep=lambda: kept.save(memory),
    )
