"""Asking: menus, questions and their answers, in the app's voice."""

from __future__ import annotations

from scripts.console import Console
from scripts.screens.layout import said
from scripts.temporary import APP_NAME, Session

USER_INPUT = "User Input: "
STYLE_QUESTION = "What kind of music are we making today? (Styles, separated, by, commas)"
BACK_OR_EXIT = "Selection; Back to Main = B, Exit Program = X:"


class Leave(Exception):
    """The user wants to exit the program."""


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


def wait_for_back(console: Console) -> None:
    """Wait until the user has read the screen."""
    while True:
        answer = console.read_line(BACK_OR_EXIT + " ").strip().upper()
        if answer == "X":
            raise Leave
        if answer in ("B", ""):
            return
