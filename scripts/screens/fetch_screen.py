"""Fetching a model by name: asked for in Options, shown with the seed's bar."""

from __future__ import annotations

from scripts import hub
from scripts.console import Console
from scripts.screens.layout import complete_bar, said
from scripts.screens.questions import ask
from scripts.temporary import END_KEY, NAMED_MODELS, ModelInfo, Session

QUESTION = (
    f"Which model? ({', '.join(model.name for model in NAMED_MODELS)}, or owner/repository; "
    "a quantisation behind a colon, such as ChatMusician:Q4_K_M; Q6_K is usual)"
)
STOP_KEYS = frozenset(("b", "escape", END_KEY))


class Stopped(Exception):
    """The user does not want to wait any longer."""


def fetch_screen(console: Console, session: Session) -> str:
    """Ask for a model and fetch it; the name of its file in `models/`, or "" if it was not.

    Raises ModelError with what happened and what to do.
    """
    text = ask(console, QUESTION)
    if not text:
        return ""
    offer = hub.look_up(text)
    session.paths.models.mkdir(exist_ok=True)
    console.write(said(hub.introduction(offer, session.paths.models)) + "\n")
    if console.is_interactive:
        console.write(said("Press B to stop; the next time it goes on from there.") + "\n")

    def tell(done: int, total: int) -> None:
        console.progress(complete_bar(done / total if total else 0.0), done=done >= total)
        if console.is_interactive and (console.poll_key() or "").lower() in STOP_KEYS:
            raise Stopped

    try:
        with console.raw_keys():
            path = hub.fetch(offer, session.paths.models, tell)
    except (Stopped, KeyboardInterrupt):
        session.notices.append(f"{offer.name} is not here yet; fetch it again to go on.")
        return ""
    finally:
        console.end_line()
    session.notices.append(f"{offer.name} is here and whole.")
    return path.name


def fetched(found: list[ModelInfo], name: str) -> ModelInfo | None:
    """The model that was just fetched, among those that are there."""
    return next((info for info in found if info.path.name == name), None)
