"""A Windows 10 with a real Python, for the tests in this folder. See README.md here.

With `LLM_MUSIC_GEN_WINDOWS` set to a folder, that Windows is kept there and used again: set-up
under Wine takes a minute.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.windows.bed import program
from tests.windows.bed.wine import Windows, missing_tools


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.windows)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """A Windows of this session's own; skipped where Wine is missing, except in CI."""
    missing = missing_tools()
    if missing:
        reason = f"no Windows to test on: {', '.join(missing)} not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    kept = os.environ.get("LLM_MUSIC_GEN_WINDOWS")
    made = Windows.made_in(Path(kept) if kept else tmp_path_factory.mktemp("windows"))
    made.variables["WINEPATH"] = r"C:\Python311"
    yield made
    made.close()


@pytest.fixture(scope="session")
def home(windows: Windows) -> Path:
    """The program's folder on that Windows, as it comes from a download."""
    return program.copy_program(windows.path(program.HOME))


@pytest.fixture(scope="session")
def first_start(windows: Windows, home: Path) -> str:
    """What the first double-click shows; it sets the program up. Needed by all that runs it."""
    done = program.install(windows, home)  # a repair, where that Windows was kept
    assert done.returncode == 0, done.stdout
    return done.stdout
