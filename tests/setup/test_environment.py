"""Is the environment ready, and what is never removed; how requirements are read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.setup.environment import Environment, requirement_lines

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_has_a_reason(name: str) -> None:
    paragraphs = (REPOSITORY / name).read_text(encoding="utf-8").split("\n\n")
    for line in requirement_lines(REPOSITORY / name):
        assert "==" in line or (">=" in line and "<" in line), line
        home = next(part for part in paragraphs if line in part)
        assert home.lstrip().startswith("#"), f"no reason above {line}"


def test_comments_and_line_ends_install_nothing(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_bytes(b"# one\nmido>=1.3,<2\n\ntqdm>=4 # two\n")
    second.write_bytes(b"mido>=1.3,<2\r\n# three\r\ntqdm>=4\r\n")
    assert requirement_lines(first) == requirement_lines(second) == ["mido>=1.3,<2", "tqdm>=4"]


def change_stamp(**changes: object) -> Callable[[Environment], None]:
    def change(environment: Environment) -> None:
        path = environment.folder / "llm-music-gen.json"
        stamp = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**stamp, **changes}), encoding="utf-8")

    return change


def write_stamp_text(text: str) -> Callable[[Environment], object]:
    return lambda environment: (environment.folder / "llm-music-gen.json").write_text(text)


def lose_base(environment: Environment) -> None:
    """Take away the Python that it stands on: on Windows the configuration names that."""
    if sys.platform == "win32":
        (environment.folder / "pyvenv.cfg").write_text("home = C:\\nowhere\n", encoding="utf-8")
        return
    environment.python.unlink()
    environment.python.symlink_to("/nowhere/python3")


NOT_READY: dict[str, Callable[[Environment], object]] = {
    "other requirements": lambda e: e.requirements.write_text("mido>=1.4,<2\n"),
    "older layout": change_stamp(layout=0),
    "cut off while it was made": change_stamp(made=False),
    "libraries not all in": change_stamp(libraries=[]),
    "base Python changed": change_stamp(base=["/usr/bin/python3", 1, 1]),
    "stamp of another make": change_stamp(surprise=1),
    "stamp with nonsense types": change_stamp(base=[]),
    "stamp cut short": write_stamp_text('{"layout": 1'),
    "stamp is a list": write_stamp_text("[1]"),
    "stamp empty": write_stamp_text(""),
    "stamp gone": lambda e: (e.folder / "llm-music-gen.json").unlink(),
    "base Python gone": lose_base,
    "Python gone": lambda e: e.python.unlink(),
}


def test_a_finished_environment_is_ready(ready: Environment) -> None:
    assert ready.is_ready()


def test_a_moved_environment_is_ready(ready: Environment, tmp_path: Path) -> None:
    moved = tmp_path.with_name("moved here")
    tmp_path.rename(moved)
    assert Environment(moved).is_ready()
    moved.rename(tmp_path)


@pytest.mark.parametrize("damage", NOT_READY.values(), ids=NOT_READY.keys())
def test_any_other_environment_is_not(
    ready: Environment, damage: Callable[[Environment], None]
) -> None:
    damage(ready)
    assert not ready.is_ready()


def test_nothing_but_an_environment_is_removed(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    assert environment.looks_like_one()  # nothing there
    environment.folder.mkdir()
    assert environment.looks_like_one()  # empty
    (environment.folder / "my thesis.txt").write_text("!")
    assert not environment.looks_like_one()
    (environment.folder / "pyvenv.cfg").write_text("")
    assert environment.looks_like_one()
