"""Disks that refuse: folders that may not be written to, and ones that are full.

Root ignores permissions and disks are rarely full, so the sessions run without root's power, and
with a tiny disk mounted for them alone.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.terminal_sessions import (
    LIMIT_SECONDS,
    STARTER,
    assert_no_traceback,
    command,
    environment,
    everything_in,
    songs,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.model,
    pytest.mark.skipif(sys.platform == "win32", reason="permissions and mounts of POSIX"),
    pytest.mark.skipif(not STARTER.exists(), reason="the starter model is not there"),
]

POWERLESS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
# Mount a disk of so many bytes at a folder, run a session there, and tell what it left.
ON_A_TINY_DISK = """
mount -t tmpfs -o "size=$1" tmpfs "$2" || exit 99
folder=$2
shift 2
"$@"
code=$?
echo "LEFT:"
find "$folder" -type f
exit $code
"""
TINY_DISK = ["unshare", "-rm", "sh", "-c", ON_A_TINY_DISK, "sh"]
Closed = Callable[[Path], None]


@pytest.fixture
def close_folder() -> Iterator[Closed]:
    """Take the right to write from folders until the test is over."""
    closed: list[Path] = []

    def close(folder: Path) -> None:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
        closed.append(folder)

    yield close
    for folder in closed:
        folder.chmod(stat.S_IRWXU)


def start_powerless(root: Path, *arguments: str, said: str = "") -> tuple[int, str]:
    """Run a session that permissions hold for; its exit code and all that it wrote, on one line."""
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    before = [] if os.geteuid() else POWERLESS
    if before and shutil.which(before[0]) is None:
        pytest.skip("root ignores permissions, and there is no setpriv to give its power up")
    session = subprocess.run(
        [*before, *command(root, *arguments)],
        input=said,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
        env=environment(root),
        check=False,
    )
    assert_no_traceback(root, session.stdout + session.stderr)
    return session.returncode, " ".join((session.stdout + session.stderr).split())


def start_on_tiny_disk(
    root: Path,
    size: int,
    folder: Path,
    *arguments: str,
    said: str = "",
    inside: Sequence[str] = (),
) -> tuple[int, str, list[str]]:
    """Run a session, or the command `inside`, with a disk of `size` bytes at `folder`.

    Returns its exit code, all that it wrote on one line, and the files that it left on the disk.
    """
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare to mount a tiny disk with")
    folder.mkdir(exist_ok=True)
    session = subprocess.run(
        [*TINY_DISK, str(size), str(folder), *(inside or command(root, *arguments))],
        input=said,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_SECONDS,
        env=environment(root),
        check=False,
    )
    if session.returncode == 99 or "unshare" in session.stderr:
        pytest.skip(f"no disk may be mounted here: {session.stderr.strip()}")
    assert_no_traceback(root, session.stdout + session.stderr)
    shown, _, left = session.stdout.partition("LEFT:\n")
    return session.returncode, " ".join((shown + session.stderr).split()), left.split("\n")[:-1]


SONG = ("--styles", "Chill", "--length", "0.5", "--seed", "1")


# --- Not allowed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["output", "output/scores"])
def test_an_output_folder_that_is_closed_is_said_before_a_song_is_made(
    root: Path, close_folder: Closed, closed: str
) -> None:
    (root / closed).mkdir(exist_ok=True)
    close_folder(root / closed)
    code, shown = start_powerless(root, *SONG)
    assert code == 1
    assert "check that the" in shown
    assert "may be written to" in shown
    code, shown = start_powerless(root, said="1\nChill\n1\nX\n")
    assert code == 0
    assert shown.count("Main Menu") == 2
    assert "may be written to" in shown.rpartition("Main Menu")[2]
    assert not everything_in(root / "output")


def test_an_output_folder_that_is_closed_can_be_listened_to(
    root: Path, close_folder: Closed
) -> None:
    close_folder(root / "output")
    code, shown = start_powerless(root, said="2\nB\nX\n")
    assert code == 0
    assert "Exit Program = X:" in shown


def test_a_data_folder_that_is_closed_keeps_nothing_and_stops_nothing(
    root: Path, close_folder: Closed
) -> None:
    kept = root / "data" / "persistent.json"
    kept.write_text('{"volume": 33, "length": "0.5"}', encoding="utf-8")
    close_folder(root / "data")
    code, shown = start_powerless(root, said="3\n2\n4\nB\nX\n")
    assert code == 0
    assert "The settings could not be saved" in shown
    assert kept.read_text("utf-8") == '{"volume": 33, "length": "0.5"}'
    code, shown = start_powerless(root, *SONG)
    assert code == 0
    assert len(songs(root)) == 1


def test_settings_that_may_not_be_read_are_said_and_stay(root: Path) -> None:
    kept = root / "data" / "persistent.json"
    kept.write_text('{"volume": 33}', encoding="utf-8")
    kept.chmod(0)
    code, shown = start_powerless(root, said="X\n")
    kept.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert code == 0
    assert "The settings could not be read" in shown
    assert kept.read_text("utf-8") == '{"volume": 33}'


@pytest.mark.parametrize("name", ["styles.json", "FluidR3Mono_GM.sf3"])
def test_data_that_may_not_be_read_is_named(root: Path, name: str) -> None:
    path = root / "data" / name
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:100_000])
    path.chmod(0)
    code, shown = start_powerless(root, *SONG)
    assert code == 1
    assert name in shown
    assert not everything_in(root / "output")


def test_a_model_that_may_not_be_read_is_named(root: Path) -> None:
    model = root / "models" / "mine.gguf"
    shutil.copy(STARTER, model)
    model.chmod(0)
    code, shown = start_powerless(root, *SONG, "--model", "mine.gguf")
    assert code == 1
    assert '"mine.gguf" cannot be read' in shown
    assert not everything_in(root / "output")


# --- Full ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [4096, 16_384, 65_536, 262_144, 524_288])
def test_a_full_output_disk_is_said_and_nothing_is_left(root: Path, size: int) -> None:
    code, shown, left = start_on_tiny_disk(root, size, root / "output", *SONG)
    assert code == 1
    assert "the disk is not full" in shown
    assert left == []


def test_songs_that_fitted_stay_when_the_disk_is_full(root: Path) -> None:
    more = ("--songs", "9")
    code, shown, left = start_on_tiny_disk(root, 2_600_000, root / "output", *SONG, *more)
    assert code == 1
    assert "the disk is not full" in shown
    finished = shown.count(" is ready: ")
    assert 0 < finished < 9
    assert sorted(Path(name).suffix for name in left) == sorted(
        [".abc", ".json", ".mid", ".mp3"] * finished
    )


def test_a_full_disk_for_temporary_files_is_in_nobodys_way(root: Path) -> None:
    temporary = root.parent / "temporary"
    code, _, left = start_on_tiny_disk(root, 4096, temporary, *SONG)
    assert code == 0
    assert left == []
    assert len(songs(root)) == 1


def test_settings_stay_whole_on_a_full_disk(root: Path) -> None:
    kept = root / "data" / "persistent.json"
    fill = 'printf \'{"volume": 33}\' > "$0"; head -c 9999 /dev/zero > "$0.filler"; exec "$@"'
    code, shown, left = start_on_tiny_disk(
        root,
        8192,
        root / "data",
        said="3\n2\n4\nB\nX\n",
        inside=["sh", "-c", f"{fill} 2>&1", str(kept), *command(root)],
    )
    assert code == 0
    assert "Volume: 33%" in shown
    assert "The settings could not be saved" in shown
    names = {Path(name).name for name in left} - {"Llm-Music-Gen.log"}
    assert names == {"persistent.json", "persistent.json.filler"}


def test_a_radio_on_a_full_disk_says_so_and_keeps_what_fitted(root: Path) -> None:
    (root / "data" / "persistent.json").write_text('{"length": "0.5"}', encoding="utf-8")
    silent = ["env", "PULSE_SERVER=unix:/nowhere", "ALSA_CONFIG_PATH=/dev/null"]
    code, shown, left = start_on_tiny_disk(
        root,
        1_700_000,
        root / "output",
        said="1\nChill\nL\nB\nX\n",
        inside=[*silent, *command(root)],
    )
    assert code == 0
    assert "No audio device" in shown
    assert "the disk is not full" in shown
    finished = shown.count(" is ready: ")
    assert finished > 0
    assert sorted(Path(name).suffix for name in left) == sorted(
        [".abc", ".json", ".mid", ".mp3"] * finished
    )
