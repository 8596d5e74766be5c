"""Rules of melodies: note lengths by density, intervals, and weights of the score of a take."""

from __future__ import annotations

from enum import IntEnum

# --- Note lengths, in units ------------------------------------------------------------------

# Density -> shortest to longest; 1 is slow and 5 is running sixteenths.
DENSITY_LENGTHS = {
    1: (4, 6, 8, 12, 16),
    2: (2, 4, 6, 8, 12, 16),
    3: (2, 4, 6, 8, 12),
    4: (1, 2, 3, 4, 6, 8),
    5: (1, 2, 3, 4, 6),
}
# The same for models whose control codes give the density: all lengths that make up 0.5% or more of
# the notes of real tunes of a density. Without them a tenth of these notes could not be written.
LENGTHS_WITH_CONTROL_CODES = {
    **DENSITY_LENGTHS,
    1: (1, 2, 3, 4, 6, 8, 12, 16),
    2: (1, 2, 3, 4, 6, 8, 12, 16),
    3: (1, 2, 3, 4, 6, 8, 12),
}
REST_LENGTHS = (2, 4)
LAST_NOTE_UNITS = 4  # a part comes to rest on a note of at least a quarter
# Real tunes strike a note foreign to the chord on a sixth of all strong places. Of these notes 82%
# have one of these lengths, and 57% go by step to a note of the same chord.
APPOGGIATURA_UNITS = (2, 4)
# On weak places 1% of their notes are in neither the chord nor the scale: 85% of these are as short
# as this, and as many go on by step.
LONGEST_CHROMATIC_UNITS = 2

# --- Intervals for models that know no music -------------------------------------------------

STEP, FOURTH, WIDEST_LEAP, OCTAVE = 2, 5, 9, 12  # semitones; beside leaps, an octave is allowed


class NoteState(IntEnum):
    """What the note before was: it decides which may follow.

    A leap is wider than a fourth; the next note goes back, by a fourth at most.
    """

    SETTLED = 0
    REPEATED = 1
    PASSING = 2
    RESTED = 3
    LEAPT_UP = 4
    LEAPT_DOWN = 5
    ANSWERED = 6


# After these a part may neither rest nor end.
UNFINISHED_STATES = (
    NoteState.PASSING, NoteState.RESTED, NoteState.LEAPT_UP, NoteState.LEAPT_DOWN,
)  # fmt: skip

# --- The score of a take ---------------------------------------------------------------------

# Measure -> its share of the score (scripts/music/take_score.py).
SCORE_WEIGHTS = {
    "harmony": 0.17, "motion": 0.21, "variety": 0.17, "rhythm": 0.13, "cadence": 0.11,
    "range": 0.07, "development": 0.08, "own": 0.06,
}  # fmt: skip
