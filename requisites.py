"""Set Llm-Music-Gen up, check this computer, or run the tests. Standard library only.

    python requisites.py                set up, or repair
    python requisites.py install --gpu vulkan    the same, with llama.cpp for graphics cards
    python requisites.py check          a table of what works, and what to do about the rest
    python requisites.py model NAME     fetch a model from Hugging Face (without NAME: which)
    python requisites.py test [...]     the whole suite ([...] goes to pytest)

This file must be readable by old Pythons (from 3.6 on), which are told so in words.
"""

import sys

if sys.version_info < (3, 10) or sys.maxsize < 2**32:
    running = sys.version.split()[0]
    sys.exit(
        f"Llm-Music-Gen: This needs a 64-bit Python 3.10 or newer, and this one is {running}. "
        "Install Python 3.12 from https://www.python.org/downloads/ and start again."
    )

import argparse
import textwrap
import time
from pathlib import Path

from scripts.setup import checks, installer, suite
from scripts.setup.environment import Environment
from scripts.setup.steps import GPU_BUILDS
from scripts.temporary import (
    APP_NAME,
    BAR_CHARACTERS,
    NAMED_MODELS,
    SCREEN_COLUMNS,
    Paths,
    UserError,
)

ROOT = Path(__file__).resolve().parent
INTERRUPTED = 130
SECONDS_BETWEEN_LINES = 10.0


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def in_our_voice(sentence: str) -> str:
    text = f"{APP_NAME}: {sentence}"
    return textwrap.fill(text, SCREEN_COLUMNS, break_long_words=False, break_on_hyphens=False)


class Terminal:
    """The voice of set-up: one moving line on a terminal, a line now and then in a pipe."""

    def __init__(self) -> None:
        self.moving = sys.stdout.isatty()
        self.drawn = ""
        self.last_sign = 0.0

    def title(self, text: str) -> None:
        rule = "=" * SCREEN_COLUMNS
        self._line(f"\n{rule}\n    {APP_NAME}: {text}\n{rule}\n")

    def say(self, text: str) -> None:
        self._line(in_our_voice(text))
        self.last_sign = 0.0

    def progress(self, done: int, total: int, seconds: float, expected: str) -> None:
        if self.moving:
            self._draw(done, total, seconds, expected)
        elif seconds - self.last_sign >= SECONDS_BETWEEN_LINES:
            of = f" of {expected}" if expected else f", {100 * done // total}%"
            self._line(f"    {clock(seconds)} gone{of}, still at work")
            self.last_sign = seconds

    def _draw(self, done: int, total: int, seconds: float, expected: str) -> None:
        filled = BAR_CHARACTERS * done // total
        bar = "#" * filled + "-" * (BAR_CHARACTERS - filled)
        gone = f"  {clock(seconds)} of {expected}" if expected else ""
        text = f"[{bar}] {100 * done // total}% Complete{gone}"
        if text != self.drawn:
            print("\r" + text.ljust(len(self.drawn)), end="", flush=True)
            self.drawn = text

    def _line(self, text: str) -> None:
        if self.drawn:
            print()
            self.drawn = ""
        print(text, flush=True)


def set_up(root: Path, force: bool = False, gpu: str | None = None) -> None:
    """Set the program in `root` up; raise a UserError that says what to do."""
    terminal = Terminal()
    try:
        installer.set_up(root, terminal, force, gpu)
    except KeyboardInterrupt:
        terminal.say("Set-up was stopped. Start again, and it goes on from here.")
        raise


def do_set_up(rest: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="requisites.py install")
    parser.add_argument(
        "--gpu",
        choices=sorted(GPU_BUILDS),
        help="the llama.cpp to fetch: vulkan for any graphics card, cuda for NVIDIA's with the "
        "CUDA 12 toolkit, none for the processor; once chosen, repairs keep it",
    )
    set_up(ROOT, force=True, gpu=parser.parse_args(rest).gpu)
    return 0


def do_check(rest: list[str]) -> int:
    rows = []
    for row in checks.rows(ROOT):
        print(row.line(), flush=True)
        rows.append(row)
    wrong = [row.what for row in rows if row.state == checks.MISSING]
    verdict = f"Not in order: {', '.join(wrong)}." if wrong else "Everything that is needed works."
    print(in_our_voice(verdict))
    return 1 if wrong else 0


def do_model(rest: list[str]) -> int:
    terminal = Terminal()
    if not rest:
        names = ", ".join(model.name for model in NAMED_MODELS)
        terminal.say(
            f"Say which model: {names}, or owner/repository, or owner/repository/file.gguf. "
            "A quantisation goes behind a colon, such as ChatMusician:Q4_K_M."
        )
        return 0
    set_up(ROOT)
    environment = Environment(ROOT)
    if not environment.is_active():
        return environment.restart(Path(__file__).resolve(), ["model", *rest])
    return fetch_model(" ".join(rest), terminal)


def fetch_model(text: str, terminal: Terminal) -> int:
    from scripts import hub

    folder = Paths.under(ROOT).models
    offer = hub.look_up(text)
    terminal.say(hub.introduction(offer, folder))
    terminal.say("You may stop me (Ctrl-C): the next time it goes on from there.")
    since = time.monotonic()

    def tell(done: int, total: int) -> None:
        terminal.progress(done, max(total, 1), time.monotonic() - since, "")

    hub.fetch(offer, folder, tell)
    terminal.say(f"{offer.name} is here and whole. Choose it in Options.")
    return 0


def do_test(rest: list[str]) -> int:
    set_up(ROOT)
    installer.add_development(ROOT, Terminal())
    failed = []
    for command in suite.commands(ROOT, rest):
        print(f"\n$ {command.shown}", flush=True)
        if suite.run(command, ROOT) != 0:
            failed.append(command.name)
    if failed:
        print(f"\n{APP_NAME}: Not passed: {', '.join(failed)}.")
    return 1 if failed else 0


COMMANDS = {"install": do_set_up, "check": do_check, "model": do_model, "test": do_test}


def parse(arguments: list[str]) -> tuple[str, list[str]]:
    """The command, and what stands behind it; what begins with a dash belongs to `install`."""
    parser = argparse.ArgumentParser(
        prog="requisites.py", description=f"Set {APP_NAME} up, check this computer, or test it."
    )
    words = (
        "install (the default): set up or repair; check: what works; model: fetch one by name; "
        "test: run the suite"
    )
    parser.add_argument("command", nargs="?", choices=list(COMMANDS), default="install", help=words)
    first, rest = arguments[:1], arguments[1:]
    if first and first[0].startswith("-") and first[0] not in ("-h", "--help"):
        return "install", arguments
    return parser.parse_args(first).command, rest


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; show what goes wrong as one sentence."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):  # any path, on any code page
            stream.reconfigure(errors="backslashreplace")
    command, rest = parse(arguments)
    try:
        return COMMANDS[command](rest)
    except UserError as error:
        print(in_our_voice(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has gone: nothing is left to say
        sys.stdout = None
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
