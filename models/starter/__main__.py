"""Make the starter model again: prepare, train, export, evaluate.

python -m models.starter all --data FOLDER
python -m models.starter COMMAND --help
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from models.starter.options import COMMANDS, make_parser, parse, training_runs


def run(name: str, options: Namespace) -> None:
    """Run one command; its module, and the libraries that it needs, are loaded now."""
    import_module(f"models.starter.{COMMANDS[name].module}").run(options)


def run_all(options: Namespace, more: Sequence[str]) -> None:
    """Run the whole recipe; `more` are options for every training run."""
    work = ["--work", str(options.work)]
    # Read before the work begins, so that a mistake shows at once.
    runs = training_runs(options.recipe or default_recipe(), options.work, more)
    run("prepare", options)
    for training in runs:
        run("train", training)
    for name in ("export", "evaluate"):
        run(name, parse(name, work))


def default_recipe() -> str:
    """Return the recipe for this machine."""
    from models.starter.train import default_device

    return "cpu" if default_device() == "cpu" else "gpu"


def main(arguments: Sequence[str]) -> None:
    """Run the command that the arguments name."""
    parser = make_parser()
    options, more = parser.parse_known_args(arguments)
    if options.command == "all":
        run_all(options, more)
    elif more:
        parser.error(f"unknown: {' '.join(more)}")
    else:
        run(options.command, options)


if __name__ == "__main__":
    main(sys.argv[1:])
