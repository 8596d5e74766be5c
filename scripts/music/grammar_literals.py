"""How a grammar writes a note's length and a chord symbol."""

from __future__ import annotations

from scripts.music.harmony import chord_symbol, plain_chord
from scripts.tables.notation import ChordBar


def length_literal(length: int) -> str:
    """Return a length as the grammar writes it, with a space behind; 1 is not written."""
    return f'"{length}" ' if length > 1 else ""


def chord_symbol_literal(bar: ChordBar, place: int) -> str:
    """Return the grammar's chord symbol, with a space behind, if a chord starts at the place."""
    for span in bar:
        if span.start == place:
            return f'"\\"{chord_symbol(plain_chord(span.chord))}\\"" '
    return ""
