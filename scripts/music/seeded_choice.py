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

from scripts.temporary import structure

Option = TypeVar("Option")


def cyclic_choice(options: Sequence[Option], seed: int, purpose: str) -> Option:
    """Choose one: as many seeds in a row as there are options choose all of them, each once.

    `purpose` is being chosen: lists for other purposes are gone through from another place.
    """
    count = len(options)
    return options[(seed * _coprime_stride(count) + crc32(purpose.encode())) % count]


@lru_cache(maxsize=256)
def _coprime_stride(count: int) -> int:
    """Return the number nearest to the golden share of `count` that has no divisor with it."""
    return next(
        (
            step
            for step in sorted(
                range(1, count), key=lambda step: abs(step - count * structure.GOLDEN_SHARE)
            )
            if gcd(step, count) == 1
        ),
        1,
    )


def shuffled_choice(options: Sequence[Option], seed: int, purpose: str) -> Option:
    """Choose one as from a shuffled pack that is dealt out, then shuffled anew.

    Neighbours never get the same where there are two options; two lists of one length do not go
    hand in hand as they would with `stride_through`.
    """
    count = len(options)
    if count < 3:
        return options[(seed + crc32(purpose.encode())) % count]
    return options[_round_order(seed // count, count, purpose)[seed % count]]


@lru_cache(maxsize=256)
def _round_order(number: int, count: int, what: str) -> tuple[int, ...]:
    """Return the order of a pack; its first card is not the last of the pack before."""
    pack, before = _shuffled_order(number, count, what), _shuffled_order(number - 1, count, what)
    if pack[0] == before[-1]:
        pack[0], pack[1] = pack[1], pack[0]  # three cards and more: the last one stays
    return tuple(pack)


def _shuffled_order(number: int, count: int, what: str) -> list[int]:
    pack = list(range(count))
    random.Random(f"{what} {number}").shuffle(pack)
    return pack
