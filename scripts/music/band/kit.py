"""Drum kits: the percussion keys of their drums."""

from __future__ import annotations

from scripts.temporary import drumming


def drum_key(name: str, kit: int, tonic: int) -> int:
    """Return the percussion key of a drum in a kit.

    An orchestra has timpani for toms: the low ones on the song's tonic (a pitch class), the others
    on its fifth.
    """
    if kit == drumming.ORCHESTRA_KIT and name.startswith("tom"):
        wanted = tonic if name == "tom_low" else tonic + drumming.FIFTH_SEMITONES
        return drumming.TIMPANI[0] + (wanted - drumming.TIMPANI[0]) % 12
    return drumming.KIT_KEYS.get(kit, {}).get(name, drumming.DRUM_KEYS[name])
