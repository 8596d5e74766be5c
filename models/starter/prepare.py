"""Make the corpus: read the sources, write work/train.txt and work/valid.txt, count everything.

    python prepare.py --data FOLDER [--data FOLDER ...] --out work

FOLDER holds the collections (see sources.py). The text is described in dialect.py.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import chords
from dialect import MODES, Song, check, density, read_song, write_song
from songs import Entry, entries_of
from sources import SOURCES, read_source

HELD_OUT = 0.04  # of the tunes
SEED = 1
NGRAM, TWIN = 8, 0.5  # tunes that share half of their runs of 8 intervals are one tune


def intervals(song: Song) -> set[tuple[int, ...]]:
    """Return the runs of NGRAM melodic intervals, by which a tune is known in any key."""
    pitches = song.pitches()
    steps = [b - a for a, b in pairwise(pitches)]
    return {tuple(steps[i : i + NGRAM]) for i in range(len(steps) - NGRAM + 1)}


def without_twins(entries: list[Entry]) -> list[Entry]:
    """Drop each song most of whose interval runs stand in one song before it."""
    owners: dict[tuple[int, ...], list[int]] = {}
    kept: list[Entry] = []
    for entry in entries:
        runs = intervals(entry.song)
        shared = Counter(number for run in runs for number in owners.get(run, ()))
        if not runs or (shared and shared.most_common(1)[0][1] >= TWIN * len(runs)):
            continue
        for run in runs:
            owners.setdefault(run, []).append(len(kept))
        kept.append(entry)
    return kept


def harmonise(entries: list[Entry]) -> tuple[float, float]:
    """Give chords to the songs without; return the agreement on unheard Nottingham tunes."""
    real = [entry.song for entry in entries if entry.own]
    random.Random(SEED).shuffle(real)
    cut = len(real) // 5
    measured = chords.agreement(chords.learn(real[cut:]), real[:cut])
    harmony = chords.learn(real)
    for entry in entries:
        if not entry.own:
            song = entry.song
            chords.set_chords(song, harmony.infer(entry.rows, song.metre, song.mode))
    return measured


def report(entries: list[Entry], found: Counter[str], measured: tuple[float, float]) -> dict:
    """Count what the corpus holds."""
    songs = [entry.song for entry in entries]
    return {
        "tunes found": dict(found),
        "songs kept": dict(Counter(entry.source for entry in entries)),
        "songs": len(songs),
        "bars": sum(len(song.bars()) for song in songs),
        "notes": sum(len(song.pitches()) for song in songs),
        "kinds": dict(Counter(song.kind or "(none)" for song in songs).most_common()),
        "metres": dict(Counter(song.metre for song in songs).most_common()),
        "modes": dict(Counter(MODES[song.mode][0] for song in songs).most_common()),
        "densities": dict(sorted(Counter(density(song) for song in songs).items())),
        "chord agreement": {"same chord": measured[0], "two notes in common": measured[1]},
    }


def main() -> None:
    """Read, clean, harmonise, split and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--out", type=Path, default=Path("work"))
    options = parser.parse_args()
    found: Counter[str] = Counter()
    entries: list[Entry] = []
    for source in SOURCES:
        for folder in options.data:
            for kind, tune in read_source(source, folder):
                found[source.name] += 1
                entries += entries_of(source, kind, tune)
    entries = without_twins(entries)
    measured = harmonise(entries)
    lines = []
    for entry in entries:
        check(entry.song)
        lines.append(write_song(entry.song))
        assert write_song(read_song(lines[-1])) == lines[-1]
    random.Random(SEED).shuffle(lines)
    cut = round(len(lines) * HELD_OUT)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, part in (("valid", lines[:cut]), ("train", lines[cut:])):
        (options.out / f"{name}.txt").write_text("\n".join(part) + "\n", encoding="ascii")
    counts = report(entries, found, measured)
    (options.out / "corpus.json").write_text(json.dumps(counts, indent=1), encoding="utf-8")
    print(json.dumps(counts, indent=1))


if __name__ == "__main__":
    main()
