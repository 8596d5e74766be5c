"""How each family of models is spoken to, and how a file is known to be of a family.

Metadata decides; the file's name is asked last, where the metadata say nothing. Figures are those
of the models' own cards where these give some.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from scripts.temporary import CUES, TEMPERATURE_RANGE, ModelFacts, Profile, Sampling

_SEED = 0  # every song has its own

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "starter",
            "in the notation that it was trained on",
            "Tunes with phrases and cadences, like folk songs and hymns; very fast.",
            Sampling(_SEED, 0.95, min_p=0.0),
            taught=True,
            cues=CUES["starter"],
            whole=True,
        ),
        Profile(
            "second starter",
            "in the notation that it was trained on",
            "Like the starter, but not told which part is the last.",
            Sampling(_SEED, 0.9, min_p=0.02),
            taught=True,
            cues=CUES["second starter"],
            whole=True,
        ),
        Profile(
            "first starter",
            "in the notation that it was trained on",
            "Like the starter, but told less: neither heights nor bars to come.",
            Sampling(_SEED, min_p=0.05),
            taught=True,
        ),
        Profile(
            "llama-midi",
            "as a list of notes, for a title",
            "Trained on MIDI files: it plays all the parts. We have not heard it yet.",
            Sampling(_SEED, min_p=0.0),
            writes="notes",
        ),
        Profile(
            "chatmusician",
            "in its own question and answer, about ABC",
            "Trained on ABC tunes: melodies should be good. We have not heard it yet.",
            Sampling(_SEED, 0.2, top_k=40, top_p=0.9, min_p=0.0, repeat_penalty=1.1),
            add_bos=False,
            chats=True,
            merged=True,
        ),
        Profile(
            "codec",
            "as a book of ABC tunes to go on with",
            "Made for sound codes, not for text: legal bars, hardly a melody.",
            Sampling(_SEED, repeat_penalty=1.1, repeat_last_n=48),
        ),
        Profile(
            "chatml",
            "in a conversation (ChatML)",
            "A chat model, not trained on music: legal bars, plain melodies.",
            # As ILM3-8B-Ruby-Music's card has it; the tail is cut harder, it is all noise here.
            Sampling(_SEED, min_p=0.1, dry_multiplier=0.5, dry_allowed_length=5, dry_last_n=1024),
            chats=True,
            plans=True,
        ),
        Profile(
            "openchat",
            "in a conversation (OpenChat)",
            "A chat model, not trained on scores: legal bars, plain melodies.",
            Sampling(_SEED, 0.7, top_k=50, top_p=0.95, min_p=0.0),
            chats=True,
            merged=True,
            plans=True,
        ),
        Profile(
            "chat",
            "in a conversation, by its own template",
            "A chat model: legal bars; a larger one should write better melodies.",
            Sampling(_SEED, 0.9, dry_multiplier=0.5, dry_allowed_length=5, dry_last_n=1024),
            chats=True,
            plans=True,
        ),
        Profile(
            "completion",
            "as a book of ABC tunes to go on with",
            "Trained neither for chat nor for music: legal bars, melodies by luck.",
            Sampling(_SEED, min_p=0.02, repeat_penalty=1.1, repeat_last_n=48),
        ),
    )
}

YUE_VOCABULARY = 83_734  # text, 22 special words, and the codes of five codecs


def _calls_itself(*names: str) -> Callable[[ModelFacts], bool]:
    """Return a test for the names that a model gives itself; spaces and signs do not count."""

    def test(facts: ModelFacts) -> bool:
        own = _letters(" ".join((facts.name, facts.basename, facts.finetune)))
        return any(name in own for name in names)

    return test


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _is_chatmusician(facts: ModelFacts) -> bool:
    template = facts.chat_template
    spoken = "Human: " in template and "Assistant: " in template and "</s>" in template
    return _calls_itself("chatmusician")(facts) or spoken


def _has_codec_words(facts: ModelFacts) -> bool:
    marks = {"<SOA>", "<EOA>"} <= facts.telling or {"<stage_1>", "<stage_2>"} <= facts.telling
    return marks or "<xcodec>" in facts.telling or facts.vocabulary == YUE_VOCABULARY


def _is_chatml(facts: ModelFacts) -> bool:
    if facts.chat_template:
        return "<|im_start|>" in facts.chat_template
    ends = {word[1] for word in (facts.eos, facts.eot) if word is not None}
    return "<|im_start|>" in facts.telling and "<|im_end|>" in ends


def _is_openchat(facts: ModelFacts) -> bool:
    if facts.chat_template:
        return "GPT4 Correct" in facts.chat_template
    return "<|end_of_turn|>" in facts.telling


# The first that holds decides: from the most particular to the most general.
_SIGNS: tuple[tuple[str, Callable[[ModelFacts], bool]], ...] = (
    ("first starter", lambda facts: facts.dialect == "1"),
    ("second starter", lambda facts: facts.dialect == "2"),
    ("starter", lambda facts: bool(facts.dialect)),
    ("llama-midi", _calls_itself("llamamidi", "midillama")),
    ("chatmusician", _is_chatmusician),
    ("codec", _has_codec_words),
    ("chatml", _is_chatml),
    ("openchat", _is_openchat),
    ("chat", lambda facts: bool(facts.chat_template)),
)
# Part of a file's name -> profile, and the tokenizer that such a model must have.
_HINTS = (
    ("chatmusician", "chatmusician", "llama"),
    ("llamamidi", "llama-midi", "gpt2"),
    ("scrapegoatmusic", "codec", "llama"),
)


def choose_profile(facts: ModelFacts, file_stem: str) -> Profile:
    """Return how a model is spoken to, by its metadata first and its file's name last."""
    for name, holds in _SIGNS:
        if holds(facts):
            return PROFILES[name]
    for part, name, tokenizer in _HINTS:
        if part in _letters(file_stem) and facts.tokenizer == tokenizer:
            return PROFILES[name]
    return PROFILES["completion"]


def sampling_for(profile: Profile, seed: int, adventure: float) -> Sampling:
    """Return how a song is drawn; the user's `adventure` scales the profile's own temperature.

    1 is as the family's makers recommend. The product stays within what the user may set.
    """
    low, high = TEMPERATURE_RANGE
    temperature = min(high, max(low, profile.sampling.temperature * adventure))
    return replace(profile.sampling, seed=seed, temperature=temperature)
