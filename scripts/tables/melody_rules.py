"""Melody rules: note lengths by density, intervals, and weights of the score of a take."""

from __future__ import annotations

from enum import IntEnum


class NoteState(IntEnum):
    """What the note before was: it decides which may follow."""

    SETTLED = 0
    REPEATED = 1
    PASSING = 2
    RESTED = 3
    LEAPT_UP = 4
    LEAPT_DOWN = 5
    ANSWERED = 6


# --- Guarded grammar -------------------------------------------------------------------------

# After these no rest and no end: something is still to come.
UNFINISHED_STATES = (NoteState.PASSING, NoteState.RESTED, NoteState.LEAPT_UP, NoteState.LEAPT_DOWN)

# What a take is judged by (scripts/music/score.py), and how much each measure counts.
SCORE_WEIGHTS = {
    "harmony": 0.17, "motion": 0.21, "variety": 0.17, "rhythm": 0.13, "cadence": 0.11,
    "range": 0.07, "development": 0.08, "own": 0.06,
}  # fmt: skip
# Shortest to longest notes, in units, by density; 1 is slow and 5 is running sixteenths.
DENSITY_LENGTHS = {
    1: (4, 6, 8, 12, 16),
    2: (2, 4, 6, 8, 12, 16),
    3: (2, 4, 6, 8, 12),
    4: (1, 2, 3, 4, 6, 8),
    5: (1, 2, 3, 4, 6),
}
# The same for models that are told how dense to be: all that real tunes of a density have in 0.5%
# of their notes or more. Without them a tenth of what real tunes say could not be said.
LENGTHS_WITH_CONTROL_CODES = {
    **DENSITY_LENGTHS,
    1: (1, 2, 3, 4, 6, 8, 12, 16),
    2: (1, 2, 3, 4, 6, 8, 12, 16),
    3: (1, 2, 3, 4, 6, 8, 12),
}
REST_LENGTHS = (2, 4)
# Real tunes strike a note foreign to the chord on a sixth of all strong places. Of these notes 82%
# have one of these lengths (units), and 57% go by step to a note of the same chord.
APPOGGIATURA_UNITS = (2, 4)
# On weak places 1% of their notes are in neither the chord nor the scale: 85% of these are as short
# as this (units), and as many go on by step.
LONGEST_CHROMATIC_UNITS = 2
# What a melody may do where the model knows no music: in semitones.
STEP, WIDEST_LEAP, OCTAVE = 2, 9, 12
FOURTH = 5  # a wider leap is answered: the next note comes back, by no more than this
LAST_NOTE_UNITS = 4  # a part comes to rest on a note of at least a quarter
