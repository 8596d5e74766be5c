"""How a song closes: which parts are heard last, and on which note their melody comes to rest."""

from __future__ import annotations

import random
from dataclasses import replace

from scripts.music.harmony import chord_pitch_classes, plain_chord, written_tonic
from scripts.temporary import (
    BARS_PER_CELL,
    CLOSES_ELSEWHERE,
    CLOSES_ON_TONIC,
    MODES,
    ROLES,
    Chord,
    ChordBar,
    Mode,
    PartName,
    PartPlan,
    SongPlan,
)


def close_song(plan: SongPlan) -> SongPlan:
    """Return the plan with a closing note in every part that ends a chapter, by style and seed."""
    ending, mode = ending_parts(plan), MODES[plan.mode]

    def closed(part: PartPlan) -> PartPlan:
        if part.name not in ending:
            return part
        rng = random.Random(f"closing {plan.leading} {plan.seed} {part.name}")
        return replace(part, closing=closing_note(part.bars[-1][-1].chord, mode, rng))

    return replace(plan, parts=tuple(map(closed, plan.parts)))


def closing_note(chord: Chord, mode: Mode, rng: random.Random) -> int:
    """Draw the pitch class (written key) on which a melody closes over its last chord."""
    plain = chord_pitch_classes(plain_chord(chord))
    tones = [tone for tone in plain if tone in chord_pitch_classes(chord)]
    tonic = written_tonic(mode)
    if tonic not in tones:
        return rng.choices(tones, CLOSES_ELSEWHERE[: len(tones)])[0]
    others = [tone for tone in tones if tone != tonic]
    return rng.choice(others) if others and rng.random() >= CLOSES_ON_TONIC else tonic


def ending_parts(plan: SongPlan) -> set[PartName]:
    """Name the parts whose end is the last of the melody that is heard in a chapter.

    The last part that is written need not be: a song comes back to its chorus after the bridge.
    """
    sizes = {part.name: len(part.bars) for part in plan.parts}
    last = {
        section.chapter: section.part
        for section in plan.form
        if ROLES[section.role].melody
        and section.first_bar + section.bars == sizes.get(section.part)
    }
    return set(last.values())


def last_cell(part: PartPlan) -> tuple[str, tuple[ChordBar, ...]]:
    """Return the letter and the chords of a part's last cell, which may have been before."""
    first = (len(part.cells) - 1) * BARS_PER_CELL
    return part.cells[-1], part.bars[first : first + BARS_PER_CELL]
