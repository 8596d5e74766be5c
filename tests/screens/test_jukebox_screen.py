"""The jukebox screen, drawn from snapshots, and its loop of keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scripts.console import width_of
from scripts.screens.jukebox_screen import jukebox_lines, run_jukebox
from scripts.screens.layout import clock_time
from scripts.tables.jukebox import JukeboxAction, JukeboxSnapshot, JukeboxState
from scripts.tables.radio import Noticed
from scripts.temporary import console_codes, listening, screens
from tests.jukebox_rig import JukeboxRig
from tests.radio.test_radio import Station

# --- The screen ----------------------------------------------------------------------------------

SHOWN = JukeboxSnapshot(
    state=JukeboxState.PLAYING,
    song="Moon Song",
    position_seconds=60.9,
    duration_seconds=183,
    upcoming=("B", "C", "D", "E", "F"),
    notice="",
    volume=80,
    muted=False,
    shuffled=False,
    repeating=False,
    songs=6,
)


def test_the_screen_word_for_word() -> None:
    lines = jukebox_lines(SHOWN)
    assert lines[:9] == [
        "=" * 80,
        "    Llm-Music-Gen: Output Jukebox",
        "=" * 80,
        "",
        "Playing song: Moon Song",
        "[#########---------------------] 01:00/03:03",
        "",
        "Next 5 Songs: B, C, D, E, F",
        "",
    ]
    assert lines[-2:] == ["-" * 80, "Selection; Back to Main = B, Exit Program = X:"]


@given(
    st.text(max_size=200),
    st.floats(0, 1e6),
    st.floats(0, 1e6),
    st.lists(st.text(max_size=90), max_size=5),
    st.booleans(),
)
@example("", 0.0, 0.0, ["0" * 32, "0" * 31 + "\u094d"], False)  # a mark upon a letter has no width
@example("\u97f3" * 50, 0.0, 0.0, ["\u97f3" * 40], False)  # wide letters
def test_every_screen_fits(
    name: str, position: float, duration: float, upcoming: list[str], helped: bool
) -> None:
    changes = {"song": name, "position_seconds": position, "duration_seconds": duration}
    snapshot = JukeboxSnapshot(
        **{**SHOWN.__dict__, **changes, "upcoming": tuple(upcoming), "notice": name}
    )
    lines = jukebox_lines(snapshot, 80, helped)
    assert max(map(width_of, lines)) <= 80
    bar = lines[5][1:31]
    assert set(bar) <= set("#-") and "#" not in bar.lstrip("#")
    assert lines[-1].startswith("Selection;")


@given(
    st.integers(1, 200),
    st.integers(1, 60),
    st.booleans(),
    st.lists(st.text(max_size=90), max_size=5),
)
def test_any_window_holds_the_screen_and_its_last_line(
    columns: int, rows: int, helped: bool, names: list[str]
) -> None:
    full = replace(SHOWN, past=tuple(names), upcoming=tuple(names), levels=(0.5,) * 30)
    full = replace(full, question="Delete?", notice="Notice", left_seconds=1e5)
    lines = jukebox_lines(full, columns, helped, rows, "Producing")
    assert len(lines) <= max(1, rows)
    assert all(width_of(line) <= columns for line in lines[:-1])
    assert lines[-1] == "Selection; Back to Main = B, Exit Program = X:"


def test_a_window_of_20_by_5_shows_song_bar_and_question() -> None:
    asking = replace(SHOWN, question='Delete "Moon Song"? Yes = Y, No = any other key')
    assert jukebox_lines(asking, 20, False, 5) == [
        "Playing song: Moo...",
        "[#-----] 01:00/03:03",
        'Delete "Moon Song"?',
        "Yes = Y, No = any...",
        "Selection; Back to Main = B, Exit Program = X:",
    ]


def test_everything_at_once_on_the_usual_screen() -> None:
    full = replace(
        SHOWN,
        past=("Z", "Y"),
        favourite=True,
        shuffled=True,
        left_seconds=3725.0,
        levels=(0.0, 0.5, 0.999, 1.0, *[0.05] * 26),
        notice="Skipped: x.mp3: it is empty.",
    )
    radio = 'Producing "Chill" themed song number 4... 33%'
    assert jukebox_lines(full, 80, False, 24, radio)[7:] == [
        "Next 5 Songs: B, C, D, E, F",
        "",
        "Played before: Z, Y",
        "[ +@@" + " " * 26 + "]",
        radio,
        "Pause = Space, Next = N, Previous = P, Volume = +/-, Radio = G, Help = ?",
        "Volume 80%, Favourite, Shuffled, 1:02:05 left of 6 songs. Skipped: x.mp3: it is",
        "empty.",
        "-" * 80,
        "Selection; Back to Main = B, Exit Program = X:",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00"), (59.99, "00:59"), (60, "01:00"), (3599, "59:59"), (3600, "1:00:00")],
)
def test_times(seconds: float, text: str) -> None:
    assert clock_time(seconds) == text


def test_every_action_has_a_key_and_one_handler_and_no_key_two_meanings() -> None:
    keys = [key for entry in listening.JUKEBOX_KEYS for key in entry.keys]
    assert len(keys) == len(set(keys))
    assert {entry.action for entry in listening.JUKEBOX_KEYS} == set(JukeboxAction)
    screen_does = {*screens.LEAVING_ACTIONS, JukeboxAction.HELP, JukeboxAction.RADIO}
    for action in JukeboxAction:
        assert JukeboxRig(a=60).jukebox.act(action) != (action in screen_does)


# --- The loop ------------------------------------------------------------------------------------


class FakeTerminal:
    """A console that presses the given keys, one a look; None is a moment without one."""

    def __init__(self, *keys: str | None, interactive: bool = True) -> None:
        self.keys = list(keys)
        self.is_interactive = interactive
        self.screens: list[list[str]] = []
        self.text = ""
        self.raw = 0

    @contextlib.contextmanager
    def raw_keys(self) -> Iterator[None]:
        self.raw += 1
        try:
            yield
        finally:
            self.raw -= 1

    def poll_key(self) -> str | None:
        assert self.keys, "the keys ran out and the jukebox still asks"
        key = self.keys.pop(0)
        if key == "^C":
            raise KeyboardInterrupt
        return key

    def size(self) -> tuple[int, int]:
        return 80, 24

    def redraw(self, lines: list[str]) -> None:
        self.screens.append(list(lines))

    def write(self, text: str) -> None:
        self.text += text


def run(rig: JukeboxRig, terminal: FakeTerminal) -> str:
    result = run_jukebox(terminal, rig.jukebox, rig.clock, rig.clock.sleep)
    assert terminal.raw == 0
    return result


@pytest.mark.parametrize(
    ("key", "result"),
    [
        *[
            ("b", "back"),
            ("B", "back"),
            ("escape", "back"),
            (console_codes.END_KEY, "back"),
            ("^C", "back"),
        ],
        *[("x", "exit"), ("X", "exit")],
    ],
)
def test_ways_out(key: str, result: str) -> None:
    assert run(JukeboxRig(a=5), FakeTerminal(None, key)) == result


def test_keys_in_either_case_and_nonsense_is_ignored() -> None:
    rig = JukeboxRig(a=60, b=60, c=60)
    run(rig, FakeTerminal("N", None, "q", "é", "n", None, "m", "b"))
    assert (rig.now.song, rig.now.muted) == ("c", True)


def test_redraws_a_few_times_a_second_and_at_once_after_a_key() -> None:
    terminal = FakeTerminal(*[None] * 150, "b")
    run(JukeboxRig(a=60), terminal)
    assert 10 <= len(terminal.screens) <= 16  # 3 seconds
    terminal = FakeTerminal(" ", None, None, "b")
    run(JukeboxRig(a=60), terminal)
    assert any("Paused" in line for line in terminal.screens[-1])


def test_help_comes_and_goes() -> None:
    terminal = FakeTerminal("?", None, None, "?", None, None, "b")
    run(JukeboxRig(a=60), terminal)
    texts = ["\n".join(screen) for screen in terminal.screens]
    assert ["Shuffle, or play in order" in text for text in texts[:3]] == [False, True, False]


def test_in_a_pipe_a_line_a_song() -> None:
    rig = JukeboxRig(a=1, b=1, bad=-1)
    terminal = FakeTerminal(*[None] * 60, "b", interactive=False)
    assert run(rig, terminal) == "back"
    assert terminal.screens == []
    assert terminal.text.splitlines() == [
        "Playing song: a (00:01)",
        "Playing song: b (00:01)",
        "Skipped: bad.mp3 holds no sound that can be read.",
    ]


def test_what_the_radio_says_is_shown() -> None:
    rig, station, terminal = JukeboxRig(a=60), Station(), FakeTerminal(None, None, "b")
    station.writer.waiting = [Noticed("The disk is nearly full.")]
    run_jukebox(terminal, rig.jukebox, rig.clock, rig.clock.sleep, station.radio)
    assert any("The disk is nearly full." in line for line in terminal.screens[-1])


def test_every_key_of_the_table_is_known() -> None:
    assert all(
        key == console_codes.END_KEY or key == key.lower() for key in listening.ACTION_OF_KEY
    )
