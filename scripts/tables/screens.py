"""The screens: rules, prompts, keys that leave or cancel."""

from __future__ import annotations

from scripts.tables import application, console_codes, downloads
from scripts.tables.jukebox import JukeboxAction

# --- Layout ----------------------------------------------------------------------------------

DOUBLE_RULE = "=" * application.SCREEN_COLUMNS
RULE = "-" * application.SCREEN_COLUMNS
FILLER = "\x00"  # behind a letter two columns wide while text is wrapped; in no printable text

# --- Questions -------------------------------------------------------------------------------

USER_INPUT = "User Input: "
BACK_OR_EXIT = "Selection; Back to Main = B, Exit Program = X:"

# --- Generate screen -------------------------------------------------------------------------

STYLE_QUESTION = "What kind of music are we making today? (Styles, separated, by, commas)"
UNTIL_STOPPED = 0  # the number of songs that "L" stands for
# A terminal that is gone cancels, too.
CANCEL_KEYS = frozenset(("b", "escape", console_codes.END_KEY))

# --- Jukebox screen --------------------------------------------------------------------------

JUKEBOX_SELECTION = "Selection; Back to Main = B, Exit Program = X:"
LEAVING_ACTIONS = {JukeboxAction.BACK: "back", JukeboxAction.EXIT: "exit"}

# --- Fetch screen ----------------------------------------------------------------------------

MODEL_QUESTION = (
    f"Which model? ({', '.join(model.name for model in downloads.NAMED_MODELS)}, "
    "or owner/repository; a quantisation behind a colon, such as ChatMusician:Q4_K_M; "
    "Q6_K is usual)"
)
STOP_FETCHING_KEYS = frozenset(("b", "escape", console_codes.END_KEY))
