"""Drums: names and keys of the kits, the signs of drum patterns, how drummers vary and fill."""

from __future__ import annotations

# --- Kits ------------------------------------------------------------------------------------

# General MIDI percussion keys by the names that grooves use (General MIDI 1 specification).
DRUM_KEYS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "hat": 42, "pedal": 44, "open": 46,
    "tom_low": 45, "tom_mid": 47, "tom_high": 50, "swirl": 40, "crash": 49, "ride": 51, "bell": 53,
    "tambourine": 54, "cowbell": 56, "bongo_high": 60, "bongo_low": 61, "conga_mute": 62,
    "conga_high": 63, "conga_low": 64, "timbale": 65, "agogo": 67, "cabasa": 69, "maracas": 70,
    "guiro": 73, "clave": 75, "woodblock": 76, "triangle": 81, "shaker": 82,
}  # fmt: skip
KICK_KEYS = (35, 36)  # General MIDI's bass drums
BACKBEAT_KEYS = frozenset({DRUM_KEYS["snare"], DRUM_KEYS["rim"], DRUM_KEYS["clap"]})
ELECTRONIC_KITS = frozenset({24, 25})  # Electronic and Analog of General MIDI 2
ORCHESTRA_KIT = 48
# Kits whose keys are others than General MIDI's: the orchestra's (as in the Roland GS standard)
# has timpani from 41 to 53, hats below and its cymbals above.
KIT_KEYS = {
    ORCHESTRA_KIT: {"crash": 59, "hat": 27, "pedal": 28, "open": 29, "ride": 30, "bell": 30},
}  # fmt: skip
TIMPANI = (41, 53)  # keys of the orchestra kit, F2 to F3
FIFTH_SEMITONES = 7  # from the tonic, on which the low timpani lie, to the others

# --- Groups of drums -------------------------------------------------------------------------

PULSE_DRUMS = (  # that keep time, in the order in which a soft pulse is looked for
    "shaker", "hat", "ride", "maracas", "cabasa", "triangle", "pedal", "tambourine", "woodblock",
)  # fmt: skip
LOUD_DRUMS = frozenset((  # left out in quiet parts
    "crash", "open", "bell", "cowbell", "agogo", "tambourine", "tom_high", "tom_mid", "tom_low",
    "timbale",
))  # fmt: skip
BACKBEAT_DRUMS = frozenset({"kick", "snare", "clap", "rim", "tom_low"})  # none: no beat
TIME_FEEL_DRUMS = frozenset({"kick", "snare", "clap", "rim", "tom_low", "tom_mid", "tom_high"})
ANSWERING_DRUMS = (  # that add a soft stroke now and then: the first of these that a groove has
    "snare", "rim", "clap", "conga_high", "bongo_high", "woodblock", "tom_low", "timbale", "kick",
    "tambourine", "triangle",
)  # fmt: skip
KEPT_IN_FILLS = frozenset({"kick", "pedal"})  # the feet play on under a fill

# --- Strokes ---------------------------------------------------------------------------------

# Sign of a drum pattern -> MIDI velocity. `r` rolls twice within its sixteenth, `t` three times
# within an eighth, `f` is a flam.
DRUM_VELOCITY = {"X": 112, "x": 92, "o": 58, "g": 34, "r": 84, "t": 84, "f": 100}
ROLL_OFFSETS = {"r": (0.0, 0.5), "t": (0.0, 2 / 3, 4 / 3), "f": (-0.18, 0.0)}  # units
STROKE_UNITS = 1.0  # that a stroke lasts: drums ring as long as they do
QUIET_STROKES = str.maketrans("gXrtf", ".xxxx")  # what becomes of a row's signs in quiet parts
PHRASE_BARS = 4
VARIED_AT_PHRASE_END, VARIED_ELSEWHERE = 0.95, 0.35  # odds that a bar is varied
# Share of a build that is over -> units from stroke to stroke of its roll.
ROLL_STAGES = ((0.0, 4.0), (0.34, 2.0), (0.67, 1.0), (0.92, 0.5))

# --- Fills -----------------------------------------------------------------------------------

FILL_START_VELOCITY = 0.7  # factor at a fill's start; 1 at its end
# Families of the grooves in which a cymbal crashes where a full part begins.
CRASH_FILLS = frozenset((
    "rock", "pop", "metal", "funk", "electronic", "break", "trap", "six", "march", "orchestral",
))  # fmt: skip
# Families of fills, by drum: rows end with the bar, so that one may be cut to any length.
FILLS: dict[str, tuple[dict[str, str], ...]] = {
    "none": (),
    "rock": (
        {"snare": "xoxX"},
        {"snare": "..xX", "tom_low": "xx.."},
        {"snare": "xxxx....", "tom_high": "....xx..", "tom_low": "......XX"},
        {"snare": "X.xox.xX", "kick": "..x..x.."},
        {"snare": "xxxx............", "tom_high": "....xxxx........",
         "tom_mid": "........xxxx....", "tom_low": "............xxXX"},
        {"snare": "X..x..X.x.x.xxXX", "kick": "..x..x..........", "tom_low": ".........x.x...."},
    ),
    "pop": (
        {"snare": ".oxX"},
        {"snare": "..x.", "tom_low": "x..x"},
        {"snare": "X..x..xX"},
        {"tom_high": "x.x.....", "tom_mid": "...xx...", "tom_low": "......xX"},
        {"snare": "X...x..xx.x.xxXX", "tom_low": "......x........."},
    ),
    "metal": (
        {"snare": "xxXX", "kick": "xxxx"},
        {"snare": "X..X..X.", "kick": ".xx.xx.x", "tom_low": "......xX"},
        {"tom_high": "xxxx............", "tom_mid": "....xxxx........",
         "tom_low": "........xxxx....", "snare": "............XXXX", "kick": "x.x.x.x.x.x.xxxx"},
    ),
    "funk": (
        {"snare": "xgxX"},
        {"snare": "..xg", "open": "x..."},
        {"snare": "Xgxg.xgX", "kick": "..x.x..."},
        {"snare": "X.gxg.Xgx.xg.xXX", "kick": "..x..x..........", "tom_low": "..........x....."},
    ),
    "electronic": (
        {"snare": "xxXX"},
        {"clap": "..xX"},
        {"clap": "X..X..X."},
        {"snare": "x.x.xxxx"},
        {"snare": "x...x...x.x.xxXX"},
        {"tom_high": "x..x............", "tom_mid": "......x..x......",
         "tom_low": "............x..x", "clap": "....X.......X.XX"},
    ),
    "break": (
        {"snare": "x.XX"},
        {"snare": "Xgxgx.xX", "kick": "..x....."},
        {"snare": "..X..gXx.gX.xxXX", "kick": "X...x.......x..."},
    ),
    "trap": (
        {"hat": "rrrr"},
        {"snare": "xrXr"},
        {"hat": "t.t.rrrr", "snare": ".....xXX"},
        {"hat": "x.x.t.t.x.rrrrrr", "snare": "............xXXX"},
    ),
    "jazz": (
        {"snare": "..x."},
        {"snare": "o.x."},
        {"snare": "x..xx.x.", "kick": ".......x"},
        {"snare": "o.x.....", "tom_high": "....x...", "tom_low": "......x."},
        {"snare": "x..x..x.", "tom_high": ".......x", "kick": "x......x"},
        {"snare": "o...x.o.x...x.x.", "tom_low": "..........x.....", "kick": "............x..."},
        {"tom_high": "x..x............", "snare": "......x...x.....",
         "tom_low": "............x.x."},
    ),
    "brush": (
        {"snare": "o.x."},
        {"snare": "..o.x.x."},
        {"snare": "o...x.o.o.x.x.x.", "kick": "............o..."},
    ),
    "latin": (
        {"timbale": "x.xX"},
        {"timbale": "x..x.xX."},
        {"timbale": "x.xx.x.X", "conga_high": "..x...x."},
        {"timbale": "x..x..x.x.xx.xX.", "conga_low": "....x.......x..."},
    ),
    "congas": (
        {"conga_high": "x.x.", "conga_low": ".x.x"},
        {"conga_high": "x.xx....", "conga_low": "....x.xx"},
        {"bongo_high": "x.x.xx..........", "bongo_low": "......xx........",
         "conga_high": "........x.xx....", "conga_low": "............x.xX"},
    ),
    "hand": (  # frame drums, tambourine, claps of folk bands
        {"tambourine": "x.xx"},
        {"woodblock": "x.x.xxx."},
        {"tambourine": "x.x.x.xxx.x.xxxx"},
    ),
    "march": (
        {"snare": "oxxX"},
        {"snare": "oooxxxXX"},
        {"snare": "x.ooxxooxxxxXxXX"},
    ),
    "orchestral": (
        {"tom_low": "xxXX"},
        {"tom_low": "x.x.xxXX"},
        {"tom_low": "x...x.x.xxxxXXXX", "snare": "oooooooooooxxxxX"},
    ),
    "six": (  # beats of six units
        {"snare": "x.xxX."},
        {"snare": "....xX", "tom_low": "x.x..."},
        {"snare": "x.x.x.......", "tom_high": "......x.x...", "tom_low": "..........xX"},
    ),
}  # fmt: skip
