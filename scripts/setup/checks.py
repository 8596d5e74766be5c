"""What is there on this computer, and what to do about what is not: one row each."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.setup.commands import clean_environment
from scripts.setup.environment import Environment
from scripts.temporary import SOUNDFONT_NAME, STARTER_MODEL, Paths

OK, NOTE, MISSING = "ok", "note", "missing"
INSTALL = "run: python requisites.py"
ASK_SECONDS = 60
DISK_LOW_BYTES = 1_000_000_000
MEMORY_LOW_BYTES = 1_000_000_000
SOUNDFONT_START = b"RIFF"
MODEL_START = b"GGUF"

# Asked inside the environment, each by itself: a library that fails must not hide the others.
ASK_FFMPEG = """
import imageio_ffmpeg, subprocess
path = imageio_ffmpeg.get_ffmpeg_exe()
answer = subprocess.run([path, "-version"], capture_output=True, text=True, check=True)
print(json.dumps(answer.stdout.split()[2]))
"""
ASK_SOUND = """
import miniaudio
names = [device["name"] for device in miniaudio.Devices().get_playbacks()]
print(json.dumps(names))
"""
ASK_MEMORY = """
import psutil
memory = psutil.virtual_memory()
print(json.dumps([memory.total, memory.available]))
"""


@dataclass(frozen=True)
class Row:
    """A line of the table: a thing, `ok`, `note` (can be lived with) or `missing`, and why."""

    what: str
    state: str
    detail: str


def _ask(root: Path, code: str) -> object:
    """The answer of a few lines of Python inside the environment, or None."""
    try:
        answer = subprocess.run(
            [str(Environment(root).python), "-I", "-c", "import json\n" + code],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            check=True,
        )
        return json.loads(answer.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _starts_with(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError:
        return False


def python_row(root: Path) -> Row:
    return Row("Python", OK, sys.version.split()[0])


def environment_row(root: Path) -> Row:
    environment = Environment(root)
    stamp = environment.read_stamp()
    if stamp is not None and environment.is_whole(stamp):
        return Row("Environment", OK, f".venv with Python {stamp.python}")
    return Row("Environment", MISSING, INSTALL)


def libraries_row(root: Path) -> Row:
    if Environment(root).is_ready():
        return Row("Libraries", OK, "all of requirements.txt")
    return Row("Libraries", MISSING, INSTALL)


def soundfont_row(root: Path) -> Row:
    path = Paths.under(root).soundfont
    if _starts_with(path, SOUNDFONT_START):
        return Row("Soundfont", OK, f"{SOUNDFONT_NAME}, {path.stat().st_size // 10**6} MB")
    return Row("Soundfont", MISSING, f"download the program again, or bring back data/{path.name}")


def model_row(root: Path) -> Row:
    path = Paths.under(root).models / STARTER_MODEL
    if _starts_with(path, MODEL_START):
        return Row("Starter model", OK, f"{path.stat().st_size / 1e6:.1f} MB")
    return Row("Starter model", MISSING, "download the program again, or use a GGUF of your own")


def ffmpeg_row(root: Path) -> Row:
    version = _ask(root, ASK_FFMPEG)
    return Row("ffmpeg", OK, str(version)) if version else Row("ffmpeg", MISSING, INSTALL)


def sound_row(root: Path) -> Row:
    names = _ask(root, ASK_SOUND)
    if isinstance(names, list) and names:
        return Row("Sound device", OK, str(names[0]).encode("ascii", "replace").decode())
    return Row("Sound device", NOTE, "none: songs are made, but cannot be heard here")


def disk_row(root: Path) -> Row:
    free = shutil.disk_usage(root).free
    low = free < DISK_LOW_BYTES
    advice = "; free some: songs and models need room" if low else ""
    return Row("Disk space", NOTE if low else OK, f"{free / 1e9:.1f} GB free{advice}")


def memory_row(root: Path) -> Row:
    found = _ask(root, ASK_MEMORY)
    if not isinstance(found, list):
        return Row("Memory", MISSING, INSTALL)
    low = found[1] < MEMORY_LOW_BYTES
    advice = "; close other programs before using a large model" if low else ""
    detail = f"{found[1] / 1e9:.1f} of {found[0] / 1e9:.1f} GB free{advice}"
    return Row("Memory", NOTE if low else OK, detail)


ROWS: tuple[Callable[[Path], Row], ...] = (
    python_row,
    environment_row,
    libraries_row,
    soundfont_row,
    model_row,
    ffmpeg_row,
    sound_row,
    disk_row,
    memory_row,
)


def rows(root: Path) -> list[Row]:
    return [look(root) for look in ROWS]
