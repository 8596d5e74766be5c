"""The command line: the commands and their options, read without loading a library."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / "work"
FILE_NAME = "Llm-Music-Gen-Starter.Q8_0.gguf"
SONGS_NAME = "ten_songs.abc"


def prepare_options(parser: ArgumentParser) -> None:
    """Add the options of `prepare`."""
    add_work(parser)
    parser.add_argument("--data", type=Path, action="append", required=True,
                        help="a folder with collections; may be given several times")  # fmt: skip


def train_options(parser: ArgumentParser) -> None:
    """Add the options of `train`."""
    add = parser.add_argument
    add_work(parser)
    add("--out", type=Path, help="where the weights go, if not to the work folder")
    add("--steps", type=int, help="length of the run (default: 4000)")
    add("--minutes", type=float, default=0.0, help="length of the run, instead of --steps")
    add("--every", type=float, default=300.0, help="seconds between evaluations")
    add("--seed", type=int, default=1)
    add("--width", type=int, default=192, help="of the model, a multiple of 64: 128 to 384")
    add("--layers", type=int, default=6)
    add("--learning-rate", type=float, default=3e-3)
    add("--batch-size", type=int, default=12, help="sequences of 320 tokens")
    add("--dropout", type=float, nargs="+", default=[0.2], help="one for each member")
    add("--weight-decay", type=float, nargs="+", default=[0.6], help="one for each member")
    add("--members", type=int, default=1, help="models that learn side by side (an ensemble)")
    add("--teachers", type=Path, nargs="+", default=[], help="members.pt of earlier runs")
    add("--teacher-share", type=float, default=0.9, help="of the targets; the rest is the tune's")
    add("--device", help="cpu or cuda (default: cuda if there is one)")
    add("--threads", type=int, default=2, help="of all workers together")
    add("--workers", type=int, default=1, help="processes: a divisor of the batch size")
    add(
        "--bfloat16",
        action=BooleanOptionalAction,
        default=False,
        help="faster on GPUs and CPUs with AVX512-BF16",
    )
    add(
        "--compile",
        action=BooleanOptionalAction,
        default=False,
        help="faster where there is a C compiler",
    )
    add("--resume", action="store_true", help="go on from checkpoint.pt")


def export_options(parser: ArgumentParser) -> None:
    """Add the options of `export`."""
    add_work(parser)
    parser.add_argument("--out", type=Path, help="the GGUF, if not in the work folder")


def evaluate_options(parser: ArgumentParser) -> None:
    """Add the options of `evaluate`."""
    add = parser.add_argument
    add_work(parser)
    add_model(parser)
    add("--beside", type=Path, action="append", default=[], help="another GGUF to compare it with")
    add("--tunes", type=int, default=0, help="so many of the held-out ones; 0: all")
    add("--control-tunes", type=int, default=16, help="tunes for the accuracy of control")
    add("--seed", type=int, default=1)
    add("--seeds", type=int, default=1, help="how often each song is written")
    add("--temperature", type=float, help="instead of the profile's own")
    add("--min-p", type=float, help="instead of the profile's own")
    add("--even", action="store_true", help="plans without phrases and final notes")
    add("--grammar", choices=["open", "app"], help="one of them; otherwise both")


def samples_options(parser: ArgumentParser) -> None:
    """Add the options of `samples`."""
    add_work(parser)
    add_model(parser)
    parser.add_argument(
        "--out", type=Path, help=f"the sheet, if not the work folder's {SONGS_NAME}"
    )


def phrases_options(parser: ArgumentParser) -> None:
    """Add the options of `phrases`."""
    add_work(parser)


def mutopia_options(parser: ArgumentParser) -> None:
    """Add the options of `mutopia`."""
    parser.add_argument("--scores", type=Path, required=True, help="the folder MutopiaProject/ftp")
    parser.add_argument("--lilypond", type=Path, required=True,
                        help="the folder with bin/lilypond and bin/convert-ly")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, help="FOLDER/mutopia")


def all_options(parser: ArgumentParser) -> None:
    """Add the options of `all`."""
    prepare_options(parser)
    parser.add_argument("--recipe", choices=RECIPES,
                        help="the training runs (default: gpu if there is one)")  # fmt: skip


def add_work(parser: ArgumentParser) -> None:
    """Add the option --work."""
    parser.add_argument(
        "--work",
        type=Path,
        default=WORK,
        help="folder of working files (default: models/starter/work)",
    )


def add_model(parser: ArgumentParser) -> None:
    """Add the option --model."""
    parser.add_argument("--model", type=Path, help="a GGUF, if not the one in the work folder")


@dataclass(frozen=True)
class Command:
    """A command: what it does, its options, and the module whose run() does it."""

    text: str
    add_options: Callable[[ArgumentParser], None]
    module: str


COMMANDS = {
    "all": Command("prepare, train, export, evaluate", all_options, ""),
    "prepare": Command("make the corpus from the collections", prepare_options, "prepare"),
    "train": Command("train on the corpus", train_options, "train"),
    "export": Command("write the GGUF, and check it against PyTorch", export_options, "export"),
    "evaluate": Command("measure what the GGUF writes", evaluate_options, "evaluate"),
    "samples": Command("write ten songs in ten styles", samples_options, "samples"),
    "phrases": Command("measure the phrases of the corpus", phrases_options, "phrase_statistics"),
    "mutopia": Command("make MIDI of Mutopia's scores", mutopia_options, "dataset.mutopia"),
}

# What `all` trains, one run after another, as options of `train`; {work} is the work folder.
RECIPES: dict[str, tuple[str, ...]] = {
    # One model, from the tunes alone; measured on two cores.
    "cpu": ("--minutes 66 --workers 2 --device cpu",),
    # Six teachers, then the model that learns from them; measured on an H100.
    "gpu": (
        "--minutes 2.15 --width 384 --dropout .2 .2 .25 .25 .3 .3 --weight-decay .8"
        " --out {work}/teachers --bfloat16 --compile",
        "--minutes 1.65 --dropout 0 .05 0 --weight-decay .1 .1 .4"
        " --teachers {work}/teachers/members.pt --bfloat16 --compile",
    ),
}


def make_parser() -> ArgumentParser:
    """Return the parser of the whole command line."""
    parser = ArgumentParser("python -m models.starter", description="Train the starter model.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        more = ". Options of train may follow; they hold for each run." if name == "all" else ""
        one = commands.add_parser(name, help=command.text, description=command.text + more)
        command.add_options(one)
    return parser


def parse(name: str, arguments: Sequence[str]) -> Namespace:
    """Return the options of one command."""
    return make_parser().parse_args([name, *arguments])


def training_runs(recipe: str, work: Path, more: Sequence[str]) -> list[Namespace]:
    """Return the options of a recipe's training runs; `more` are options that hold for each."""
    runs = []
    for run in RECIPES[recipe]:
        words = [word.format(work=work) for word in run.split()]
        runs.append(parse("train", ["--work", str(work), *words, *more]))
    return runs
