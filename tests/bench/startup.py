"""How long a second start takes until the menu is up, beside a Python that does nothing.

    python tests/bench/startup.py [runs]

Each run starts launcher.py with "X" as its input and waits for its end.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
TARGET_SECONDS = 0.5


def seconds(command: list[str]) -> float:
    """The wall time of one run of `command` that is told to leave at once."""
    start = time.perf_counter()
    subprocess.run(command, input="X\n", text=True, capture_output=True, check=True)
    return time.perf_counter() - start


def main(runs: int = 11) -> int:
    start = [sys.executable, str(REPOSITORY / "launcher.py")]
    seconds(start)  # the first one may set up, and fills the disk's cache
    menu = statistics.median(seconds(start) for _ in range(runs))
    bare = statistics.median(seconds([sys.executable, "-c", "pass"]) for _ in range(runs))
    print(f"second start to the menu and out: {menu:.3f} s (median of {runs})")
    print(f"python -c pass:                   {bare:.3f} s, so {menu / bare:.1f} times that")
    print(f"target:                           {TARGET_SECONDS} s")
    return 0 if menu < TARGET_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
