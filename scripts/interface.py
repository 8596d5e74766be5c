"""The screens, in the seed's words, and the command line that goes the same way without them."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from scripts import models, studio, utility
from scripts.console import Console, EndOfInput
from scripts.music.styles import StyleBook, understand
from scripts.screens.jukebox_screen import clock_time, run_jukebox
from scripts.screens.layout import RULE, complete_bar, heading, menu_screen, said
from scripts.screens.options_screen import (
    OPTIONS,
    change,
    choose,
    model_choices,
    option_choices,
)
from scripts.settings import load_settings, parse_length, save_settings
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
    Paths,
    Session,
    SongRecord,
    UserError,
    Writing,
)

USER_INPUT = "User Input: "
STYLE_QUESTION = "What kind of music are we making today? (Styles, separated, by, commas)"
BACK_OR_EXIT = "Selection; Back to Main = B, Exit Program = X:"
CANCEL_KEYS = frozenset(("b", "escape", END_KEY))  # a terminal that is gone cancels, too


class Leave(Exception):
    """The user wants to exit the program."""


# --- Start -----------------------------------------------------------------------------------


def main(arguments: list[str], root: Path) -> int:
    """Run the app with command-line arguments; return the exit code."""
    options = parser().parse_args(arguments)
    paths = Paths.under(root, options.output.resolve() if options.output else None)
    settings, notices = load_settings(paths.persistent)
    session = Session(paths, settings, notices)
    _log_to_file(paths.log)
    _apply(options, session)
    with Console(*_standard_streams()) as console:
        if options.styles is not None:
            return run_without_menus(console, session, options)
        try:
            main_menu(console, session)
        except (EndOfInput, KeyboardInterrupt, Leave):
            with contextlib.suppress(EndOfInput):  # nobody may be left to read it
                console.write("\n")
    return 0


def _standard_streams() -> tuple[TextIO, TextIO]:
    """Return where input comes from and output goes; a program started without any has none."""
    nothing = Path(os.devnull)
    return sys.stdin or nothing.open(encoding="utf-8"), sys.stdout or nothing.open(
        "w", encoding="utf-8"
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser; its help is for people."""
    line = argparse.ArgumentParser(
        prog="launcher.py",
        description="Make music with a language model on this machine. Without options the menus "
        "start; with --styles songs are made at once, without menus.",
        epilog='Example: python launcher.py --styles "Chill, Dubstep" --songs 3',
    )
    line.add_argument("--styles", metavar="WORDS", help='styles and moods, such as "Lo-fi, Rainy"')
    line.add_argument(
        "--songs", type=int, default=1, metavar="N", help=f"how many (1 to {SONGS_AT_MOST})"
    )
    line.add_argument("--model", metavar="GGUF", help="a file in models/, or a path to one")
    line.add_argument("--seed", type=int, metavar="N", help="the same seed makes the same songs")
    line.add_argument("--length", metavar="M", help="minutes (3), a range (2-4), or HH:MM")
    line.add_argument("--output", type=Path, metavar="FOLDER", help="where songs are kept")
    return line


def _apply(options: argparse.Namespace, session: Session) -> None:
    """Put the command line's choices into this run's settings; they are not saved."""
    chosen: dict[str, str] = {}
    if options.length is not None:
        parse_length(options.length)
        chosen["length"] = options.length
    if options.model is not None:
        given = Path(options.model)
        chosen["model"] = str(given.resolve()) if models.is_file(given) else options.model
    for name, value in chosen.items():
        session.kept[name] = getattr(session.settings, name)
        setattr(session.settings, name, value)


def _keep_settings(session: Session) -> None:
    """Save the settings; what the command line chose for this run keeps its old value."""
    save_settings(replace(session.settings, **session.kept), session.paths.persistent)


def _log_to_file(path: Path) -> None:
    try:
        logging.basicConfig(
            filename=path, level=logging.INFO, format="%(asctime)s %(name)s %(message)s"
        )
    except OSError:  # a read-only folder: go on without a log
        logging.basicConfig(handlers=[logging.NullHandler()])


def run_without_menus(console: Console, session: Session, options: argparse.Namespace) -> int:
    """Make the songs that the command line asks for; 0 when all were made."""
    number = read_number(str(options.songs))
    seed = studio.new_seed() if options.seed is None else options.seed
    book = utility.load_style_book(session.paths.style_book)
    request = understand(options.styles, book)
    session.notices += [*book.notices, *studio.unknown_words(request)]
    tell_notices(console, session)
    made = produce(console, session, Order(request.text, number, seed), book)
    tell_notices(console, session)
    return 0 if len(made) == number else 130


# --- Main menu -------------------------------------------------------------------------------


def main_menu(console: Console, session: Session) -> None:
    """Show the main menu until the user leaves the program."""
    actions: dict[str, tuple[str, Callable[[Console, Session], None]]] = {
        "1": ("Generate Music", generate_screen),
        "2": ("Output Jukebox", jukebox_screen),
        "3": ("Configure Options", options_screen),
    }
    choices = [(key, label) for key, (label, _) in actions.items()]
    selection = "Selection; Menu Option = 1-3, Exit Program = X:"
    while True:
        key = ask_choice(console, session, menu_screen("Main Menu", choices, selection), actions)
        try:
            actions[key][1](console, session)
        except UserError as error:
            logging.info("told the user: %s", error)
            session.notices.append(str(error))


def ask_choice(
    console: Console, session: Session, screen: list[str], keys: object, back: bool = False
) -> str:
    """Show a menu and return the key that was chosen, asking again after nonsense.

    Notices that have gathered are shown above the question. X leaves the program.
    """
    *lines, selection = screen
    console.clear()
    console.write("\n".join(lines) + "\n")
    tell_notices(console, session)
    allowed = [*keys, *(["B"] if back else []), "X"]  # type: ignore[misc]
    while True:
        answer = console.read_line(selection + " ").strip()
        if answer.upper() == "X":
            raise Leave
        if answer.upper() in allowed:
            return answer.upper()
        names = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        console.write(said(f'"{answer[:20]}" is not one of the choices; type {names}.') + "\n")


def tell_notices(console: Console, session: Session) -> None:
    """Say what has gathered, once."""
    for notice in session.notices:
        console.write(said(notice) + "\n")
    session.notices.clear()


def ask(console: Console, question: str) -> str | None:
    """Ask in the seed's manner; None when the answer is B. X leaves the program."""
    # The seed's own question is longer than the screen is wide, and stays one line.
    asked = f"{APP_NAME}: {question}" if question == STYLE_QUESTION else said(question)
    console.write(asked + "\n")
    answer = console.read_line(USER_INPUT).strip()
    if answer.upper() == "X":
        raise Leave
    return None if answer.upper() == "B" else answer


# --- Generate --------------------------------------------------------------------------------


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


def wait_for_back(console: Console) -> None:
    """Wait until the user has read the screen."""
    while True:
        answer = console.read_line(BACK_OR_EXIT + " ").strip().upper()
        if answer == "X":
            raise Leave
        if answer in ("B", ""):
            return


# --- Jukebox ---------------------------------------------------------------------------------


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
        _keep_settings(session)
    if leave == "exit":
        raise Leave


# --- Options ---------------------------------------------------------------------------------


def options_screen(console: Console, session: Session) -> None:
    """Show and change the settings until B."""
    selection = f"Selection; Change Option = 1-{len(OPTIONS)}, Back to Main = B, Exit Program = X:"
    keys = {str(number): option for number, option in enumerate(OPTIONS, start=1)}
    while True:
        screen = menu_screen("Configure Options", option_choices(session), selection)
        key = ask_choice(console, session, screen, keys, back=True)
        if key == "B":
            return
        option = keys[key]
        try:
            if option.name == "model":
                model_screen(console, session)
            else:
                answer = ask(console, option.question)
                if answer:
                    change(session, option, answer)
            _keep_settings(session)
        except UserError as error:
            session.notices.append(str(error))


def model_screen(console: Console, session: Session) -> None:
    """Choose the model that writes."""
    found, choices = model_choices(session)
    if not found:
        raise UserError(f"There is no model: put a .gguf file into {session.paths.models}.")
    selection = f"Selection; Model = 1-{len(found)}, Back to Options = B, Exit Program = X:"
    screen = menu_screen("Choose a Model", choices, selection)
    key = ask_choice(console, session, screen, [key for key, _ in choices], back=True)
    if key != "B":
        choose(session, found[int(key) - 1])
