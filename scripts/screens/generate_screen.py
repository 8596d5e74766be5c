"""The Generate Music screen: what kind, how many, and the seed's two bars for each song."""

from __future__ import annotations

from scripts import studio, utility
from scripts.console import Console
from scripts.music.styles import StyleBook, understand
from scripts.screens.jukebox_screen import clock_time
from scripts.screens.layout import RULE, complete_bar, heading, said
from scripts.screens.listening import jukebox_screen
from scripts.screens.questions import STYLE_QUESTION, ask, wait_for_back
from scripts.temporary import (
    APP_NAME,
    END_KEY,
    SONG_FORMATS,
    SONGS_AT_MOST,
    Converting,
    Event,
    Finished,
    Loading,
    Order,
    Session,
    SongRecord,
    UserError,
    Writing,
)

CANCEL_KEYS = frozenset(("b", "escape", END_KEY))  # a terminal that is gone cancels, too


def generate_screen(console: Console, session: Session) -> None:
    """Ask for styles and a number, and make the songs."""
    book = utility.load_style_book(session.paths.style_book)
    session.notices.extend(book.notices)
    console.clear()
    console.write("\n".join(["", *heading("Generate Music")]) + "\n")
    styles = _ask_styles(console, book)
    if styles is None:
        return
    number = _ask_number(console)
    if number is None:
        return
    made = produce(console, session, Order(styles, number, studio.new_seed()), book)
    if made and session.settings.auto_play:
        jukebox_screen(console, session)
    else:
        console.write(f"{RULE}\n")
        wait_for_back(console)


def _ask_styles(console: Console, book: StyleBook) -> str | None:
    question = STYLE_QUESTION
    while True:
        styles = ask(console, question)
        if styles is None:
            return None
        try:
            request = understand(styles, book)
        except UserError as error:
            question = str(error)
            continue
        for sentence in studio.unknown_words(request):
            console.write(said(sentence) + "\n")
        return request.text


def _ask_number(console: Console) -> int | None:
    question = "How many songs should I generate?"
    while True:
        answer = ask(console, question)
        if answer is None:
            return None
        try:
            return read_number(answer)
        except UserError as error:
            question = str(error)


def read_number(text: str) -> int:
    """Return how many songs; raises UserError for anything but a whole number in bounds."""
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= SONGS_AT_MOST:
        return int(text)
    raise UserError(
        f'"{text[:20]}" is not a number of songs; please type a whole number '
        f"from 1 to {SONGS_AT_MOST}."
    )


def produce(console: Console, session: Session, order: Order, book: StyleBook) -> list[SongRecord]:
    """Make an order's songs with the seed's two bars for each; B or Ctrl-C cancels."""
    if console.is_interactive:
        console.write(said("Press B to cancel; songs that are finished stay.") + "\n")
    made: list[SongRecord] = []
    events = studio.make_songs(session, order, book)
    cancelled = False
    console.write(producing(order, 1))
    try:
        with console.raw_keys():
            for event in events:
                _show_event(console, order, event)
                if isinstance(event, Finished):
                    made.append(event.record)
                if _cancel_pressed(console):
                    cancelled = True
                    break
    except KeyboardInterrupt:
        cancelled = True
    finally:
        events.close()
        console.end_line()
    if cancelled:
        kept = "nothing was made" if not made else f"{len(made)} of {order.songs} songs are kept"
        console.write(said(f"Cancelled: {kept}.") + "\n")
    return made


def _show_event(console: Console, order: Order, event: Event) -> None:
    """Show how far a song is, in the seed's words."""
    if isinstance(event, Loading):
        if console.is_interactive and event.fraction > 0:  # the song's own bar follows in its place
            console.update_line(f"Loading {event.model}... {event.fraction:.0%}")
    elif isinstance(event, Writing):
        console.progress(complete_bar(event.fraction), done=event.fraction >= 1)
    elif isinstance(event, Converting):
        if event.fraction == 0:
            form = SONG_FORMATS[event.writes]
            line = f"Converting song number {event.number} from {form} to Mp3..."
            console.write(f"{APP_NAME}: {line}\n")
        console.progress(complete_bar(event.fraction), done=event.fraction >= 1)
    elif isinstance(event, Finished):
        console.write(said(_finished(event.record)) + "\n")
        if event.number < order.songs:
            console.write(producing(order, event.number + 1))


def producing(order: Order, number: int) -> str:
    """Return the line that heads a song."""
    return said(f'Producing "{order.styles}" themed song number {number}...') + "\n"


def _finished(record: SongRecord) -> str:
    return (
        f'"{record.title}" is ready: {record.tempo:.0f} BPM, {record.key}, '
        f"{clock_time(record.seconds)}, in {record.path.parent.name}/{record.path.name}"
    )


def _cancel_pressed(console: Console) -> bool:
    if not console.is_interactive:
        return False
    while (key := console.poll_key()) is not None:
        if key.lower() in CANCEL_KEYS:
            return True
    return False
