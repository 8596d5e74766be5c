"""The frame of a conversation: a model's own chat template, rendered where it can do no harm.

A template is a program that came with a download. It runs in Jinja's sandbox, in a process of its
own that is ended after a few seconds or when it takes much memory, and what it says is cut at a
length. It runs once for a model, with marks where the texts go: the user's words never meet it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from scripts.llm.isolated_process import IsolatedProcessError, run_isolated
from scripts.tables.models import ChatFrame, ModelMetadata, Profile
from scripts.temporary import prompting

_RENDERER = Path(__file__).with_name("chat_renderer.py")


def chat_frame(facts: ModelMetadata, profile: Profile) -> ChatFrame:
    """Return what stands around instructions and request in a model's conversation.

    Models that do not chat get an empty frame. Where the model's own template fails, a plain one
    stands in and the frame's notice says so.
    """
    if not profile.is_chat:
        return ChatFrame()
    plain = prompting.CHAT_FRAMES.get(profile.name, prompting.CHAT_FRAMES["chat"])
    if profile.name == "chatmusician" or not facts.chat_template:
        return plain
    try:
        return _rendered(facts, profile)
    except IsolatedProcessError as failure:
        logging.getLogger(__name__).warning("chat template: %s", failure)
        notice = "The model's own chat template cannot be used; a plain one stands in."
        return replace(plain, notice=notice)


def _rendered(facts: ModelMetadata, profile: Profile) -> ChatFrame:
    """Render a conversation with marks in it and cut it at the marks; raises Failure."""
    if len(facts.chat_template) > prompting.CHAT_TEMPLATE_AT_MOST:
        raise IsolatedProcessError(f"it has {len(facts.chat_template)} characters")
    merged = [
        {"role": "user", "content": f"{prompting.INSTRUCTIONS_MARK}\n\n{prompting.REQUEST_MARK}"}
    ]
    split = [
        {"role": "system", "content": prompting.INSTRUCTIONS_MARK},
        {"role": "user", "content": prompting.REQUEST_MARK},
    ]
    work = {
        "template": facts.chat_template,
        # Some templates refuse instructions of their own, and some leave them out.
        "conversations": [merged] if profile.merges_system_prompt else [split, merged],
        "must_say": [prompting.INSTRUCTIONS_MARK, prompting.REQUEST_MARK],
        "at_most": prompting.CHAT_CHARACTERS_AT_MOST,
        "values": {
            "add_generation_prompt": True,
            "enable_thinking": False,  # the answer is music from its first letter
            "bos_token": "",  # it is added as a token, once
            "eos_token": facts.eos[1] if facts.eos else "",
        },
    }
    text = run_isolated(
        _RENDERER, work, prompting.CHAT_SECONDS_AT_MOST, prompting.CHAT_MEMORY_AT_MOST
    )
    head, _, rest = text.partition(prompting.INSTRUCTIONS_MARK)
    middle, _, tail = rest.partition(prompting.REQUEST_MARK)
    if (
        prompting.INSTRUCTIONS_MARK in head + middle + tail
        or prompting.REQUEST_MARK in head + middle + tail
    ):
        raise IsolatedProcessError("it says things twice or in another order")
    return ChatFrame(head, middle, tail)
