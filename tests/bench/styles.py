"""How styles differ: a line for each with its nearest neighbour, and the closest pairs.

usage: python tests/bench/styles.py
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.song_factory import plan, style_book
from tests.style_measures import closest_pairs, distances, nearest, portrait

PAIRS = 12


def main() -> None:
    print(f"{'style':<16}{'beats a minute':<16}{'metres':<14}{'modes':<30}{'nearest':<18}  of 6")
    for style in sorted(style_book().styles):
        own, (other, far) = portrait(style), nearest(style)
        tempo = f"{min(own.tempos):.0f} to {max(own.tempos):.0f}"
        metres, modes = (" ".join(sorted(words)) for words in (own.metres, own.modes))
        print(f"{style:<16}{tempo:<16}{metres:<14}{modes:<30}{other:<18}{far:6.2f}")
    pairs = closest_pairs()
    print(f"\nthe closest of {len(pairs)} pairs (median {pairs[len(pairs) // 2][0]:.2f}):")
    for far, one, other in pairs[:PAIRS]:
        detail = ", ".join(f"{name} {value:.2f}" for name, value in distances(one, other).items())
        print(f"{far:.2f}  {one} / {other}: {detail}")
    for hours in (1, 8):
        start = time.process_time()
        song = plan("lo-fi", 1, hours * 3600)
        spent = time.process_time() - start
        print(f"a plan of {hours} h: {spent * 1000:.0f} ms, {len(song.parts)} parts, "
              f"{song.written_bars} written bars, {len(song.form)} sections")  # fmt: skip


if __name__ == "__main__":
    main()
