"""The suite's own platform-neutral tests, run by a real Windows Python."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.windows.bed import program
from tests.windows.bed.wine import Windows

QUICK = "not slow and not sound and not windows"
SUITE_SECONDS = 1500.0
# The parts of the suite seen to pass there: names, settings, MIDI, model files. Tests
# whose fixtures make folders as POSIX has them (test_setup.py) cannot; the rest is untried.
FILES = ("test_utility", "test_settings", "test_midi", "test_metadata")


@pytest.mark.xfail(reason="pytest ended without a summary in a whole run", strict=False)
def test_the_suite_passes_on_windows(windows: Windows, home: Path, first_start: str) -> None:
    program.copy_program(home, tests=True)
    program.add_test_libraries(windows, home)
    python = program.windows_path(home / ".venv" / "Scripts" / "python.exe")
    files = [f"tests/{name}.py" for name in FILES]
    words = ("-m", "pytest", "-m", QUICK, "-p", "no:cacheprovider", "-q", "--tb=short", *files)
    done = windows.run(python, *words, cwd=home, seconds=SUITE_SECONDS)
    print(done.stdout[-6000:])
    assert done.returncode == 0, done.stdout[-6000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 50
