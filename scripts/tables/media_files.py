"""Sound files: what ffmpeg may open, what its meter prints, MP3 headers."""

from __future__ import annotations

import re

# --- ffmpeg ----------------------------------------------------------------------------------

# Only real sound files: a playlist in the disguise of an MP3 must not make ffmpeg open others.
INPUT_LIMITS = (
    "-protocol_whitelist", "file",
    "-format_whitelist", "mp3,wav,w64,aiff,flac,ogg,aac,mov,matroska,asf",
)  # fmt: skip
FFMPEG_TIMEOUT_SECONDS = 10.0  # for telling how long a file lasts

# --- ffmpeg's loudness meter -----------------------------------------------------------------

LOUDNESS_PATTERN = re.compile(r"I:\s*(-?[\d.]+) LUFS")
PEAK_PATTERN = re.compile(r"Peak:\s*(-?[\d.]+|-inf) dBFS")  # so it names dBTP, too
LOWEST_PEAK_DB = -100.0  # stands for the peak of silence, which is minus infinity
METER_POLL_SECONDS = 0.1  # between two looks whether a measurement has ended

# --- MP3 headers (ISO 11172-3, 13818-3) ------------------------------------------------------

# Version bits -> sample rates in hertz.
MP3_SAMPLE_RATES = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
XING_MARKS = (b"Xing", b"Info")  # the second with a constant bit rate
