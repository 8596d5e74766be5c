"""Make the corpus: read the sources, write the tunes into work/, count everything.

    python -m models.starter prepare --data FOLDER [--data FOLDER ...]

train.txt has the tunes to learn from, augmented.txt those that are made of them (augment.py), and
valid.txt the held-out ones. FOLDER holds the collections (dataset/sources.py says where);
dialect.py describes the text.
"""

from __future__ import annotations

import json
import random
from argparse import Namespace
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.starter import tokenizer
from models.starter.dataset import chords
from models.starter.dataset.augment import augment
from models.starter.dataset.normalize import Entry, make_entries
from models.starter.dataset.sources import SOURCES, read_source
from models.starter.dialect import (
    BARS_PER_LINE,
    MODES,
    Song,
    check,
    density,
    height,
    read_song,
    write_song,
)
from models.starter.metrics import chord_tone_share

HELD_OUT = 0.04  # of the tunes
SEED = 1
NGRAM = 8  # melodic intervals; tunes are compared by their runs of so many
DUPLICATE_SHARE = 0.5  # tunes that share half of their n-grams are one tune
MOST_SHARED = 0.2  # of the n-grams of a held-out tune and one to learn from, or of either's
NOT_HELD_OUT = {source.name for source in SOURCES if source.melodic_only}  # scores of all kinds
LEAST_CHORD_TONES = 0.7  # of the strong notes of such a score, where the inferred chords are right

Ngrams = set[tuple[int, ...]]


def interval_ngrams(song: Song) -> Ngrams:
    """Return the runs of NGRAM melodic intervals, by which a tune is known in any key."""
    steps = [b - a for a, b in pairwise(song.pitches())]
    return {tuple(steps[i : i + NGRAM]) for i in range(len(steps) - NGRAM + 1)}


class NgramIndex:
    """The n-grams of several tunes, to find those that share some with another."""

    def __init__(self) -> None:
        self.owners: dict[tuple[int, ...], list[int]] = defaultdict(list)
        self.sizes: list[int] = []

    def add(self, ngrams: Ngrams) -> None:
        """Add a tune; it gets the next number."""
        for ngram in ngrams:
            self.owners[ngram].append(len(self.sizes))
        self.sizes.append(len(ngrams))

    def shared(self, ngrams: Ngrams) -> Counter[int]:
        """Count how many n-grams each tune shares with these."""
        return Counter(number for ngram in ngrams for number in self.owners.get(ngram, ()))


def without_duplicates(entries: list[Entry]) -> list[Entry]:
    """Drop each song that shares most of its n-grams with one before it, or has none."""
    index = NgramIndex()
    kept: list[Entry] = []
    for entry in entries:
        ngrams = interval_ngrams(entry.song)
        most = max(index.shared(ngrams).values(), default=0)
        if ngrams and (not most or most < DUPLICATE_SHARE * len(ngrams)):
            index.add(ngrams)
            kept.append(entry)
    return kept


def infer_missing_chords(entries: list[Entry]) -> tuple[float, float]:
    """Give chords to the songs without; return the agreement on Nottingham tunes held out of it."""
    real = [entry.song for entry in entries if entry.has_own_chords]
    random.Random(SEED).shuffle(real)
    cut = len(real) // 5
    agreement = chords.agreement(chords.fit(real[cut:]), real[:cut])
    model = chords.fit(real)
    for entry in entries:
        if not entry.has_own_chords:
            song = entry.song
            chords.set_chords(song, model.infer(entry.weights, song.metre, song.mode))
    return agreement


def with_fitting_chords(entries: list[Entry]) -> list[Entry]:
    """Leave out melodies of scores that hardly fit the chords inferred for them."""
    return [
        entry
        for entry in entries
        if entry.source not in NOT_HELD_OUT or chord_tone_share([entry.song]) >= LEAST_CHORD_TONES
    ]


def split_held_out(entries: list[Entry]) -> tuple[list[Entry], list[Entry], int]:
    """Draw the held-out tunes; return them, those to learn from, and how many were dropped.

    Dropped is what is too much like a held-out tune, or comes from the same work. Melodies of
    scores are only learnt from.
    """
    printed = [entry for entry in entries if entry.source not in NOT_HELD_OUT]
    order = random.Random(SEED).sample(printed, len(printed))
    cut = round(len(order) * HELD_OUT)
    held, others = order[:cut], order[cut:]
    others += [entry for entry in entries if entry.source in NOT_HELD_OUT]
    index = NgramIndex()
    for entry in held:
        index.add(interval_ngrams(entry.song))
    works = {entry.work for entry in held}

    def is_related(entry: Entry) -> bool:
        ngrams = interval_ngrams(entry.song)
        shared = index.shared(ngrams)
        near = any(n > MOST_SHARED * min(index.sizes[i], len(ngrams)) for i, n in shared.items())
        return near or entry.work in works

    learnt = [entry for entry in others if not is_related(entry)]
    return held, learnt, len(others) - len(learnt)


def counts_of(songs: list[Song]) -> dict[str, Any]:
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


def can_be_encoded(song: Song) -> bool:
    """Say whether a song has tokens: a few songs have notes of odd lengths."""
    try:
        return bool(tokenizer.encode(write_song(song)))
    except ValueError:
        return False


def write_lines(songs: list[Song], path: Path) -> None:
    """Write a song on each line, shuffled, after a check that each can be read back."""
    lines = []
    for song in songs:
        check(song)
        lines.append(write_song(song))
        assert write_song(read_song(lines[-1])) == lines[-1]
    random.Random(SEED).shuffle(lines)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def collect(folders: list[Path]) -> tuple[list[Entry], Counter[str]]:
    """Read all sources; return their songs, and the number of tunes in each source."""
    found: Counter[str] = Counter()
    entries: list[Entry] = []
    for source in SOURCES:
        for folder in folders:
            for kind, tune, work in read_source(source, folder):
                found[source.name] += 1
                entries += make_entries(source, kind, tune, work)
    return entries, found


def run(options: Namespace) -> None:
    """Read, clean, infer chords, split, augment and write."""
    entries, found = collect(options.data)
    entries = without_duplicates(entries)
    agreement = infer_missing_chords(entries)
    entries = with_fitting_chords(entries)
    held, learnt, dropped = split_held_out(entries)
    songs = {"valid": [entry.song for entry in held], "train": [entry.song for entry in learnt]}
    songs["augmented"] = augment(songs["train"], SEED)
    songs = {name: list(filter(can_be_encoded, group)) for name, group in songs.items()}
    options.work.mkdir(parents=True, exist_ok=True)
    for name, group in songs.items():
        write_lines(group, options.work / f"{name}.txt")
    counts = {
        "tunes found": dict(found),
        "songs learnt from": dict(Counter(entry.source for entry in learnt)),
        "held out": len(held),
        "dropped as too much like those": dropped,
        "chord agreement": {"same chord": agreement[0], "two notes in common": agreement[1]},
        "learnt": counts_of(songs["train"]),
        "augmented": counts_of(songs["augmented"]),
    }
    text = json.dumps(counts, indent=1)
    (options.work / "corpus.json").write_text(text, encoding="utf-8")
    print(text)
