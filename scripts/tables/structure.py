"""Song structure: roles of sections, forms, chapters, tempos and keys that plans choose from."""

from __future__ import annotations

import re

from scripts.tables.plans import Role

# --- Roles of sections -----------------------------------------------------------------------

ROLES = {
    role.name: role
    for role in (
        Role("intro", "A", 2, False, 0.5),
        Role("head", "A", 2, True, rise=2),
        Role("verse", "A", 2, True, rise=1),
        Role("prechorus", "C", 3, True),
        Role("build", "C", 2, False, 0.5),
        Role("chorus", "B", 3, True, rise=1),
        Role("drop", "B", 4, True),
        Role("bridge", "C", 3, True),
        Role("interlude", "C", 2, False, 0.5),
        Role("break", "A", 1, True, 0.5),
        Role("breakdown", "C", 1, True),
        Role("solo", "C", 3, True),
        Role("outro", "B", 2, False, 0.5),
    )
}
EDGE_ROLES = ("intro", "outro")
CLIMAX_ROLES = ("chorus", "head", "drop")  # what a build leads to, and a late key lift starts with

# --- Forms -----------------------------------------------------------------------------------

# A section of a form: `verse`, or with part or energy or both: `solo:A`, `verse:1`, `head:B4`.
SECTION_PATTERN = re.compile(r"([a-z]+)(?::([A-D]?)([1-4]?))?")
FEW_BARS = 56  # a song below this has no room to repeat much
VERY_FEW_BARS = 24
EDGE_BARS_AT_MOST = 8
# A song may be shorter or longer than asked by half its longest part and these bars. One of fewer
# than so many seconds may be off further: its form comes first.
LENGTH_SLACK_BARS = 3
LENGTH_KEPT_FROM = 60.0  # seconds
KEY_LIFT_CLIMAXES = 3  # that a song has at least if it is transposed from the last one on
ENDING_BARS = 1  # after the form: one bar in which everybody lands on the tonic
# How a song ends: everybody lands on the tonic after a cadence that slows down; the last bars are
# repeated and fade away; everybody stops at once on a short stroke; the last chord rings out.
ENDINGS = ("cadence", "fade", "cold", "ring")

# --- Chapters --------------------------------------------------------------------------------

CHAPTERS_FROM_SECONDS = 240.0  # a shorter song has one chapter
CHAPTER_SECONDS = (180.0, 300.0)  # a chapter's length in the shortest and in the longest songs
CHAPTER_GROWTH = 1 / 30  # seconds that a chapter gains for each second of the song
LINK_BARS = 4  # of the band alone, into a new chapter
# Keys of the chapters in turn, semitones from the song's: neighbours are related, home returns.
CHAPTER_LIFTS = (0, 5, 2, -3, 0, -2, 3, 5, 0, -5, 2, 4)
CHAPTER_ENERGIES = (0, 0, -1, 0, 1, -1, 0)  # that chapters in turn add to their sections
ROUND_LIFTS = (0, 2, 5, -2, 3)  # keys of a chapter's rounds in turn, semitones from the chapter's
THEME_RETURN_CHAPTERS = 3  # after every so many the song's first theme comes back

# --- Choices by seed -------------------------------------------------------------------------

TONICS = (0, 2, 3, 4, 5, 7, 8, 9, 10, 11)  # concert keys with at most six accidentals
TEMPO_STEPS = 5  # different tempos of a style for even and for odd seeds, at most
PART_HEIGHTS = {"B": 3}  # semitones that a part lies above the others
GOLDEN_SHARE = 0.618  # of a circle: steps of this size fall far from those before
