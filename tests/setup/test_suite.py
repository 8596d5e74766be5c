"""The suite: which tests it runs, and that one failed part fails it."""

from __future__ import annotations

from pathlib import Path

import pytest

import requisites
from scripts.setup import installer, suite


def test_the_suite_is_not_passed_when_a_part_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter([0, 1, 0, 0, 0])
    monkeypatch.setattr(requisites, "set_up", lambda root: None)
    monkeypatch.setattr(installer, "add_development", lambda root, voice: None)
    monkeypatch.setattr(suite, "run", lambda command, root: next(codes))
    assert requisites.main(["test", "-k", "nothing"]) == 1
    assert next(codes, None) is None, "the parts after a failure ran too"


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        ([], ["-m", "not slow"]),
        (["-k", "disk"], ["-m", "not slow", "-k", "disk"]),
        (["--all"], []),
        (["-x", "--all"], ["-x"]),
    ],
)
def test_the_slow_tests_run_when_all_are_asked_for(
    given: list[str], passed_on: list[str], tmp_path: Path
) -> None:
    *_, tests = suite.commands(tmp_path, given)
    assert tests.module[0] == "pytest"
    assert list(tests.module[5:]) == passed_on
