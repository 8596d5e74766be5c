"""The jukebox screen: drawn from a snapshot, and the loop of keys and redraws."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from scripts.console import clip
from scripts.temporary import (
    ACTION_OF_KEY,
    APP_NAME,
    BAR_CHARACTERS,
    END_KEY,
    JUKEBOX_KEYS,
    KEY_POLL_SECONDS,
    REDRAWS_PER_SECOND,
    SCREEN_COLUMNS,
    JukeboxAction,
    JukeboxSnapshot,
    JukeboxState,
)

SELECTION = "Selection; Back to Main = B, Exit Program = X:"
LEAVES = {JukeboxAction.BACK: "back", JukeboxAction.EXIT: "exit"}


class Terminal(Protocol):
    """What the jukebox needs of a console."""

    @property
    def is_interactive(self) -> bool: ...
    def raw_keys(self) -> AbstractContextManager[None]: ...
    def poll_key(self) -> str | None: ...
    def columns(self) -> int: ...
    def redraw(self, lines: list[str]) -> None: ...
    def write(self, text: str) -> None: ...


class Machine(Protocol):
    """What the screen needs of a jukebox."""

    def tick(self, now: float) -> None: ...
    def act(self, action: JukeboxAction) -> bool: ...
    def snapshot(self) -> JukeboxSnapshot: ...


# --- Drawing -------------------------------------------------------------------------------------


def jukebox_lines(
    snapshot: JukeboxSnapshot, columns: int = SCREEN_COLUMNS, with_help: bool = False
) -> list[str]:
    """Draw the screen for a window of `columns`; `with_help` lists what each key does."""
    width = min(columns, SCREEN_COLUMNS)
    upcoming = ", ".join(snapshot.upcoming)
    lines = [
        "=" * width,
        f"    {APP_NAME}: Output Jukebox",
        "=" * width,
        "",
        clip(f"Playing song: {snapshot.song or '-'}", width),
        progress_line(snapshot),
        "",
        clip(f"Next 5 Songs: {upcoming or '-'}", width),
        "",
        *(_help_lines() if with_help else [_keys_line()]),
    ]
    remark = ". ".join(part for part in (_status(snapshot), snapshot.notice) if part)
    return [*lines, *([clip(remark, width)] if remark else []), "-" * width, SELECTION]


def progress_line(snapshot: JukeboxSnapshot) -> str:
    """The bar and the times, such as `[###---] 00:35/03:20`."""
    position, duration = snapshot.position_seconds, snapshot.duration_seconds
    filled = int(BAR_CHARACTERS * min(1.0, position / duration)) if duration > 0 else 0
    bar = "#" * filled + "-" * (BAR_CHARACTERS - filled)
    return f"[{bar}] {clock_time(position)}/{clock_time(duration)}"


def clock_time(seconds: float) -> str:
    """Seconds as MM:SS, or H:MM:SS from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes:02}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _keys_line() -> str:
    return ", ".join(entry.brief for entry in JUKEBOX_KEYS if entry.brief)


def _help_lines() -> list[str]:
    return [f"    {entry.label:5} = {entry.meaning}" for entry in JUKEBOX_KEYS]


def _status(snapshot: JukeboxSnapshot) -> str:
    """What is not as usual, and the volume."""
    parts = (
        (snapshot.state is JukeboxState.PAUSED, "Paused"),
        (snapshot.muted, "Muted"),
        (not snapshot.muted, f"Volume {snapshot.volume}%"),
        (snapshot.shuffled, "Shuffled"),
        (snapshot.repeating, "Repeating this song"),
    )
    return ", ".join(text for holds, text in parts if holds)


# --- The loop ------------------------------------------------------------------------------------


def run_jukebox(
    console: Terminal,
    jukebox: Machine,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> str:
    """Show the jukebox and obey its keys until one leaves it: "back" or "exit".

    Ctrl-C and the end of input go back. The jukebox is still open afterwards: close it.
    """
    view = _ScreenView(console) if console.is_interactive else _LineView(console)
    try:
        with console.raw_keys():
            while True:
                jukebox.tick(clock())
                view.show(jukebox.snapshot(), clock())
                if leave := _obey(console, jukebox, view):
                    return leave
                sleep(KEY_POLL_SECONDS)
    except KeyboardInterrupt:
        return "back"


def _obey(console: Terminal, jukebox: Machine, view: _ScreenView | _LineView) -> str:
    """Do what the keys pressed since the last look mean; how to leave, or ""."""
    while (key := console.poll_key()) is not None:
        action = ACTION_OF_KEY.get(key if key == END_KEY else key.lower())
        if action in LEAVES:
            return LEAVES[action]
        if action is JukeboxAction.HELP:
            view.toggle_help()
        elif action:
            jukebox.act(action)
            view.hurry()
    return ""


class _ScreenView:
    """Draws the whole screen a few times a second, and at once after a key."""

    def __init__(self, console: Terminal) -> None:
        self._console = console
        self._due = float("-inf")
        self._with_help = False

    def toggle_help(self) -> None:
        self._with_help = not self._with_help
        self.hurry()

    def hurry(self) -> None:
        self._due = float("-inf")

    def show(self, snapshot: JukeboxSnapshot, now: float) -> None:
        if now >= self._due:
            self._due = now + 1 / REDRAWS_PER_SECOND
            lines = jukebox_lines(snapshot, self._console.columns(), self._with_help)
            self._console.redraw(lines)


class _LineView:
    """Writes a line for each song and each notice, where there is no screen to redraw."""

    def __init__(self, console: Terminal) -> None:
        self._console = console
        self._song = self._notice = ""
        self._left = 0.0

    def toggle_help(self) -> None:
        self._console.write("\n".join(_help_lines()) + "\n")

    def hurry(self) -> None:
        """Nothing to do: lines are written as things happen."""

    def show(self, snapshot: JukeboxSnapshot, now: float) -> None:
        if snapshot.notice not in ("", self._notice):
            self._console.write(snapshot.notice + "\n")
        self._notice = snapshot.notice
        # The length of a song is known a moment after it starts; one begun anew has gone back.
        begins = snapshot.song != self._song or snapshot.position_seconds + 1 < self._left
        if snapshot.state is JukeboxState.PLAYING and begins and snapshot.duration_seconds > 0:
            self._song = snapshot.song
            length = clock_time(snapshot.duration_seconds)
            self._console.write(f"Playing song: {snapshot.song} ({length})\n")
        self._left = snapshot.position_seconds
