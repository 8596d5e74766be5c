"""The tokenizer: a table. Every field, chord symbol and bar line, and every note, is one token.

No text can be split in two ways, so what the app dictates has the very tokens of training; and a
bar of five notes has seven tokens. Nothing is learnt.
"""

from __future__ import annotations

import re

from models.starter import dialect

SPECIAL = ("<unk>", "<s>", "</s>")
UNK, BOS, EOS = range(3)
NOTE_LENGTHS = (*range(1, 17), 18, 20, 24)  # sixteenths; a whole bar at the most


def field_tokens() -> list[str]:
    """List all fields with all their values, such as [M:4/4]."""
    values = {
        "R": dialect.KINDS,
        "M": dialect.METRES,
        "K": [name for name, _ in dialect.MODES.values()],
        "P": dialect.PARTS,
        "N": range(1, len(dialect.PHRASE_EDGES) + 2),
        "H": range(dialect.LOWEST_HEIGHT, dialect.LOWEST_HEIGHT + len(dialect.HEIGHT_EDGES) + 1),
        "B": range(1, dialect.MOST_BARS_LEFT + 1),
        "E": range(1, dialect.MOST_BARS_LEFT + 1),
    }
    return [f"[{letter}:{value}]" for letter, several in values.items() for value in several]


def note_tokens() -> dict[str, tuple[str, str]]:
    """Map all notes and rests, such as ^c4, to their (pitch, length) as written."""
    pitches = ["z", *map(dialect.write_pitch, range(dialect.LOWEST, dialect.HIGHEST + 1))]
    lengths = ["", *(str(length) for length in NOTE_LENGTHS if length > 1)]
    return {pitch + length: (pitch, length) for pitch in pitches for length in lengths}


def chord_tokens() -> list[str]:
    """List all chord symbols with their quotation marks."""
    chords = [(root, quality) for quality in dialect.QUALITIES for root in range(12)]
    return [f'"{dialect.write_chord(chord)}"' for chord in chords]


NOTE_TOKENS = note_tokens()
VOCABULARY = [*SPECIAL, *field_tokens(), *chord_tokens(), "|", "||", *NOTE_TOKENS]
TOKEN_IDS = {token: number for number, token in enumerate(VOCABULARY)}
FIRST_NOTE_ID = min(TOKEN_IDS[note] for note in NOTE_TOKENS)  # notes are the last of the tokens


def note_features() -> list[tuple[int, int, int]]:
    """Number each token's pitch, length and pitch class; (0, 0, 0) if it is no note.

    The model adds what it learns of c, of 4 and of all Cs to what it learns of c4, so that rare
    notes gain from common ones (model.py).
    """
    numbers = {"": 0}
    features: dict[str, tuple[int, int, int]] = {}
    for token, (pitch, length) in NOTE_TOKENS.items():
        name = pitch.upper().strip(",'")
        first, second, third = (
            numbers.setdefault(feature, len(numbers))
            for feature in (pitch, f"x{length or 1}", f"class {name}")
        )
        features[token] = (first, second, third)
    return [features.get(token, (0, 0, 0)) for token in VOCABULARY]


# Longest first, as llama.cpp looks for tokens of the kind "user-defined".
PATTERN = re.compile("|".join(re.escape(t) for t in sorted(VOCABULARY[3:], key=len, reverse=True)))


def encode(text: str) -> list[int]:
    """Return the token ids of a text of the dialect. Raise ValueError at anything foreign."""
    found = PATTERN.findall(text)
    if sum(map(len, found)) != len(text):
        raise ValueError(f"no tokens for {PATTERN.sub(' ', text).split()}")
    return [TOKEN_IDS[token] for token in found]


def encode_tune(tune: str) -> list[int]:
    """Return a whole tune's token ids between BOS and EOS."""
    return [BOS, *encode(tune), EOS]


def decode(ids: list[int]) -> str:
    """Return the text of token ids."""
    return "".join(VOCABULARY[number] for number in ids if number not in (BOS, EOS))
