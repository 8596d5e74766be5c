"""Drum kits: which key strikes which drum."""

from __future__ import annotations

from scripts.temporary import DRUM_KEYS, KIT_KEYS, ORCHESTRA_KIT, TIMPANI

_FIFTH = 7


def drum_key(name: str, kit: int, tonic: int) -> int:
    """Return the percussion key of a drum in a kit.

    An orchestra has timpani for toms: the low ones on the song's tonic (a pitch class), the others
    on its fifth.
    """
    if kit == ORCHESTRA_KIT and name.startswith("tom"):
        wanted = tonic if name == "tom_low" else tonic + _FIFTH
        return TIMPANI[0] + (wanted - TIMPANI[0]) % 12
    return KIT_KEYS.get(kit, {}).get(name, DRUM_KEYS[name])
