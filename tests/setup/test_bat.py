"""Llm-Music-Gen.bat as a text. What it does is tested in tests/windows/."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.screens.layout import heading
from scripts.temporary import screens

REPOSITORY = Path(__file__).resolve().parents[2]
BAT = REPOSITORY / "Llm-Music-Gen.bat"

# A value inside the quotes; the one with a quotation mark takes them out of what was typed.
SAFE_SET = r'set (/p )?"\w+=[^"]*"$|set "CHOICE=%CHOICE:"=%"$'


def lines() -> list[str]:
    return BAT.read_bytes().decode("ascii").split("\r\n")


def test_every_line_ends_as_windows_wants_it() -> None:
    content = BAT.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") > 10
    assert content.endswith(b"\r\n") and content.isascii()
    attributes = (REPOSITORY / ".gitattributes").read_text(encoding="utf-8")
    assert "*.bat text eol=crlf" in attributes


def test_every_jump_has_its_label() -> None:
    text = "\n".join(lines())
    jumps = set(re.findall(r"(?:goto|call) :?(\w+)", text))
    assert jumps == set(re.findall(r"^:(\w+)", text, re.MULTILINE))


def test_paths_are_quoted_and_exclamation_marks_survive() -> None:
    code = [line for line in lines() if not line.startswith(("rem", "echo", "::"))]
    assert not any("enabledelayedexpansion" in line.lower() for line in code)
    assert 'cd /d "%~dp0"' in code
    for line in code:
        assert '"%~dp0"' in line or "%~dp0" not in line
        assert '"%PYTHON%"' in line or "%PYTHON%" not in line
        assert not line.startswith("set ") or re.match(SAFE_SET, line)


def test_every_way_out_with_an_error_keeps_the_window_open() -> None:
    for number, line in enumerate(lines()):
        if line == "exit /b 1" or (line == "exit /b %CODE%" and number > lines().index(":menus")):
            assert lines()[number - 1] == "pause"


def test_its_menu_is_in_the_manner_of_the_programs_screens() -> None:
    shown = [line.removeprefix("echo ") for line in lines() if line.startswith("echo ")]
    start = shown.index(screens.DOUBLE_RULE)
    assert shown[start : start + 3] == heading("Launcher")[:3]
    assert screens.RULE in shown
