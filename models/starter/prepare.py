"""Make the corpus: read the sources, write the tunes into work/, count everything.

train.txt has the tunes to learn from, made.txt those that are made of them (augment.py), and
valid.txt the held-out ones.

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

from models.starter.dataset import chords
from models.starter import tokenizer
from models.starter.dataset.augment import variants
from models.starter.dialect import BARS_PER_LINE, MODES, Song, check, density, height, read_song, write_song
from models.starter.metrics import chord_share
from models.starter.dataset.normalize import Entry, entries_of
from models.starter.dataset.sources import SOURCES, read_source

HELD_OUT = 0.04  # of the tunes
SEED = 1
NGRAM, TWIN = 8, 0.5  # tunes that share half of their runs of 8 intervals are one tune
TOP_LINES = {source.name for source in SOURCES if source.tuneful}  # of scores of all kinds
FITTING = 0.7  # so many strong notes of a top line are in its chords, where these are right
KIN = 0.2  # no tune that is learnt from shares more of a held-out tune's runs, or of its own


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


def with_clear_chords(entries: list[Entry]) -> list[Entry]:
    """Leave out top lines of scores that hardly fit the chords that were told for them."""
    return [
        entry
        for entry in entries
        if entry.source not in TOP_LINES or chord_share([entry.song]) >= FITTING
    ]


def split(entries: list[Entry]) -> tuple[list[Entry], list[Entry], int]:
    """Hold tunes out by chance; return them, those to learn from, and how many kin were dropped.

    Top lines of scores are only learnt from.
    """
    printed = [entry for entry in entries if entry.source not in TOP_LINES]
    order = random.Random(SEED).sample(printed, len(printed))
    cut = round(len(order) * HELD_OUT)
    held, others = order[:cut], order[cut:]
    others += [entry for entry in entries if entry.source in TOP_LINES]
    owners: dict[tuple[int, ...], list[int]] = {}
    sizes = [len(runs) for runs in map(intervals_of, held)]
    for number, entry in enumerate(held):
        for run in intervals_of(entry):
            owners.setdefault(run, []).append(number)
    works = {entry.work for entry in held}

    def is_kin(entry: Entry) -> bool:
        runs = intervals_of(entry)
        shared = Counter(number for run in runs for number in owners.get(run, ()))
        near = any(many > KIN * min(sizes[n], len(runs)) for n, many in shared.items())
        return near or entry.work in works

    learnt = [entry for entry in others if not is_kin(entry)]
    return held, learnt, len(others) - len(learnt)


def intervals_of(entry: Entry) -> set[tuple[int, ...]]:
    """Return an entry's runs of intervals."""
    return intervals(entry.song)


def counts_of(songs: list[Song]) -> dict:
    """Count songs by kind, metre, mode, their parts by density, their phrases by height."""
    parts = [(part, song.metre) for song in songs for part in song.parts]
    phrases = [
        part[first : first + BARS_PER_LINE]
        for part, _ in parts
        for first in range(0, len(part), BARS_PER_LINE)
    ]
    return {
        "songs": len(songs),
        "bars": sum(len(song.bars()) for song in songs),
        "notes": sum(len(song.pitches()) for song in songs),
        "kinds": dict(Counter(song.kind or "(none)" for song in songs).most_common()),
        "metres": dict(Counter(song.metre for song in songs).most_common()),
        "modes": dict(Counter(MODES[song.mode][0] for song in songs).most_common()),
        "densities": dict(sorted(Counter(density(part, metre) for part, metre in parts).items())),
        "heights": dict(sorted(Counter(map(height, phrases)).items())),
    }


def has_tokens(song: Song) -> bool:
    """Say whether a song can be written in tokens: a few have notes of odd lengths."""
    try:
        return bool(tokenizer.encode(write_song(song)))
    except ValueError:
        return False


def write_lines(songs: list[Song], path: Path) -> None:
    """Write a song a line, in an order of chance, after proof that each can be read again."""
    lines = []
    for song in songs:
        check(song)
        lines.append(write_song(song))
        assert write_song(read_song(lines[-1])) == lines[-1]
    random.Random(SEED).shuffle(lines)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def collect(folders: list[Path]) -> tuple[list[Entry], Counter[str]]:
    """Read all sources; return their songs, and how many tunes each has."""
    found: Counter[str] = Counter()
    entries: list[Entry] = []
    for source in SOURCES:
        for folder in folders:
            for kind, tune, work in read_source(source, folder):
                found[source.name] += 1
                entries += entries_of(source, kind, tune, work)
    return entries, found


def main() -> None:
    """Read, clean, harmonise, split and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--out", type=Path, default=Path("work"))
    options = parser.parse_args()
    entries, found = collect(options.data)
    entries = without_twins(entries)
    measured = harmonise(entries)
    entries = with_clear_chords(entries)
    held, learnt, kin = split(entries)
    songs = {"valid": [entry.song for entry in held], "train": [entry.song for entry in learnt]}
    songs["made"] = variants(songs["train"], SEED)
    songs = {name: list(filter(has_tokens, group)) for name, group in songs.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    for name, group in songs.items():
        write_lines(group, options.out / f"{name}.txt")
    counts = {
        "tunes found": dict(found),
        "songs learnt from": dict(Counter(entry.source for entry in learnt)),
        "held out": len(held),
        "left out as kin of those": kin,
        "chord agreement": {"same chord": measured[0], "two notes in common": measured[1]},
        "learnt": counts_of(songs["train"]),
        "made of them": counts_of(songs["made"]),
    }
    (options.out / "corpus.json").write_text(json.dumps(counts, indent=1), encoding="utf-8")
    print(json.dumps(counts, indent=1))


if __name__ == "__main__":
    main()
