"""How different two styles sound, measured on plans: nothing is written or played.

Six measures, each 0 (the same) to 1: tempo, metre and kit; drum strokes; instruments; chords;
melody; the record's sound.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise
from math import log2

from scripts.tables.plans import SongPlan
from scripts.temporary import mixing, notation
from tests.song_factory import plan, style_book

SEEDS = range(12)
SECONDS = 150.0
Strokes = frozenset[tuple[str, str, float]]


@dataclass(frozen=True)
class Portrait:
    """Features of a dozen plans of a style, together."""

    tempos: tuple[float, ...]
    metres: frozenset[str]
    modes: frozenset[str]
    strokes: Strokes
    instruments: frozenset[tuple[str, int | None]]
    moves: frozenset[tuple[object, ...]]
    density: float
    sound: tuple[float, ...]


@cache
def portrait(style: str) -> Portrait:
    songs = [plan(style, seed, SECONDS) for seed in SEEDS]
    return Portrait(
        tempos=tuple(song.tempo * 4 / notation.METRES[song.metre].beats[0] for song in songs),
        metres=frozenset(song.metre for song in songs),
        modes=frozenset(song.mode for song in songs),
        strokes=frozenset(stroke for song in songs for stroke in strokes_of(song)),
        instruments=frozenset(program for song in songs for program in programs_of(song)),
        moves=frozenset(move for song in songs for move in moves_of(song)),
        density=sum(song.parts[0].density for song in songs) / len(songs),
        sound=sound_design_of(songs[0]),
    )


def strokes_of(song: SongPlan) -> Iterable[tuple[str, str, float]]:
    """Yield (player or drum, sign, place as a share of the bar) of a groove's first bar."""
    groove = style_book().grooves[song.band.groove]
    rows = {**{drum: bars[0] for drum, bars in groove.drums.items() if bars},
            "bass": groove.bass[0], "chords": groove.chords[0]}  # fmt: skip
    for name, row in rows.items():
        for place, sign in enumerate(row):
            if sign not in ".-":
                kind = "x" if name not in ("bass", "chords") else sign
                yield name, kind, round(place / len(row), 3)


def programs_of(song: SongPlan) -> Iterable[tuple[str, int | None]]:
    band = song.band
    yield from (("melody", band.melody), ("chords", band.chords), ("bass", band.bass))
    yield from (("pad", band.pad), ("counter", band.counter))


def moves_of(song: SongPlan) -> Iterable[tuple[object, ...]]:
    """Yield the steps between chords, with their qualities."""
    for part in song.parts[:2]:
        spans = [span.chord for bar in part.bars for span in bar]
        for one, other in pairwise(spans):
            yield (song.mode, (other.root - one.root) % 12, one.quality, other.quality)


def sound_design_of(song: SongPlan) -> tuple[float, ...]:
    values = [getattr(song.sound, name) / high for name, (_, high) in mixing.SOUND_RANGES.items()]
    return (*values, mixing.SPACES.index(song.sound.space) / (len(mixing.SPACES) - 1))


def unlike(one: frozenset[object], other: frozenset[object]) -> float:
    """Return 1 minus the share that two sets have in common."""
    return 1 - len(one & other) / len(one | other) if one | other else 0.0


def distances(one: str, other: str) -> dict[str, float]:
    """Return the six measures between two styles."""
    a, b = portrait(one), portrait(other)
    mean = [sum(p.tempos) / len(p.tempos) for p in (a, b)]
    apart = min(1.0, abs(log2(mean[0] / mean[1])))
    return {
        "tempo and metre": 0.7 * apart + 0.3 * unlike(a.metres, b.metres),
        "strokes": unlike(a.strokes, b.strokes),
        "instruments": unlike(a.instruments, b.instruments),
        "chords": unlike(a.moves, b.moves),
        "melody": min(1.0, abs(a.density - b.density) / 2) / 2 + unlike(a.modes, b.modes) / 2,
        "sound": min(1.0, sum(abs(x - y) for x, y in zip(a.sound, b.sound))),
    }


def distance(one: str, other: str) -> float:
    return sum(distances(one, other).values())


def nearest(style: str) -> tuple[str, float]:
    """Return the style most like one, and how far it is."""
    others = (other for other in style_book().styles if other != style)
    return min(((other, distance(style, other)) for other in others), key=lambda pair: pair[1])


def closest_pairs() -> list[tuple[float, str, str]]:
    """Return all pairs of styles, the most alike first."""
    pairs = combinations(sorted(style_book().styles), 2)
    return sorted((distance(one, other), one, other) for one, other in pairs)
