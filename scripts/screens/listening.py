"""Listening: the jukebox screen with its player, its folder and what is kept of it."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.console import Console
from scripts.radio.process import WriterProcess, start_writer
from scripts.radio.radio import Radio
from scripts.radio.thinning import thin_out
from scripts.screens.jukebox_screen import run_jukebox
from scripts.screens.questions import Leave
from scripts.settings import keep_settings
from scripts.studio import new_seed
from scripts.temporary import RADIO_STYLES, Session, UserError

if TYPE_CHECKING:
    from scripts.audio.jukebox import Jukebox
    from scripts.audio.memory import MemoryFile
    from scripts.audio.player import Player


def jukebox_screen(
    console: Console, session: Session, radio: Radio | None = None, first: Path | None = None
) -> None:
    """Play the output folder until B or X, from where it stopped last time, or from `first`.

    A radio that is handed in writes on in here and stays with whoever brought it; another one is
    there for the key that starts it.
    """
    from scripts.audio.memory import MemoryFile
    from scripts.audio.player import open_player

    player = open_player()
    kept = MemoryFile(session.paths.jukebox)
    jukebox = open_jukebox(session, player, kept)
    if first:
        jukebox.welcome(first)
    own = radio or open_radio(session)
    own.make_room = lambda: _make_room(session, jukebox)
    try:
        leave = run_jukebox(console, jukebox, time.monotonic, time.sleep, own)
    finally:
        jukebox.close()
        if own is not radio:
            own.close()
        own.make_room = lambda: None
    if jukebox.volume != session.settings.volume:
        session.settings.volume = jukebox.volume
        keep_settings(session)
    if leave == "exit":
        raise Leave


def open_radio(session: Session, songs: int | None = None) -> Radio:
    """Return a radio, not yet started, for the styles that were asked for last."""

    def start(styles: str) -> WriterProcess:
        return start_writer(session, styles, new_seed())

    def keep_paces(paces: dict[str, list[float]]) -> None:
        session.settings.paces |= paces
        with suppress(UserError):
            keep_settings(session)

    radio = Radio(start, session.settings.styles or RADIO_STYLES, songs)
    radio.keep_paces = keep_paces
    return radio


def _make_room(session: Session, jukebox: Jukebox) -> None:
    limit = session.settings.keep_megabytes * 1_000_000
    if limit and (gone := thin_out(session.paths, limit, jukebox.spares)):
        names = ", ".join(path.stem for path in gone)
        jukebox.say(f"Over {session.settings.keep_megabytes} MB; the oldest went: {names}.")


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
