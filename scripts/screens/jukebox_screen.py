"""The jukebox screen, drawn from a snapshot, and its loop of keys and redraws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from scripts.console import clip, width_of
from scripts.screens.layout import clock_time
from scripts.tables.jukebox import JukeboxAction, JukeboxSnapshot, JukeboxState
from scripts.temporary import application, console_codes, listening, screens
from scripts.windows import set_title


class JukeboxConsole(Protocol):
    """What the screen needs of a console."""

    @property
    def is_interactive(self) -> bool: ...
    def raw_keys(self) -> AbstractContextManager[None]: ...
    def poll_key(self) -> str | None: ...
    def size(self) -> tuple[int, int]: ...
    def redraw(self, lines: list[str]) -> None: ...
    def write(self, text: str) -> None: ...


class JukeboxControl(Protocol):
    """What the screen needs of a jukebox."""

    def tick(self, now: float) -> None: ...
    def act(self, action: JukeboxAction) -> bool: ...
    def answer(self, yes: bool) -> None: ...
    def play_next(self, path: Path) -> None: ...
    def say(self, notice: str) -> None: ...
    @property
    def new_songs_ahead(self) -> int: ...
    @property
    def question(self) -> str: ...
    def snapshot(self) -> JukeboxSnapshot: ...


class RadioControl(Protocol):
    """What the screen needs of a radio."""

    def tick(self, fresh_ahead: int) -> list[Path]: ...
    def toggle(self) -> None: ...
    def line(self) -> str: ...
    def take_notices(self) -> list[str]: ...


# --- Drawing -------------------------------------------------------------------------------------

ScreenLine = tuple[int, str]  # (how dispensable it is, 0: never left out; the text)


def jukebox_lines(
    snapshot: JukeboxSnapshot,
    columns: int = application.SCREEN_COLUMNS,
    with_help: bool = False,
    rows: int = 1000,
    radio: str = "",
) -> list[str]:
    """Draw the screen for a window of `columns` and `rows`; `with_help` lists the keys.

    `radio` is the line about the song that is being written. In a small window the most
    dispensable lines are left out; the last line stays.
    """
    width = min(columns, application.SCREEN_COLUMNS)
    lines: list[ScreenLine] = [
        (7, "=" * width),
        (5, f"    {application.NAME}: Output Jukebox"),
        (7, "=" * width),
        (8, ""),
        (1, f"Playing song: {snapshot.song or '-'}"),
        (1, progress_line(snapshot, width)),
        (8, ""),
        (3, f"Next 5 Songs: {', '.join(snapshot.upcoming) or '-'}"),
        (8, ""),
    ]
    if snapshot.past:
        lines.append((4, f"Played before: {', '.join(snapshot.past)}"))
    if snapshot.levels:
        lines.append((5, meter_line(snapshot.levels)))
    if radio:
        lines.append((3, radio))
    if with_help:
        lines += [(9, line) for line in _help_lines()]
    else:
        lines += [(6, line) for line in _keys_lines(width)]
    lines += [(0, line) for line in _wrapped(snapshot.question, width)]
    status = ". ".join(part for part in (_status(snapshot), snapshot.notice) if part)
    lines += [(2, line) for line in _wrapped(status, width)]
    lines = [(weight, clip(text, width)) for weight, text in lines]
    return fit_lines([*lines, (7, "-" * width), (0, screens.JUKEBOX_SELECTION)], rows)


def fit_lines(lines: Sequence[ScreenLine], rows: int) -> list[str]:
    """Leave out the most dispensable lines, the lowest first, until `rows` are left."""
    kept = list(lines)
    while len(kept) > max(1, rows):
        most = max(weight for weight, _ in kept)
        place = max(number for number, (weight, _) in enumerate(kept[:-1]) if weight == most)
        del kept[place]
    return [line for _, line in kept]


def progress_line(snapshot: JukeboxSnapshot, columns: int = application.SCREEN_COLUMNS) -> str:
    """Return the bar and times, such as `[###---] 00:35/03:20`, the bar shorter if need be."""
    position, duration = snapshot.position_seconds, snapshot.duration_seconds
    times = f"{clock_time(position)}/{clock_time(duration)}"
    size = min(application.BAR_CHARACTERS, columns - len(times) - 3)
    if size < 1:
        return clip(times, columns)
    filled = int(size * min(1.0, position / duration)) if duration > 0 else 0
    return f"[{'#' * filled}{'-' * (size - filled)}] {times}"


def meter_line(levels: Sequence[float]) -> str:
    """Return the level meter: the darker a character, the louder its band."""
    steps = len(listening.METER_CHARACTERS)
    drawn = (listening.METER_CHARACTERS[min(steps - 1, int(level * steps))] for level in levels)
    return f"[{''.join(drawn)}]"


def _keys_lines(width: int) -> list[str]:
    briefs = (entry.brief for entry in listening.JUKEBOX_KEYS if entry.brief)
    return _wrapped(", ".join(briefs), width)


def _help_lines() -> list[str]:
    return [f"    {entry.label:5} = {entry.meaning}" for entry in listening.JUKEBOX_KEYS]


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap text between words into at most two lines; none for no text."""
    if width_of(text) <= width:
        return [text] if text else []
    first = ""
    for word in text.split():
        if width_of(f"{first} {word}") > width:
            break
        first = f"{first} {word}".strip()
    first = first or clip(text, width)
    return [first, clip(text[len(first) :].strip(), width)]


def _status(snapshot: JukeboxSnapshot) -> str:
    """Return the modes that are on, the volume, and the remaining time."""
    parts = (
        (snapshot.state is JukeboxState.PAUSED, "Paused"),
        (snapshot.muted, "Muted"),
        (not snapshot.muted, f"Volume {snapshot.volume}%"),
        (snapshot.favourite, "Favourite"),
        (snapshot.shuffled, "Shuffled"),
        (snapshot.repeating, "Repeating this song"),
        (not snapshot.repeating and snapshot.left_seconds is not None, _remaining_text(snapshot)),
    )
    return ", ".join(text for holds, text in parts if holds)


def _remaining_text(snapshot: JukeboxSnapshot) -> str:
    """Return the time until every song of the loop has played."""
    return f"{clock_time(snapshot.left_seconds or 0)} left of {snapshot.songs} songs"


# --- The loop ------------------------------------------------------------------------------------


def run_jukebox(
    console: JukeboxConsole,
    jukebox: JukeboxControl,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    radio: RadioControl | None = None,
) -> str:
    """Show the jukebox and handle its keys until one leaves it; return "back" or "exit".

    Ctrl-C and the end of input go back. The caller closes the jukebox.
    """
    view = _ScreenView(console) if console.is_interactive else _LineView(console)
    try:
        with console.raw_keys():
            while True:
                if radio:
                    _forward_radio(jukebox, radio)
                jukebox.tick(clock())
                view.show(jukebox, clock(), radio.line() if radio else "")
                if leave := _handle_keys(console, jukebox, view, radio):
                    return leave
                sleep(console_codes.KEY_POLL_SECONDS)
    except KeyboardInterrupt:
        return "back"
    finally:
        set_title(application.NAME)


def _forward_radio(jukebox: JukeboxControl, radio: RadioControl) -> None:
    """Pass the radio's new songs and notices to the jukebox."""
    for path in radio.tick(jukebox.new_songs_ahead):
        jukebox.play_next(path)
    for notice in radio.take_notices():
        jukebox.say(notice)


def _handle_keys(
    console: JukeboxConsole,
    jukebox: JukeboxControl,
    view: _ScreenView | _LineView,
    radio: RadioControl | None,
) -> str:
    """Handle the keys pressed since the last call; return how to leave, or ""."""
    while (key := console.poll_key()) is not None:
        action = listening.ACTION_OF_KEY.get(key if key == console_codes.END_KEY else key.lower())
        if jukebox.question:
            jukebox.answer(key.lower() in listening.YES_KEYS)
            view.invalidate()
            action = action if action in screens.LEAVING_ACTIONS else None
        if action in screens.LEAVING_ACTIONS:
            return screens.LEAVING_ACTIONS[action]
        if action is JukeboxAction.HELP:
            view.toggle_help()
        elif action is JukeboxAction.RADIO:
            if radio:
                radio.toggle()
            view.invalidate()
        elif action:
            jukebox.act(action)
            view.invalidate()
    return ""


class _ScreenView:
    """Redraws the whole screen a few times a second, and at once after a key."""

    def __init__(self, console: JukeboxConsole) -> None:
        self._console = console
        self._due = float("-inf")
        self._with_help = False

    def toggle_help(self) -> None:
        self._with_help = not self._with_help
        self.invalidate()

    def invalidate(self) -> None:
        self._due = float("-inf")

    def show(self, jukebox: JukeboxControl, now: float, radio: str) -> None:
        if now >= self._due:
            snapshot = jukebox.snapshot()
            metered, plain = listening.METER_REDRAWS_PER_SECOND, application.REDRAWS_PER_SECOND
            self._due = now + 1 / (metered if snapshot.levels else plain)
            columns, rows = self._console.size()
            song = f"{snapshot.song} - " if snapshot.song else ""
            set_title(f"{song}{application.NAME}")
            lines = jukebox_lines(snapshot, columns, self._with_help, rows, radio)
            self._console.redraw(lines)


class _LineView:
    """Writes a line for each song and each notice, where there is no screen to redraw."""

    def __init__(self, console: JukeboxConsole) -> None:
        self._console = console
        self._song = self._notice = self._question = self._radio = ""
        self._position_seconds = 0.0  # at the last call

    def toggle_help(self) -> None:
        self._console.write("\n".join(_help_lines()) + "\n")

    def invalidate(self) -> None:
        """Nothing to do: lines are written as things happen."""

    def show(self, jukebox: JukeboxControl, now: float, radio: str) -> None:
        heading = radio.partition("...")[0]
        if heading not in ("", self._radio):
            self._console.write(f"{heading}...\n")
        self._radio = heading
        snapshot = jukebox.snapshot()
        if snapshot.question not in ("", self._question):
            self._console.write(snapshot.question + "\n")
        self._question = snapshot.question
        if snapshot.notice not in ("", self._notice):
            self._console.write(snapshot.notice + "\n")
        self._notice = snapshot.notice
        # The length is known a moment after the start; a position that went back is a new start.
        went_back = snapshot.position_seconds + 1 < self._position_seconds
        begins = snapshot.song != self._song or went_back
        if snapshot.state is JukeboxState.PLAYING and begins and snapshot.duration_seconds > 0:
            self._song = snapshot.song
            length = clock_time(snapshot.duration_seconds)
            self._console.write(f"Playing song: {snapshot.song} ({length})\n")
        self._position_seconds = snapshot.position_seconds
