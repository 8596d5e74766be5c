"""How a chord lies on an instrument, and how its voices walk to the next one."""

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

    What is added is of the scale; and no seventh or ninth lies a semitone beside a note (`melody_classes`,
    pitch classes) that the melody dwells on.
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


def _without_clashes(chord: Chord, sung: frozenset[int]) -> Chord:
    """Leave out sevenths, sixths and ninths that rub against the melody."""
    steps = notation.QUALITIES[chord.quality]
    rubbed = {(note + by - chord.root) % 12 for note in sung for by in (1, -1)}
    kept = tuple(step for step in steps if step < 8 or step % 12 not in rubbed)
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
    """Return MIDI pitches, lowest first: of all layouts between floor and ceiling, the one that
    moves least from the voicing before, with no voice in the mud and no jumps hand in hand.
    """
    found = _voicings(chord, kind, min(ceiling, arranging.CHORD_CEILING), floor)
    return min(found, key=lambda notes: (_cost(notes, before), notes))


@lru_cache(maxsize=4096)
def _voicings(chord: Chord, kind: str, ceiling: int, floor: int) -> tuple[tuple[int, ...], ...]:
    """Return every layout of a chord from the kind's lowest note, or the floor, to the ceiling.

    Where there is no room for the kind's own layout, the chord closes up; where there is none for
    that either, the ceiling is lifted.
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
    """Return the intervals that are played: those kept, else all but the root of fat chords."""
    steps = notation.QUALITIES[chord.quality]
    if len(steps) <= 3 and voicing.keep != (0, 2):
        return tuple(step % 12 for step in steps)
    kept = tuple(steps[degree] for degree in voicing.keep if degree < len(steps))
    if voicing.keep == (0, 2):  # root and fifth; a chord of two notes is that already
        return (0, steps[2] if len(steps) > 2 else steps[1])
    if kept and len(kept) > 1:
        return tuple(step % 12 for step in kept[: max(2, voicing.voices)])
    fat = steps[1:] if len(steps) > voicing.voices else steps
    return tuple(step % 12 for step in fat)


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
    """Send voices, counted from the top, down an octave."""
    lowered = {len(notes) - drop for drop in drops if drop <= len(notes)}
    return tuple(sorted(n - 12 if i in lowered else n for i, n in enumerate(notes)))


def _respects_low_intervals(notes: Sequence[int]) -> bool:
    """Whether no interval stands lower than the ear can sort it."""
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
