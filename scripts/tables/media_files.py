"""Sound files: what ffmpeg may open, MP3 headers."""

from __future__ import annotations

import re

# --- Duration --------------------------------------------------------------------------------

FFMPEG_START_SECONDS = 10.0

# --- Ebur128 ---------------------------------------------------------------------------------

LOUDNESS_PATTERN = re.compile(r"I:\s*(-?[\d.]+) LUFS")
PEAK_PATTERN = re.compile(r"Peak:\s*(-?[\d.]+|-inf) dBFS")
LOWEST_PEAK_DB = -100.0  # of silence, which has none
METER_POLL_SECONDS = 0.1  # between two looks whether a measurement has ended

# --- Ffmpeg ----------------------------------------------------------------------------------

# Only real sound files: a playlist in the disguise of an MP3 must not make ffmpeg open others.
INPUT_LIMITS = (
    "-protocol_whitelist", "file",
    "-format_whitelist", "mp3,wav,w64,aiff,flac,ogg,aac,mov,matroska,asf",
)  # fmt: skip

# --- Mp3 header ------------------------------------------------------------------------------

# MPEG audio sample rates by version bits (ISO 11172-3, 13818-3).
MP3_SAMPLE_RATES = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
XING_MARKS = (b"Xing", b"Info")
