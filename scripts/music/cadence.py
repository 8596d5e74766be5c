"""Cadences: which parts end a chapter, and the pitch class on which their melody ends."""

from __future__ import annotations

import random
from dataclasses import replace

from scripts.music.harmony import chord_pitch_classes, plain_chord, written_tonic
from scripts.tables.notation import Chord, ChordBar, Mode
from scripts.tables.plans import PartName, PartPlan, SongPlan
from scripts.temporary import notation, phrasing, structure


def plan_cadences(plan: SongPlan) -> SongPlan:
    """Return the plan with `closing` set in every part that ends a chapter, by style and seed."""
    names, mode = cadence_parts(plan), notation.MODES[plan.mode]

    def with_cadence(part: PartPlan) -> PartPlan:
        if part.name not in names:
            return part
        rng = random.Random(f"closing {plan.leading} {plan.seed} {part.name}")
        return replace(part, closing=cadence_pitch_class(part.bars[-1][-1].chord, mode, rng))

    return replace(plan, parts=tuple(map(with_cadence, plan.parts)))


def cadence_pitch_class(chord: Chord, mode: Mode, rng: random.Random) -> int:
    """Draw the pitch class (written key) on which a melody ends over its last chord.

    The tonic is the likeliest where the chord has it, else the root; shares as in real tunes.
    """
    plain = chord_pitch_classes(plain_chord(chord))
    tones = [tone for tone in plain if tone in chord_pitch_classes(chord)]
    tonic = written_tonic(mode)
    if tonic not in tones:
        return rng.choices(tones, phrasing.CLOSES_ELSEWHERE[: len(tones)])[0]
    others = [tone for tone in tones if tone != tonic]
    return rng.choice(others) if others and rng.random() >= phrasing.CLOSES_ON_TONIC else tonic


def cadence_parts(plan: SongPlan) -> set[PartName]:
    """Return the names of the parts that end the melody of a chapter.

    That is not always the last part written: a song may return to its chorus after the bridge.
    """
    sizes = {part.name: len(part.bars) for part in plan.parts}
    last = {
        section.chapter: section.part
        for section in plan.form
        if structure.ROLES[section.role].melody
        and section.first_bar + section.bars == sizes.get(section.part)
    }
    return set(last.values())


def last_cell(part: PartPlan) -> tuple[str, tuple[ChordBar, ...]]:
    """Return the letter and the chords of a part's last cell; an earlier cell may equal it."""
    first = (len(part.cells) - 1) * notation.BARS_PER_CELL
    return part.cells[-1], part.bars[first : first + notation.BARS_PER_CELL]
