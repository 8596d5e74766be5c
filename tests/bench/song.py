"""From an order to a finished 2-minute MP3 in a fresh process: seconds and peak memory.

    python tests/bench/song.py [--runs 3] [--model GGUF] [--styles WORDS]

Run it with the environment's own Python (.venv).
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The app as the launcher starts it; the first event of each kind tells when a stage began.
MAKE = """
import sys, time
marks = [("start", time.perf_counter())]
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from scripts import interface, song_pipeline
make = song_pipeline.make_songs
stage_of = {"Loading": "load", "Writing": "write", "Converting": "convert"}
def timed(*order):
    for event in make(*order):
        stage = stage_of.get(type(event).__name__, "end")
        if stage != marks[-1][0]:
            marks.append((stage, time.perf_counter()))
        yield event
song_pipeline.make_songs = timed
code = interface.main(sys.argv[2:], Path(sys.argv[1]))
if sys.platform == "win32":
    import psutil
    print("PEAK", psutil.Process().memory_info().peak_wset / 2**20)
else:
    import resource
    print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
for (stage, begun), (_, over) in zip(marks, [*marks[1:], ("", time.perf_counter())]):
    print("STAGE", stage, over - begun)
sys.exit(code)
"""


def make_song(options: argparse.Namespace, folder: str) -> dict[str, float]:
    """Return seconds, in all and of each stage, and peak memory (MB) of one song."""
    line = [sys.executable, "-c", MAKE, str(ROOT), "--styles", options.styles, "--songs", "1"]
    line += ["--length", "2", "--seed", "1", "--output", folder]
    line += ["--model", options.model] if options.model else []
    before, children = time.perf_counter(), os.times()
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - before, os.times()
    processor = after.children_user + after.children_system
    processor -= children.children_user + children.children_system
    told = re.findall(r"^STAGE (\w+) ([\d.]+)$", done.stdout, re.MULTILINE)
    stages = {f"  {stage}": float(seconds) for stage, seconds in told}
    peak = re.search(r"^PEAK ([\d.]+)$", done.stdout, re.MULTILINE)
    assert peak
    found = {"wall seconds": wall, **stages, "processor seconds": processor}
    return {**found, "peak memory, MB": float(peak[1])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--styles", default="Chill, Dubstep")
    parser.add_argument("--model", default="")
    options = parser.parse_args()
    rows = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(make_song(options, folder))
    for name in rows[0]:
        column = [row[name] for row in rows]
        values = ", ".join(f"{value:.2f}" for value in column)
        print(f"{name:20} median {statistics.median(column):8.2f}   of {values}")


if __name__ == "__main__":
    main()
