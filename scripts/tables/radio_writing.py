"""The radio's writing process: how far ahead it writes, its priority, its messages."""

from __future__ import annotations

from scripts.tables.radio import Failed, Measured, Noticed
from scripts.tables.songs import Converting, Loading, Writing

# --- Messages --------------------------------------------------------------------------------

MESSAGE_KINDS = {
    kind.__name__: kind for kind in (Loading, Writing, Converting, Failed, Noticed, Measured)
}

# --- Process ---------------------------------------------------------------------------------

WRITER_CODE = (
    "import sys; sys.path[:0] = [sys.argv[1]]; from scripts.radio.writer import main; main()"
)

RADIO_SONGS_AHEAD = 5  # as many new songs wait to be heard; then writing rests until one has been
RADIO_STYLES = "Chill"  # where no styles were ever asked for
WRITER_NICENESS = 5
WRITER_TRIES = 3  # songs in a row that a model may not bring off
WRITER_STOP_SECONDS = 1.0  # to leave off writing; nothing of it is on the disk
WRITER_CONVERT_SECONDS = 8.0  # to leave off converting, and to clean up
WRITER_GONE = "The writing of songs ended unexpectedly; G starts it again."
