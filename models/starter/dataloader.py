"""Batches of token ids: tunes are varied a little, encoded, and packed into sequences.

Every reading of a tune is a little new, and whole tunes share sequences of one length.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from models.starter.dialect import read_tunes
from models.starter.tokenizer import encode_tune

PAD = -1
SEQUENCE_LENGTH = 320  # tokens that the model sees; a sequence has one more, the last target
POOL_SIZE = 512  # tunes that are packed together
AUGMENTED_SHARE = 0.25  # of the augmented songs, read in each epoch: other ones each time
VALIDATION_SEED = 1  # of the order of the held-out sequences
PART = re.compile(r"\[P:[A-Z]\]")
HEAD = re.compile(r"(\[R:[a-z]+\])?(\[M:[^\]]*\]\[K:[^\]]*\])")

# The chance of each change to a tune before it is read again.
DROP_KIND = 0.2  # leave out [R:], so that an app may
DROP_PARTS = 0.15  # begin at a later part
MEDLEY = 0.1  # go on with another tune of the same kind, metre and mode
SHUFFLE_PARTS = 0.1  # change the order of the parts, for an app may write first what comes last


class Corpus:
    """The tunes to learn from, and the changes that make each reading of them a little new."""

    def __init__(self, work: Path, seed: int) -> None:
        self.printed = read_tunes(work / "train.txt")
        self.augmented = read_tunes(work / "augmented.txt")
        self.random = random.Random(seed)
        self.same_head: dict[str, list[str]] = {}
        for tune in self.printed + self.augmented:
            self.same_head.setdefault(head_of(tune)[0], []).append(tune)

    def vary(self, tune: str) -> str:
        """Return the tune with some of the changes above."""
        head, without_kind = head_of(tune)
        parts = PART.split(tune)[1:]
        if len(parts) > 1 and self.random.random() < DROP_PARTS:
            parts = parts[self.random.randrange(1, len(parts)) :]
        if self.random.random() < SHUFFLE_PARTS:
            self.random.shuffle(parts)
        if self.random.random() < MEDLEY:
            parts += PART.split(self.random.choice(self.same_head[head]))[1:]
        start = without_kind if self.random.random() < DROP_KIND else head
        return start + "".join(f"[P:{chr(65 + i)}]{part}" for i, part in enumerate(parts[:8]))

    def epoch(self) -> list[str]:
        """Return all printed tunes and a share of the augmented ones, shuffled."""
        count = round(AUGMENTED_SHARE * len(self.augmented))
        tunes = self.printed + self.random.sample(self.augmented, count)
        return self.random.sample(tunes, len(tunes))

    def sequences(self) -> Iterator[list[int]]:
        """Yield sequences of SEQUENCE_LENGTH + 1 ids without end."""
        pool: list[list[int]] = []
        while True:
            for tune in self.epoch():
                pool.append(encode_tune(self.vary(tune))[: SEQUENCE_LENGTH + 1])
                if len(pool) == POOL_SIZE:
                    packed = pack(pool)
                    self.random.shuffle(packed)
                    yield from packed
                    pool = []


class Batches(IterableDataset[Tensor]):
    """Batches (batch_size, SEQUENCE_LENGTH + 1) of ids without end."""

    def __init__(self, corpus: Corpus, batch_size: int) -> None:
        self.corpus, self.batch_size = corpus, batch_size

    def __iter__(self) -> Iterator[Tensor]:
        """Yield batches of ids."""
        sequences = self.corpus.sequences()
        while True:
            yield torch.tensor(list(islice(sequences, self.batch_size)))


def load_batches(work: Path, batch_size: int, seed: int, background: bool) -> Iterator[Tensor]:
    """Yield training batches without end; `background` makes them in a process of their own."""
    batches = Batches(Corpus(work, seed), batch_size)
    return iter(DataLoader(batches, batch_size=None, num_workers=int(background)))


def load_validation(work: Path) -> Tensor:
    """Return the held-out tunes as (sequences, SEQUENCE_LENGTH + 1) ids."""
    tunes = read_tunes(work / "valid.txt")
    packed = pack([encode_tune(tune)[: SEQUENCE_LENGTH + 1] for tune in tunes])
    random.Random(VALIDATION_SEED).shuffle(packed)
    return torch.tensor(packed)


def head_of(tune: str) -> tuple[str, str]:
    """Return a tune's fields before the first part, with the kind and without it."""
    head = HEAD.match(tune)
    if head is None:
        raise ValueError(f"a tune without metre and key: {tune[:40]}")
    return head[0], head[2]


def pack(tunes: list[list[int]]) -> list[list[int]]:
    """Pack whole tunes into sequences of SEQUENCE_LENGTH + 1 ids: longest first, best fit.

    1 to 2% of the ids are padding. BOS tells the model that what was before is over.
    """
    sequences: list[list[int]] = []
    by_room: dict[int, list[int]] = {}  # free ids -> the numbers of the sequences that have them
    for tune in sorted(tunes, key=len, reverse=True):
        room = next((r for r in range(len(tune), SEQUENCE_LENGTH + 2) if by_room.get(r)), None)
        if room is None:
            sequences.append(list(tune))
            number = len(sequences) - 1
        else:
            number = by_room[room].pop()
            sequences[number] += tune
        by_room.setdefault(SEQUENCE_LENGTH + 1 - len(sequences[number]), []).append(number)
    return [ids + [PAD] * (SEQUENCE_LENGTH + 1 - len(ids)) for ids in sequences]
