"""A song's MIDI to its finished MP3: against fluidsynth and ffmpeg, and what a song of hours needs.

    python tests/bench/converting.py [--styles WORDS] [--hours 2]

`fluidsynth` renders and `ffmpeg` encodes the same MIDI file, and do nothing else: no balance, no
mastering, no tags. Both are programs of the system (Debian: fluidsynth, ffmpeg). Run it with the
environment's own Python (.venv).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent.parent
SOUNDFONT = ROOT / "data" / "FluidR3Mono_GM.sf3"
# Write a song with the starter model and convert it, in a process of its own.
CONVERT = """
import sys, time
from pathlib import Path
root, folder, styles, seconds, seed = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]
sys.path.insert(0, str(root))
from scripts import models, prompts, utility
from scripts.render.track_notes import open_soundfont
from scripts.music.style_blend import blend_styles
from scripts.music.plan import plan_song
from scripts.music.style_parser import parse_styles
from scripts.tables.models import Sampling
from scripts.tables.program import Paths
from scripts.tables.songs import SongJob
from scripts.temporary import application
book = utility.load_style_book(root / "data" / "styles.json")
plan = plan_song(blend_styles(parse_styles(styles, book), book), book, float(seconds), int(seed))
folder_of_models = root / "models"
info = models.describe(folder_of_models / application.STARTER_MODEL, folder_of_models)
model = models.LoadedModel(info, 1)
job = prompts.build_job(plan, model.profile, model.frame, {})[0]
text = "".join(model.write(job, Sampling(seed=int(seed))))
model.close()
paths = Paths.under(root, folder)
utility.prepare_output(paths)
sampler = open_soundfont(root / "data" / "FluidR3Mono_GM.sf3")
begun = time.perf_counter()
conversion = utility.convert(SongJob(plan, text, "abc", "bench"), book, paths, sampler)
try:
    while True:
        next(conversion)
except StopIteration as finished:
    print("SONG", finished.value.path)
    print("SECONDS", finished.value.seconds, time.perf_counter() - begun)
if sys.platform == "win32":
    import psutil
    print("PEAK", psutil.Process().memory_info().peak_wset / 2**20)
else:
    import resource
    print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


class Converted(TypedDict):
    path: Path
    seconds: float
    spent: float
    peak: float


def convert(styles: str, seconds: float, folder: str, seed: int = 1) -> Converted:
    """Make a song; return its path, its length, seconds to convert it and peak memory (MB)."""
    line = [sys.executable, "-c", CONVERT, str(ROOT), folder, styles, str(seconds), str(seed)]
    done = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    path = re.search(r"^SONG (.+)$", done, re.MULTILINE)
    figures = re.search(r"^SECONDS ([\d.]+) ([\d.]+)$", done, re.MULTILINE)
    peak = re.search(r"^PEAK ([\d.]+)$", done, re.MULTILINE)
    assert path and figures and peak, done
    return {"path": Path(path[1]), "seconds": float(figures[1]), "spent": float(figures[2]),
            "peak": float(peak[1])}  # fmt: skip


def others(midi: Path, folder: str) -> float | None:
    """Return the seconds that fluidsynth and ffmpeg take; None where one is missing."""
    missing = [name for name in ("fluidsynth", "ffmpeg") if shutil.which(name) is None]
    if missing:
        print(f"not compared: {' and '.join(missing)} is not installed")
        return None
    wave, mp3 = str(Path(folder, "f.wav")), str(Path(folder, "f.mp3"))
    begun = time.perf_counter()
    render = ["fluidsynth", "-ni", "-r", "44100", "-F", wave, str(SOUNDFONT), str(midi)]
    subprocess.run(render, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    encode = ["ffmpeg", "-v", "error", "-y", "-i", wave, "-c:a", "libmp3lame", "-b:a", "192k", mp3]
    subprocess.run(encode, check=True)
    return time.perf_counter() - begun


def decoded_digest(path: Path) -> str:
    """Return a digest of a file's samples."""
    sys.path.insert(0, str(ROOT))
    from tests.ffmpeg_meter import decoded

    return hashlib.sha256(decoded(path).tobytes()).hexdigest()[:16]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--styles", default="Chill, Dubstep")
    parser.add_argument("--hours", type=float, default=2.0, help="of the long song; 0: none")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{os.cpu_count()} processors, load {load:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for _ in range(options.rounds):
            ours = convert(options.styles, 180, folder)
            midi = Path(folder, "scores", f"{ours['path'].stem}.mid")
            theirs = others(midi, folder)
            made.append((ours["path"], midi.read_bytes()))
            line = f"{ours['seconds']:.0f} s of music in {ours['spent']:.2f} s"
            line += f" ({ours['seconds'] / ours['spent']:.0f} times as fast as it plays)"
            if theirs:
                ratio = ours["spent"] / theirs
                line += f"; fluidsynth and ffmpeg {theirs:.2f} s, ratio {ratio:.2f}"
            print(f"{line}; peak memory {ours['peak']:.0f} MB", flush=True)
        same = {(decoded_digest(path), midi) for path, midi in made}
        print("the same seed: the same MIDI and the same samples:", len(same) == 1, flush=True)
        if options.hours:
            long = convert(options.styles, options.hours * 3600, folder)
            more = long["peak"] - ours["peak"]
            print(f"{options.hours:g} hours: {long['spent']:.0f} s, peak memory "
                  f"{long['peak']:.0f} MB, {more:+.0f} MB against the short song")  # fmt: skip


if __name__ == "__main__":
    main()
