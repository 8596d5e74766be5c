"""From an order to a finished 2-minute MP3 in a fresh process: seconds and peak memory.

    python tests/bench/song.py [--runs 3] [--model GGUF] [--styles WORDS]

Run it with the environment's own Python (.venv).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MAKE = (
    "import sys, resource; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
    "from scripts import interface\n"
    "code = interface.main(sys.argv[2:], Path(sys.argv[1]))\n"
    "print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    "sys.exit(code)\n"
)


def make_song(options: argparse.Namespace, folder: str) -> tuple[float, float, float]:
    """Return wall seconds, processor seconds and peak memory (MB) of one song."""
    line = [sys.executable, "-c", MAKE, str(ROOT), "--styles", options.styles, "--songs", "1"]
    line += ["--length", "2", "--seed", "1", "--output", folder]
    line += ["--model", options.model] if options.model else []
    before, children = time.perf_counter(), os.times()
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    wall, after = time.perf_counter() - before, os.times()
    processor = after.children_user + after.children_system
    processor -= children.children_user + children.children_system
    return wall, processor, float(done.stdout.rsplit("PEAK", 1)[1])


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
    for name, column in zip(("wall seconds", "processor seconds", "peak memory, MB"), zip(*rows)):
        print(f"{name:20} median {statistics.median(column):8.2f}   all {column}")


if __name__ == "__main__":
    main()
