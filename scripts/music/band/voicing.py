"""How the notes of a chord are laid out, and how its voices move to the next chord."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from scripts.tables.arranging import Voicing
from scripts.tables.notation import Chord
from scripts.temporary import arranging, notation


def enrich_chord(
    chord: Chord,
    enrichment: str,
    scale: frozenset[int],
    melody_classes: frozenset[int] = frozenset(),
) -> Chord:
    """Return the chord as rich as a style likes it, no richer than key and melody allow.

    Only notes of the scale are added, and no seventh or ninth that lies a semitone beside one of
    `melody_classes`, the pitch classes of the melody's long notes.
    """
    return _without_clashes(_enriched(chord, enrichment, scale), melody_classes)


def _enriched(chord: Chord, colour: str, scale: frozenset[int]) -> Chord:
    quality = arranging.COLOURS[colour].get(chord.quality, chord.quality)
    plain = notation.QUALITIES[chord.quality]
    for name in (quality, *arranging.SIMPLER_CHORDS.get(quality, ())):
        added = set(notation.QUALITIES[name]) - set(plain)
        if all((chord.root + step) % 12 in scale for step in added):
            return Chord(chord.root, name)
    return chord


def _without_clashes(chord: Chord, melody_classes: frozenset[int]) -> Chord:
    """Leave out sixths, sevenths and ninths that clash with pitch classes of the melody."""
    steps = notation.QUALITIES[chord.quality]
    clashing = {(note + by - chord.root) % 12 for note in melody_classes for by in (1, -1)}
    kept = tuple(step for step in steps if step < 8 or step % 12 not in clashing)
    quality = (
        chord.quality
        if kept == steps
        else notation.QUALITY_OF_STEPS.get(kept) or notation.QUALITY_OF_STEPS.get(steps[:3], "5")
    )
    return Chord(chord.root, quality)


def voice_chord(
    chord: Chord,
    kind: str = "close",
    before: Sequence[int] = (),
    ceiling: int = arranging.CHORD_CEILING,
    floor: int = 0,
) -> tuple[int, ...]:
    """Return the pitches (MIDI) of a chord, lowest first.

    Of all layouts between floor and ceiling it is the one that moves least from the voicing before,
    with no unclear low intervals, and no leaps of all voices together if that can be avoided.
    """
    found = _voicings(chord, kind, min(ceiling, arranging.CHORD_CEILING), floor)
    return min(found, key=lambda notes: (_cost(notes, before), notes))


@lru_cache(maxsize=4096)
def _voicings(chord: Chord, kind: str, ceiling: int, floor: int) -> tuple[tuple[int, ...], ...]:
    """Return every layout of a chord from the kind's lowest note, or the floor, to the ceiling.

    Where there is no room for the kind's own layout, it is in close position; where there is none
    for that either, the ceiling is raised.
    """
    voicing = arranging.VOICINGS[kind]
    lowest = max(floor, min(voicing.low, ceiling - arranging.VOICING_SPAN))
    closes = [
        close
        for bottom in range(lowest, lowest + 36)
        if (close := _close_position(chord.root, _degrees(chord, voicing), bottom, voicing))
    ]
    found: list[tuple[int, ...]] = []
    while not found:
        for drops in (voicing.drops, ()):
            laid = (_drop_voices(close, drops) for close in closes)
            found = found or [n for n in laid if n[0] >= lowest and n[-1] <= ceiling]
        ceiling += 2
    clear = [notes for notes in found if _respects_low_intervals(notes)]
    return tuple(clear or found)


def _degrees(chord: Chord, voicing: Voicing) -> tuple[int, ...]:
    """Return the intervals that are played: those kept, else as many as there are voices.

    A chord with too many notes loses its root.
    """
    steps = notation.QUALITIES[chord.quality]
    if len(steps) <= 3 and voicing.keep != (0, 2):
        return tuple(step % 12 for step in steps)
    kept = tuple(steps[degree] for degree in voicing.keep if degree < len(steps))
    if voicing.keep == (0, 2):  # root and fifth; a chord of two notes is that already
        return (0, steps[2] if len(steps) > 2 else steps[1])
    if kept and len(kept) > 1:
        return tuple(step % 12 for step in kept[: max(2, voicing.voices)])
    played = steps[1:] if len(steps) > voicing.voices else steps
    return tuple(step % 12 for step in played)


def _close_position(
    root: int, steps: Sequence[int], bottom: int, voicing: Voicing
) -> tuple[int, ...] | None:
    """Return the close position that starts on a pitch; None where the chord has no such note."""
    classes = {(root + step) % 12 for step in steps}
    if bottom % 12 not in classes:
        return None
    if voicing.keep == (0, 2) and bottom % 12 != root % 12:
        return None
    notes = [pitch for pitch in range(bottom, bottom + 12) if pitch % 12 in classes]
    if voicing.double and len(notes) < voicing.voices:
        notes.append(bottom + 12)
    return tuple(notes)


def _drop_voices(notes: Sequence[int], drops: Sequence[int]) -> tuple[int, ...]:
    """Move voices, counted from the top, down an octave."""
    lowered = {len(notes) - drop for drop in drops if drop <= len(notes)}
    return tuple(sorted(n - 12 if i in lowered else n for i, n in enumerate(notes)))


def _respects_low_intervals(notes: Sequence[int]) -> bool:
    """Whether every interval is high enough to be heard clearly."""
    return all(low >= arranging.LOW_INTERVALS.get(high - low, 0) for low, high in pairwise(notes))


def _cost(notes: Sequence[int], before: Sequence[int]) -> float:
    middle = sum(notes) / len(notes)
    cost = abs(middle - arranging.VOICING_CENTRE) * 0.25
    if notes[-1] - notes[-2] == 1:
        cost += arranging.TOP_SEMITONE_COST
    if not before:
        return cost
    if len(before) == len(notes):
        moves = [now - then for now, then in zip(notes, before)]
    else:
        moves = [min((now - then for then in before), key=abs) for now in notes]
        moves.append(notes[-1] - before[-1])
    if all(move > 2 for move in moves) or all(move < -2 for move in moves):
        cost += arranging.PARALLEL_MOTION_COST
    return cost + sum(map(abs, moves))
