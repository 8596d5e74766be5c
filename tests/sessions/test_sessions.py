"""Whole sessions in a real terminal with the real starter model: the seed's screens, exactly."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.screens.options_screen import OPTIONS
from scripts.temporary import listening
from tests.conftest import NullSink, make_program_folder
from tests.terminal_sessions import (
    BACK_OR_EXIT,
    COLUMNS,
    MAIN_MENU,
    NUMBER_ASKED,
    STARTER,
    STYLES_ASKED,
    Terminal,
    everything_in,
    songs,
    without_controls,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.model,
    pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX's"),
    pytest.mark.skipif(not STARTER.exists(), reason="the starter model is not there"),
]

# The previews of the specification; the second "2." of its main menu is a slip for "3.".
SEED_MAIN_MENU = """
================================================================================
    Llm-Music-Gen: Main Menu
================================================================================

    1. Generate Music
    2. Output Jukebox
    3. Configure Options

--------------------------------------------------------------------------------
Selection; Menu Option = 1-3, Exit Program = X:"""

SEED_GENERATE = """
================================================================================
    Llm-Music-Gen: Generate Music
================================================================================

Llm-Music-Gen: What kind of music are we making today? (Styles, separated, by, commas)
User Input: Chill, Dubstep
Llm-Music-Gen: How many songs should I generate?
User Input: 3
Llm-Music-Gen: Producing "Chill, Dubstep" themed song number 1...
[##########--------------------] 33% Complete
Llm-Music-Gen: Converting song number 1 from ABC to Mp3...
[##############################] 100% Complete
"""
SEED_BAR = re.compile(r"\[(#*)(-*)\] (\d+)% Complete")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A program folder with three songs made by hand in a terminal, and what it showed."""
    root = make_program_folder(tmp_path_factory.mktemp("sessions") / "Llm-Music-Gen")
    (root / "data" / "persistent.json").write_text('{"length": "0.5"}', encoding="utf-8")
    with Terminal(root) as terminal:
        terminal.answer((MAIN_MENU, "1"), (STYLES_ASKED, "Chill, Dubstep"), (NUMBER_ASKED, "3"))
        terminal.answer((BACK_OR_EXIT, "b"), (MAIN_MENU, "x"))
        return root, terminal.leave()


@pytest.fixture
def with_songs(generated: tuple[Path, str], root: Path) -> Path:
    """A program folder of the test's own with the three songs in it."""
    shutil.rmtree(root / "output")
    shutil.copytree(generated[0] / "output", root / "output")
    return root


@pytest.fixture
def jukebox(with_songs: Path, null_sink: NullSink) -> Iterator[Terminal]:
    """A terminal in whose jukebox the three songs play."""
    with Terminal(with_songs, variables=null_sink.variables) as terminal:
        terminal.answer((MAIN_MENU, "2"))
        terminal.wait_for_screen(is_playing)
        yield terminal


def is_playing(screen: list[str]) -> bool:
    """Whether the jukebox's bar has come to a song's first second."""
    return any(re.search(r"\] 00:0[1-9]/0\d:\d\d$", line) for line in screen)


# --- Main menu and generating --------------------------------------------------------------------


def test_the_main_menu_is_the_seeds(root: Path) -> None:
    with Terminal(root) as terminal:
        terminal.expect(MAIN_MENU)
        assert terminal.screen() == SEED_MAIN_MENU.split("\n")
        terminal.say("X")
        terminal.leave()


def test_the_seeds_lines_come_in_the_seeds_order(generated: tuple[Path, str]) -> None:
    shown = without_controls(generated[1])
    place = 0
    for line in SEED_GENERATE.strip("\n").split("\n"):
        if line and not line.endswith("33% Complete"):
            found = shown.find(f"{line}\n", place)
            assert found >= 0, f"{line!r} is missing from\n{shown[place:]}"
            place = found


def test_every_song_has_its_two_lines_and_bars(generated: tuple[Path, str]) -> None:
    shown = without_controls(generated[1])
    for number in (1, 2, 3):
        writing = shown.index(f'Producing "Chill, Dubstep" themed song number {number}...\n')
        converting = shown.index(f"Converting song number {number} from ABC to Mp3...\n")
        following = shown.find("Producing", converting)
        for part in (shown[writing:converting], shown[converting:following]):
            percents = [int(bar[2]) for bar in SEED_BAR.findall(part)]
            assert percents[0] == 0
            assert percents[-1] == 100
            assert percents == sorted(percents)
            assert len(set(percents)) > 3, "the bar jumps"


def test_every_bar_has_thirty_characters_and_fills_as_the_seeds_does(
    generated: tuple[Path, str],
) -> None:
    bars = SEED_BAR.findall(without_controls(generated[1]))
    assert bars
    for filled, empty, percent in {*bars, ("#" * 10, "-" * 20, "33")}:
        assert len(filled) + len(empty) == 30
        assert len(filled) == round(30 * int(percent) / 100)


def test_no_line_is_wider_than_the_screen_but_the_seeds_own(generated: tuple[Path, str]) -> None:
    for line in re.split(r"[\n\r]", without_controls(generated[1].replace("\r", "\n"))):
        assert len(line) <= COLUMNS or STYLES_ASKED in line, line


def test_three_songs_are_three_songs(generated: tuple[Path, str]) -> None:
    root, _ = generated
    made = songs(root)
    assert len(made) == 3
    expected = [f"{song.stem}.mp3" for song in made]
    kinds = (".abc", ".json", ".mid")
    expected += [f"scores/{song.stem}{kind}" for song in made for kind in kinds]
    assert everything_in(root / "output") == sorted(expected)
    assert not everything_in(root.parent / "temporary")
    scores = [(root / "output" / "scores" / song.stem).with_suffix for song in made]
    for kind in kinds:
        contents = {with_suffix(kind).read_bytes() for with_suffix in scores}
        assert len(contents) == 3, f"two songs have the same {kind}"
    texts = {json.loads(with_suffix(".json").read_text("utf-8"))["text"] for with_suffix in scores}
    assert len(texts) == 3


def test_the_mp3s_tell_what_they_are(generated: tuple[Path, str]) -> None:
    root, shown = generated
    for song in songs(root):
        tags = tags_of(song)
        how = json.loads((root / "output" / "scores" / f"{song.stem}.json").read_text("utf-8"))
        assert tags["title"] == song.stem
        assert tags["artist"] == STARTER.stem
        assert tags["genre"] == "Chill, Dubstep"
        assert f"seed {how['seed']}" in tags["comment"]
        assert f'"{song.stem}" is ready: {how["plan"]["tempo"]:.0f} BPM' in without_controls(shown)


def tags_of(song: Path) -> dict[str, str]:
    """The tags of a song, as ffmpeg reads them."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(song)]
    told = subprocess.run([*command, "-f", "ffmetadata", "-"], capture_output=True, check=True)
    lines = told.stdout.decode("utf-8").replace("\\\n", "\n").splitlines()
    pairs = [re.sub(r"\\(.)", r"\1", line).split("=", 1) for line in lines if "=" in line]
    return {key.lower(): value for key, value in pairs}


def test_nonsense_is_asked_again_and_case_does_not_matter(root: Path) -> None:
    with Terminal(root) as terminal:
        for nonsense in ("", "4", "0", "generate", "1 2", "é", "-1"):
            terminal.answer((MAIN_MENU, nonsense))
            terminal.expect("is not one of the choices; type 1, 2, 3 or X.")
        terminal.answer((MAIN_MENU, " 1 "), (STYLES_ASKED, ""))
        terminal.expect("Please type at least one style in words")
        terminal.say("chill")
        terminal.answer((NUMBER_ASKED, "many"), ("is not a number of songs", "b"))
        terminal.answer((MAIN_MENU, "1"), (STYLES_ASKED, "B"), (MAIN_MENU, "x"))
        terminal.leave()
    assert not everything_in(root / "output")


# --- Jukebox -------------------------------------------------------------------------------------


def test_the_jukebox_screen_is_the_seeds(jukebox: Terminal) -> None:
    screen = jukebox.screen()
    names = [song.stem for song in songs(jukebox.root)]
    assert screen[:3] == ["=" * 80, "    Llm-Music-Gen: Output Jukebox", "=" * 80]
    assert screen[3] == ""
    assert screen[4] == f"Playing song: {names[0]}"
    assert re.fullmatch(r"\[[#-]{30}\] 00:0\d/00:\d\d", screen[5])
    assert screen[6] == ""
    upcoming = [*names[1:], *names[:1], *names[1:]]
    assert screen[7].removesuffix("...") in f"Next 5 Songs: {', '.join(upcoming)}"
    assert screen[7].startswith(f"Next 5 Songs: {names[1]}, ")
    assert screen[-2:] == ["-" * 80, BACK_OR_EXIT]
    assert max(map(len, screen)) <= COLUMNS
    jukebox.press("X")
    jukebox.leave()


def test_the_jukebox_goes_on_and_back_and_out(jukebox: Terminal) -> None:
    names = [song.stem for song in songs(jukebox.root)]
    jukebox.press("n")
    jukebox.wait_for_screen(lambda screen: f"Playing song: {names[1]}" in screen)
    jukebox.press("?")
    keys = {entry.meaning for entry in listening.JUKEBOX_KEYS}
    jukebox.wait_for_screen(lambda screen: keys <= {line.split(" = ")[-1] for line in screen})
    jukebox.press("+")
    jukebox.wait_for_screen(lambda screen: any("Volume 85%" in line for line in screen))
    jukebox.press("b")
    jukebox.wait_for_screen(lambda screen: screen[-1:] == [MAIN_MENU])
    jukebox.say("x")
    jukebox.leave()
    kept = json.loads((jukebox.root / "data" / "persistent.json").read_text("utf-8"))
    assert kept["volume"] == 85


def test_auto_play_goes_on_to_the_jukebox(root: Path, null_sink: NullSink) -> None:
    settings = '{"length": "0.5", "auto_play": true}'
    (root / "data" / "persistent.json").write_text(settings, encoding="utf-8")
    with Terminal(root, variables=null_sink.variables) as terminal:
        terminal.answer((MAIN_MENU, "1"), (STYLES_ASKED, "Jazz"), (NUMBER_ASKED, "1"))
        terminal.wait_for_screen(is_playing)
        assert f"Playing song: {songs(root)[0].stem}" in terminal.screen()
        terminal.press("b")
        terminal.wait_for_screen(lambda screen: screen[-1:] == [MAIN_MENU])
        terminal.say("x")
        terminal.leave()


def test_without_a_sound_device_the_menu_says_so_and_goes_on(
    with_songs: Path, tmp_path: Path
) -> None:
    silent = {"PULSE_SERVER": "unix:/nonexistent", "ALSA_CONFIG_PATH": str(tmp_path / "none")}
    silent |= {"XDG_RUNTIME_DIR": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    with Terminal(with_songs, variables=silent) as terminal:
        terminal.answer((MAIN_MENU, "2"))
        terminal.expect("No audio device could be opened")
        terminal.answer((MAIN_MENU, "x"))
        terminal.leave()


# --- Options -------------------------------------------------------------------------------------


# Option -> what is typed, what its line shows then, and what the settings file holds.
CHANGES = {
    "length": ("3-4", "Song Length: 3-4 (minutes, or HH:MM)", "3-4"),
    "temperature": ("0,7", "Temperature: 0.7", 0.7),
    "takes": ("3", "Takes: 3", 3),
    "threads": ("1", "Threads: 1", 1),
    "volume": ("55", "Volume: 55%", 55),
    "same_loudness": ("No", "Same Loudness for All Songs: off", False),
    "keep_megabytes": ("500", "Radio Keeps at Most: 500 MB", 500),
    "auto_play": ("YES", "Auto-Play After Converting: on", True),
}


def test_options_are_changed_shown_and_kept(root: Path) -> None:
    change = f"Selection; Change Option = 1-{len(OPTIONS)}, Back to Main = B, Exit Program = X:"
    number = {option.name: place for place, option in enumerate(OPTIONS, start=1)}
    typed = [(name, text) for name, (text, _, _) in CHANGES.items()]
    with Terminal(root) as terminal:
        terminal.answer((MAIN_MENU, "3"))
        for name, text in (*typed, ("length", "soon"), ("volume", "101")):
            terminal.answer((change, str(number[name])), ("User Input: ", text))
        terminal.answer((change, "99"), (change, "b"), (MAIN_MENU, "3"))
        terminal.expect(change)
        screen = terminal.screen()
        terminal.say("x")
        shown = without_controls(terminal.leave())
    assert '"soon" is no song length' in shown
    assert "The volume must be from 0 to 100." in shown
    assert '"99" is not one of the choices' in shown
    kept = json.loads((root / "data" / "persistent.json").read_text("utf-8"))
    for name, (_, line, value) in CHANGES.items():
        assert f"    {number[name]}. {line}" in screen
        assert kept[name] == value


def test_a_model_is_chosen_and_kept(root: Path) -> None:
    folder = root / "models" / "deep" / "deeper"
    folder.mkdir(parents=True)
    shutil.copy(STARTER, folder / "Other.Q8_0.gguf")
    (folder / "Broken.gguf").write_text("no model at all\n" * 100, encoding="utf-8")
    choose = "Selection; Model = 1-3, Back to Options = B, Exit Program = X:"
    with Terminal(root) as terminal:
        terminal.answer((MAIN_MENU, "3"), ("= X:", "1"))
        terminal.expect(choose)
        names = [line.strip() for line in terminal.screen() if re.match(r"    \d\.", line)]
        terminal.say("2")
        terminal.expect("is not a GGUF model")
        terminal.answer(("= X:", "1"), (choose, "3"), ("1. Model: Other.Q8_0", "b"))
        terminal.answer((MAIN_MENU, "X"))
        terminal.leave()
    assert [name.split(" (")[0] for name in names] == [
        "1. Llm-Music-Gen-Starter.Q8_0",
        "2. Broken",
        "3. Other.Q8_0",
    ]
    kept = json.loads((root / "data" / "persistent.json").read_text("utf-8"))
    assert kept["model"] == "deep/deeper/Other.Q8_0.gguf"
