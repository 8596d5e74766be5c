"""The suite's own quick tests, run by a real Windows Python."""

from __future__ import annotations

import re
from pathlib import Path

from tests.windows.bed import program
from tests.windows.bed.wine import Windows

QUICK = "not slow and not sound and not windows"
THIN = ("-p", "tests.case_sampling", "-p", "tests.windows.thin")
SUITE_SECONDS = 3000.0  # beside ten other programs it takes several times as long as alone
TESTS = 300  # that run there, at the least


def test_the_suite_passes_on_windows(windows: Windows, home: Path, first_start: str) -> None:
    program.copy_program(home, tests=True)
    program.add_test_libraries(windows, home)
    python = program.windows_path(home / ".venv" / "Scripts" / "python.exe")
    words = ("-m", QUICK, "-p", "no:cacheprovider", *THIN, "--tb=short", "--durations=40")
    done = windows.run(python, "-m", "pytest", *words, "tests", cwd=home, seconds=SUITE_SECONDS)
    print(done.stdout[-9000:])
    assert done.returncode == 0, done.stdout[-6000:]
    assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > TESTS
