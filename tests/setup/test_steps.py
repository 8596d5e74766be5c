"""Set-up's steps: settings, folders too deep, and the choice of a build."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from scripts.setup import commands, steps
from scripts.setup.environment import Environment, requirement_lines
from scripts.tables.program import Paths, Settings
from scripts.temporary import installing

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_special_libraries_are_in_the_requirements() -> None:
    names = {
        steps.library_name(line) for line in requirement_lines(REPOSITORY / "requirements.txt")
    }
    assert {installing.LLAMA, installing.SIMPLEAUDIO, "miniaudio"} <= names


def test_settings_are_written_once(paths: Paths) -> None:
    steps.write_settings(paths)
    text = paths.persistent.read_text(encoding="utf-8")
    assert json.loads(text) == dataclasses.asdict(Settings())
    assert text.count("\n") > 3, "a user may want to read it"
    paths.persistent.write_text('{"mine": 1}', encoding="utf-8")
    steps.write_settings(paths)
    assert paths.persistent.read_text(encoding="utf-8") == '{"mine": 1}'
    assert not list(paths.data.glob("*.partial"))


@pytest.mark.parametrize(
    ("folder", "allowed", "deep"),
    [
        ("C:/Users/Anna/Documents/Llm-Music-Gen-main", False, False),
        ("C:/" + "long/" * 40, False, True),
        ("C:/" + "long/" * 40, True, False),
    ],
)
def test_a_folder_too_deep_for_windows_is_told(folder: str, allowed: bool, deep: bool) -> None:
    assert steps.is_too_deep(Path(folder), allowed) == deep


class Quiet:
    """A reporter that prints nothing."""

    def title(self, text: str) -> None: ...
    def say(self, text: str) -> None: ...
    def progress(self, done: int, total: int, seconds: float, expected: str) -> None: ...


@pytest.mark.parametrize(
    ("before", "asked", "folder", "again"),
    [
        ("none", "vulkan", "/whl/vulkan", True),
        ("none", "cuda", "/whl/cu124", True),
        ("vulkan", "none", "/whl/cpu", True),
        ("vulkan", None, "", False),  # a repair keeps what was chosen, and this one works
        ("none", "none", "", False),
    ],
)
def test_a_build_for_graphics_cards_is_fetched_when_asked_for(
    before: str,
    asked: str | None,
    folder: str,
    again: bool,
    ready: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[str, ...]] = []

    def pip(self: steps.SetupRun, *words: str, extra: object = None) -> commands.Outcome:
        called.append(words)
        return commands.Outcome(0, "")

    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    monkeypatch.setattr(steps.SetupRun, "pip", pip)
    monkeypatch.setattr(
        steps.SetupRun, "requirements_for", lambda self, *names: [f"{installing.LLAMA}>=0.3.35"]
    )
    monkeypatch.setattr(
        steps, "check_libraries", lambda *_: [steps.LibraryCheck(installing.LLAMA, True, "0.3.36")]
    )
    stamp = ready.read_stamp()
    assert stamp is not None
    ready.write_stamp(dataclasses.replace(stamp, gpu=before))
    run = steps.SetupRun(ready, Quiet(), ready.root / "log", 0, asked)
    steps.install_llama(run)
    assert any(word.endswith(folder) for words in called for word in words) == again
    assert any("--force-reinstall" in words for words in called) == again
    kept = ready.read_stamp()
    assert kept is not None and kept.gpu == (asked or before)
