"""A plugin for systems beyond the first: of a test with many cases, a few.

`pytest -p tests.case_sampling`. What a case differs in (a style, a key, a seed) is the same on
every system, and one Python runs them all; here every test runs, with cases from its first to its
last.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

CASES = 5


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep at most `CASES` cases of every test, evenly spread."""
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        cases[item.nodeid.partition("[")[0]].append(item)
    kept = {item for of_one in cases.values() for item in evenly_spread(of_one)}
    left_out = [item for item in items if item not in kept]
    items[:] = [item for item in items if item in kept]
    config.hook.pytest_deselected(items=left_out)


def evenly_spread(cases: list[pytest.Item]) -> list[pytest.Item]:
    """Return at most `CASES` of the cases, the first and the last among them."""
    if len(cases) <= CASES:
        return cases
    return [cases[place * (len(cases) - 1) // (CASES - 1)] for place in range(CASES)]
