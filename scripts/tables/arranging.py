"""What arrangers know: who plays when, in which range, how chords lie, how drummers fill."""

from __future__ import annotations

from dataclasses import dataclass

# --- Loudness and texture --------------------------------------------------------------------

# A section's energy -> factor on every velocity; a synthesizer's loudness goes with its square.
# What changes most is who plays; this is the rest, so that an intro is still heard in a kitchen.
VELOCITY_BY_ENERGY = {1: 0.82, 2: 0.88, 3: 0.94, 4: 1.0}
ALONE_VELOCITY_FACTOR = 1.15  # factor on chords and counter-line where nobody sings
PLAYER_VELOCITY = {"melody": 92, "counter": 78, "chords": 78, "pad": 70, "bass": 96, "drums": 100}
# Energy -> who plays while a melody is heard for the first time, and whom a returning part adds.
TEXTURES = {
    1: frozenset({"melody", "chords", "pad"}),
    2: frozenset({"melody", "chords", "bass", "drums"}),
    3: frozenset({"melody", "chords", "bass", "drums", "pad"}),
    4: frozenset({"melody", "counter", "chords", "bass", "drums", "pad"}),
}
TEXTURES_RETURNING = {
    1: frozenset({"counter"}),
    2: frozenset({"pad"}),
    3: frozenset({"counter"}),
    4: frozenset({"counter"}),
}
TEXTURES_ALONE = {  # where the form has no melody, the others say more
    1: frozenset({"chords", "pad"}),
    2: frozenset({"counter", "chords", "pad", "bass", "drums"}),
    3: frozenset({"counter", "chords", "pad", "bass", "drums"}),
    4: frozenset({"counter", "chords", "pad", "bass", "drums"}),
}

# --- Instruments -----------------------------------------------------------------------------

_KEYS, _GUITAR, _BASS, _SYNTH, _ENSEMBLE = (28, 103), (40, 88), (28, 60), (36, 100), (36, 96)
# General MIDI program -> lowest and highest note that its players use (MIDI numbers, as it sounds).
# Source: ranges given in orchestration manuals, narrowed to what amateurs are asked for.
PROGRAM_RANGES: dict[int, tuple[int, int]] = {
    **dict.fromkeys(range(6), _KEYS), 6: (29, 89), 7: (36, 89),
    8: (60, 108), 9: (72, 108), 10: (60, 96), 11: (53, 89), 12: (45, 96), 13: (65, 108),
    14: (60, 77), 15: (48, 84),
    **dict.fromkeys(range(16, 21), _ENSEMBLE), 21: (53, 89), 22: (60, 96), 23: (50, 89),
    **dict.fromkeys(range(24, 32), _GUITAR),
    **dict.fromkeys(range(32, 38), _BASS), 38: (24, 60), 39: (24, 60),
    40: (55, 98), 41: (48, 86), 42: (36, 76), 43: (28, 57), 44: (36, 96), 45: (36, 91),
    46: (28, 100), 47: (36, 57),
    **dict.fromkeys(range(48, 52), _ENSEMBLE), 52: (48, 81), 53: (48, 81), 54: (48, 84),
    55: (36, 84),
    56: (54, 84), 57: (40, 70), 58: (28, 58), 59: (54, 84), 60: (41, 77), 61: (41, 84),
    62: _SYNTH, 63: _SYNTH,
    64: (56, 87), 65: (49, 80), 66: (44, 76), 67: (36, 68), 68: (58, 89), 69: (52, 81),
    70: (34, 72), 71: (50, 91), 72: (74, 102), 73: (60, 96), 74: (60, 91), 75: (60, 91),
    76: (60, 91), 77: (55, 86), 78: (60, 96), 79: (60, 86),
    **dict.fromkeys(range(80, 104), _SYNTH),
    104: (48, 79), 105: (48, 84), 106: (50, 81), 107: (45, 84), 108: (48, 79), 109: (57, 81),
    110: (55, 98), 111: (58, 84), 112: (72, 96), 113: (60, 84), 114: (52, 84), 115: (60, 84),
}  # fmt: skip
ANY_RANGE = (36, 96)  # of a program that the table does not name
MELODY_CENTRE = 73  # C sharp 5: where a melody lies, or octaves from it as the plan says
BASS_SPAN = 23  # semitones above an instrument's lowest note where a bass line lives
CHORD_CEILING = 77  # the highest note of a voicing where no melody is above it

# --- Voicings --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Voicing:
    """How a chord is laid out.

    `low` bounds its lowest note (MIDI), `voices` how many notes it has at most. `drops` are voices,
    counted from the top of the close position, that go down an octave. `keep` names the degrees
    that are played, where not all are: 0 root, 1 third, 2 fifth, 3 seventh, 4 ninth. `double` adds
    the root an octave up to chords of fewer notes than voices.
    """

    low: int
    voices: int = 4
    drops: tuple[int, ...] = ()
    keep: tuple[int, ...] = ()
    double: bool = False


VOICINGS = {
    "close": Voicing(52),
    "triad": Voicing(52, keep=(0, 1, 2)),
    "drop2": Voicing(47, drops=(2,), double=True),
    "open": Voicing(46, drops=(2,)),
    "spread": Voicing(43, drops=(2, 4), double=True),
    "rootless": Voicing(50, keep=(1, 2, 3, 4)),
    "shell": Voicing(47, voices=3, keep=(1, 3, 4)),
    "power": Voicing(40, voices=3, keep=(0, 2), double=True),
}
# The lowest place (MIDI) of an interval's lower note where it is still clear: low interval limits
# as arrangers learn them, a little higher for thirds. Wider intervals are clear everywhere.
LOW_INTERVALS = {1: 55, 2: 53, 3: 51, 4: 50, 5: 46, 6: 46, 7: 36, 8: 43, 9: 43, 10: 41, 11: 41}
# General MIDI programs -> the voicing that suits them where the groove asks for none.
PROGRAM_VOICINGS = {
    **dict.fromkeys(range(24, 29), "drop2"), 29: "power", 30: "power",
    **dict.fromkeys((42, 44, 48, 49, 50, 51, 52, 53, 54, 60, 61), "open"),
    **dict.fromkeys(range(88, 96), "open"),
}  # fmt: skip
PAD_VOICING = "open"
# What a groove's colour makes of plain chords: quality -> richer quality. A ninth that lies
# outside the key is left out.
COLOURS: dict[str, dict[str, str]] = {
    "": {},
    "triads": {"7": "", "maj7": "", "m7": "m", "9": "", "maj9": "", "m9": "m", "6": "", "m6": "m",
               "add9": "", "madd9": "m"},
    "sevenths": {"": "maj7", "m": "m7"},
    "ninths": {"": "maj9", "m": "m9", "maj7": "maj9", "m7": "m9", "7": "9"},
    "sixths": {"": "6", "m": "m6"},
    "added": {"": "add9", "m": "madd9"},
    "power": dict.fromkeys(("", "m", "7", "maj7", "m7", "add9", "madd9", "sus2", "sus4"), "5"),
}  # fmt: skip

# --- Strokes ---------------------------------------------------------------------------------

BASS_DEGREES = {"1": 0, "3": 1, "5": 2, "7": 3}  # sign -> place in a chord's intervals
BASS_SIGNS = frozenset("1356789abdswg-.")
CHORD_SIGNS = frozenset("xXom123456789-.")
# Sign of a broken chord -> which voice, from the lowest; past the top it goes on an octave up.
# The signs are degrees as a chord of thirds would have them: 1, 3, 5 and 7 are its voices.
ARPEGGIO_VOICES = {"1": 0, "2": 1, "3": 1, "4": 2, "5": 2, "6": 3, "7": 3}
CHORD_VELOCITY = {"X": 1.15, "x": 1.0, "o": 0.75, "m": 0.6}
STRUMMED_PROGRAMS = frozenset(
    range(24, 29)
)  # programs whose chords are brushed, not struck at once
ROLLED_PROGRAMS = frozenset({15, 46, 107})  # harps: from the lowest note to the highest
STRUM_UNITS = 0.07  # from string to string

# --- Drums -----------------------------------------------------------------------------------

BUILD_ROLES = frozenset({"build"})
DROP_ROLES = frozenset({"drop"})
THIN_ROLES = frozenset({"break", "breakdown"})

# --- Lines -----------------------------------------------------------------------------------

COUNTER_KINDS = ("answer", "guide", "riff")
FREE_PLAYERS = frozenset({"chords", "drums"})
# What a returning melody may be given: names of developments, tried in this order.
ORNAMENTS: dict[str, tuple[str, ...]] = {
    "none": (),
    "pop": ("passing", "anticipated", "sixths", "octaves"),
    "rock": ("passing", "anticipated", "octaves", "sixths"),
    "synth": ("octaves", "anticipated", "thirds", "echoed"),
    "jazz": ("anticipated", "enclosed", "passing", "delayed"),
    "latin": ("anticipated", "thirds", "passing", "sixths"),
    "folk": ("graced", "passing", "graced", "thirds"),
    "classical": ("turned", "passing", "thirds", "octaves"),
}
# Where a mode's last chord but one stands when a song ends with a cadence (Roman numerals).
CADENCE_NUMERALS = {"major": "V7", "minor": "V7", "dorian": "IV", "mixolydian": "VII", "phrygian": "II",
            "lydian": "II"}  # fmt: skip
TIME_FEELS = ("half", "double")

# --- Arrangement -----------------------------------------------------------------------------

SOLO = "solo"  # the soloist has a seat of its own, and the melody's notes when it is its turn

# --- Bass ------------------------------------------------------------------------------------

BASS_DEFAULT_RANGE = (28, 60)
BASS_VARIED_AT_PHRASE_END, BASS_VARIED_ELSEWHERE = 0.7, 0.2  # odds that a row is varied
BASS_HIGH_FIFTH = 15  # semitones over the lowest note from which a fifth goes below its root
BASS_GHOST_UNITS = 0.5  # units that a damped note sounds

# --- Comping ---------------------------------------------------------------------------------

LOWEST_CHORD_CEILING = 64  # a melody that dives does not squeeze the chords into the mud
SUSTAINED_UNITS = 1.5  # units from which a note of the melody is more than passing
MUTED_UNITS = 0.4  # units that a damped stroke sounds

# --- Counter ---------------------------------------------------------------------------------

COUNTER_BELOW_MELODY = 8  # semitones under the melody's mean where a counter-line gathers
COUNTER_ALONE_PITCH = 67  # and where nobody sings
COUNTER_ANSWER_ODDS = 0.75
COUNTER_SHORTEST_REST, COUNTER_LONGEST_ANSWER = 4, 8  # units
COUNTER_HELD_UNITS = 4  # units after which a long note of the melody leaves room
COUNTER_FAST_TEMPO = 140  # quarter notes a minute above which answers go in quarters

# --- Development -----------------------------------------------------------------------------

EIGHTH_UNITS = 2  # units
GRACE_NOTE_UNITS = 0.5  # units before the beat
MELODY_ECHO_UNITS = 3  # units after the note that is echoed

# --- Endings ---------------------------------------------------------------------------------

RITARDANDO_BARS = 2
RITARDANDO_SHARE = 0.25  # how much longer the slowing bars become, as a share
FADE_BARS = 4
FADED_VELOCITY = 0.4  # velocity at a fade's end, as a share
COLD_STOP_UNITS = 1.5  # how long the last stroke of a cold stop sounds
ENDING_LOUDNESS = {"ring": 1.0, "cold": 1.08, "cadence": 0.85, "fade": 0.5}
ENDING_VELOCITY = {"melody": 84, "counter": 70, "chords": 80, "pad": 66, "bass": 96, "drums": 104}

# --- Feel ------------------------------------------------------------------------------------

# Units of standard deviation: a hundredth of a beat is felt, five are heard.
TIMING_DRIFT_UNITS = 0.05
TIMING_DRIFT_AT_MOST = 0.12
# How much of the last note's error stays in the next: people drift, dice jump.
DRIFT_CORRELATION = 0.7
VELOCITY_DEVIATION = 8.0  # velocity
PHRASE_SWELL = 0.06  # by how much a phrase of four bars swells and ebbs
# Factors on velocity, from a build's start to its end.
BUILD_VELOCITY_FROM, BUILD_VELOCITY_TO = 0.85, 1.15

# --- Melody ----------------------------------------------------------------------------------

PICKUP_ODDS = 0.6
FOLD_COST_SEMITONES = 60  # how far from its place a melody may go rather than be folded throughout
# How often the soloist takes a part over that returns for the second time.
SOLOIST_TAKES_OVER_ODDS = 0.4

# --- Pad -------------------------------------------------------------------------------------

PAD_CEILING = 76
# Units after which a held note is struck anew: synthesizers' samples die away.
PAD_LONGEST_UNITS = 64

# --- Voicing ---------------------------------------------------------------------------------

# Richer chord -> what is tried where the key has no room for it.
SIMPLER_CHORDS = {"maj9": ("9", "maj7", "7", "add9"), "m9": ("m7", "madd9"), "9": ("7",),
           "maj7": ("7",)}  # fmt: skip
VOICING_SPAN = 16  # semitones that voicings need under their ceiling
VOICING_CENTRE = 62  # where voicings gather, MIDI
PARALLEL_MOTION_COST = 5  # what it costs when all voices jump the same way
TOP_SEMITONE_COST = 4  # what two notes a semitone apart cost at the top

# --- Grooves ---------------------------------------------------------------------------------

POCKET_UNITS_AT_MOST = 0.5  # units

PLAYERS = ("melody", "counter", "chords", "pad", "bass", "drums")
# Units that a struck note ends before the next, so that repeated notes are heard.
ARTICULATION_GAP = 0.15
