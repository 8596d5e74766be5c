"""The radio's writing process: how far ahead it writes, its priority, its messages."""

from __future__ import annotations

from scripts.tables.radio import Failed, Measured, Noticed
from scripts.tables.songs import Converting, Loading, Writing

# --- Messages --------------------------------------------------------------------------------

MESSAGE_KINDS = {
    kind.__name__: kind for kind in (Loading, Writing, Converting, Failed, Noticed, Measured)
}

# --- How far ahead ---------------------------------------------------------------------------

RADIO_SONGS_AHEAD = 5  # with so many new songs not played yet, writing rests
RADIO_STYLES = "Chill"  # where no styles were ever asked for

# --- Process ---------------------------------------------------------------------------------

WRITER_CODE = (
    "import sys; sys.path[:0] = [sys.argv[1]]; from scripts.radio.writer import main; main()"
)
WRITER_NICENESS = 5
WRITER_TRIES = 3  # failed songs in a row after which writing ends
WRITER_STOP_SECONDS = 1.0  # to stop while writing: nothing is on disk yet
WRITER_CONVERT_SECONDS = 8.0  # to stop while converting, and to clean up
WRITER_GONE = "The writing of songs ended unexpectedly; G starts it again."
