"""The suite's own platform-neutral tests, run by a real Windows Python."""

from __future__ import annotations

import re
from pathlib import Path

from tests.windows.bed import program
from tests.windows.bed.wine import Windows

QUICK = "not slow and not sound and not windows"
SUITE_SECONDS = 1500.0
# What fails there because of Wine or of the bed, not because of Windows: a test, and why.
NOT_UNDER_WINE: dict[str, str] = {}


def test_the_suite_passes_on_windows(windows: Windows, home: Path, first_start: str) -> None:
    program.copy_program(home, tests=True)
    program.add_test_libraries(windows, home)
    python = program.windows_path(home / ".venv" / "Scripts" / "python.exe")
    left_out = [f"--deselect={name}" for name in NOT_UNDER_WINE]
    words = ("-m", "pytest", "-m", QUICK, "-p", "no:cacheprovider", "-q", "--tb=short", *left_out)
    done = windows.run(python, *words, cwd=home, seconds=SUITE_SECONDS)
    print(done.stdout[-6000:])
    assert done.returncode == 0, done.stdout[-6000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 500
