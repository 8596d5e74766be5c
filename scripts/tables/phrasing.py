"""How dense and how high the phrases of a part are, as measured in real tunes.

They are the tunes that the starter model learns from (`python -m models.starter phrases` prints
these tables): folk dances, hymns, songs and quartets of the 18th and 19th centuries.
"""

from __future__ import annotations

from dataclasses import dataclass

# --- Density and height ----------------------------------------------------------------------

# Struck notes per quarter note: density 1 lies below the first edge, 5 at or above the last. The
# finer edges divide each density into several.
DENSITY_EDGES = (1.0, 1.4, 1.7, 2.0)
FINE_DENSITY_EDGES = (
    0.4, 0.6, 0.75, 0.87, 1.0, 1.13, 1.27, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0, 2.1, 2.25, 2.5, 3.0,
)  # fmt: skip
# Density -> notes per quarter note: the middle half of the real parts of that density.
USUAL_DENSITIES = {
    1: (0.69, 0.89), 2: (1.08, 1.29), 3: (1.5, 1.62), 4: (1.79, 1.91), 5: (2.0, 2.31),
}  # fmt: skip
# Semitones from a phrase's height that its melody may reach; 99% of the notes of real phrases do
# not go further. Models that know no music are kept within the second, which holds 97%.
PHRASE_REACH, GUARDED_REACH = 10, 8
PHRASE_ROOM = 6  # semitones that a part's range leaves above and below a phrase's height


@dataclass(frozen=True)
class PhraseStatistics:
    """How far a phrase lies from the mean of its part: the usual, and its standard deviation.

    `density` is in notes per quarter note, `height` in semitones.
    """

    density: float
    density_spread: float
    height: float
    height_spread: float


# Phrases in a part -> statistics of each, from parts in which no phrase repeats a cell of another.
PHRASE_HABITS = {
    1: (PhraseStatistics(0.0, 0.0, 0.0, 0.0),),
    2: (PhraseStatistics(0.02, 0.13, 0.07, 1.5), PhraseStatistics(-0.02, 0.13, -0.07, 1.5)),
    3: (
        PhraseStatistics(0.02, 0.16, 0.2, 2.3),
        PhraseStatistics(0.06, 0.17, 0.65, 1.8),
        PhraseStatistics(-0.08, 0.2, -0.8, 2.1),
    ),
    4: (
        PhraseStatistics(0.0, 0.13, 0.3, 2.3),
        PhraseStatistics(0.05, 0.14, 0.55, 2.35),
        PhraseStatistics(0.05, 0.15, 0.1, 2.2),
        PhraseStatistics(-0.09, 0.15, -0.95, 2.45),
    ),
}
MOST_DEVIATIONS = 2.0  # standard deviations: what is further out is no example to follow
CLIMBING_PART = "B"  # the part of the chorus, whose phrases lie higher

# --- Cadences --------------------------------------------------------------------------------

CLOSES_ON_TONIC = 0.85  # the share of real tunes that do where their last chord contains it
CLOSES_ELSEWHERE = (0.6, 0.16, 0.24)  # shares of root, third and fifth where it does not
