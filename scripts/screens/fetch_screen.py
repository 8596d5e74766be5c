"""Fetch a model by name, asked for in Options, with a progress bar."""

from __future__ import annotations

from scripts import hub
from scripts.console import Console
from scripts.screens.layout import app_message, complete_bar
from scripts.screens.questions import ask
from scripts.tables.models import ModelInfo
from scripts.tables.program import Session
from scripts.temporary import screens


class DownloadStopped(Exception):
    """The user has stopped a download."""


def fetch_screen(console: Console, session: Session) -> str:
    """Ask for a model and fetch it; return its file name in `models/`, or "" if it was not.

    Raises ModelError.
    """
    text = ask(console, screens.MODEL_QUESTION)
    if not text:
        return ""
    offer = hub.find_remote_file(text)
    session.paths.models.mkdir(exist_ok=True)
    console.write(app_message(hub.describe_download(offer, session.paths.models)) + "\n")
    if console.is_interactive:
        console.write(app_message("Press B to stop; the next time it goes on from there.") + "\n")

    def report(done: int, total: int) -> None:
        console.progress(complete_bar(done / total if total else 0.0), done=done >= total)
        key = (console.poll_key() or "") if console.is_interactive else ""
        if key.lower() in screens.STOP_FETCHING_KEYS:
            raise DownloadStopped

    try:
        with console.raw_keys():
            path = hub.fetch(offer, session.paths.models, report)
    except (DownloadStopped, KeyboardInterrupt):
        session.notices.append(f"{offer.name} is not here yet; fetch it again to go on.")
        return ""
    finally:
        console.end_line()
    session.notices.append(f"{offer.name} is here and whole.")
    return path.name


def find_fetched(found: list[ModelInfo], name: str) -> ModelInfo | None:
    """Return the model of this file name among those found, None if it is not there."""
    return next((info for info in found if info.path.name == name), None)
