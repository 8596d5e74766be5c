"""Read the small values of ABC: keys, metres and note lengths (ABC standard 2.1)."""

from __future__ import annotations

import re
from fractions import Fraction

from models.starter.dialect import NATURAL

SHARPS = {"major": 0, "mixolydian": -1, "dorian": -2, "minor": -3, "phrygian": -4, "lydian": 1}
MODE_NAMES = {
    "": "major", "maj": "major", "ion": "major", "m": "minor", "min": "minor", "aeo": "minor",
    "dor": "dorian", "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian",
}  # fmt: skip
FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}


def read_key(text: str) -> tuple[int, str, dict[str, int]]:
    """Return tonic pitch class, mode and the signature (letter -> -1 or 1) of a K: field."""
    match = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", text)
    if not match:
        raise ValueError(f"unknown key {text!r}")
    letter, sign, mode_text = match.groups()
    mode = MODE_NAMES.get(mode_text[:3].lower()) if mode_text != "M" else "major"
    if mode is None:
        raise ValueError(f"unknown mode {text!r}")
    count = FIFTHS[letter] + 7 * {"#": 1, "b": -1, "": 0}[sign] + SHARPS[mode]
    if abs(count) > 7:
        raise ValueError(f"no signature for {text!r}")
    order = "FCGDAEB" if count > 0 else "BEADGCF"
    signature = dict.fromkeys(order[: abs(count)], 1 if count > 0 else -1)
    tonic = (NATURAL[letter] + {"#": 1, "b": -1, "": 0}[sign]) % 12
    return tonic, mode, signature


def read_metre(text: str) -> str:
    """Return "4/4" for C and for alla breve, else what is written."""
    text = text.split("%")[0].strip()
    return {"C": "4/4", "C|": "4/4", "2/2": "4/4"}.get(text, text)


def read_length(text: str) -> Fraction:
    """Return an ABC note length, such as 3/2, / or //, as a factor."""
    top, slash, bottom = text.partition("/")
    if not slash:
        return Fraction(int(top or 1))
    divisor = int(bottom) if bottom.isdigit() else 2 ** text.count("/")
    return Fraction(int(top or 1), divisor or 1)


def default_unit(metre: str) -> Fraction:
    """Return the unit note length in sixteenths where no L: says it (ABC 2.1, 3.1.7)."""
    top, _, bottom = metre.partition("/")
    if not bottom.isdigit():
        return Fraction(2)
    return Fraction(1 if Fraction(int(top), int(bottom)) < Fraction(3, 4) else 2)
