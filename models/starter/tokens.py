"""The tokenizer: a table. Every field, chord symbol, bar line, and every note is one token.

No text can be cut in two ways, so what the app dictates has the very tokens of training; and a bar
of five notes has seven tokens. Nothing is learnt.
"""

from __future__ import annotations

import re

import dialect

SPECIAL = ("<unk>", "<s>", "</s>")
UNKNOWN, BEGIN, END = range(3)
LENGTHS = (*range(1, 17), 18, 20, 24)  # of notes that are a token; a whole bar at the most


def field_pieces() -> list[str]:
    """List all fields with all their values."""
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


def note_pieces() -> dict[str, tuple[str, str]]:
    """Return all notes and rests, such as ^c4, and of what they are made: pitch and length."""
    pitches = ["z", *map(dialect.write_pitch, range(dialect.LOWEST, dialect.HIGHEST + 1))]
    lengths = ["", *(str(length) for length in LENGTHS if length > 1)]
    return {pitch + length: (pitch, length) for pitch in pitches for length in lengths}


def chord_pieces() -> list[str]:
    """List all chord symbols."""
    chords = [(root, quality) for quality in dialect.QUALITIES for root in range(12)]
    return [f'"{dialect.write_chord(chord)}"' for chord in chords]


NOTES = note_pieces()
PIECES = [*SPECIAL, *field_pieces(), *chord_pieces(), "|", "||", *NOTES]
IDS = {piece: number for number, piece in enumerate(PIECES)}


def made_of() -> list[tuple[int, int, int]]:
    """Number what notes are made of: pitch, length and pitch class; (0, 0, 0) if it is no note.

    The model adds what it learns of c, of 4 and of all Cs to what it learns of c4, so that rare
    notes gain from common ones (model.py).
    """
    names = {"": 0}
    made = {}
    for piece, (pitch, length) in NOTES.items():
        name = pitch.upper().strip(",'")
        parts = (pitch, f"x{length or 1}", f"class {name}")
        made[piece] = tuple(names.setdefault(part, len(names)) for part in parts)
    return [made.get(piece, (0, 0, 0)) for piece in PIECES]


# Longest first, as llama.cpp looks for tokens that are given to it as a user's own.
PATTERN = re.compile("|".join(re.escape(p) for p in sorted(PIECES[3:], key=len, reverse=True)))


def encode(text: str) -> list[int]:
    """Return the ids of a text of the dialect. Raise ValueError at anything foreign."""
    pieces = PATTERN.findall(text)
    if sum(map(len, pieces)) != len(text):
        raise ValueError(f"no tokens for {PATTERN.sub(' ', text).split()}")
    return [IDS[piece] for piece in pieces]


def decode(ids: list[int]) -> str:
    """Return the text of ids."""
    return "".join(PIECES[number] for number in ids if number not in (BEGIN, END))
