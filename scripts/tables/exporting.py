"""Exporting: file formats, legal file names, ID3 tags, covers."""

from __future__ import annotations

from scripts.tables import application
from scripts.tables.sound import FileFormat

# --- File formats ----------------------------------------------------------------------------

FILE_FORMATS = {
    # LAME scales what it gets by 0.97.
    "mp3": FileFormat("Mp3", ".mp3", ("-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "3",
                                      "-f", "mp3"), 24_000, 0.26, True),
    # A WAV of more than 4 GB (six and a half hours) says so in its header: RF64.
    "wav": FileFormat("Wav", ".wav", ("-c:a", "pcm_s16le", "-rf64", "auto", "-f", "wav"),
                      176_400, 0.0, False),
}  # fmt: skip
# The format in which a model writes a song -> its name on the screens.
SONG_FORMATS = {"abc": "ABC", "notes": "MIDI text"}
# The same format -> suffix of the score file that keeps what the model wrote.
SCORE_SUFFIXES = {"abc": ".abc", "notes": ".txt"}

# --- Encoder ---------------------------------------------------------------------------------

DISK_SLACK_BYTES = 500_000  # a disk is full a little before it is full
ENCODER_END_SECONDS = 60.0  # for the encoder to exit after the last block

# --- File names ------------------------------------------------------------------------------

NAME_CHARACTERS_AT_MOST, NAME_BYTES_AT_MOST = 80, 200
NAME_CHARACTERS_AT_LEAST = 8  # of a title, however deep the folder is
PATH_CHARACTERS_AT_MOST = 259  # Windows' MAX_PATH less the zero at its end
NAME_ROOM_CHARACTERS = len("\\ 99.json.partial")  # what stands around a title in a path
FORBIDDEN_IN_NAMES = '<>:"/\\|?*'  # by Windows; control characters as well
RESERVED_NAMES = frozenset(("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$")) | frozenset(
    f"{port}{n}" for port in ("COM", "LPT") for n in range(10)
)
# Of all files that a song may have: its name is taken where one of them exists.
SUFFIXES_OF_A_SONG = (
    *application.SONG_SUFFIXES,
    *(suffix + application.PARTIAL_SUFFIX for suffix in application.SONG_SUFFIXES),
    ".mid",
    ".json",
    *SCORE_SUFFIXES.values(),
)
STALE_PARTIAL_SECONDS = 3600  # a temporary file older than this was left by a crash

# --- Tags (ID3v2.3) --------------------------------------------------------------------------

ALBUM = "Llm-Music-Gen"
# The tags of a song by ffmpeg's names -> text frames.
ID3_FRAMES = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "genre": "TCON", "date": "TYER",
    "TBPM": "TBPM", "TKEY": "TKEY",
}  # fmt: skip
ID3_HEADER_BYTES = 10
ID3_LATIN_1, ID3_UTF_16 = b"\x00", b"\x01"  # text encodings
ID3_FRONT_COVER = b"\x03"  # a picture's type

# --- Cover -----------------------------------------------------------------------------------

COVER_PIXELS = 600  # each side
COVER_OVERSAMPLING = 2  # drawn larger, then scaled down: smooth edges
COVER_MARGIN = 0.07  # of the side
COVER_ROLL_SHARE = 0.74  # of the height between the margins; the drums have the rest
COVER_WINDOW_BEATS = 8  # shown, of the whole song
# Drum key -> row: kicks lowest, then snares; all others are in row 0.
COVER_DRUM_ROWS = {35: 2, 36: 2, 37: 1, 38: 1, 39: 1, 40: 1}
# Mood -> what it adds to the lightness of the colours (0 to 1).
COVER_MOODS = {
    "dark": -0.1, "sad": -0.06, "melancholic": -0.06, "rainy": -0.05, "night": -0.08,
    "mysterious": -0.06, "aggressive": -0.05, "happy": 0.12, "bright": 0.14, "dreamy": 0.08,
    "summer": 0.12, "romantic": 0.05, "playful": 0.1, "uplifting": 0.1, "peaceful": 0.06,
}  # fmt: skip
