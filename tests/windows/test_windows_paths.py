"""The program in folders that Windows users have: oddly named, deep, closed, on other drives."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.windows.bed import program
from tests.windows.bed.program import BAT, PYTHON, lines_of
from tests.windows.bed.store import run
from tests.windows.bed.wine import Windows

DEEP = "C:\\" + "\\".join(["a folder in a folder"] * 5)  # 107 letters
PLACES = {
    "signs": r"C:\Users\Zoë & Co\My Music (100%)!",
    "deep": DEEP,
    "another drive": r"D:\Musik",
}
# What a process needs to write where permissions forbid it, as root may: taken away.
POWERLESS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")

NAMES = r"""
from pathlib import Path
from scripts.tables.program import Paths
from scripts.utility import file_stem
paths = Paths.under(Path("names").resolve())
paths.scores.mkdir(parents=True)
for title in ("CON", "nul.", "a: b?", "dots...", "\U0001F3B5" * 300, "x" * 300, "Zoë %!"):
    target = paths.output / (file_stem(title, paths) + ".mp3")
    target.write_bytes(b"song")
    assert target.read_bytes() == b"song"
    assert target.name in {path.name for path in paths.output.iterdir()}
print(sum(1 for _ in paths.output.glob("*.mp3")), "songs")
"""


@pytest.fixture(scope="module")
def other_drive(windows: Windows) -> Path:
    """`D:`, on a folder of its own."""
    folder = windows.prefix / "drive_d"
    folder.mkdir(exist_ok=True)
    link = windows.prefix / "dosdevices" / "d:"
    if not link.is_symlink():
        link.symlink_to("../drive_d")
    return folder


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_the_program_may_be_moved_anywhere(
    place: str, windows: Windows, home: Path, first_start: str, other_drive: Path
) -> None:
    drive, _, inside = place.partition(":\\")
    top = windows.drive if drive == "C" else other_drive
    folder = top / inside.replace("\\", "/")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    run(["cp", "-al", home, folder])  # moved: nothing in it is installed anew
    before = set((folder / "output").glob("*.mp3"))
    words = ("launcher.py", "--styles", "Calm, Piano", "--length", "1", "--seed", "5")
    done = windows.run(PYTHON, "-X", "utf8", *words, cwd=folder)
    assert done.returncode == 0, done.stdout
    assert "Set-up" not in done.stdout
    [song] = set((folder / "output").glob("*.mp3")) - before
    assert song.stat().st_size > 100_000
    assert {path.suffix for path in (folder / "output" / "scores").glob(f"{song.stem}.*")} >= {
        ".abc",
        ".mid",
        ".json",
    }


@pytest.fixture
def closed(windows: Windows, tmp_path: Path) -> Iterator[Path]:
    """A fresh program in a folder that may only be read."""
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    if os.geteuid() == 0 and shutil.which(POWERLESS[0]) is None:
        pytest.skip("root ignores permissions, and there is no setpriv to give its power up")
    folder = program.copy_program(tmp_path / "read only")
    places = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for path in places:
        path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    windows.rest()  # the server opens files for all: it must be as powerless
    yield folder
    windows.rest()
    for path in places:
        path.chmod(stat.S_IRWXU)


def test_a_folder_that_may_only_be_read_gets_a_sentence(windows: Windows, closed: Path) -> None:
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    before = () if os.geteuid() else POWERLESS
    done = windows.run("cmd", "/c", BAT, "install", cwd=closed, before=before)
    told = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "this folder may not be written to" in told
    assert "such as Documents" in told
    assert "Traceback" not in told


def test_a_song_is_named_legally_whatever_its_title(
    windows: Windows, home: Path, first_start: str
) -> None:
    shutil.rmtree(home / "names", ignore_errors=True)
    done = windows.run(*lines_of(home, NAMES), cwd=home)
    assert "7 songs" in done.stdout, done.stdout
