"""Where built parts are kept between runs: one folder for each part and its inputs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "c"
REPOSITORY = HERE.parents[2]
SECONDS_AT_MOST = 3000


def place() -> Path:
    """The folder of all built parts."""
    given = os.environ.get("LLM_MUSIC_GEN_BED")
    return Path(given) if given else Path.home() / ".cache" / "llm-music-gen" / "windows-bed"


def kept(name: str, inputs: Sequence[str], make: Callable[[Path], None]) -> Path:
    """The folder of a part; `make(folder)` fills it where these inputs were never built.

    It appears under its name only when it is whole. Older builds of the same part go.
    """
    key = hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:16]
    folder = place() / f"{name}-{key}"
    if folder.is_dir():
        return folder
    place().mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    print(f"windows bed: making {name}...", flush=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"making-{name}-", dir=place()))
    try:
        make(fresh)
        for old in place().glob(f"{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    print(f"windows bed: {name} took {time.monotonic() - started:.0f} s", flush=True)
    return folder


def text_of(*files: Path) -> list[str]:
    """The contents of files, as inputs of a part."""
    return [file.read_text(encoding="utf-8") for file in files]


def run(command: Sequence[str | Path], **options: object) -> str:
    """Run a tool and return its output; raises RuntimeError with its last words if it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(  # type: ignore[call-overload]
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=SECONDS_AT_MOST,
        **options,
    )
    if done.returncode:
        said = done.stdout[-4000:]
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{said}")
    return str(done.stdout)


def download(folder: Path, *what: str) -> list[Path]:
    """Fetch packages with pip into `folder` and return all files that are there."""
    run([sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder, *what])
    return sorted(folder.iterdir())
