"""What a style book may say, and how the words of an order are read and weighed."""

from __future__ import annotations

# --- The book ----------------------------------------------------------------------------------

PARTS = "ABCD"  # the parts that a form may have
LOOP_PARTS = "ABC"  # those that every style has chords for; D, a second bridge, may borrow C's
# A section of a form: `verse`, or with part or energy or both: `solo:A`, `verse:1`, `head:B4`.
SECTION_PATTERN = r"([a-z]+)(?::([A-D]?)([1-4]?))?"
MELODY_REACH = (55, 88)  # the pitches that the starter model knows (MIDI, written key)
# Kinds of tune that the starter model knows -> the metres that it has seen them in. Where a song
# has another metre it is told what is usual there (models/starter/TRIALS.md counts the tunes).
KINDS = {
    "reel": ("4/4", "2/4"), "hornpipe": ("4/4", "2/4"), "march": ("4/4", "2/4", "6/8"),
    "strathspey": ("4/4",), "fling": ("4/4",), "morris": ("4/4", "6/8"), "jig": ("6/8",),
    "slide": ("12/8", "6/8"), "slipjig": ("9/8",), "waltz": ("3/4",),
    "air": ("4/4", "2/4", "3/4", "6/8"), "hymn": ("4/4", "3/4"),
    "song": ("4/4", "2/4", "3/4", "6/8", "12/8", "5/4", "7/8"),
}  # fmt: skip
USUAL_KINDS = {"6/8": "jig", "9/8": "slipjig", "3/4": "waltz"}

# --- Words of an order -------------------------------------------------------------------------

# Words beside a style that say nothing about it.
NOISE_WORDS = frozenset((
    "a", "an", "and", "the", "of", "with", "for", "in", "to", "my", "some", "please", "music",
    "song", "songs", "style", "styled", "beat", "beats", "type", "vibe", "vibes", "mood", "track",
    "tune", "tunes", "sound", "sounds", "like", "very", "bit", "genre", "feel",
))  # fmt: skip
# Letters that the ear or a neighbouring finger takes for each other.
LETTER_CLASSES = ("aeiouy", "ckq", "szc", "dt", "bp", "vfw", "gj", "mn")

# --- Mixtures ----------------------------------------------------------------------------------

CALM_DENSITY = 2  # where moods stop calming a melody down: below it nothing moves
GUEST_PULL = 0.3  # how far the tempo goes towards a second style's, on a logarithmic scale
GUEST_PULL_AT_MOST = 1.15  # the factor that it stays within
GUEST_WEIGHT = 0.35  # of a second style in numbers that are mixed: swing, density, reverb
SIGNATURE_SHARE = 0.6  # of a guest's effect that is heard in full: a wobble, a pump, a crackle
SIGNATURES = ("delay", "pump", "wobble", "drive", "lofi")

# --- Length ------------------------------------------------------------------------------------

CHAPTERED_FROM = 240.0  # seconds from which a song gets chapters
CHAPTER_SECONDS = (180.0, 300.0)  # a chapter's length in short songs of many, and in long ones
CHAPTER_GROWTH = 1 / 30  # seconds that a chapter gains for each second of the song
# Keys of the chapters in turn, semitones from the song's: neighbours are related, home returns.
CHAPTER_LIFTS = (0, 5, 2, -3, 0, -2, 3, 5, 0, -5, 2, 4)
CHAPTER_ENERGIES = (0, 0, -1, 0, 1, -1, 0)  # how chapters swell and calm down in turn
ROUND_LIFTS = (0, 2, 5, -2, 3)  # keys of a chapter's rounds in turn, semitones from the chapter's
THEME_RETURNS = 3  # every so many chapters the song's first theme comes back
