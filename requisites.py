"""Set Llm-Music-Gen up, check this computer, or run the tests. Standard library only.

    python requisites.py                set up, or repair
    python requisites.py install --gpu vulkan    the same, with llama.cpp for graphics cards
    python requisites.py check          a table of what works, and what to do about the rest
    python requisites.py model NAME     fetch a model from Hugging Face (without NAME: which)
    python requisites.py test [...]     style, types and the quick tests ([...] goes to pytest)
    python requisites.py test --all     the slow tests, too

Old Pythons (from 3.6 on) must be able to parse this file, so that they can print what is needed.
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
from scripts.tables.program import Paths, UserError
from scripts.temporary import application, downloads, installing

ROOT = Path(__file__).resolve().parent


def minutes_and_seconds(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def app_message(sentence: str) -> str:
    """Return a sentence as the app says it, wrapped to the screen."""
    text, width = f"{application.NAME}: {sentence}", application.SCREEN_COLUMNS
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


class TerminalReporter:
    """Print set-up's messages and progress: a bar on a terminal, a line now and then in a pipe."""

    def __init__(self) -> None:
        self.moving = sys.stdout.isatty()
        self.drawn = ""
        self.last_sign = 0.0

    def title(self, text: str) -> None:
        rule = "=" * application.SCREEN_COLUMNS
        self._line(f"\n{rule}\n    {application.NAME}: {text}\n{rule}\n")

    def say(self, text: str) -> None:
        self._line(app_message(text))
        self.last_sign = 0.0

    def progress(self, done: int, total: int, seconds: float, expected: str) -> None:
        if self.moving:
            self._draw(done, total, seconds, expected)
        elif seconds - self.last_sign >= installing.SECONDS_BETWEEN_LINES:
            of = f" of {expected}" if expected else f", {100 * done // total}%"
            self._line(f"    {minutes_and_seconds(seconds)} gone{of}, still at work")
            self.last_sign = seconds

    def _draw(self, done: int, total: int, seconds: float, expected: str) -> None:
        filled = application.BAR_CHARACTERS * done // total
        bar = "#" * filled + "-" * (application.BAR_CHARACTERS - filled)
        gone = f"  {minutes_and_seconds(seconds)} of {expected}" if expected else ""
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
    """Set the program in `root` up; raises a UserError that says what to do."""
    terminal = TerminalReporter()
    try:
        installer.set_up(root, terminal, force, gpu)
    except KeyboardInterrupt:
        terminal.say("Set-up was stopped. Start again, and it goes on from here.")
        raise


def command_install(rest: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="requisites.py install")
    parser.add_argument(
        "--gpu",
        choices=sorted(installing.GPU_BUILDS),
        help="the llama.cpp to fetch: vulkan for any graphics card, cuda for NVIDIA's with the "
        "CUDA 12 toolkit, none for the processor; once chosen, repairs keep it",
    )
    set_up(ROOT, force=True, gpu=parser.parse_args(rest).gpu)
    return 0


def command_check(rest: list[str]) -> int:
    rows = []
    for row in checks.rows(ROOT):
        print(row.line(), flush=True)
        rows.append(row)
    wrong = [row.what for row in rows if row.state == installing.MISSING]
    verdict = f"Not in order: {', '.join(wrong)}." if wrong else "Everything that is needed works."
    print(app_message(verdict))
    return 1 if wrong else 0


def command_model(rest: list[str]) -> int:
    terminal = TerminalReporter()
    if not rest:
        names = ", ".join(model.name for model in downloads.NAMED_MODELS)
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


def fetch_model(text: str, terminal: TerminalReporter) -> int:
    from scripts import hub

    folder = Paths.under(ROOT).models
    offer = hub.find_remote_file(text)
    terminal.say(hub.describe_download(offer, folder))
    terminal.say("You may stop me (Ctrl-C): the next time it goes on from there.")
    since = time.monotonic()

    def tell(done: int, total: int) -> None:
        terminal.progress(done, max(total, 1), time.monotonic() - since, "")

    hub.fetch(offer, folder, tell)
    terminal.say(f"{offer.name} is here and whole. Choose it in Options.")
    return 0


def command_test(rest: list[str]) -> int:
    set_up(ROOT)
    installer.add_development(ROOT, TerminalReporter())
    failed = []
    for command in suite.commands(ROOT, rest):
        print(f"\n$ {command.shown}", flush=True)
        if suite.run(command, ROOT) != 0:
            failed.append(command.name)
    if failed:
        print(f"\n{application.NAME}: Not passed: {', '.join(failed)}.")
    return 1 if failed else 0


COMMANDS = {
    "install": command_install,
    "check": command_check,
    "model": command_model,
    "test": command_test,
}


def parse(arguments: list[str]) -> tuple[str, list[str]]:
    """Return the command and its arguments; arguments that begin with a dash are `install`'s."""
    parser = argparse.ArgumentParser(
        prog="requisites.py",
        description=f"Set {application.NAME} up, check this computer, or test it.",
    )
    words = (
        "install (the default): set up or repair; check: what works; model: fetch one by name; "
        "test: run the quick tests; test --all: all of them"
    )
    parser.add_argument("command", nargs="?", choices=list(COMMANDS), default="install", help=words)
    first, rest = arguments[:1], arguments[1:]
    if first and first[0].startswith("-") and first[0] not in ("-h", "--help"):
        return "install", arguments
    return parser.parse_args(first).command, rest


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; show what goes wrong as one sentence."""
    for stream in (sys.stdout, sys.stderr):
        # Any path must be printable on any code page.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    command, rest = parse(arguments)
    try:
        return COMMANDS[command](rest)
    except UserError as error:
        print(app_message(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return application.INTERRUPTED_EXIT_CODE
    except BrokenPipeError:  # the reader of our output is gone
        sys.stdout = None
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
