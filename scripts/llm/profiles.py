"""Profiles: detect a model's family, and with it its prompt format and sampling.

The metadata decide; the file's name is a hint only where they say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from scripts.tables.models import ModelMetadata, Profile, Sampling
from scripts.temporary import application, profiles


def _is_named(*names: str) -> Callable[[ModelMetadata], bool]:
    """Return a test whether a model's own names contain one of these, by letters and digits."""

    def test(metadata: ModelMetadata) -> bool:
        own = _alphanumeric(" ".join((metadata.name, metadata.basename, metadata.finetune)))
        return any(name in own for name in names)

    return test


def _alphanumeric(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _is_chatmusician(metadata: ModelMetadata) -> bool:
    template = metadata.chat_template
    marked = "Human: " in template and "Assistant: " in template and "</s>" in template
    return _is_named("chatmusician")(metadata) or marked


def _has_codec_words(metadata: ModelMetadata) -> bool:
    tokens = metadata.marker_tokens
    marked = {"<SOA>", "<EOA>"} <= tokens or {"<stage_1>", "<stage_2>"} <= tokens
    return marked or "<xcodec>" in tokens or metadata.vocabulary == profiles.YUE_VOCABULARY


def _is_chatml(metadata: ModelMetadata) -> bool:
    if metadata.chat_template:
        return "<|im_start|>" in metadata.chat_template
    ends = {token[1] for token in (metadata.eos, metadata.eot) if token is not None}
    return "<|im_start|>" in metadata.marker_tokens and "<|im_end|>" in ends


def _is_openchat(metadata: ModelMetadata) -> bool:
    if metadata.chat_template:
        return "GPT4 Correct" in metadata.chat_template
    return "<|end_of_turn|>" in metadata.marker_tokens


# Profile -> its test, the most specific first: the first that holds decides.
_DETECTORS: tuple[tuple[str, Callable[[ModelMetadata], bool]], ...] = (
    ("first starter", lambda metadata: metadata.dialect == "1"),
    ("second starter", lambda metadata: metadata.dialect == "2"),
    ("starter", lambda metadata: bool(metadata.dialect)),
    ("llama-midi", _is_named("llamamidi", "midillama")),
    ("chatmusician", _is_chatmusician),
    ("codec", _has_codec_words),
    ("chatml", _is_chatml),
    ("openchat", _is_openchat),
    ("chat", lambda metadata: bool(metadata.chat_template)),
)


def choose_profile(metadata: ModelMetadata, file_stem: str) -> Profile:
    """Return the profile of a model's family, by its metadata, else by its file's name."""
    for name, holds in _DETECTORS:
        if holds(metadata):
            return profiles.PROFILES[name]
    for part, name, tokenizer in profiles.FILE_NAME_HINTS:
        if part in _alphanumeric(file_stem) and metadata.tokenizer == tokenizer:
            return profiles.PROFILES[name]
    return profiles.PROFILES["completion"]


def sampling_for(profile: Profile, seed: int, temperature_factor: float) -> Sampling:
    """Return the profile's sampling settings with this seed and a scaled temperature.

    A `temperature_factor` of 1 keeps what the model's authors recommend. The product stays within
    `TEMPERATURE_RANGE`.
    """
    low, high = application.TEMPERATURE_RANGE
    temperature = min(high, max(low, profile.sampling.temperature * temperature_factor))
    return replace(profile.sampling, seed=seed, temperature=temperature)
