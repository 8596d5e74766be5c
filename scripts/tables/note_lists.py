"""Note lists: the text that models trained on MIDI write."""

from __future__ import annotations

import re

# --- Note list grammar -----------------------------------------------------------------------

NOTES_ON_BEAT, NOTES_OFF_BEAT = 5, 2  # beside the one that waits
SHORTEST_MS, LONGEST_MS, DRUM_LONGEST_MS = 60, 10_000, 500
VELOCITY_QUARTERS = (12, 30)  # a quarter of MIDI's
LAST_NOTE_SHARE = 0.8  # of its beat is what the last note of a melody lasts, at least
WAIT_TOLERANCE = 0.1  # of a sixteenth: how far a wait may be off the plan's grid

# --- Note list -------------------------------------------------------------------------------

COLUMNS = "pitch duration wait velocity instrument"
DRUM = "drum"
PLAYER_RANGES = {"chords": (48, 76), "bass": (28, 50)}  # MIDI; the melody's is the plan's
LINE_PATTERN = re.compile(
    r"[ \t]*(\d{1,3})[ \t]+(\d{1,6})[ \t]+(\d{1,6})[ \t]+(\d{1,3})[ \t]+(\d{1,3}|drum)\s*",
    re.ASCII,
)
LONGEST_READ_MS = 10_000  # of a note and of a wait, whatever a model says
NOTES_AT_MOST = 20_000
TRACKS_AT_MOST = 6
SHORTEST_UNITS = 0.25
GM_BASSES = range(32, 40)
GM_DRUM_KEYS = range(27, 88)
CHORDAL_SHARE = 0.5  # the share of notes struck together from which an instrument plays chords
LANDING_VELOCITY = 84
