"""Where constants stand: by subject in `scripts/tables/`, hardly ever at the top of a script."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, UnionType
from typing import get_origin

import pytest

from scripts import temporary

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = REPOSITORY / "scripts"
TABLES = SCRIPTS / "tables"

# What must stand at a top, by its reason.
ALLOWED = {
    "type alias": {
        ("scripts/console.py", "Key"),
        ("scripts/hub.py", "ReportProgress"),
        ("scripts/jukebox/playlist.py", "IsPlayable"),
        ("scripts/jukebox/preloader.py", "OpenSource"),
        ("scripts/jukebox/song_loudness.py", "OnProcessStart"),
        ("scripts/llm/batch_decoder.py", "TakeScorer"),
        ("scripts/llm/decoding_context.py", "S"),
        ("scripts/processes.py", "Stream"),
        ("scripts/llm/throughput.py", "Pace"),
        ("scripts/music/arrangement.py", "_PlayerFunction"),
        ("scripts/music/band/chart.py", "Pitches"),
        ("scripts/music/band/chart.py", "PlayedNotes"),
        ("scripts/music/band/drums.py", "Rows"),
        ("scripts/music/grooves.py", "Rows"),
        ("scripts/music/guarded_grammar.py", "State"),
        ("scripts/music/harmony.py", "Spelling"),
        ("scripts/music/leadsheet.py", "Alterations"),
        ("scripts/music/phrases.py", "_Deviation"),
        ("scripts/music/seeded_choice.py", "Option"),
        ("scripts/music/styles.py", "Loops"),
        ("scripts/music/take_score.py", "_Shape"),
        ("scripts/playback/mixer_player.py", "Clock"),
        ("scripts/radio/radio.py", "StartWriter"),
        ("scripts/radio/writer.py", "SendEvent"),
        ("scripts/render/mix.py", "Span"),
        ("scripts/screens/jukebox_screen.py", "ScreenLine"),
    },
    "a table of the module's own functions": {
        ("requisites.py", "COMMANDS"),
        ("scripts/interface.py", "SUB_SCREENS"),
        ("scripts/llm/metadata.py", "_UNUSABLE"),
        ("scripts/llm/profiles.py", "_DETECTORS"),
        ("scripts/music/arrangement.py", "_ACCOMPANISTS"),
        ("scripts/music/band/bass.py", "_PITCH_OF_SIGN"),
        ("scripts/music/band/counter.py", "_KINDS"),
        ("scripts/music/band/development.py", "_ADDED"),
        ("scripts/music/band/development.py", "_LINES"),
        ("scripts/playback/player.py", "_OPENERS"),
        ("scripts/screens/options_screen.py", "OPTIONS"),
        ("scripts/settings.py", "CHECKS"),
        ("scripts/setup/checks.py", "ROWS"),
        ("scripts/setup/steps.py", "STEPS"),
        ("scripts/utility.py", "_READERS"),
    },
    "where the module itself lies, or a program beside it": {
        ("launcher.py", "ROOT"),
        ("requisites.py", "ROOT"),
        ("scripts/llm/chat.py", "_RENDERER"),
        ("scripts/models.py", "_LOAD_CHECK_SCRIPT"),
        ("scripts/radio/process.py", "PROGRAM"),
        ("scripts/setup/steps.py", "PROBE"),
    },
    "this program runs alone, where nothing can be imported": {
        ("scripts/llm/chat_renderer.py", "_ANY_DAY"),
        ("scripts/setup/probe.py", "CALLS"),
        ("scripts/setup/probe.py", "IMPORT_NAMES"),
    },
    "an old Python has to be able to read this far": {
        ("launcher.py", "running"),
        ("requisites.py", "running"),
    },
    "signals that only this system has": {("scripts/console_keys.py", "ENDING_SIGNALS")},
    "what a module offers": {("*", "__all__")},
}
ALLOWED_NAMES = {entry for entries in ALLOWED.values() for entry in entries}


def sources() -> list[Path]:
    scripts = [path for path in sorted(SCRIPTS.rglob("*.py")) if TABLES not in path.parents]
    return [REPOSITORY / "launcher.py", REPOSITORY / "requisites.py", *scripts]


def name_of(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def assigned(statements: list[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements at the top of a module assign to, or of a class in it."""
    for node in statements:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
            targets = [node.target]
        elif isinstance(node, (ast.If, ast.Try, ast.With, ast.For)) and not exempt(node):
            yield from assigned([*node.body, *getattr(node, "orelse", [])])
            continue
        elif isinstance(node, ast.ClassDef) and not lists_members(node):
            others = [statement for statement in node.body if not is_field(statement)]
            yield from (f"{node.name}.{name}" for name in assigned(others))
            continue
        else:
            continue
        for target in targets:
            yield from (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def exempt(node: ast.stmt) -> bool:
    """Whether a block is for types only, or runs only where the file is the program."""
    test = ast.unparse(node.test) if isinstance(node, ast.If) else ""
    return "TYPE_CHECKING" in test or "__main__" in test


def lists_members(node: ast.ClassDef) -> bool:
    """Whether what a class assigns to are its members: an enumeration."""
    return any(ast.unparse(base).endswith(("Enum", "Flag")) for base in node.bases)


def is_field(node: ast.stmt) -> bool:
    """Whether a statement in a class declares a field: a name in lower case with a type."""
    return (
        isinstance(node, ast.AnnAssign)
        and "ClassVar" not in ast.unparse(node.annotation)
        and not ast.unparse(node.target).isupper()
    )


def constants(path: Path) -> set[tuple[str, str]]:
    return {(name_of(path), name) for name in assigned(parsed(path).body)}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("X = 1", ["X"]),
        ("if ON_WINDOWS:\n    x, y = 1, 2", ["x", "y"]),
        ("class Player:\n    X = 1", ["Player.X"]),
        ("class Player:\n    X: ClassVar[int] = 1", ["Player.X"]),
        ("class Player:\n    _X: int = 1", ["Player._X"]),
        ("class Player:\n    x: int = 1", []),
        ("class State(Enum):\n    X = 1", []),
        ("def play():\n    x = 1", []),
    ],
)
def test_constants_are_found_in_classes_too(source: str, names: list[str]) -> None:
    assert list(assigned(ast.parse(source).body)) == names


@pytest.mark.parametrize("path", sources(), ids=name_of)
def test_a_script_has_no_constants_at_its_top(path: Path) -> None:
    found = {entry for entry in constants(path) if ("*", entry[1]) not in ALLOWED_NAMES}
    assert not found - ALLOWED_NAMES, "constants belong in scripts/tables/"


def test_every_exception_is_still_needed() -> None:
    found = {entry for path in sources() for entry in constants(path)}
    assert not {entry for entry in ALLOWED_NAMES if entry[0] != "*"} - found


def imports(path: Path) -> Iterator[ast.ImportFrom]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom))


@pytest.mark.parametrize("path", [*sources(), *sorted(TABLES.glob("*.py"))], ids=name_of)
def test_a_name_tells_where_it_comes_from(path: Path) -> None:
    """The door gives subjects; of a subject only types are imported by name; no star imports."""
    for node in imports(path):
        names = [alias.name for alias in node.names]
        assert "*" not in names
        module = node.module or ""
        if module in ("scripts.temporary", "scripts.tables"):
            assert set(names) <= set(temporary.__all__), f"{names} are no subjects"
            assert not [alias for alias in node.names if alias.asname]
        elif module.startswith("scripts.tables."):
            subject = importlib.import_module(module)
            assert all(is_type(subject, name) for name in names), f"{names} are no types"


def is_type(module: ModuleType, name: str) -> bool:
    """Whether a name is a class, a type alias or a function, and no constant."""
    value = getattr(module, name, None)
    is_alias = get_origin(value) is not None or isinstance(value, UnionType)
    is_definition = inspect.isclass(value) or inspect.isfunction(value)
    return not name.startswith("_") and (is_definition or is_alias)


def test_the_door_opens_on_every_subject() -> None:
    """A module of tables that holds constants is a subject."""
    holding = {
        path.stem
        for path in sorted(TABLES.glob("*.py"))
        if any(name.isupper() for name in assigned(parsed(path).body))
    }
    assert set(temporary.__all__) == holding
