"""Menus and questions, and how their answers are read."""

from __future__ import annotations

from scripts.console import Console
from scripts.screens.layout import app_message
from scripts.tables.program import Session
from scripts.temporary import application, screens


class ExitProgram(Exception):
    """The user wants to exit the program."""


def ask_choice(
    console: Console, session: Session, screen: list[str], keys: object, back: bool = False
) -> str:
    """Show a menu and return the chosen key, asking again after any other answer.

    The session's notices are shown above the question. Raises ExitProgram for X.
    """
    *lines, selection = screen
    console.clear()
    console.write("\n".join(lines) + "\n")
    show_notices(console, session)
    allowed = [*keys, *(["B"] if back else []), "X"]  # type: ignore[misc]
    while True:
        answer = console.read_line(selection + " ").strip()
        if answer.upper() == "X":
            raise ExitProgram
        if answer.upper() in allowed:
            return answer.upper()
        names = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        console.write(
            app_message(f'"{answer[:20]}" is not one of the choices; type {names}.') + "\n"
        )


def show_notices(console: Console, session: Session) -> None:
    """Write the session's notices, and clear them."""
    for notice in session.notices:
        console.write(app_message(notice) + "\n")
    session.notices.clear()


def ask(console: Console, question: str) -> str | None:
    """Ask a question; None when the answer is B. Raises ExitProgram for X."""
    # The question for styles is wider than the screen, and stays on one line by specification.
    asked = (
        f"{application.NAME}: {question}"
        if question == screens.STYLE_QUESTION
        else app_message(question)
    )
    console.write(asked + "\n")
    answer = console.read_line(screens.USER_INPUT).strip()
    if answer.upper() == "X":
        raise ExitProgram
    return None if answer.upper() == "B" else answer


def wait_for_back(console: Console) -> None:
    """Wait for B or Enter. Raises ExitProgram for X."""
    while True:
        answer = console.read_line(screens.BACK_OR_EXIT + " ").strip().upper()
        if answer == "X":
            raise ExitProgram
        if answer in ("B", ""):
            return
