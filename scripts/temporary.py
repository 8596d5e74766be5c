"""The door to every constant, map and list of the app, by subject.

`from scripts.temporary import mixing` and then `mixing.FADE_SECONDS`: a name tells where it comes
from. The subjects lie in `scripts/tables/`, beside the types of their entries. Nothing heavy is
imported there, only the standard library, so that set-up and the menu can use it before any library
is installed.
"""

from scripts.tables import (
    application,
    arranging,
    console_codes,
    decoding,
    downloads,
    drumming,
    exporting,
    gguf_format,
    installing,
    listening,
    mastering,
    media_files,
    melody_rules,
    mixing,
    notation,
    note_lists,
    phrasing,
    playback,
    profiles,
    prompting,
    radio_writing,
    screens,
    setup_failures,
    structure,
    style_rules,
    synthesis,
)

__all__ = [
    "application",
    "arranging",
    "console_codes",
    "decoding",
    "downloads",
    "drumming",
    "exporting",
    "gguf_format",
    "installing",
    "listening",
    "mastering",
    "media_files",
    "melody_rules",
    "mixing",
    "notation",
    "note_lists",
    "phrasing",
    "playback",
    "profiles",
    "prompting",
    "radio_writing",
    "screens",
    "setup_failures",
    "structure",
    "style_rules",
    "synthesis",
]
