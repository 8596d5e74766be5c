"""Script: render a chat template in Jinja's sandbox. `chat.py` runs it in a separate process.

It reads {"template", "conversations", "values", "must_say", "at_most"} as JSON from stdin, and
writes the first conversation that the template renders to stdout. Globals and filters are those
that the library transformers offers to chat templates.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

_ANY_DAY = datetime(2024, 7, 26)  # some templates print the date; a song must not depend on it


def _raise_exception(message: str) -> None:
    raise ValueError(message)


def _environment() -> Any:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _ANY_DAY.strftime
    environment.filters["tojson"] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    return environment


def render(work: dict[str, Any]) -> str:
    """Return the first rendering that holds all of `must_say` in at most `at_most` characters.

    Raises the error of the last conversation where none of them can be rendered.
    """
    template = _environment().from_string(work["template"])
    problem: Exception = ValueError("there is no conversation")
    for messages in work["conversations"]:
        text = ""
        try:
            for piece in template.generate(messages=messages, **work["values"]):
                text += piece
                if len(text) > work["at_most"]:
                    raise ValueError("it says too much")
            if all(part in text for part in work["must_say"]):
                return text
            problem = ValueError("it leaves out what it is given")
        except Exception as error:
            problem = error
    raise problem


if __name__ == "__main__":
    sys.stdout.buffer.write(render(json.load(sys.stdin)).encode("utf-8", "replace"))
