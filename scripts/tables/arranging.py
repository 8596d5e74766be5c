"""What arrangers know: who plays when, in which range, how chords lie, how songs end.

Pitches are MIDI numbers, lengths units (a unit is a sixteenth note), velocities MIDI's 1 to 127.
"""

from __future__ import annotations

from dataclasses import dataclass

# --- The band --------------------------------------------------------------------------------

PLAYERS = ("melody", "counter", "chords", "pad", "bass", "drums")
SOLO = "solo"  # the soloist: a track of its own, and the melody's notes where it takes over
FREE_PLAYERS = frozenset({"chords", "drums"})  # a groove may let them choose rows by chance
# Energy of a section -> who plays while a melody is heard for the first time.
TEXTURES = {
    1: frozenset({"melody", "chords", "pad"}),
    2: frozenset({"melody", "chords", "bass", "drums"}),
    3: frozenset({"melody", "chords", "bass", "drums", "pad"}),
    4: frozenset({"melody", "counter", "chords", "bass", "drums", "pad"}),
}
TEXTURES_RETURNING = {  # energy -> whom a returning part adds
    1: frozenset({"counter"}),
    2: frozenset({"pad"}),
    3: frozenset({"counter"}),
    4: frozenset({"counter"}),
}
TEXTURES_ALONE = {  # energy -> who plays where the form has no melody
    1: frozenset({"chords", "pad"}),
    2: frozenset({"counter", "chords", "pad", "bass", "drums"}),
    3: frozenset({"counter", "chords", "pad", "bass", "drums"}),
    4: frozenset({"counter", "chords", "pad", "bass", "drums"}),
}
# Roles of sections in which players do something of their own.
BUILD_ROLES = frozenset({"build"})  # a drum roll grows
DROP_ROLES = frozenset({"drop"})  # everybody enters on the first beat
THIN_ROLES = frozenset({"break", "breakdown"})  # the melody is thinned out

# --- Loudness --------------------------------------------------------------------------------

PLAYER_VELOCITY = {"melody": 92, "counter": 78, "chords": 78, "pad": 70, "bass": 96, "drums": 100}
# Energy -> factor on every velocity; a synthesizer's loudness goes with its square. Who plays
# changes more; with these factors an intro is still audible on small speakers.
VELOCITY_BY_ENERGY = {1: 0.82, 2: 0.88, 3: 0.94, 4: 1.0}
ALONE_VELOCITY_FACTOR = 1.15  # on chords and counter-line where there is no melody
PHRASE_SWELL = 0.06  # by what share velocities swell and ebb in a phrase of four bars
BUILD_VELOCITY_FROM, BUILD_VELOCITY_TO = 0.85, 1.15  # factors at a build's start and end

# --- Timing ----------------------------------------------------------------------------------

ARTICULATION_GAP = 0.15  # units between a struck note and the next, so that repetitions are heard
POCKET_UNITS_AT_MOST = 0.5  # units that a groove may place a player before or behind the beat
TIME_FEELS = ("half", "double")  # half time and double time, by a section's role
# Small errors, in units: a hundredth of a beat is felt, five hundredths are heard.
TIMING_DRIFT_UNITS = 0.05  # standard deviation
TIMING_DRIFT_AT_MOST = 0.12
DRIFT_CORRELATION = 0.7  # share of a note's error that stays in the next one's
VELOCITY_DEVIATION = 8.0  # standard deviation

# --- Ranges of instruments -------------------------------------------------------------------

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

# --- Melody ----------------------------------------------------------------------------------

MELODY_CENTRE = 73  # C sharp 5: where a melody lies, or octaves from it as the plan says
FOLD_COST_SEMITONES = 60  # distance from there that is as bad as folding every note by octaves
PICKUP_ODDS = 0.6
SOLOIST_TAKES_OVER_ODDS = 0.4  # where a part returns for the second time
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
EIGHTH_UNITS = 2
GRACE_NOTE_UNITS = 0.5  # before the beat
MELODY_ECHO_UNITS = 3  # after the start of the note that is echoed

# --- Counter-line ----------------------------------------------------------------------------

COUNTER_KINDS = ("answer", "guide", "riff")
COUNTER_BELOW_MELODY = 8  # semitones under the melody's mean around which the line moves
COUNTER_ALONE_PITCH = 67  # the centre where there is no melody
COUNTER_ANSWER_ODDS = 0.75
COUNTER_SHORTEST_REST, COUNTER_LONGEST_ANSWER = 4, 8  # units
COUNTER_HELD_UNITS = 4  # after which a long note of the melody leaves room for an answer
COUNTER_FAST_TEMPO = 140  # quarter notes a minute above which answers go in quarters

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
# General MIDI programs -> the voicing that suits them where the groove asks for none.
PROGRAM_VOICINGS = {
    **dict.fromkeys(range(24, 29), "drop2"), 29: "power", 30: "power",
    **dict.fromkeys((42, 44, 48, 49, 50, 51, 52, 53, 54, 60, 61), "open"),
    **dict.fromkeys(range(88, 96), "open"),
}  # fmt: skip
PAD_VOICING = "open"
VOICING_CENTRE = 62  # around which voicings lie
VOICING_SPAN = 16  # semitones that voicings need under their ceiling
CHORD_CEILING = 77  # the highest note of a voicing where no melody is above it
LOWEST_CHORD_CEILING = 64  # however low a melody goes, or chords would be pressed into the bass
# Interval in semitones -> the lowest pitch of its lower note at which it is still clear: low
# interval limits as arrangers learn them, a little higher for thirds. Wider ones are always clear.
LOW_INTERVALS = {1: 55, 2: 53, 3: 51, 4: 50, 5: 46, 6: 46, 7: 36, 8: 43, 9: 43, 10: 41, 11: 41}
PARALLEL_MOTION_COST = 5  # semitones of movement that all voices leaping the same way cost
TOP_SEMITONE_COST = 4  # and two notes a semitone apart at the top
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
# Richer chord -> what is tried where the key does not have all its notes.
SIMPLER_CHORDS = {
    "maj9": ("9", "maj7", "7", "add9"), "m9": ("m7", "madd9"), "9": ("7",), "maj7": ("7",),
}  # fmt: skip

# --- Chords and pad --------------------------------------------------------------------------

CHORD_SIGNS = frozenset("xXom123456789-.")  # that a row of a groove may have
CHORD_VELOCITY = {"X": 1.15, "x": 1.0, "o": 0.75, "m": 0.6}  # factors
# Sign of a broken chord -> which voice, from the lowest; past the top it goes on an octave up.
# The signs are degrees as a chord of thirds would have them: 1, 3, 5 and 7 are its voices.
ARPEGGIO_VOICES = {"1": 0, "2": 1, "3": 1, "4": 2, "5": 2, "6": 3, "7": 3}
SUSTAINED_UNITS = 1.5  # from which a note of the melody is one that chords must not rub against
MUTED_UNITS = 0.4  # that a damped stroke sounds
STRUMMED_PROGRAMS = frozenset(range(24, 29))  # guitars: chords are strummed, not struck at once
ROLLED_PROGRAMS = frozenset({15, 46, 107})  # harps: from the lowest note to the highest
STRUM_UNITS = 0.07  # from string to string
PAD_CEILING = 76
PAD_LONGEST_UNITS = 64  # after which a held note is struck anew: samples die away

# --- Bass ------------------------------------------------------------------------------------

BASS_SIGNS = frozenset("1356789abdswg-.")  # that a row of a groove may have
BASS_DEGREES = {"1": 0, "3": 1, "5": 2, "7": 3}  # sign -> place in a chord's intervals
BASS_DEFAULT_RANGE = (28, 60)
BASS_SPAN = 23  # semitones above an instrument's lowest note that a bass line keeps to
BASS_HIGH_FIFTH = 15  # semitones over the lowest note from which a fifth goes below its root
BASS_GHOST_UNITS = 0.5  # that a damped note sounds
BASS_VARIED_AT_PHRASE_END, BASS_VARIED_ELSEWHERE = 0.7, 0.2  # odds that a row is varied

# --- Endings ---------------------------------------------------------------------------------

ENDING_VELOCITY = {"melody": 84, "counter": 70, "chords": 80, "pad": 66, "bass": 96, "drums": 104}
ENDING_LOUDNESS = {"ring": 1.0, "cold": 1.08, "cadence": 0.85, "fade": 0.5}  # factors on these
# Mode -> the chord before the last where a song ends with a cadence (Roman numerals).
CADENCE_NUMERALS = {
    "major": "V7", "minor": "V7", "dorian": "IV", "mixolydian": "VII", "phrygian": "II",
    "lydian": "II",
}  # fmt: skip
RITARDANDO_BARS = 2
RITARDANDO_SHARE = 0.25  # by what share the slowing bars grow longer
FADE_BARS = 4
FADED_VELOCITY = 0.4  # factor at a fade's end
COLD_STOP_UNITS = 1.5  # that the last stroke of a cold stop sounds
