"""Llm-Music-Gen.bat: its form, and (where Wine is) what it does, with stand-ins for Python."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
BAT = REPOSITORY / "Llm-Music-Gen.bat"
COMPILER = "x86_64-w64-mingw32-gcc"
DIFFICULT_NAME = "my songs & (Übung) ! ^"  # Wine's own cmd cannot take a "%" here; Windows can
LIMIT_SECONDS = 120

# Stands for every Python. Asked with -c, it is one if WORKING names it; else it shows what it was
# given. Its name is its file's with its first option, or ".venv" inside the environment.
FAKE_PYTHON = r"""
#include <windows.h>
#include <stdio.h>
#include <wchar.h>
int wmain(int count, wchar_t **words) {
    wchar_t path[2048], name[2048], working[2048] = L"", code[16] = L"0";
    GetModuleFileNameW(NULL, path, 2048);
    if (wcsstr(path, L".venv")) wcscpy(name, L".venv");
    else {
        wcscpy(name, wcsrchr(path, L'\\') + 1);
        *wcschr(name, L'.') = 0;
        if (count > 1 && words[1][0] == L'-' && words[1][1] == L'3')
            wcscat(wcscat(name, L" "), words[1]);
    }
    GetEnvironmentVariableW(L"WORKING", working, 2048);
    GetEnvironmentVariableW(L"CODE", code, 16);
    for (int i = 1; i < count; i++)
        if (!wcscmp(words[i], L"-c")) {
            wchar_t key[2048], list[2048];
            swprintf(list, 2048, L";%ls;", working);
            swprintf(key, 2048, L";%ls;", name);
            return wcsstr(list, key) ? 0 : 9009;
        }
    GetCurrentDirectoryW(2048, path);
    for (int i = -1; i < count; i++) {
        char text[4096];
        const wchar_t *word = i < 0 ? name : i == 0 ? path : words[i];
        WideCharToMultiByte(CP_UTF8, 0, word, -1, text, sizeof text, NULL, NULL);
        printf("<%s>\n", text);
    }
    return _wtoi(code);
}
"""


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
        assert not line.startswith("set ") or re.match(r'set "\w+=[^"]*"$', line)


def test_every_way_out_with_an_error_keeps_the_window_open() -> None:
    for number, line in enumerate(lines()):
        if re.fullmatch(r"exit /b (1|%CODE%)", line):
            assert lines()[number - 1] == "pause"


# --- Run by Wine ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment for Wine, with a private prefix; skipped where there is no Wine."""
    for tool in ("wine", COMPILER):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: the .bat is looked at, but not run")
    prefix = tmp_path_factory.mktemp("wine")
    variables = {**os.environ, "WINEPREFIX": str(prefix / "prefix"), "WINEDEBUG": "-all"}
    subprocess.run(
        ["wine", "winecfg", "-v", "win10"],
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_SECONDS,
    )
    return variables


@pytest.fixture(scope="module")
def fake_python(tmp_path_factory: pytest.TempPathFactory, wine: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "fake.c").write_text(FAKE_PYTHON, encoding="utf-8")
    command = [COMPILER, "-municode", "-o", "fake.exe", "fake.c"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "fake.exe"


class Windows:
    """A folder with the .bat and stand-ins for Python on the PATH."""

    def __init__(self, folder: Path, fake: Path, variables: dict[str, str]) -> None:
        self.root = folder / DIFFICULT_NAME
        self.fake = fake
        self.tools = folder / "tools"
        self.variables = {**variables, "WINEPATH": f"Z:{self.tools}".replace("/", "\\")}
        self.root.mkdir()
        self.tools.mkdir()
        shutil.copy(BAT, self.root)
        for name in ("py", "python", "python3"):
            shutil.copy(fake, self.tools / f"{name}.exe")

    def make_environment(self) -> None:
        scripts = self.root / ".venv" / "Scripts"
        scripts.mkdir(parents=True)
        shutil.copy(self.fake, scripts / "python.exe")

    def start(self, *arguments: str, working: str = "", code: int = 0) -> tuple[int, list[str]]:
        answer = subprocess.run(
            ["wine", "cmd", "/c", BAT.name, *arguments],
            cwd=self.root,
            env={**self.variables, "WORKING": working, "CODE": str(code)},
            input="\r\n",
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=LIMIT_SECONDS,
        )
        return answer.returncode, answer.stdout.splitlines()


@pytest.fixture
def windows(tmp_path: Path, fake_python: Path, wine: dict[str, str]) -> Windows:
    return Windows(tmp_path, fake_python, wine)


CHOICES = [
    ("py -3.12;py -3.11;python", "py -3.12", False),
    ("py -3.11;py -3.10;py -3;python", "py -3.11", False),
    ("py -3.10;py -3", "py -3.10", False),
    ("py -3;python", "py -3", False),
    ("python;python3", "python", False),
    ("python3", "python3", False),
    (".venv;py -3.12", ".venv", True),
    ("py -3.12", "py -3.12", True),  # the environment's base is gone
]


@pytest.mark.slow
@pytest.mark.parametrize(("working", "chosen", "environment"), CHOICES)
def test_it_picks_the_best_python(
    windows: Windows, working: str, chosen: str, environment: bool
) -> None:
    if environment:
        windows.make_environment()
    code, shown = windows.start("--songs", "3", working=working)
    assert code == 0, shown
    assert shown[0] == f"<{chosen}>"
    assert DIFFICULT_NAME in shown[1], "it runs in its own folder"
    assert shown[-3:] == ["<launcher.py>", "<--songs>", "<3>"]


@pytest.mark.slow
def test_without_a_python_it_says_where_to_get_one(windows: Windows) -> None:
    code, shown = windows.start()
    assert code == 1
    assert any("https://www.python.org/downloads/" in line for line in shown)


@pytest.mark.slow
@pytest.mark.parametrize("code", [1, 7, 130])
def test_the_exit_code_comes_out(windows: Windows, code: int) -> None:
    returned, shown = windows.start(working="py -3.12", code=code)
    assert returned == code
    assert any("ended with error" in line for line in shown) == (code != 130)
