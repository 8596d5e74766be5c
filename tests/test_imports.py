"""The arrows: which room may import which, that no modules import each other in a circle, and that
nothing heavy is loaded before it is needed.

launcher -> interface -> radio -> song_pipeline -> {models, utility} -> {prompts, music, render}
-> temporary; jukebox -> playback, and beside it render, share media.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
SCRIPTS = REPOSITORY / "scripts"

COMMON = {"files", "processes", "temporary", "tables"}  # which every room but these may import
# Room -> the rooms it may import beside those. A room is a file or a folder in scripts/, or a
# top-level script. Within a room the arrows are those of its files: see
# test_no_modules_import_each_other.
ARROWS: dict[str, set[str]] = {
    "tables": {"tables"},
    "temporary": {"tables"},
    "files": {"temporary", "tables"},
    "processes": {"temporary", "tables"},
    "setup": COMMON,
    "console_keys": COMMON,
    "windows": COMMON,
    "console": {"console_keys", "windows"} | COMMON,
    "music": COMMON,
    "media": COMMON,
    "render": {"media"} | COMMON,
    "playback": {"media"} | COMMON,
    "jukebox": {"playback", "media"} | COMMON,
    "prompts": {"music"} | COMMON,
    "planning": {"music"} | COMMON,
    "llm": {"music", "prompts"} | COMMON,
    "models": {"llm", "prompts", "music"} | COMMON,
    "settings": COMMON,
    "hub": COMMON,
    "utility": {"prompts", "music", "render", "settings"} | COMMON,
    "song_pipeline": {"windows", "models", "utility", "prompts", "planning", "music", "settings"}
    | COMMON,
    "radio": {"song_pipeline", "models", "utility", "music", "settings"} | COMMON,
    "requisites": {"setup", "hub"} | COMMON,
}
BELOW_THE_SCREENS = {*ARROWS} - {"setup", "llm", "requisites"}
ARROWS["screens"] = BELOW_THE_SCREENS  # the room behind the door interface.py
ARROWS["interface"] = BELOW_THE_SCREENS | {"screens"}
ARROWS["launcher"] = {"interface", "requisites", "setup"} | COMMON
MODEL_ROOMS = {"models", "llm"}
MODEL_LIBRARIES = {"llama_cpp", "llguidance"}
PRINTERS = {"interface", "launcher", "requisites"}
# A download gets its name at its end; a deleted song is moved into another folder.
RENAMERS = {"scripts.files", "scripts.hub", "scripts.jukebox.trash"}
STARTERS = re.compile(
    r"subprocess\.(Popen|run|call|check_call|check_output|getoutput|getstatusoutput)"
    r"|os\.(system|popen|startfile|fork\w*|exec\w+|spawn\w+|posix_spawn\w*)"
    r"|multiprocessing\..*"
)
# On POSIX the program in the environment takes the place of this process.
STARTERS_ALLOWED = {"scripts.setup.environment": {"os.execve"}}
TOP_LEVEL = ("launcher", "requisites")


def sources() -> list[Path]:
    return [REPOSITORY / f"{name}.py" for name in TOP_LEVEL] + sorted(SCRIPTS.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[1] if parts[0] == "scripts" and len(parts) > 1 else parts[0]


MODULES = {module_name(path): path for path in sources()}
EACH_MODULE = pytest.mark.parametrize("module", sorted(MODULES))


def parsed(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def package_of(module: str) -> str:
    is_package = MODULES[module].name == "__init__.py"
    return module if is_package else module.rpartition(".")[0]


def targets(node: ast.AST, module: str) -> Iterator[str]:
    """The modules that an import statement in `module` names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = package_of(module).split(".")
            above = parts[: len(parts) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        for alias in node.names:
            whole = f"{base}.{alias.name}"
            yield whole if whole in MODULES else base


def all_imports(module: str) -> set[str]:
    return {name for node in ast.walk(parsed(module)) for name in targets(node, module)}


def a_circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Modules that import each other, the first again at the end; none where there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The statements that run when a module is imported: not the insides of functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if _is_for_types(child):
            continue
        yield child
        yield from _run_at_import(child)


def imports_at_once(module: str) -> set[str]:
    return {name for node in _run_at_import(parsed(module)) for name in targets(node, module)}


def is_ours(module: str) -> bool:
    return module.split(".")[0] in {"scripts", *TOP_LEVEL}


def is_third_party(module: str) -> bool:
    return not is_ours(module) and module.split(".")[0] not in sys.stdlib_module_names


def with_packages(modules: set[str]) -> set[str]:
    """The modules and the packages that they lie in, which are imported with them."""
    parents = {module.rpartition(".")[0] for module in modules if "." in module}
    return modules | parents


def loaded_with(start: str) -> set[str]:
    """Our modules that importing `start` loads, by the statements at their tops."""
    seen: set[str] = set()
    waiting = {start}
    while waiting:
        module = waiting.pop()
        seen.add(module)
        ours = {name for name in with_packages(imports_at_once(module)) if name in MODULES}
        waiting |= ours - seen
    return seen


@EACH_MODULE
def test_imports_run_one_way(module: str) -> None:
    room = room_of(module)
    if module == "scripts":
        assert not any(is_ours(name) for name in all_imports(module))
        return
    assert room in ARROWS, f"give the room '{room}' a place in ARROWS, as the design draws it"
    reached = {room_of(name) for name in all_imports(module) if is_ours(name) and name != "scripts"}
    wrong = reached - ARROWS[room] - {room}
    assert not wrong, f"{module} must not import {', '.join(sorted(wrong))}"


def test_the_arrows_have_no_loop() -> None:
    left = {room: below - {room} for room, below in ARROWS.items()}
    while left:
        free = {room for room, below in left.items() if not below & left.keys()}
        assert free, f"a loop among {sorted(left)}"
        left = {room: below for room, below in left.items() if room not in free}


def test_no_modules_import_each_other() -> None:
    """By file, with the imports within functions and those for the type checker alone."""
    ours = {module: all_imports(module) & MODULES.keys() for module in MODULES}
    circle = a_circle({module: names - {module} for module, names in ours.items()})
    assert not circle, "they import each other: " + " -> ".join(circle)


def test_a_circle_is_found_and_said_in_the_order_of_the_arrows() -> None:
    arrows = {"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set()}
    circle = a_circle(arrows)
    assert set(circle) == {"b", "c"} and circle[0] == circle[-1]
    assert all(after in arrows[before] for before, after in pairwise(circle))
    assert a_circle({**arrows, "c": {"d"}}) == []


@EACH_MODULE
def test_only_one_module_starts_processes(module: str) -> None:
    """Elsewhere a window on Windows, or a share in Ctrl-C, would be forgotten."""
    used = set(process_starters(parsed(module)))
    assert not used - STARTERS_ALLOWED.get(module, set()) or module == "scripts.processes"


def process_starters(tree: ast.Module) -> Iterator[str]:
    """Yield what in a module starts processes, or imports what does under another name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from filter(STARTERS.fullmatch, [ast.unparse(node.func)])
        elif isinstance(node, ast.Import):
            for alias in node.names:
                renamed = alias.name in ("os", "subprocess") and alias.asname
                if renamed or alias.name.split(".")[0] == "multiprocessing":
                    yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from filter(STARTERS.fullmatch, whole)


@pytest.mark.parametrize(
    ("source", "starts"),
    [
        ("import subprocess\nsubprocess.list2cmdline([])", False),
        ("subprocess.check_call([])", True),
        ("subprocess.getoutput('x')", True),
        ("child: subprocess.Popen[bytes]", False),
        ("from subprocess import run", True),
        ("import subprocess as s", True),
        ("os.startfile('x')", True),
        ("os.spawnv(0, 'x', [])", True),
        ("os.execv('x', [])", True),
        ("from os import fork", True),
        ("from os import replace", False),
        ("import multiprocessing.pool", True),
        ("from multiprocessing import Process", True),
    ],
)
def test_starters_of_processes_are_found(source: str, starts: bool) -> None:
    assert any(process_starters(ast.parse(source))) == starts


@EACH_MODULE
def test_files_are_renamed_in_few_places(module: str) -> None:
    """Elsewhere `files` is called: it overwrites nothing by mistake, and leaves nothing half."""
    used = {ast.unparse(n) for n in ast.walk(parsed(module)) if isinstance(n, ast.Attribute)}
    assert not used & {"os.replace", "os.rename", "shutil.move"} or module in RENAMERS


@EACH_MODULE
def test_only_the_model_rooms_import_the_model_libraries_and_late(module: str) -> None:
    used = {name.split(".")[0] for name in all_imports(module)} & MODEL_LIBRARIES
    assert not used or room_of(module) in MODEL_ROOMS
    early = {name.split(".")[0] for name in imports_at_once(module)} & MODEL_LIBRARIES
    assert not early, f"{module} imports {', '.join(early)} at its top"


@EACH_MODULE
def test_only_the_screens_print(module: str) -> None:
    calls = [node for node in ast.walk(parsed(module)) if isinstance(node, ast.Call)]
    prints = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
    assert not prints or room_of(module) in PRINTERS, f"line {prints[0].lineno} prints"


@pytest.mark.parametrize("start", ["launcher", "requisites", "scripts.interface"])
def test_starting_loads_no_library(start: str) -> None:
    if start not in MODULES:
        pytest.skip(f"{start} is not there yet")
    for module in loaded_with(start):
        heavy = {name for name in imports_at_once(module) if is_third_party(name)}
        assert not heavy, f"{module}, loaded with {start}, imports {', '.join(sorted(heavy))}"


@pytest.mark.parametrize("room", ["requisites", "setup"])
def test_set_up_needs_the_standard_library_only(room: str) -> None:
    for module in MODULES:
        if room_of(module) == room:
            foreign = {name.split(".")[0] for name in all_imports(module) if is_third_party(name)}
            assert foreign <= {"pip"}, f"{module} imports {foreign}"


def test_importing_the_menus_really_loads_no_library() -> None:
    if "scripts.interface" not in MODULES:
        pytest.skip("scripts/interface.py is not there yet")
    # What is loaded before the import does not count.
    code = (
        "import sys; before = set(sys.modules); import scripts.interface;"
        "print(' '.join({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    foreign = {name for name in answer.stdout.split() if is_third_party(name)}
    assert not foreign
