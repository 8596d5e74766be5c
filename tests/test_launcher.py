"""The launcher: one sentence for an error, on any terminal and by any Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import launcher
from scripts.tables.program import Paths, UserError

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8", "3.9"])
@pytest.mark.parametrize("script", ["launcher.py", "requisites.py"])
def test_an_old_python_can_read_the_scripts_that_turn_it_away(script: str, version: str) -> None:
    import ast

    text = (REPOSITORY / script).read_text(encoding="utf-8")
    minor = int(version.split(".")[1])
    ast.parse(text, feature_version=(3, minor))
    head = text[: text.index("sys.exit(")]
    assert "from __future__" not in text
    assert head.count("import ") == 1, "only sys is imported before the version is looked at"


@pytest.mark.parametrize("script", ["launcher.py", "requisites.py"])
def test_words_in_any_alphabet_reach_an_ascii_pipe(script: str, tmp_path: Path) -> None:
    module = script.removesuffix(".py")
    code = f"import {module}; {module}.main(['--help'])"
    if module == "launcher":
        code = (
            "import launcher\nfrom scripts.tables.program import UserError\n"
            "def fail(arguments): raise UserError('Kein Platz f\\u00fcr \\u266a.')\n"
            "launcher.run = fail\nraise SystemExit(launcher.main([]))"
        )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True
    )
    words = (answer.stdout + answer.stderr).decode("ascii")
    assert "Traceback" not in words
    if module == "launcher":
        assert words.splitlines() == ["Llm-Music-Gen: Kein Platz f\\xfcr \\u266a."]


class BrokenError(Exception):
    pass


ENDINGS = [
    (UserError("There is no model. Put one into models."), 1, "There is no model."),
    (BrokenError("gears"), 1, "written in data/Llm-Music-Gen.log"),
    (KeyboardInterrupt(), 130, ""),
    (EOFError(), 130, ""),
]


@pytest.mark.parametrize(("error", "code", "words"), ENDINGS, ids=lambda value: str(value)[:20])
def test_an_error_is_one_sentence(
    error: BaseException,
    code: int,
    words: str,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr(launcher, "ROOT", root)
    monkeypatch.setattr(launcher, "run", fail)
    assert launcher.main([]) == code
    shown = " ".join(capsys.readouterr().err.split())
    assert words in shown and "Traceback" not in shown
    log = Paths.under(root).log
    assert log.exists() == isinstance(error, BrokenError)
    if log.exists():
        assert "BrokenError: gears" in log.read_text(encoding="utf-8")


def test_the_exit_code_of_the_app_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "run", lambda arguments: 7)
    assert launcher.main([]) == 7
