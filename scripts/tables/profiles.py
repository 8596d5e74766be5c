"""Model profiles: how each family of models is prompted."""

from __future__ import annotations

from scripts.tables import phrasing
from scripts.tables.models import ControlCodes, Profile, Sampling

SEED_OF_THE_SONG = 0  # a placeholder: every song has its own

# Profile -> the control codes of its dialect.
CONTROL_CODES = {
    "second starter": ControlCodes(
        phrasing.DENSITY_EDGES, (65.0, 67.5, 70.0, 72.5, 75.0), 1, False, "B"
    ),
    "starter": ControlCodes(
        phrasing.FINE_DENSITY_EDGES, tuple(height + 0.5 for height in range(60, 81)), 60, True, "E"
    ),
}

PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "starter",
            "in the notation that it was trained on",
            "Tunes with phrases and cadences, like folk songs and hymns; very fast.",
            Sampling(SEED_OF_THE_SONG, 0.95, min_p=0.0),
            knows_notation=True,
            control_codes=CONTROL_CODES["starter"],
            single_token_notes=True,
        ),
        Profile(
            "second starter",
            "in the notation that it was trained on",
            "Like the starter, but not told which part is the last.",
            Sampling(SEED_OF_THE_SONG, 0.9, min_p=0.02),
            knows_notation=True,
            control_codes=CONTROL_CODES["second starter"],
            single_token_notes=True,
        ),
        Profile(
            "first starter",
            "in the notation that it was trained on",
            "Like the starter, but told less: neither heights nor bars to come.",
            Sampling(SEED_OF_THE_SONG, min_p=0.05),
            knows_notation=True,
        ),
        Profile(
            "llama-midi",
            "as a list of notes, for a title",
            "Trained on MIDI files: it plays all the parts. We have not heard it yet.",
            Sampling(SEED_OF_THE_SONG, min_p=0.0),
            song_format="notes",
        ),
        Profile(
            "chatmusician",
            "in its own question and answer, about ABC",
            "Trained on ABC tunes: melodies should be good. We have not heard it yet.",
            Sampling(SEED_OF_THE_SONG, 0.2, top_k=40, top_p=0.9, min_p=0.0, repeat_penalty=1.1),
            add_bos=False,
            is_chat=True,
            merges_system_prompt=True,
        ),
        Profile(
            "codec",
            "as a book of ABC tunes to go on with",
            "Made for sound codes, not for text: legal bars, hardly a melody.",
            Sampling(SEED_OF_THE_SONG, repeat_penalty=1.1, repeat_last_n=48),
        ),
        Profile(
            "chatml",
            "in a conversation (ChatML)",
            "A chat model, not trained on music: legal bars, plain melodies.",
            # As on the card of ILM3-8B-Ruby-Music, but with a higher min_p: the tail is noise.
            Sampling(
                SEED_OF_THE_SONG,
                min_p=0.1,
                dry_multiplier=0.5,
                dry_allowed_length=5,
                dry_last_n=1024,
            ),
            is_chat=True,
            can_plan=True,
        ),
        Profile(
            "openchat",
            "in a conversation (OpenChat)",
            "A chat model, not trained on scores: legal bars, plain melodies.",
            Sampling(SEED_OF_THE_SONG, 0.7, top_k=50, top_p=0.95, min_p=0.0),
            is_chat=True,
            merges_system_prompt=True,
            can_plan=True,
        ),
        Profile(
            "chat",
            "in a conversation, by its own template",
            "A chat model: legal bars; a larger one should write better melodies.",
            Sampling(
                SEED_OF_THE_SONG, 0.9, dry_multiplier=0.5, dry_allowed_length=5, dry_last_n=1024
            ),
            is_chat=True,
            can_plan=True,
        ),
        Profile(
            "completion",
            "as a book of ABC tunes to go on with",
            "Trained neither for chat nor for music: legal bars, melodies by luck.",
            Sampling(SEED_OF_THE_SONG, min_p=0.02, repeat_penalty=1.1, repeat_last_n=48),
        ),
    )
}
YUE_VOCABULARY = 83_734  # tokens: text, 22 special ones, and the codes of five codecs
# (part of a file's name, profile, the tokenizer that such a model must have).
FILE_NAME_HINTS = (
    ("chatmusician", "chatmusician", "llama"),
    ("llamamidi", "llama-midi", "gpt2"),
    ("scrapegoatmusic", "codec", "llama"),
)
