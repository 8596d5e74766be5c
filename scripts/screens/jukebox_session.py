"""Run the jukebox screen with a player, the output folder, its saved state, and a radio."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.console import Console
from scripts.radio.disk_quota import delete_oldest
from scripts.radio.process import WriterProcess, start_writer
from scripts.radio.radio import Radio
from scripts.screens.jukebox_screen import run_jukebox
from scripts.screens.questions import ExitProgram
from scripts.settings import save_session_settings
from scripts.song_pipeline import new_seed
from scripts.tables.program import Session, UserError
from scripts.temporary import radio_writing

if TYPE_CHECKING:
    from scripts.jukebox.jukebox import Jukebox
    from scripts.jukebox.jukebox_state import JukeboxStateFile
    from scripts.playback.player import Player


def play_output_folder(
    console: Console, session: Session, radio: Radio | None = None, first: Path | None = None
) -> None:
    """Play the output folder until B or X, from where it stopped last time, or from `first`.

    A `radio` that is passed in goes on writing and stays open for the caller. Without one, a radio
    of its own waits for the key that starts it, and is closed at the end.
    """
    from scripts.jukebox.jukebox_state import JukeboxStateFile
    from scripts.playback.player import open_player

    player = open_player()
    jukebox = open_jukebox(session, player, JukeboxStateFile(session.paths.jukebox))
    if first:
        jukebox.play_next(first)
    own = radio or open_radio(session)
    own.free_space = lambda: _delete_oldest_songs(session, jukebox)
    try:
        leave = run_jukebox(console, jukebox, time.monotonic, time.sleep, own)
    finally:
        jukebox.close()
        if own is not radio:
            own.close()
        own.free_space = lambda: None
    if jukebox.volume != session.settings.volume:
        session.settings.volume = jukebox.volume
        save_session_settings(session)
    if leave == "exit":
        raise ExitProgram


def open_radio(session: Session, songs: int | None = None) -> Radio:
    """Return a radio, not yet started, for the styles asked for last."""

    def start(styles: str) -> WriterProcess:
        return start_writer(session, styles, new_seed())

    def save_paces(paces: dict[str, list[float]]) -> None:
        session.settings.paces |= paces
        with suppress(UserError):
            save_session_settings(session)

    radio = Radio(start, session.settings.styles or radio_writing.RADIO_STYLES, songs)
    radio.save_paces = save_paces
    return radio


def _delete_oldest_songs(session: Session, jukebox: Jukebox) -> None:
    limit = session.settings.keep_megabytes * 1_000_000
    if limit and (deleted := delete_oldest(session.paths, limit, jukebox.is_protected)):
        names = ", ".join(path.stem for path in deleted)
        jukebox.say(f"Over {session.settings.keep_megabytes} MB; the oldest went: {names}.")


def open_jukebox(session: Session, player: Player, state_file: JukeboxStateFile) -> Jukebox:
    """Return a jukebox for the output folder with its saved state."""
    from scripts.jukebox.jukebox import Jukebox
    from scripts.jukebox.library import Library
    from scripts.jukebox.song_analysis import SongAnalysis
    from scripts.playback.decoder import SongStream

    folder, saved = session.paths.output, state_file.load()
    return Jukebox(
        Library(folder),
        player,
        SongStream,
        session.settings.volume,
        saved=saved,
        analysis=SongAnalysis(folder, saved.measurements, session.settings.same_loudness),
        save=lambda: state_file.save(saved),
    )
