"""The check of this computer, and the parts' own self-tests."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from scripts.setup import checks, self_tests
from scripts.setup.environment import Environment
from scripts.temporary import application, installing

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_table_of_the_check_names_each_thing_once(root: Path) -> None:
    rows = list(checks.rows(root))
    assert len({row.what for row in rows}) == len(checks.ROWS)
    assert all(row.state in (installing.OK, installing.NOTE, installing.MISSING) for row in rows)
    assert all(len(line) <= 80 for row in rows for line in row.line().splitlines())
    assert all(row.line().isascii() for row in rows)
    by_name = {row.what: row for row in rows}
    assert by_name["Environment"].state == by_name["Libraries"].state == installing.MISSING
    assert by_name["Soundfont"].state == installing.OK


def test_each_part_works_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-tests themselves, in the environment that runs the tests."""
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    for look in (checks.model_row, checks.grammar_row, checks.band_row, checks.mp3_row):
        row = look(REPOSITORY)
        assert row.state == installing.OK, row


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ValueError('no such note')", "no such note"),
        ("import os; os._exit(3)", "it ended Python (3)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "lacks instructions"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGILL to send there")
def test_a_part_that_breaks_says_how(
    code: str, said: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    found = self_tests.run_self_test(root, code)
    assert found.result is None and said in found.problem


def test_a_damaged_model_is_found_by_trying_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    model = root / "models" / application.STARTER_MODEL
    content = model.read_bytes()
    shutil.rmtree(model.parent) if not model.parent.is_symlink() else model.parent.unlink()
    model.parent.mkdir()
    model.write_bytes(content[:100_000])
    assert checks.model_row(root).state == installing.MISSING
