"""What models are told: templates, frames of conversations, examples, and how takes are judged."""

from __future__ import annotations

from enum import IntEnum

from scripts.tables.models import ChatFrame

# --- Prompts ---------------------------------------------------------------------------------

# Profile -> prompt; a user may override one in persistent.json's "templates".
PROMPT_TEMPLATES = {
    "starter": "[R:{kind}][M:{metre}][K:{key}]",
    "second starter": "[R:{kind}][M:{metre}][K:{key}]",
    "first starter": "[R:{kind}][M:{metre}][K:{key}][N:{density}]",
    "completion": (
        "X:1\nT:A first tune\nM:{metre}\nL:1/16\nK:{key}\n[P:A]{example}\n\n"
        "X:2\nT:{title}\nC:{styles}, with phrases that rise, fall, repeat and come home\n"
        "M:{metre}\nL:1/16\nQ:1/4={tempo}\nK:{key}\n"
    ),
    "chat": (
        'Styles: {styles}. Title: "{title}". Metre {metre}, {tempo} quarter notes a minute, '
        "key {key} (white keys), form {form}.\nChords: {chords}\n"
        "Four bars as an example, in the same metre and key:\n[P:A]{example}\n"
        "Now write the whole tune, all parts, better than the example."
    ),
    "chatmusician": (
        "Develop a melody using the given chord pattern.\n{chords}\nM:{metre}\nK:{key}"
    ),
    "codec": "X:1\nT:{title}\nM:{metre}\nL:1/16\nK:{key}\n[P:A]{example}\n\nX:2\nK:{key}\n",
    "llama-midi": "{line}\npitch duration wait velocity instrument\n\n",
}
# What every chat model is told first: the same words for every song, so that llama.cpp can keep
# what it has worked out for them.
CHAT_INSTRUCTIONS = (
    "You write melodies in ABC notation, one line, no words around it. The unit is a sixteenth "
    "note: c4 is a quarter note, c2 an eighth, z4 a rest. Letters C to B are the octave of middle "
    'C, c to b the one above. Chord symbols stand in quotation marks, such as "Am". A bar line is '
    "|, and || ends a phrase. (3c2d2e2 is a triplet in the time of a quarter note, and c2-|c4 one "
    "note over a bar line. A good melody moves mostly by step, has a rhythm that returns with "
    "changes, rises to one high point, and ends at rest on the key note."
)
PLANNING_INSTRUCTIONS = (
    "You plan songs. You answer with one JSON object and no words around it. The name of a song "
    "is short, fits its styles and is not a list of them. Slow styles and sad ones want a lower "
    "tempo and a minor mode, bright ones the opposite. The parts A, B and C should differ."
)
# Frames of conversations that do without a template of the model's own, by profile.
CHAT_FRAMES: dict[str, ChatFrame] = {
    "chatmusician": ChatFrame("Human: ", "\n", " </s> Assistant: ", add_bos=False),
    "chatml": ChatFrame(
        "<|im_start|>system\n",
        "<|im_end|>\n<|im_start|>user\n",
        "<|im_end|>\n<|im_start|>assistant\n",
    ),
    "openchat": ChatFrame("GPT4 Correct User: ", "\n\n", "<|end_of_turn|>GPT4 Correct Assistant:"),
    "chat": ChatFrame("", "\n\n", "\n\nThe tune:\n"),
}
CHAT_SECONDS_AT_MOST = 10.0
CHAT_TEMPLATE_AT_MOST = 2**20  # characters
CHAT_CHARACTERS_AT_MOST = 2**16
CHAT_MEMORY_AT_MOST = 400_000_000  # bytes; Python and Jinja take 40 MB
MOST_BARS_LEFT = 16  # that a starter model is told; it also says that there are more
# Rhythms of example bars in units, by metre: the motif, the motif varied, and the ending.
EXAMPLE_RHYTHMS = {
    "2/4": ((2, 2, 4), (2, 2, 2, 2), (2, 2, 4)),
    "3/4": ((4, 2, 2, 4), (6, 2, 4), (4, 8)),
    "4/4": ((4, 2, 2, 4, 4), (6, 2, 4, 2, 2), (4, 4, 8)),
    "5/4": ((4, 2, 2, 4, 4, 4), (6, 2, 4, 4, 4), (4, 4, 4, 8)),
    "7/8": ((4, 2, 2, 2, 2, 2), (4, 4, 4, 2), (4, 4, 6)),
    "6/8": ((4, 2, 2, 2, 2), (2, 2, 2, 4, 2), (4, 2, 6)),
    "9/8": ((4, 2, 2, 2, 2, 4, 2), (6, 2, 2, 2, 4, 2), (4, 2, 12)),
    "12/8": ((4, 2, 2, 2, 2, 6, 6), (6, 4, 2, 2, 2, 2, 4, 2), (4, 2, 6, 12)),
}
# Degrees of the mode (from 0) that examples stand on; diminished chords are passed over.
EXAMPLE_LOOPS = (
    (0, 3, 4, 0), (0, 5, 3, 0), (0, 6, 5, 0), (0, 1, 6, 0), (0, 2, 3, 0), (5, 4, 3, 0),
    (3, 6, 2, 0), (5, 6, 1, 0), (2, 5, 1, 0),
)  # fmt: skip
EXAMPLE_HEIGHTS = (0, 4, 9, 4)  # semitones above the tonic where the melody starts each bar
# What a take is judged by (scripts/music/score.py), and how much each measure counts.
SCORE_WEIGHTS = {
    "harmony": 0.17, "motion": 0.21, "variety": 0.17, "rhythm": 0.13, "cadence": 0.11,
    "range": 0.07, "development": 0.08, "own": 0.06,
}  # fmt: skip
# Shortest to longest notes, in units, by density; 1 is slow and 5 is running sixteenths.
DENSITY_LENGTHS = {
    1: (4, 6, 8, 12, 16),
    2: (2, 4, 6, 8, 12, 16),
    3: (2, 4, 6, 8, 12),
    4: (1, 2, 3, 4, 6, 8),
    5: (1, 2, 3, 4, 6),
}
# The same for models that are told how dense to be: all that real tunes of a density have in 0.5%
# of their notes or more. Without them a tenth of what real tunes say could not be said.
TOLD_LENGTHS = {
    **DENSITY_LENGTHS,
    1: (1, 2, 3, 4, 6, 8, 12, 16),
    2: (1, 2, 3, 4, 6, 8, 12, 16),
    3: (1, 2, 3, 4, 6, 8, 12),
}

REST_LENGTHS = (2, 4)
# Real tunes strike a note foreign to the chord on a sixth of all strong places. Of these notes 82%
# have one of these lengths (units), and 57% go by step to a note of the same chord.
APPOGGIATURAS = (2, 4)
# On weak places 1% of their notes are in neither the chord nor the scale: 85% of these are as short
# as this (units), and as many go on by step.
LONGEST_CHROMATIC = 2
# What a melody may do where the model knows no music: in semitones.
STEP, WIDEST_LEAP, OCTAVE = 2, 9, 12
FOURTH = 5  # a wider leap is answered: the next note comes back, by no more than this
LAST_NOTE_UNITS = 4  # a part comes to rest on a note of at least a quarter


class LastNote(IntEnum):
    """What the note before was: it decides which may follow."""

    SETTLED = 0
    REPEATED = 1
    PASSING = 2
    RESTED = 3
    LEAPT_UP = 4
    LEAPT_DOWN = 5
    ANSWERED = 6
