"""Choices that differ between neighbouring seeds.

The songs of one order have seeds in a row. Chance alone would give two of them the same key every
now and then; here they cannot have it, and each song still depends on nothing but its own seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import lru_cache
from math import gcd
from typing import TypeVar
from zlib import crc32

Option = TypeVar("Option")
_GOLDEN = 0.618  # steps of this share of a circle fall far from those before


def stride_through(options: Sequence[Option], seed: int, what: str) -> Option:
    """Choose one: as many seeds in a row as there are options choose all of them, each once.

    `what` is being chosen: lists for other purposes are gone through from another place.
    """
    count = len(options)
    return options[(seed * _stride(count) + crc32(what.encode())) % count]


@lru_cache(maxsize=256)
def _stride(count: int) -> int:
    """Return the number nearest to the golden share of `count` that has no divisor with it."""
    return next(
        (
            step
            for step in sorted(range(1, count), key=lambda step: abs(step - count * _GOLDEN))
            if gcd(step, count) == 1
        ),
        1,
    )


def deal(options: Sequence[Option], seed: int, what: str) -> Option:
    """Choose one as from a shuffled pack that is dealt out, then shuffled anew.

    Neighbours never get the same where there are two options; two lists of one length do not go
    hand in hand as they would with `stride_through`.
    """
    count = len(options)
    if count < 3:
        return options[(seed + crc32(what.encode())) % count]
    return options[_pack(seed // count, count, what)[seed % count]]


@lru_cache(maxsize=256)
def _pack(number: int, count: int, what: str) -> tuple[int, ...]:
    """Return the order of a pack; its first card is not the last of the pack before."""
    pack, before = _shuffled(number, count, what), _shuffled(number - 1, count, what)
    if pack[0] == before[-1]:
        pack[0], pack[1] = pack[1], pack[0]  # three cards and more: the last one stays
    return tuple(pack)


def _shuffled(number: int, count: int, what: str) -> list[int]:
    pack = list(range(count))
    random.Random(f"{what} {number}").shuffle(pack)
    return pack
