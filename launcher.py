"""Start Llm-Music-Gen: set it up if needed, restart inside its environment, run the menus.

Old Pythons (from 3.6 on) must be able to parse this file, so that they can print what is needed.
"""

import sys

if sys.version_info < (3, 10) or sys.maxsize < 2**32:
    running = sys.version.split()[0]
    sys.exit(
        f"Llm-Music-Gen: This needs a 64-bit Python 3.10 or newer, and this one is {running}. "
        "Install Python 3.12 from https://www.python.org/downloads/ and start again."
    )

import contextlib
from pathlib import Path

from scripts.setup.environment import Environment
from scripts.tables.program import Paths, UserError
from scripts.temporary import application

ROOT = Path(__file__).resolve().parent


def prepare_environment(environment: Environment) -> None:
    """Set up an environment that is not ready; checking a ready one takes milliseconds."""
    if not environment.is_ready():
        import requisites

        requisites.set_up(environment.root)
    elif not Paths.under(environment.root).persistent.exists():
        from scripts.setup.steps import write_settings

        with contextlib.suppress(OSError):  # the app itself says when settings cannot be kept
            write_settings(Paths.under(environment.root))


def run(arguments: list[str]) -> int:
    """Run the app and return its exit code."""
    environment = Environment(ROOT)
    if arguments[:1] == ["launch"]:  # the .bat passes it
        arguments = arguments[1:]
    if not {"-h", "--help"}.intersection(arguments):  # help needs no set-up
        prepare_environment(environment)
        if not environment.is_active():
            return environment.restart(Path(__file__).resolve(), arguments)
    from scripts import interface

    return interface.main(arguments, ROOT)


def log_crash(error: BaseException) -> str:
    """Write the traceback of an unexpected error to the log; return the sentence that says so."""
    import time
    import traceback

    log = Paths.under(ROOT).log
    text = "".join(traceback.format_exception(error))
    with contextlib.suppress(OSError), log.open("a", encoding="utf-8") as file:
        file.write(f"\n=== {time.strftime('%Y-%m-%d %H:%M:%S')}\n{text}")
        return f"Something unexpected happened. What it was is written in data/{log.name}."
    return f"Something unexpected happened ({type(error).__name__}: {error})."


def print_error(sentence: str) -> None:
    from textwrap import fill

    text = f"{application.NAME}: {sentence}"
    wrapped = fill(text, application.SCREEN_COLUMNS, break_long_words=False, break_on_hyphens=False)
    print(wrapped, file=sys.stderr)


def main(arguments: list[str]) -> int:
    """Run the app; show what goes wrong as one sentence."""
    for stream in (sys.stdout, sys.stderr):
        # Any name must be printable on any code page.
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return run(arguments)
    except UserError as error:
        print_error(str(error))
        return 1
    except (KeyboardInterrupt, EOFError):
        print(file=sys.stderr)
        return application.INTERRUPTED_EXIT_CODE
    except BrokenPipeError:  # the reader of our output is gone
        sys.stdout = None
        return 1
    except Exception as error:
        print_error(log_crash(error))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
