"""How the band plays, over all styles and several seeds: a row of figures for each style.

    python tests/bench/band.py [--seeds 3] [--seconds 180] [--styles WORD ...]

Run it with the environment's own Python (.venv). Columns: milliseconds to arrange; notes out of
an instrument's range; share of strong melody, counter and bass notes foreign to the chord; share
of time in which melody and chords, counter and melody, pad and melody rub (a semitone); share of
chord notes above the melody; semitones a voice moves; drum strokes a bar by energy 1 to 4; share
of distinct bars of drums and bass; bars in a row that are the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from scripts.music.arrangement import arrange  # noqa: E402
from scripts.music.leadsheet import read_lead_sheet  # noqa: E402
from tests import band_measures  # noqa: E402
from tests.song_factory import plan, random_tune, style_book  # noqa: E402


def milliseconds(style: str, seed: int, seconds: float) -> float:
    """Return how long a song takes to arrange, its chords voiced for the first time or not."""
    song = plan(style, seed, seconds)
    sheet = read_lead_sheet(random_tune(song, seed), song)
    begin = time.perf_counter()
    arrange(sheet, song, style_book().grooves[song.band.groove])
    return 1000 * (time.perf_counter() - begin)


def row(style: str, seeds: int, seconds: float) -> dict[str, str]:
    found = [band_measures.performance(style, seed, seconds) for seed in range(1, seeds + 1)]

    def share(*players: str) -> str:
        counts = [band_measures.strong_clashes(one, *players) for one in found]
        return f"{100 * sum(w for w, _ in counts) / max(1, sum(t for _, t in counts)):.0f}%"

    def average(measure: Callable[..., float], *arguments: str) -> float:
        return mean(measure(one, *arguments) for one in found)

    density = [band_measures.density_by_energy(one) for one in found]
    levels = [[d[e] for d in density if e in d] for e in (1, 2, 3, 4)]
    return {
        "style": style,
        "groove": "/".join(sorted({one.song.band.groove for one in found})),
        "ms": f"{mean(milliseconds(style, s, seconds) for s in range(1, seeds + 1)):.0f}",
        "out": str(sum(map(band_measures.out_of_range, found))),
        "mel": share("melody"),
        "ctr": share("counter"),
        "bas": share("bass"),
        "m/c": f"{100 * average(band_measures.rubbing, 'melody', 'chords'):.0f}%",
        "k/m": f"{100 * average(band_measures.rubbing, 'counter', 'melody'):.0f}%",
        "p/m": f"{100 * average(band_measures.rubbing, 'pad', 'melody'):.0f}%",
        "top": f"{100 * average(band_measures.above_melody):.0f}%",
        "move": f"{average(band_measures.voice_motion):.1f}",
        "drums 1 2 3 4": " ".join(f"{mean(c):.0f}" if c else "-" for c in levels),
        "var": f"{100 * average(band_measures.distinct_bars, 'drums'):.0f}%",
        "bvar": f"{100 * average(band_measures.distinct_bars, 'bass'):.0f}%",
        "same": f"{max(band_measures.longest_loop(one, 'drums') for one in found)}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--styles", nargs="*", default=sorted(style_book().styles))
    options = parser.parse_args()
    rows = []
    prints = {}
    for style in options.styles:
        rows.append(row(style, options.seeds, options.seconds))
        heard = band_measures.performance(style, 1, options.seconds)
        prints[style] = band_measures.drum_print(heard)
        band_measures.performance.cache_clear()
    widths = {key: max(len(key), *(len(r[key]) for r in rows)) for key in rows[0]}
    for line in [dict(zip(widths, widths)), *rows]:
        print(" ".join(line[key].ljust(widths[key]) for key in widths))
    print("\nnearest drumming:")
    for apart, one, two in band_measures.nearest_pairs(prints)[:12]:
        print(f"{apart:.2f}  {one} / {two}")


if __name__ == "__main__":
    main()
