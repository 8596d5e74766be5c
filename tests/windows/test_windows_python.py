"""The bed itself: what runs there is CPython for Windows, with everything that ours relies on."""

from __future__ import annotations

import pytest

from tests.windows.bed.wine import Windows

pytestmark = [pytest.mark.slow, pytest.mark.windows]

ASK = """
import ctypes, hashlib, lzma, msvcrt, socket, sqlite3, ssl, sys
assert sys.platform == "win32" and ctypes.windll.kernel32.GetTickCount() > 0
print(sys.version_info[:2], sys.getwindowsversion()[:2], sys.prefix)
"""


def test_it_is_python_for_windows_10(windows: Windows) -> None:
    done = windows.python("-c", ASK)
    assert done.stdout.split("\n")[0].strip() == r"(3, 11) (10, 0) C:\Python311"


def test_exit_codes_come_out(windows: Windows) -> None:
    assert windows.python("-c", "import sys; sys.exit(7)").returncode == 7
