"""What a style book may say, and how the words of an order are read and weighed."""

from __future__ import annotations

import re

# --- The book ----------------------------------------------------------------------------------

PARTS = "ABCD"  # the parts that a form may have
LOOP_PARTS = "ABC"  # those that every style has chords for; D, a second bridge, may borrow C's
MELODY_REACH = (55, 88)  # the pitches that the starter model knows (MIDI, written key)
# Kinds of tune that the starter model knows -> the metres that it has seen them in. Where a song
# has another metre it is told what is usual there (models/starter/TRIALS.md counts the tunes).
TUNE_KINDS = {
    "reel": ("4/4", "2/4"), "hornpipe": ("4/4", "2/4"), "march": ("4/4", "2/4", "6/8"),
    "strathspey": ("4/4",), "fling": ("4/4",), "morris": ("4/4", "6/8"), "jig": ("6/8",),
    "slide": ("12/8", "6/8"), "slipjig": ("9/8",), "waltz": ("3/4",),
    "air": ("4/4", "2/4", "3/4", "6/8"), "hymn": ("4/4", "3/4"),
    "song": ("4/4", "2/4", "3/4", "6/8", "12/8", "5/4", "7/8"),
}  # fmt: skip
USUAL_TUNE_KINDS = {"6/8": "jig", "9/8": "slipjig", "3/4": "waltz"}

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

# --- Style reader ----------------------------------------------------------------------------

TITLE_PATTERN = re.compile(r"(?:[^{}]|\{(?:adjective|noun|noun2)\}){1,60}")
NOTICE_CHARACTERS_AT_MOST = 300  # characters
STYLE_RANGES = {"density": (1, 5), "swing": (0.5, 0.75), "humanise": (0, 1),
                 "melody_octave": (-1, 1)}  # fmt: skip
MOOD_RANGES = {"tempo": (0.3, 3), "density": (-4, 4), "energy": (-3, 3), "humanise": (-1, 1),
                "octave": (-1, 1)}  # fmt: skip

# --- Styles ----------------------------------------------------------------------------------

DEFAULT_STYLE = "pop"

# --- Style parser ----------------------------------------------------------------------------

PHRASES_AT_MOST = 12
WORDS_IN_NAME_AT_MOST = 4
# Letters of a word, at least -> edits forgiven. Shorter words differ by a letter from too many
# others: "park" is not "dark" and "pink" is not "punk".
EDITS_FORGIVEN = ((11, 2), (7, 1))
TYPOS_FROM = 5  # letters from which a likely slip of the finger or of the ear is forgiven
