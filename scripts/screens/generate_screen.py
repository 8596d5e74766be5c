"""The Generate Music screen: which styles, how many songs, and two progress bars for each."""

from __future__ import annotations

import contextlib
import time

from scripts import song_pipeline, utility
from scripts.console import Console
from scripts.music.style_parser import parse_styles
from scripts.music.styles import StyleBook
from scripts.radio.radio import Radio
from scripts.screens.jukebox_session import open_radio, play_output_folder
from scripts.screens.layout import app_message, clock_time, complete_bar, heading
from scripts.screens.questions import ask, show_notices, wait_for_back
from scripts.settings import save_session_settings
from scripts.tables.program import Session, UserError
from scripts.tables.radio import Failed, Measured, Noticed, RadioState, WriterEvent
from scripts.tables.songs import (
    Converting,
    Event,
    Finished,
    Loading,
    SongOrder,
    SongRecord,
    StyleRequest,
    Writing,
)
from scripts.temporary import application, console_codes, exporting, screens


def generate_screen(console: Console, session: Session) -> None:
    """Ask for styles and a number, and make the songs."""
    book = utility.load_style_book(session.paths.style_book)
    session.notices.extend(book.notices)
    console.clear()
    console.write("\n".join(["", *heading("Generate Music")]) + "\n")
    request = _ask_styles(console, book)
    if request is None:
        return
    number = _ask_number(console)
    if number is None:
        return
    _save_styles(session, request.text)
    if number == screens.UNTIL_STOPPED or session.settings.auto_play:
        radio = open_radio(session, None if number == screens.UNTIL_STOPPED else number)
        if generate_while_playing(console, session, radio):
            return
    else:
        generate_and_show(
            console, session, SongOrder(request, number, song_pipeline.new_seed()), book
        )
    console.write(f"{screens.RULE}\n")
    wait_for_back(console)


def _save_styles(session: Session, styles: str) -> None:
    """Save the styles for the radio, if settings can be saved."""
    session.settings.styles = styles
    with contextlib.suppress(UserError):
        save_session_settings(session)


def _ask_styles(console: Console, book: StyleBook) -> StyleRequest | None:
    question = screens.STYLE_QUESTION
    while True:
        styles = ask(console, question)
        if styles is None:
            return None
        try:
            request = parse_styles(styles, book)
        except UserError as error:
            question = str(error)
            continue
        for sentence in song_pipeline.unknown_words(request, book):
            console.write(app_message(sentence) + "\n")
        return request


def _ask_number(console: Console) -> int | None:
    question = "How many songs should I generate?"
    while True:
        answer = ask(console, question)
        if answer is None:
            return None
        if answer.upper() == "L":
            return screens.UNTIL_STOPPED
        try:
            return read_number(answer)
        except UserError as error:
            question = f"{str(error).rstrip('.')}, or L for songs until you stop."


def read_number(text: str) -> int:
    """Return a number of songs. Raises UserError for anything but a whole number in bounds."""
    is_short_number = text.isascii() and text.isdigit() and len(text) < 10
    if is_short_number and 1 <= int(text) <= application.SONGS_AT_MOST:
        return int(text)
    raise UserError(
        f'"{text[:20]}" is not a number of songs; please type a whole number '
        f"from 1 to {application.SONGS_AT_MOST}."
    )


def generate_and_show(
    console: Console, session: Session, order: SongOrder, book: StyleBook
) -> list[SongRecord]:
    """Make an order's songs with two progress bars for each; B or Ctrl-C cancels."""
    made: list[SongRecord] = []
    events = song_pipeline.make_songs(session, order, book)
    styles = order.request.text
    _say_how_to_cancel(console)
    console.write(song_heading(styles, 1))
    cancelled = True
    try:
        with console.raw_keys():
            for event in events:
                _show_event(console, styles, order.songs, event)
                if isinstance(event, Finished):
                    made.append(event.record)
                if _cancel_pressed(console):
                    break
            else:
                cancelled = False
    except KeyboardInterrupt:
        pass
    finally:
        events.close()
        console.end_line()
    if cancelled:
        _say_cancelled(console, len(made), order.songs)
    return made


def generate_while_playing(console: Console, session: Session, radio: Radio) -> bool:
    """Make a radio's songs; once the first is done, play it while the others are made.

    B in the jukebox goes back to the bars of an unfinished order, or ends a radio without a number
    of songs. Returns whether the user has left for the main menu.
    """
    _say_how_to_cancel(console)
    console.write(song_heading(radio.styles, 1))
    radio.start()
    listened = False
    try:
        while True:
            cancelled = _show_until_finished(console, radio, until_finished=not listened)
            if not cancelled and radio.finished and not listened:
                listened = True
                heard = _play_first(console, session, radio)
                if heard and (radio.songs is None or radio.state is RadioState.OFF):
                    return True
                _say_how_to_cancel(console)
                console.write(song_heading(radio.styles, len(radio.finished) + 1))
                continue
            break
    finally:
        made = len(radio.finished)
        radio.close()
        session.songs_made += [record.path for record in radio.finished]
        session.notices += radio.take_notices()
    if cancelled:
        _say_cancelled(console, made, radio.songs)
    show_notices(console, session)
    return False


def _play_first(console: Console, session: Session, radio: Radio) -> bool:
    """Play the first song; if nothing can be played, say so and return False."""
    try:
        play_output_folder(console, session, radio, radio.finished[0].path)
    except UserError as error:
        console.write(app_message(str(error)) + "\n")
        return False
    return True


def _show_until_finished(console: Console, radio: Radio, until_finished: bool) -> bool:
    """Show the bars of a radio's songs until one or all are finished; return if cancelled."""
    try:
        with console.raw_keys():
            while radio.state is not RadioState.OFF:
                finished = False
                for event in radio.events():
                    _show_radio(console, radio, event, alone=until_finished)
                    finished = finished or isinstance(event, Finished)
                if finished and until_finished:
                    return False
                if _cancel_pressed(console):
                    return True
                time.sleep(console_codes.KEY_POLL_SECONDS)
    except KeyboardInterrupt:
        return True
    finally:
        console.end_line()
    return False


def _show_radio(console: Console, radio: Radio, event: WriterEvent, alone: bool) -> None:
    """Show a radio's song in progress; `alone` announces no song after it."""
    if not isinstance(event, (Failed, Noticed, Measured)):
        last = len(radio.finished) if alone else radio.songs
        _show_event(console, radio.styles, last, event)


def _say_how_to_cancel(console: Console) -> None:
    if console.is_interactive:
        console.write(app_message("Press B to cancel; songs that are finished stay.") + "\n")


def _say_cancelled(console: Console, made: int, ordered: int | None) -> None:
    of_all = f" of {ordered}" if ordered else ""
    kept = "nothing was made" if not made else f"{made}{of_all} songs are kept"
    console.write(app_message(f"Cancelled: {kept}.") + "\n")


def _show_event(console: Console, styles: str, songs: int | None, event: Event) -> None:
    """Show one event of a song in progress."""
    if isinstance(event, Loading):
        if console.is_interactive and event.fraction > 0:  # the song's bar overwrites it
            console.update_line(f"Loading {event.model}... {event.fraction:.0%}")
    elif isinstance(event, Writing):
        console.progress(complete_bar(event.fraction), done=event.fraction >= 1)
    elif isinstance(event, Converting):
        if event.fraction == 0:
            form = exporting.SONG_FORMATS[event.song_format]
            into = exporting.FILE_FORMATS[event.file_format].label
            line = f"Converting song number {event.number} from {form} to {into}..."
            console.write(f"{application.NAME}: {line}\n")
        console.progress(complete_bar(event.fraction), done=event.fraction >= 1)
    elif isinstance(event, Finished):
        console.write(app_message(_finished(event.record)) + "\n")
        if songs is None or event.number < songs:
            console.write(song_heading(styles, event.number + 1))


def song_heading(styles: str, number: int) -> str:
    """Return the line that heads a song."""
    return app_message(f'Producing "{styles}" themed song number {number}...') + "\n"


def _finished(record: SongRecord) -> str:
    return (
        f'"{record.title}" is ready: {record.tempo:.0f} BPM, {record.key}, '
        f"{clock_time(record.seconds)}, in {record.path.parent.name}/{record.path.name}"
    )


def _cancel_pressed(console: Console) -> bool:
    if not console.is_interactive:
        return False
    while (key := console.poll_key()) is not None:
        if key.lower() in screens.CANCEL_KEYS:
            return True
    return False
