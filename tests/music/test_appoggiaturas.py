"""What only a model that knows harmony may write: appoggiaturas, and colour on weak beats."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scripts.tables.notation import Chord, ChordSpan
from tests.song_factory import job_for, plan, with_metre
from tests.test_prompts import accepts

# Bars of 4/4 over C -> whether the starter may say them, and its predecessor, which has no cues.
# The strong places are the first and the third beat.
BARS = {
    "c4d4e4g4": (True, True),
    "d4c4e4g4": (True, False),
    "f2e2g4c8": (True, False),
    "b4c'4a4g4": (True, False),
    "c4e4f4e4": (True, False),
    "c4d4f2e2c4": (True, False),
    "d4d4e8": (False, False),  # into what is not of the chord
    "d4g4e8": (False, False),  # by a leap
    "d8e8": (False, False),  # longer than a quarter
    "d2z2e4c8": (False, False),  # into a rest
    "c8f8": (False, False),  # into the next bar
    "^f4g4e8": (False, False),  # from outside of the scale
    "c4a2^f2g8": (True, False),  # which is for weak places
    "c4^f4g8": (False, False),  # and short
}


@pytest.mark.parametrize(("bar", "legal"), BARS.items())
def test_foreign_notes_lean_or_pass(bar: str, legal: tuple[bool, bool]) -> None:
    song = with_metre(plan("Celtic", 1, 30), "4/4")
    bars = ((ChordSpan(0, 16, Chord(0, "")),),) * 4
    part = replace(song.parts[0], bars=bars, cells="ab", density=3, low=57, high=88, phrases=(),
                   triplets=False, ties=False, closing=None)  # fmt: skip
    song = replace(song, parts=(part,))
    for profile, may in zip(("starter", "first starter"), legal):
        grammar = job_for(song, profile).segments[0].grammar
        assert accepts(grammar, f'"C"{bar}|"C"c8e8|') == may
