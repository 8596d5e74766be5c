"""The tunes that a model learns from, as rows of token ids.

Every reading of a tune is a little new, and whole tunes are laid into rows of one length.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import IterableDataset

import tokens

PAD = -1
ROW = 320  # tokens in a row
POOL = 512  # tunes that are laid into rows together
MADE_SHARE = 0.25  # of the songs that are made of others in each round: other ones each time
PART = re.compile(r"\[P:[A-Z]\]")
HEAD = re.compile(r"(\[R:[a-z]+\])?(\[M:[^\]]*\]\[K:[^\]]*\])")

# How often each change is made to a tune before it is learnt again.
NO_KIND = 0.2  # leave out [R:], so that an app may
FEWER_PARTS = 0.15  # begin at a later part
MEDLEY = 0.1  # go on with another tune of the same kind, metre and mode
MIXED_PARTS = 0.1  # change the order of its parts, for an app may write first what is heard last


class Corpus:
    """The tunes to learn from, and the changes that make each reading of them a little new."""

    def __init__(self, work: Path, seed: int) -> None:
        self.printed, self.made = (
            (work / f"{name}.txt").read_text(encoding="ascii").split() for name in ("train", "made")
        )
        self.random = random.Random(seed)
        self.partners: dict[str, list[str]] = {}
        for tune in self.printed + self.made:
            self.partners.setdefault(HEAD.match(tune)[0], []).append(tune)

    def vary(self, tune: str) -> str:
        """Return the tune with some of the changes above."""
        head = HEAD.match(tune)
        parts = PART.split(tune)[1:]
        if len(parts) > 1 and self.random.random() < FEWER_PARTS:
            parts = parts[self.random.randrange(1, len(parts)) :]
        if self.random.random() < MIXED_PARTS:
            self.random.shuffle(parts)
        if self.random.random() < MEDLEY:
            parts += PART.split(self.random.choice(self.partners[head[0]]))[1:]
        start = head[2] if self.random.random() < NO_KIND else head[0]
        return start + "".join(f"[P:{chr(65 + i)}]{part}" for i, part in enumerate(parts[:8]))

    def rows(self) -> Iterator[list[int]]:
        """Yield rows for ever."""
        pool: list[list[int]] = []
        while True:
            made = self.random.sample(self.made, round(MADE_SHARE * len(self.made)))
            tunes = self.printed + made
            for tune in self.random.sample(tunes, len(tunes)):
                pool.append(ids_of(self.vary(tune))[: ROW + 1])
                if len(pool) == POOL:
                    rows = pack(pool)
                    self.random.shuffle(rows)
                    yield from rows
                    pool = []


class Batches(IterableDataset[Tensor]):
    """Batches of (rows, ROW + 1) ids for ever."""

    def __init__(self, corpus: Corpus, rows: int) -> None:
        self.corpus, self.count = corpus, rows

    def __iter__(self) -> Iterator[Tensor]:
        """Yield them."""
        rows = self.corpus.rows()
        while True:
            yield torch.tensor(list(islice(rows, self.count)))


def ids_of(tune: str) -> list[int]:
    """Return a tune's ids between BOS and EOS."""
    return [tokens.BEGIN, *tokens.encode(tune), tokens.END]


def pack(tunes: list[list[int]]) -> list[list[int]]:
    """Lay whole tunes into rows of ROW + 1 ids, the longest first, each where it fits best.

    What is left of a row is padded: 1 to 2%. BOS tells the model that what was before is over.
    """
    rows: list[list[int]] = []
    free: dict[int, list[int]] = {}  # room -> rows that have it
    for tune in sorted(tunes, key=len, reverse=True):
        room = next((r for r in range(len(tune), ROW + 2) if free.get(r)), None)
        if room is None:
            rows.append(list(tune))
            number = len(rows) - 1
        else:
            number = free[room].pop()
            rows[number] += tune
        free.setdefault(ROW + 1 - len(rows[number]), []).append(number)
    return [row + [PAD] * (ROW + 1 - len(row)) for row in rows]
