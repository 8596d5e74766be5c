"""Renders a chat template in Jinja's sandbox: run by `chat.py`, in a process of its own.

It reads {"template", "conversations", "values", "at_most"} as JSON, and writes the first
conversation that the template can render. Names and filters are those that chat templates know
from the library transformers.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any

_ANY_DAY = datetime(2024, 7, 26)  # the same song whatever the date: some templates write it down


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
    """Return the rendered text; raises whatever the template raises for every conversation."""
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
