"""Literals of the grammars: the length of a note and a chord symbol."""

from __future__ import annotations

from scripts.music.harmony import chord_symbol, plain_chord
from scripts.tables.notation import ChordBar


def length_literal(length: int) -> str:
    """Return a length (units) as a literal with a space behind; empty for 1, which ABC omits."""
    return f'"{length}" ' if length > 1 else ""


def chord_symbol_literal(bar: ChordBar, place: int) -> str:
    """Return the chord symbol as a literal with a space behind; empty where no chord starts."""
    for span in bar:
        if span.start == place:
            return f'"\\"{chord_symbol(plain_chord(span.chord))}\\"" '
    return ""
