"""What a style book may say, and how the words of an order are read and blended."""

from __future__ import annotations

import re

# --- The style book --------------------------------------------------------------------------

PARTS = "ABCD"  # the parts that a form may have
LOOP_PARTS = "ABC"  # those that every style has chords for; D, a second bridge, may borrow C's
MELODY_REACH = (55, 88)  # the pitches that the starter model knows (MIDI, written key)
# Field -> its lowest and highest value.
STYLE_RANGES = {
    "density": (1, 5), "swing": (0.5, 0.75), "humanise": (0, 1), "melody_octave": (-1, 1),
}  # fmt: skip
MOOD_RANGES = {
    "tempo": (0.3, 3), "density": (-4, 4), "energy": (-3, 3), "humanise": (-1, 1),
    "octave": (-1, 1),
}  # fmt: skip
# Kinds of tune that the starter model knows -> the metres that it has seen them in. In another
# metre it is given the kind that is usual there (models/starter/TRIALS.md counts the tunes).
TUNE_KINDS = {
    "reel": ("4/4", "2/4"), "hornpipe": ("4/4", "2/4"), "march": ("4/4", "2/4", "6/8"),
    "strathspey": ("4/4",), "fling": ("4/4",), "morris": ("4/4", "6/8"), "jig": ("6/8",),
    "slide": ("12/8", "6/8"), "slipjig": ("9/8",), "waltz": ("3/4",),
    "air": ("4/4", "2/4", "3/4", "6/8"), "hymn": ("4/4", "3/4"),
    "song": ("4/4", "2/4", "3/4", "6/8", "12/8", "5/4", "7/8"),
}  # fmt: skip
USUAL_TUNE_KINDS = {"6/8": "jig", "9/8": "slipjig", "3/4": "waltz"}
TITLE_PATTERN = re.compile(r"(?:[^{}]|\{(?:adjective|noun|noun2)\}){1,60}")
NOTICE_CHARACTERS_AT_MOST = 300

# --- Words of an order -----------------------------------------------------------------------

DEFAULT_STYLE = "pop"
PHRASES_AT_MOST = 12
WORDS_IN_NAME_AT_MOST = 4
# Words beside a style that say nothing about it.
NOISE_WORDS = frozenset((
    "a", "an", "and", "the", "of", "with", "for", "in", "to", "my", "some", "please", "music",
    "song", "songs", "style", "styled", "beat", "beats", "type", "vibe", "vibes", "mood", "track",
    "tune", "tunes", "sound", "sounds", "like", "very", "bit", "genre", "feel",
))  # fmt: skip
# Letters of a word, at least -> edits forgiven. Shorter words differ by a letter from too many
# others: "park" is not "dark" and "pink" is not "punk".
EDITS_FORGIVEN = ((11, 2), (7, 1))
TYPOS_FROM = 5  # letters from which a single likely typo is forgiven
# Letters that sound alike or lie side by side on a keyboard.
LETTER_CLASSES = ("aeiouy", "ckq", "szc", "dt", "bp", "vfw", "gj", "mn")

# --- Blends ----------------------------------------------------------------------------------

# A guest is a style that an order names beside the leading one.
GUEST_WEIGHT = 0.35  # of a guest in numbers that are blended: swing, density, reverb
GUEST_PULL = 0.3  # how far the tempo goes towards a guest's, on a logarithmic scale
GUEST_PULL_AT_MOST = 1.15  # the factor that it stays within
SIGNATURES = ("delay", "pump", "wobble", "drive", "lofi")  # effects that a guest is known by
SIGNATURE_SHARE = 0.6  # of a guest's own amount of these, at least
CALM_DENSITY = 2  # below which moods lower no density: nothing would move
