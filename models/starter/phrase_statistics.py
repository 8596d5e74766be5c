"""Measure how the phrases of real parts differ, and how real tunes end.

    python -m models.starter phrases

Prints the numbers of the app's tables of phrases. A part with a cell of two bars that returns in
another phrase does not count: the app copies cells itself.
"""

from __future__ import annotations

from argparse import Namespace
from collections import Counter, defaultdict
from collections.abc import Iterator
from statistics import fmean, pstdev, quantiles

from models.starter import dialect
from models.starter.dialect import (
    BARS_PER_LINE,
    MODES,
    QUALITIES,
    REST,
    Bar,
    Song,
    bucket,
    notes_per_quarter,
    read_tunes,
    sounding_pitches,
)
from models.starter.metrics import mean_pitch

CELL = 2  # bars
MOST_PHRASES = 4


def phrases_of(part: list[Bar]) -> list[list[Bar]]:
    """Cut a part into its phrases."""
    return [part[first : first + BARS_PER_LINE] for first in range(0, len(part), BARS_PER_LINE)]


def has_repeated_cell(phrases: list[list[Bar]]) -> bool:
    """Say whether two phrases of a part share a cell of CELL bars."""
    cells = [
        {tuple(tuple(bar.notes) for bar in phrase[i : i + CELL]) for i in (0, CELL)}
        for phrase in phrases
    ]
    return len(set().union(*cells)) < sum(map(len, cells))


def whole_parts(songs: list[Song]) -> Iterator[tuple[list[Bar], str]]:
    """Yield (part, metre) of parts of whole phrases, none of them silent."""
    for song in songs:
        for part in song.parts:
            if len(part) % BARS_PER_LINE == 0 and all(map(sounding_pitches, phrases_of(part))):
                yield part, song.metre


def phrase_offsets(songs: list[Song]) -> None:
    """Print how far each phrase is from the mean of its part, in density and pitch."""
    found = defaultdict[tuple[int, int], list[tuple[float, float]]](list)
    for part, metre in whole_parts(songs):
        phrases = phrases_of(part)
        if not 1 < len(phrases) <= MOST_PHRASES or has_repeated_cell(phrases):
            continue
        heights = [mean_pitch(phrase) for phrase in phrases]
        many, high = notes_per_quarter(part, metre), fmean(heights)
        for number, (phrase, height) in enumerate(zip(phrases, heights)):
            found[len(phrases), number].append(
                (notes_per_quarter(phrase, metre) - many, height - high)
            )
    print("phrases, which, parts: notes per quarter and spread, semitones and spread")
    for (count, number), rows in sorted(found.items()):
        offsets, steps = zip(*rows)
        print(f"{count} {number + 1} {len(rows):6}: "
              f"{fmean(offsets):6.2f} {pstdev(offsets):5.2f} "
              f"{fmean(steps):6.2f} {pstdev(steps):5.2f}")  # fmt: skip


def densities(songs: list[Song]) -> None:
    """Print the quartiles of notes per quarter in the parts of each density."""
    levels = defaultdict[int, list[float]](list)
    for part, metre in whole_parts(songs):
        many = notes_per_quarter(part, metre)
        levels[bucket(many, dialect.DENSITY_EDGES)].append(many)
    for level, found in sorted(levels.items()):
        low, _, high = quantiles(found, n=4)
        print(f"density {level}: {len(found):6} parts, from {low:.2f} to {high:.2f}")


def lengths(songs: list[Song]) -> None:
    """Print how often each note length occurs in phrases of each density."""
    levels = defaultdict[int, Counter[int]](Counter)
    for part, metre in whole_parts(songs):
        for phrase in phrases_of(part):
            level = bucket(notes_per_quarter(phrase, metre), dialect.DENSITY_EDGES)
            levels[level].update(n for bar in phrase for pitch, n in bar.notes if pitch != REST)
    for level, found in sorted(levels.items()):
        shares = {n: found[n] / found.total() for n in sorted(found)}
        print(
            f"density {level}:", {n: f"{share:.1%}" for n, share in shares.items() if share > 0.002}
        )


def reach(songs: list[Song]) -> None:
    """Print how far a phrase's notes are from their mean pitch."""
    found = [
        pitch - mean_pitch(phrase)
        for part, _ in whole_parts(songs)
        for phrase in phrases_of(part)
        for pitch in sounding_pitches(phrase)
    ]
    cuts = quantiles(found, n=200)
    for share, low, high in ((0.9, 9, -10), (0.95, 4, -5), (0.98, 1, -2), (0.99, 0, -1)):
        print(
            f"{share:.0%} of a phrase's notes: {cuts[low]:.1f} to {cuts[high]:.1f} from their mean"
        )


def final_notes(songs: list[Song]) -> None:
    """Print on which note of the last chord tunes end, if that has the tonic and if not."""
    found = {True: Counter[str](), False: Counter[str]()}
    for song in songs:
        bar = song.bars()[-1]
        root, quality = bar.chords[-1][1]
        chord = [(root + step) % 12 for step in QUALITIES[quality]]
        tonic = MODES[song.mode][1]
        names = dict(zip(chord, ("root", "third", "fifth")))
        if tonic in chord:
            names[tonic] = "tonic"
        if pitches := sounding_pitches([bar]):
            found[tonic in chord][names.get(pitches[-1] % 12, "none of them")] += 1
    total = found[True].total() + found[False].total()
    print(f"the last chord has the tonic: {found[True].total() / total:.1%} of {total}")
    for has, counts in found.items():
        shares = {name: f"{many / counts.total():.1%}" for name, many in counts.most_common()}
        print("with it" if has else "without", shares)


def run(options: Namespace) -> None:
    """Measure and print."""
    songs = list(map(dialect.read_song, read_tunes(options.work / "train.txt")))
    for measure in (phrase_offsets, densities, lengths, reach, final_notes):
        measure(songs)
