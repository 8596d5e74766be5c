"""The menus, and the command line that makes songs without them."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from scripts import models, song_pipeline, utility
from scripts.console import Console, EndOfInput
from scripts.music.style_parser import parse_styles
from scripts.screens.fetch_screen import fetch_screen, find_fetched
from scripts.screens.generate_screen import generate_and_show, generate_screen, read_number
from scripts.screens.jukebox_session import play_output_folder
from scripts.screens.layout import menu_screen
from scripts.screens.options_screen import (
    OPTIONS,
    choose_model_file,
    choose_soundfont,
    model_choices,
    option_choices,
    set_option,
    soundfont_choices,
)
from scripts.screens.questions import ExitProgram, ask, ask_choice, show_notices
from scripts.screens.status import status_lines
from scripts.settings import (
    load_settings,
    log_to_file,
    parse_length,
    save_session_settings,
    validated,
)
from scripts.tables.program import Paths, Session, UserError
from scripts.tables.songs import SongOrder
from scripts.temporary import application

# --- Start -----------------------------------------------------------------------------------


def main(arguments: list[str], root: Path) -> int:
    """Run the app with command-line arguments; return the exit code."""
    options = parser().parse_args(arguments)
    paths = Paths.under(root, options.output.resolve() if options.output else None)
    settings, notices = load_settings(paths.persistent)
    session = Session(paths, settings, notices)
    log_to_file(paths.log)
    _apply(options, session)
    with Console(*_standard_streams()) as console:
        if options.styles is not None:
            return run_without_menus(console, session, options)
        try:
            main_menu(console, session)
        except (EndOfInput, KeyboardInterrupt, ExitProgram):
            with contextlib.suppress(EndOfInput):  # the output may be closed
                console.write("\n")
    return 0


def _standard_streams() -> tuple[TextIO, TextIO]:
    """Return standard input and output, null streams where the process has none."""
    null = Path(os.devnull)
    source = sys.stdin or null.open(encoding="utf-8")
    return source, sys.stdout or null.open("w", encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    line = argparse.ArgumentParser(
        prog="launcher.py",
        description="Make music with a language model on this machine. Without options the menus "
        "start; with --styles songs are made at once, without menus.",
        epilog='Example: python launcher.py --styles "Chill, Dubstep" --songs 3',
    )
    line.add_argument("--styles", metavar="WORDS", help='styles and moods, such as "Lo-fi, Rainy"')
    line.add_argument(
        "--songs",
        type=int,
        default=1,
        metavar="N",
        help=f"how many (1 to {application.SONGS_AT_MOST})",
    )
    line.add_argument("--model", metavar="GGUF", help="a file in models/, or a path to one")
    line.add_argument("--seed", type=int, metavar="N", help="the same seed makes the same songs")
    line.add_argument("--length", metavar="M", help="minutes (3), a range (2-4), or HH:MM")
    line.add_argument("--takes", type=int, metavar="N", help="of each part, the best is kept")
    line.add_argument("--output", type=Path, metavar="FOLDER", help="where songs are kept")
    return line


def _apply(options: argparse.Namespace, session: Session) -> None:
    """Apply the command line's choices to this run's settings; they are not saved."""
    chosen: dict[str, Any] = {}
    if options.length is not None:
        parse_length(options.length)
        chosen["length"] = options.length
    if options.model is not None:
        given = Path(options.model)
        chosen["model"] = str(given.resolve()) if models.is_file(given) else options.model
    if options.takes is not None:
        chosen["takes"] = validated("takes", options.takes)
    for name, value in chosen.items():
        session.saved_values[name] = getattr(session.settings, name)
        setattr(session.settings, name, value)


def run_without_menus(console: Console, session: Session, options: argparse.Namespace) -> int:
    """Make the songs that the command line asks for; return 0 when all were made."""
    number = read_number(str(options.songs))
    seed = song_pipeline.new_seed() if options.seed is None else options.seed
    book = utility.load_style_book(session.paths.style_book)
    request = parse_styles(options.styles, book)
    session.notices += [*book.notices, *song_pipeline.unknown_words(request, book)]
    show_notices(console, session)
    made = generate_and_show(console, session, SongOrder(request, number, seed), book)
    show_notices(console, session)
    return 0 if len(made) == number else application.INTERRUPTED_EXIT_CODE


# --- Main menu -------------------------------------------------------------------------------


def main_menu(console: Console, session: Session) -> None:
    """Show the main menu until the user leaves the program."""
    actions: dict[str, tuple[str, Callable[[Console, Session], None]]] = {
        "1": ("Generate Music", generate_screen),
        "2": ("Output Jukebox", play_output_folder),
        "3": ("Configure Options", run_options_menu),
    }
    choices = [(key, label) for key, (label, _) in actions.items()]
    selection = "Selection; Menu Option = 1-3, Exit Program = X:"
    while True:
        screen = [*status_lines(session), *menu_screen("Main Menu", choices, selection)]
        key = ask_choice(console, session, screen, actions)
        try:
            actions[key][1](console, session)
        except UserError as error:
            logging.info("told the user: %s", error)
            session.notices.append(str(error))


# --- Options ---------------------------------------------------------------------------------


def run_options_menu(console: Console, session: Session) -> None:
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
            if option.name in SUB_SCREENS:
                SUB_SCREENS[option.name](console, session)
            else:
                answer = ask(console, option.question)
                if answer:
                    set_option(session, option, answer)
            save_session_settings(session)
        except UserError as error:
            session.notices.append(str(error))


def run_model_menu(console: Console, session: Session) -> None:
    """Choose the model that writes, or fetch one."""
    found, choices = model_choices(session)
    keys = [key for key, _ in choices]
    numbers = f"Model = 1-{len(found)}, " if found else ""
    selection = f"Selection; {numbers}Back to Options = B, Exit Program = X:"
    fetching = ("F", "Fetch a model by name from Hugging Face")
    screen = menu_screen("Choose a Model", [*choices, fetching], selection)
    key = ask_choice(console, session, screen, [*keys, "F"], back=True)
    if key == "F":
        name = fetch_screen(console, session)
        if name and (info := find_fetched(model_choices(session)[0], name)):
            choose_model_file(session, info)
    elif key != "B":
        choose_model_file(session, found[int(key) - 1])


def run_soundfont_menu(console: Console, session: Session) -> None:
    """Choose the soundfont that plays."""
    found, choices = soundfont_choices(session)
    if not found:
        raise UserError(f"There is no soundfont: put an SF2 or SF3 into {session.paths.data}.")
    selection = f"Selection; Soundfont = 1-{len(found)}, Back to Options = B, Exit Program = X:"
    screen = menu_screen("Choose a Soundfont", choices, selection)
    key = ask_choice(console, session, screen, [key for key, _ in choices], back=True)
    if key != "B":
        choose_soundfont(session, found[int(key) - 1])


# Options that have a screen of their own.
SUB_SCREENS = {"model": run_model_menu, "soundfont": run_soundfont_menu}
