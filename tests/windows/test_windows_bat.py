"""Llm-Music-Gen.bat on a Windows command interpreter, with stand-ins for Python that can fail."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.windows.bed.program import BAT, windows_path
from tests.windows.bed.screen import Screen
from tests.windows.bed.store import REPOSITORY
from tests.windows.bed.wine import Windows

COMPILER = "x86_64-w64-mingw32-gcc"
MENU = "Selection; Menu Option = 1-3, Exit Program = X:"
DIFFICULT_NAME = "my songs & (Übung) ! ^"  # Wine's own cmd cannot take a "%" here; Windows can

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
    GetEnvironmentVariableW(L"FAKE_CODE", code, 16);
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


@pytest.fixture(scope="module")
def fake_python(tmp_path_factory: pytest.TempPathFactory, windows: Windows) -> Path:
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "fake.c").write_text(FAKE_PYTHON, encoding="utf-8")
    command = [COMPILER, "-municode", "-o", "fake.exe", "fake.c"]
    subprocess.run(command, cwd=folder, check=True)
    return folder / "fake.exe"


class BatFolder:
    """A folder with the .bat and stand-ins for Python on the PATH."""

    def __init__(self, folder: Path, fake: Path, windows: Windows) -> None:
        self.root = folder / DIFFICULT_NAME
        self.fake = fake
        self.windows = windows
        tools = folder / "tools"
        self.variables = {"WINEPATH": windows_path(tools)}
        self.root.mkdir()
        tools.mkdir()
        shutil.copy(REPOSITORY / BAT, self.root)
        (self.root / "launcher.py").touch()
        for name in ("py", "python", "python3"):
            shutil.copy(fake, tools / f"{name}.exe")

    def make_environment(self) -> None:
        scripts = self.root / ".venv" / "Scripts"
        scripts.mkdir(parents=True)
        shutil.copy(self.fake, scripts / "python.exe")

    def start(
        self, *arguments: str, working: str = "", code: int = 0, said: str = ""
    ) -> tuple[int, list[str]]:
        """Start it with one answer at most: Wine's `set /p` takes a whole pipe for one line."""
        variables: dict[str, Any] = {**self.variables, "WORKING": working}
        variables["FAKE_CODE"] = str(code)
        words = ("cmd", "/c", BAT, *arguments)
        answer = self.windows.run(*words, cwd=self.root, said=said, **variables)
        return answer.returncode, answer.stdout.splitlines()

    def screen(self, working: str) -> Screen:
        """Start it in a window, where answers can be typed one after the other."""
        variables = {**self.variables, "WORKING": working}
        return Screen(self.windows, ["cmd", "/c", BAT], self.root, variables)


@pytest.fixture
def bat(tmp_path: Path, fake_python: Path, windows: Windows) -> BatFolder:
    return BatFolder(tmp_path, fake_python, windows)


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


@pytest.mark.parametrize(("working", "chosen", "environment"), CHOICES)
def test_it_picks_the_best_python(
    bat: BatFolder, working: str, chosen: str, environment: bool
) -> None:
    if environment:
        bat.make_environment()
    code, shown = bat.start("--songs", "3", working=working)
    assert code == 0, shown
    assert shown[0] == f"<{chosen}>"
    assert DIFFICULT_NAME in shown[1], "it runs in its own folder"
    assert shown[-3:] == ["<launcher.py>", "<--songs>", "<3>"]


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (("launch", "--songs", "2"), "launcher.py"),
        (("install", "--gpu", "vulkan"), "requisites.py"),
        (("check",), "requisites.py"),
        (("test",), "requisites.py"),
    ],
)
def test_a_word_skips_the_menu(bat: BatFolder, words: tuple[str, ...], script: str) -> None:
    code, shown = bat.start(*words, working="py -3.12")
    assert code == 0
    assert shown[-len(words) - 1 :] == [f"<{script}>", *(f"<{word}>" for word in words)]


def test_set_up_stands_on_a_python_of_its_own(bat: BatFolder) -> None:
    bat.make_environment()
    assert bat.start("install", working=".venv;py -3.11")[1][0] == "<py -3.11>"
    assert bat.start("install", working=".venv")[1][0] == "<.venv>"
    assert bat.start("check", working=".venv;py -3.11")[1][0] == "<.venv>"


def shown_words(shown: list[str]) -> list[str]:
    """What the stand-ins for Python were given, in order, without where they ran."""
    return [line for line in shown if re.fullmatch(r"<(\w+\.py|install|check|launch)>", line)]


def test_the_first_double_click_sets_up_and_then_shows_the_menu(bat: BatFolder) -> None:
    with bat.screen("py -3.12") as screen:
        for typed in ("3", 'nonsense " & more', "2", "1"):
            screen.next(MENU).type(f"{typed}\r")
        assert screen.end() == 0
    shown = [line.strip() for line in screen.plain().splitlines()]
    assert sum("not one of the choices" in line for line in shown) == 1
    assert shown_words(shown) == [
        *("<requisites.py>", "<install>"),
        *("<requisites.py>", "<check>"),
        *("<requisites.py>", "<install>"),
        "<launcher.py>",
    ]


def test_later_double_clicks_show_the_menu_at_once(bat: BatFolder) -> None:
    bat.make_environment()
    with bat.screen(".venv") as screen:
        screen.next(MENU).type("x\r")
        assert screen.end() == 0 and "<" not in screen.plain()
    code, shown = bat.start(working=".venv", said="")  # Enter, or no keyboard at all
    assert code == 0 and shown_words(shown) == ["<launcher.py>"]


def test_an_error_leaves_the_menu_on_the_screen(bat: BatFolder) -> None:
    code, shown = bat.start(working="py -3.12", code=3, said="")
    assert code == 3
    assert any("ended with error 3" in line for line in shown)
    assert any("Install or Repair" in line for line in shown[-5:])


def test_started_from_inside_a_zip_it_says_what_to_do(bat: BatFolder) -> None:
    (bat.root / "launcher.py").unlink()
    code, shown = bat.start(working="py -3.12")
    assert code == 1
    assert any("Extract All" in line for line in shown)


def test_without_a_python_it_says_where_to_get_one(bat: BatFolder) -> None:
    code, shown = bat.start()
    assert code == 1
    assert any("https://www.python.org/downloads/" in line for line in shown)


@pytest.mark.parametrize("code", [1, 7, 130])
@pytest.mark.parametrize("words", [(), ("launch",)])
def test_the_exit_code_comes_out(bat: BatFolder, code: int, words: tuple[str, ...]) -> None:
    returned, shown = bat.start(*words, working="py -3.12", code=code)
    assert returned == code
    assert any("ended with error" in line for line in shown) == (code != 130)
