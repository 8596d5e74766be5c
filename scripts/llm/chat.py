"""Chat frames: a model's own chat template, rendered safely.

A template is untrusted code that came with a download. It runs in Jinja's sandbox, in a separate
process with limits on time, memory and length of output. It is rendered once for a model, with
markers in place of the texts: it never sees what the user writes.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from scripts.llm.isolated_process import IsolatedProcessError, run_isolated
from scripts.tables.models import ChatFrame, ModelMetadata, Profile
from scripts.temporary import prompting

_RENDERER = Path(__file__).with_name("chat_renderer.py")


def chat_frame(metadata: ModelMetadata, profile: Profile) -> ChatFrame:
    """Return the text around instructions and request in a model's conversation.

    Models that do not chat get an empty frame. Where the model's own template fails, a built-in one
    is used and the frame's notice says so.
    """
    if not profile.is_chat:
        return ChatFrame()
    plain = prompting.CHAT_FRAMES.get(profile.name, prompting.CHAT_FRAMES["chat"])
    if profile.name == "chatmusician" or not metadata.chat_template:
        return plain
    try:
        return _rendered(metadata, profile)
    except IsolatedProcessError as failure:
        logging.getLogger(__name__).warning("chat template: %s", failure)
        notice = "The model's own chat template cannot be used; a plain one stands in."
        return replace(plain, notice=notice)


def _rendered(metadata: ModelMetadata, profile: Profile) -> ChatFrame:
    """Render a conversation with markers in it and split it there; raises IsolatedProcessError."""
    if len(metadata.chat_template) > prompting.CHAT_TEMPLATE_AT_MOST:
        raise IsolatedProcessError(f"it has {len(metadata.chat_template)} characters")
    merged = [
        {"role": "user", "content": f"{prompting.INSTRUCTIONS_MARK}\n\n{prompting.REQUEST_MARK}"}
    ]
    split = [
        {"role": "system", "content": prompting.INSTRUCTIONS_MARK},
        {"role": "user", "content": prompting.REQUEST_MARK},
    ]
    work = {
        "template": metadata.chat_template,
        # Some templates raise an error at a system message, others leave it out.
        "conversations": [merged] if profile.merges_system_prompt else [split, merged],
        "must_say": [prompting.INSTRUCTIONS_MARK, prompting.REQUEST_MARK],
        "at_most": prompting.CHAT_CHARACTERS_AT_MOST,
        "values": {
            "add_generation_prompt": True,
            "enable_thinking": False,  # the answer must start with music
            "bos_token": "",  # the tokenizer adds it
            "eos_token": metadata.eos[1] if metadata.eos else "",
        },
    }
    text = run_isolated(
        _RENDERER, work, prompting.CHAT_SECONDS_AT_MOST, prompting.CHAT_MEMORY_AT_MOST
    )
    head, _, rest = text.partition(prompting.INSTRUCTIONS_MARK)
    middle, _, tail = rest.partition(prompting.REQUEST_MARK)
    rendered = head + middle + tail
    if prompting.INSTRUCTIONS_MARK in rendered or prompting.REQUEST_MARK in rendered:
        raise IsolatedProcessError("it says things twice or in another order")
    return ChatFrame(head, middle, tail)
