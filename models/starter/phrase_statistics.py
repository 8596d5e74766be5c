"""Measure how the phrases of real parts differ, and how real tunes close.

    python contours.py --work work

Prints what the app's tables say (scripts/tables/phrases.py). A part with a cell of two bars that
returns in another phrase does not count: the app copies cells itself.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean, pstdev, quantiles

from models.starter import dialect
from models.starter.dialect import BARS_PER_LINE, MODES, QUALITIES, REST, Bar, Song, bucket, per_quarter, struck
from models.starter.metrics import mean_height

CELL = 2  # bars
MOST_PHRASES = 4


def phrases_of(part: list[Bar]) -> list[list[Bar]]:
    """Cut a part into its phrases."""
    return [part[first : first + BARS_PER_LINE] for first in range(0, len(part), BARS_PER_LINE)]


def says_again(phrases: list[list[Bar]]) -> bool:
    """Say whether two phrases of a part have a cell in common."""
    cells = [
        {tuple(tuple(bar.notes) for bar in phrase[i : i + CELL]) for i in (0, CELL)}
        for phrase in phrases
    ]
    return len(set().union(*cells)) < sum(map(len, cells))


def whole_parts(songs: list[Song]) -> Iterator[tuple[list[Bar], str]]:
    """Yield parts of whole phrases, each of which sounds, and their metres."""
    for song in songs:
        for part in song.parts:
            if len(part) % BARS_PER_LINE == 0 and all(map(struck, phrases_of(part))):
                yield part, song.metre


def habits(songs: list[Song]) -> None:
    """Print how far each phrase lies from the mean of its part."""
    found = defaultdict[tuple[int, int], list[tuple[float, float]]](list)
    for part, metre in whole_parts(songs):
        phrases = phrases_of(part)
        if not 1 < len(phrases) <= MOST_PHRASES or says_again(phrases):
            continue
        heights = [mean_height(phrase) for phrase in phrases]
        many, high = per_quarter(part, metre), fmean(heights)
        for number, (phrase, height) in enumerate(zip(phrases, heights)):
            found[len(phrases), number].append((per_quarter(phrase, metre) - many, height - high))
    print("phrases, which, parts: notes per quarter and spread, semitones and spread")
    for (count, number), rows in sorted(found.items()):
        densities, heights = zip(*rows)
        print(f"{count} {number + 1} {len(rows):6}: "
              f"{fmean(densities):6.2f} {pstdev(densities):5.2f} "
              f"{fmean(heights):6.2f} {pstdev(heights):5.2f}")  # fmt: skip


def densities(songs: list[Song]) -> None:
    """Print where the middle half of the parts of each density lies."""
    levels = defaultdict[int, list[float]](list)
    for part, metre in whole_parts(songs):
        many = per_quarter(part, metre)
        levels[bucket(many, dialect.DENSITY_EDGES)].append(many)
    for level, found in sorted(levels.items()):
        low, _, high = quantiles(found, n=4)
        print(f"density {level}: {len(found):6} parts, from {low:.2f} to {high:.2f}")


def lengths(songs: list[Song]) -> None:
    """Print how often each length is struck in phrases of each density."""
    levels = defaultdict[int, Counter[int]](Counter)
    for part, metre in whole_parts(songs):
        for phrase in phrases_of(part):
            level = bucket(per_quarter(phrase, metre), dialect.DENSITY_EDGES)
            levels[level].update(n for bar in phrase for pitch, n in bar.notes if pitch != REST)
    for level, found in sorted(levels.items()):
        shares = {n: found[n] / found.total() for n in sorted(found)}
        print(
            f"density {level}:", {n: f"{share:.1%}" for n, share in shares.items() if share > 0.002}
        )


def reach(songs: list[Song]) -> None:
    """Print how far a phrase's notes lie from their mean."""
    found = [
        pitch - mean_height(phrase)
        for part, _ in whole_parts(songs)
        for phrase in phrases_of(part)
        for pitch in struck(phrase)
    ]
    cuts = quantiles(found, n=200)
    for share, low, high in ((0.9, 9, -10), (0.95, 4, -5), (0.98, 1, -2), (0.99, 0, -1)):
        print(
            f"{share:.0%} of a phrase's notes: {cuts[low]:.1f} to {cuts[high]:.1f} from their mean"
        )


def closings(songs: list[Song]) -> None:
    """Print on which note of the last chord tunes close, with the tonic in it and without."""
    found = {True: Counter[str](), False: Counter[str]()}
    for song in songs:
        bar = song.bars()[-1]
        root, quality = bar.chords[-1][1]
        chord = [(root + step) % 12 for step in QUALITIES[quality]]
        tonic = MODES[song.mode][1]
        names = dict(zip(chord, ("root", "third", "fifth")))
        if tonic in chord:
            names[tonic] = "tonic"
        if pitches := struck([bar]):
            found[tonic in chord][names.get(pitches[-1] % 12, "none of them")] += 1
    total = found[True].total() + found[False].total()
    print(f"the last chord has the tonic: {found[True].total() / total:.1%} of {total}")
    for has, counts in found.items():
        shares = {name: f"{many / counts.total():.1%}" for name, many in counts.most_common()}
        print("with it" if has else "without", shares)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("work"))
    options = parser.parse_args()
    lines = (options.work / "train.txt").read_text(encoding="ascii").split()
    songs = list(map(dialect.read_song, lines))
    for measure in (habits, densities, lengths, reach, closings):
        measure(songs)


if __name__ == "__main__":
    main()
