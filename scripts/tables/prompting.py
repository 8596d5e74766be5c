"""What models are told: prompt templates, instructions, chat frames, examples."""

from __future__ import annotations

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
PROMPT_CHARACTERS_AT_MOST = 20_000  # of a template of the user's, filled in
MOST_BARS_LEFT = 16  # the highest number in a control code of bars left: so many or more

# --- Chat ------------------------------------------------------------------------------------

# The system prompt of every chat model: the same words for every song, so that llama.cpp can reuse
# what it has evaluated of them.
CHAT_INSTRUCTIONS = (
    "You write melodies in ABC notation, one line, no words around it. The unit is a sixteenth "
    "note: c4 is a quarter note, c2 an eighth, z4 a rest. Letters C to B are the octave of middle "
    'C, c to b the one above. Chord symbols stand in quotation marks, such as "Am". A bar line is '
    "|, and || ends a phrase. (3c2d2e2 is a triplet in the time of a quarter note, and c2-|c4 one "
    "note over a bar line. A good melody moves mostly by step, has a rhythm that returns with "
    "changes, rises to one high point, and ends at rest on the key note."
)
# Profile -> frame of a conversation, for models without a template of their own.
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
# Special tokens that tell a family of models. The second row is YuE's: marks around codec tokens,
# which stand for sound and not for text.
MARKER_TOKENS = frozenset((
    "<|im_start|>", "<|im_end|>", "<|end_of_turn|>", "<|eot_id|>", "<|start_header_id|>",
    "<SOA>", "<EOA>", "<xcodec>", "<stage_1>", "<stage_2>",
))  # fmt: skip
# Rendering of a model's own chat template, in a process of its own.
INSTRUCTIONS_MARK, REQUEST_MARK = "InstructionsStandHere", "RequestStandsHere"
CHAT_SECONDS_AT_MOST = 10.0
CHAT_TEMPLATE_AT_MOST = 2**20  # characters
CHAT_CHARACTERS_AT_MOST = 2**16  # of the rendered text
CHAT_MEMORY_AT_MOST = 400_000_000  # bytes; Python and Jinja take 40 MB

# --- Examples --------------------------------------------------------------------------------

# Metre -> rhythms of example bars in units: the motif, the motif varied, and the ending.
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
# Degrees of the mode (from 0) that the chords of examples stand on; diminished chords are skipped.
EXAMPLE_LOOPS = (
    (0, 3, 4, 0), (0, 5, 3, 0), (0, 6, 5, 0), (0, 1, 6, 0), (0, 2, 3, 0), (5, 4, 3, 0),
    (3, 6, 2, 0), (5, 6, 1, 0), (2, 5, 1, 0),
)  # fmt: skip
EXAMPLE_HEIGHTS = (0, 4, 9, 4)  # semitones above the tonic where the melody starts each bar
EXAMPLE_TRIPLET_BAR = 2  # of four, from 0: where the motif varies
EXAMPLE_LIVELY_DENSITY = 4  # from this density on, quarters are halved

# --- Planning --------------------------------------------------------------------------------

PLANNING_INSTRUCTIONS = (
    "You plan songs. You answer with one JSON object and no words around it. The name of a song "
    "is short, fits its styles and is not a list of them. Slow styles and sad ones want a lower "
    "tempo and a minor mode, bright ones the opposite. The parts A, B and C should differ."
)
PLANNED_PARTS = ("A", "B", "C")
PLAN_KEYS = ("title", "tempo", "mode", *PLANNED_PARTS)
PLAN_TITLE_PATTERN = "[A-Z][A-Za-z' ]{0,38}[A-Za-z]"
PLAN_TEMPOS = range(20, 401)  # quarter notes a minute
PLAN_LOOPS_AT_MOST = 100
PLAN_ANSWER_BARS = 6  # room for the answer in the context, in bars of a song
PLAN_ANSWER_CHARACTERS = 1000  # of the answer, at most
