"""Tell melodies from accompaniments and studies among the top lines of scores.

95% to 99.5% of the tunes in the tune books are within each limit.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from models.starter.dialect import REST, Song, notes_per_quarter

WIDEST_STEP = 4.2  # mean interval in semitones
LEAP, MOST_LEAPS = 7, 0.18  # more than a fifth
OCTAVE, MOST_OCTAVES = 12, 0.03  # more than an octave
BROKEN, MOST_BROKEN = 4, 0.2  # up and down again by more than a major third: broken chords
MOST_REPEATED = 0.45  # notes like the one before
DENSEST = 3.0  # notes a quarter
QUICK, MOST_EVEN = 2.3, 0.85  # notes a quarter; largest share of notes of one length above that
MOST_SILENT = 0.35  # of the time
FEWEST_NOTES = 16


def is_melodic(song: Song) -> bool:
    """Say whether a song moves as the tunes of tune books do."""
    pitches = song.pitches()
    if len(pitches) < FEWEST_NOTES:
        return False
    steps = [b - a for a, b in pairwise(pitches)]
    broken = sum(a * b < 0 and min(abs(a), abs(b)) > BROKEN for a, b in pairwise(steps))
    lengths = Counter(n for bar in song.bars() for p, n in bar.notes if p != REST)
    rests = sum(n for bar in song.bars() for p, n in bar.notes if p == REST)
    density = notes_per_quarter(song.bars(), song.metre)
    even = max(lengths.values()) / len(pitches)
    return (
        sum(map(abs, steps)) <= WIDEST_STEP * len(steps)
        and sum(abs(step) > LEAP for step in steps) <= MOST_LEAPS * len(steps)
        and sum(abs(step) > OCTAVE for step in steps) <= MOST_OCTAVES * len(steps)
        and broken <= MOST_BROKEN * len(steps)
        and steps.count(0) <= MOST_REPEATED * len(steps)
        and density <= DENSEST
        and not (density >= QUICK and even >= MOST_EVEN)
        and rests <= MOST_SILENT * (rests + sum(k * v for k, v in lengths.items()))
    )
