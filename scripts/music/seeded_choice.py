"""Choices that differ between neighbouring seeds.

The songs of one order have successive seeds. Independent random choices would now and then give
two neighbours the same key; these never do, and each song still depends only on its own seed.
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
    """Choose an option: as many successive seeds as there are options choose each once.

    `purpose` names what is chosen; another one starts at another place of the list.
    """
    count = len(options)
    return options[(seed * _coprime_stride(count) + crc32(purpose.encode())) % count]


@lru_cache(maxsize=256)
def _coprime_stride(count: int) -> int:
    """Return the number coprime to `count` that is nearest to its golden section."""
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
    """Choose an option as from a shuffled pack of cards, shuffled again when all are dealt.

    Neighbours never get the same of two options or more. Choices from two lists of the same length
    are not correlated, as they would be with `cyclic_choice`.
    """
    count = len(options)
    if count < 3:
        return options[(seed + crc32(purpose.encode())) % count]
    return options[_round_order(seed // count, count, purpose)[seed % count]]


@lru_cache(maxsize=256)
def _round_order(number: int, count: int, purpose: str) -> tuple[int, ...]:
    """Return the order of a round; its first option is not the last of the round before."""
    order = _shuffled_order(number, count, purpose)
    if order[0] == _shuffled_order(number - 1, count, purpose)[-1]:
        # With three options or more the last one stays, which the next round compares with.
        order[0], order[1] = order[1], order[0]
    return tuple(order)


def _shuffled_order(number: int, count: int, purpose: str) -> list[int]:
    order = list(range(count))
    random.Random(f"{purpose} {number}").shuffle(order)
    return order
