"""The recipe's command line: every command has its module, and `all` runs them in order."""

from __future__ import annotations

import ast
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from models.starter import __main__ as command_line
from models.starter.options import COMMANDS, FOLDER, RECIPES, make_parser, training_runs

REPOSITORY = FOLDER.parents[1]


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.module])
def test_every_command_has_a_module_that_runs_it(name: str) -> None:
    path = FOLDER / f"{COMMANDS[name].module.replace('.', '/')}.py"
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body
                 if isinstance(node, ast.FunctionDef)]  # fmt: skip
    (run,) = [function for function in functions if function.name == "run"]
    assert [argument.arg for argument in run.args.args] == ["options"]


def test_help_needs_none_of_the_libraries() -> None:
    """PyTorch and numpy are missing here: -S leaves out all that was installed."""
    for arguments in ([], *([name] for name in COMMANDS)):
        done = subprocess.run(
            [sys.executable, "-S", "-m", "models.starter", *arguments, "--help"],
            cwd=REPOSITORY, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert "usage: python -m models.starter" in done.stdout


def test_the_model_learns_from_the_teachers_of_the_run_before(tmp_path: Path) -> None:
    teachers, model = training_runs("gpu", tmp_path, [])
    assert model.teachers == [teachers.out / "members.pt"]
    assert len(teachers.dropout) == 6


def test_more_options_hold_for_every_run(tmp_path: Path) -> None:
    for recipe in RECIPES:
        for run in training_runs(recipe, tmp_path, ["--steps", "7", "--no-compile"]):
            assert (run.steps, run.compile, run.work) == (7, False, tmp_path)


def test_a_mistake_is_told_before_the_work() -> None:
    with pytest.raises(SystemExit):
        command_line.main(["export", "--colour", "blue"])
    with pytest.raises(SystemExit):
        training_runs("cpu", FOLDER, ["--stepz", "7"])


def test_all_goes_from_the_data_to_the_measurements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, Namespace]] = []
    monkeypatch.setattr(command_line, "run", lambda name, options: done.append((name, options)))
    options, more = make_parser().parse_known_args(
        ["all", "--data", "music", "--work", str(tmp_path), "--recipe", "gpu", "--seed", "5"]
    )
    command_line.run_all(options, more)
    assert [name for name, _ in done] == ["prepare", "train", "train", "export", "evaluate"]
    assert all(options.work == tmp_path for _, options in done)
    assert [options.seed for name, options in done if name == "train"] == [5, 5]
