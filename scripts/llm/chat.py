"""The frame of a conversation: a model's own chat template, rendered where it can do no harm.

A template is a program that came with a download. It runs in Jinja's sandbox, in a process of its
own that is ended after a few seconds, and what it says is cut at a length.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

from scripts.temporary import (
    CHAT_CHARACTERS_AT_MOST,
    CHAT_FRAMES,
    CHAT_SECONDS_AT_MOST,
    CHAT_TEMPLATE_AT_MOST,
    ChatFrame,
    ModelFacts,
    Profile,
)

_INSTRUCTIONS, _REQUEST = "<<instructions>>", "<<request>>"

# Reads {"template", "messages", ...} and writes the rendered text, or fails.
_RENDERER = """
import json, sys
from jinja2.sandbox import ImmutableSandboxedEnvironment
def refuse(message):
    raise ValueError(message)
work = json.load(sys.stdin)
environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
environment.globals["raise_exception"] = refuse
environment.globals["strftime_now"] = lambda form: "2024-01-01"
environment.filters["tojson"] = lambda value, **_: json.dumps(value)
text = ""
for piece in environment.from_string(work["template"]).generate(**work["values"]):
    text += piece
    if len(text) > work["at_most"]:
        raise ValueError("it says too much")
sys.stdout.buffer.write(text.encode("utf-8", "replace"))
"""


def chat_frame(facts: ModelFacts, profile: Profile) -> ChatFrame:
    """Return what stands around instructions and request in a model's conversation.

    Models that do not chat get an empty frame. Where the model's own template fails, a plain one
    stands in and the frame's notice says so.
    """
    if not profile.chats:
        return ChatFrame()
    if profile.name == "chatmusician" or not facts.chat_template:
        return CHAT_FRAMES.get(profile.name, CHAT_FRAMES["chat"])
    for merged in (profile.merged, True):
        frame = _rendered(facts.chat_template, merged)
        if frame is not None:
            return frame
    plain = CHAT_FRAMES.get(profile.name, CHAT_FRAMES["chat"])
    notice = "The model's own chat template cannot be used; a plain one stands in."
    return ChatFrame(plain.head, plain.middle, plain.tail, plain.add_bos, notice)


def _rendered(template: str, merged: bool) -> ChatFrame | None:
    """Render a conversation with marks in it and cut it at the marks; None where that fails."""
    if merged:
        messages = [{"role": "user", "content": f"{_INSTRUCTIONS}\n\n{_REQUEST}"}]
    else:
        messages = [
            {"role": "system", "content": _INSTRUCTIONS},
            {"role": "user", "content": _REQUEST},
        ]
    # No text for the token at the beginning: it is added as a token, once.
    values = {
        "messages": messages,
        "add_generation_prompt": True,
        "bos_token": "",
        "eos_token": "",
    }
    text = _run_renderer(template, values)
    if text is None or text.count(_INSTRUCTIONS) != 1 or text.count(_REQUEST) != 1:
        return None
    head, _, rest = text.partition(_INSTRUCTIONS)
    middle, _, tail = rest.partition(_REQUEST)
    return ChatFrame(head, middle, tail)


def _run_renderer(template: str, values: dict[str, Any]) -> str | None:
    if len(template) > CHAT_TEMPLATE_AT_MOST:
        return None
    work = {"template": template, "values": values, "at_most": CHAT_CHARACTERS_AT_MOST}
    hidden: dict[str, Any] = {}
    if sys.platform == "win32":
        hidden["creationflags"] = subprocess.CREATE_NO_WINDOW
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _RENDERER],
            input=json.dumps(work).encode("ascii"),
            capture_output=True,
            timeout=CHAT_SECONDS_AT_MOST,
            check=False,
            **hidden,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        logging.getLogger(__name__).warning("chat template: %s", error)
        return None
    if done.returncode:
        logging.getLogger(__name__).warning(
            "chat template: %s", done.stderr.decode("utf-8", "replace")[-500:]
        )
        return None
    return done.stdout.decode("utf-8", "replace")
