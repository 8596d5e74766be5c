"""Note lists: the text that models trained on MIDI write, one note in each line."""

from __future__ import annotations

import re

# --- Format ----------------------------------------------------------------------------------

COLUMNS = "pitch duration wait velocity instrument"  # duration and wait in milliseconds
DRUM = "drum"  # the instrument of drums; others are General MIDI programs
LINE_PATTERN = re.compile(
    r"[ \t]*(\d{1,3})[ \t]+(\d{1,6})[ \t]+(\d{1,6})[ \t]+(\d{1,3})[ \t]+(\d{1,3}|drum)\s*",
    re.ASCII,
)

# --- Grammar: what a model may write ---------------------------------------------------------

PLAYER_RANGES = {"chords": (48, 76), "bass": (28, 50)}  # MIDI; the melody's is the plan's
NOTES_ON_BEAT, NOTES_OFF_BEAT = 5, 2  # at one onset, beside the note that waits for the next
SHORTEST_MS, LONGEST_MS, DRUM_LONGEST_MS = 60, 10_000, 500  # of durations and waits
VELOCITY_QUARTERS = (12, 30)  # lowest and highest velocity, a quarter of MIDI's
LAST_NOTE_SHARE = 0.8  # of its beat is what the last note of a melody lasts, at least
WAIT_TOLERANCE = 0.1  # of a sixteenth: how far a wait may be off the plan's grid

# --- Reading: what is taken from a text ------------------------------------------------------

LONGEST_READ_MS = 10_000  # of a note and of a wait, whatever a model writes
NOTES_AT_MOST = 20_000
TRACKS_AT_MOST = 6
SHORTEST_UNITS = 0.25  # of a note, in sixteenths
GM_BASSES = range(32, 40)  # General MIDI programs
GM_DRUM_KEYS = range(27, 88)
CHORDAL_SHARE = 0.5  # the share of notes struck together from which an instrument plays chords
LANDING_VELOCITY = 84  # of the tonic on which the song ends
