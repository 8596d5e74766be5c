"""How each family of models is spoken to, and how a file is known to be of a family.

Metadata decides; the file's name is asked last, where the metadata say nothing. Figures are those
of the models' own cards where these give some.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from scripts.tables.models import ModelMetadata, Profile, Sampling
from scripts.temporary import application, profiles


def _is_named(*names: str) -> Callable[[ModelMetadata], bool]:
    """Return a test for the names that a model gives itself; spaces and signs do not count."""

    def test(facts: ModelMetadata) -> bool:
        own = _alphanumeric(" ".join((facts.name, facts.basename, facts.finetune)))
        return any(name in own for name in names)

    return test


def _alphanumeric(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _is_chatmusician(facts: ModelMetadata) -> bool:
    template = facts.chat_template
    spoken = "Human: " in template and "Assistant: " in template and "</s>" in template
    return _is_named("chatmusician")(facts) or spoken


def _has_codec_words(facts: ModelMetadata) -> bool:
    marks = {"<SOA>", "<EOA>"} <= facts.marker_tokens or {
        "<stage_1>",
        "<stage_2>",
    } <= facts.marker_tokens
    return marks or "<xcodec>" in facts.marker_tokens or facts.vocabulary == profiles.YUE_VOCABULARY


def _is_chatml(facts: ModelMetadata) -> bool:
    if facts.chat_template:
        return "<|im_start|>" in facts.chat_template
    ends = {word[1] for word in (facts.eos, facts.eot) if word is not None}
    return "<|im_start|>" in facts.marker_tokens and "<|im_end|>" in ends


def _is_openchat(facts: ModelMetadata) -> bool:
    if facts.chat_template:
        return "GPT4 Correct" in facts.chat_template
    return "<|end_of_turn|>" in facts.marker_tokens


# The first that holds decides: from the most particular to the most general.
_SIGNS: tuple[tuple[str, Callable[[ModelMetadata], bool]], ...] = (
    ("first starter", lambda facts: facts.dialect == "1"),
    ("second starter", lambda facts: facts.dialect == "2"),
    ("starter", lambda facts: bool(facts.dialect)),
    ("llama-midi", _is_named("llamamidi", "midillama")),
    ("chatmusician", _is_chatmusician),
    ("codec", _has_codec_words),
    ("chatml", _is_chatml),
    ("openchat", _is_openchat),
    ("chat", lambda facts: bool(facts.chat_template)),
)


def choose_profile(facts: ModelMetadata, file_stem: str) -> Profile:
    """Return how a model is spoken to, by its metadata first and its file's name last."""
    for name, holds in _SIGNS:
        if holds(facts):
            return profiles.PROFILES[name]
    for part, name, tokenizer in profiles.FILE_NAME_HINTS:
        if part in _alphanumeric(file_stem) and facts.tokenizer == tokenizer:
            return profiles.PROFILES[name]
    return profiles.PROFILES["completion"]


def sampling_for(profile: Profile, seed: int, temperature_factor: float) -> Sampling:
    """Return how a song is drawn; the user's `temperature_factor` scales the profile's own temperature.

    1 is as the family's makers recommend. The product stays within what the user may set.
    """
    low, high = application.TEMPERATURE_RANGE
    temperature = min(high, max(low, profile.sampling.temperature * temperature_factor))
    return replace(profile.sampling, seed=seed, temperature=temperature)
