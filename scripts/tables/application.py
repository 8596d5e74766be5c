"""The program itself: its name, version, files, bounds of its settings."""

from __future__ import annotations

# --- Launcher --------------------------------------------------------------------------------

INTERRUPTED_EXIT_CODE = 130

# --- Processes -------------------------------------------------------------------------------

BACKGROUND_NICENESS = 15  # of a process in the background, where the system is not Windows

NAME = "Llm-Music-Gen"
VERSION = "0.1.0"
SCREEN_COLUMNS = 80
BAR_CHARACTERS = 30
UPCOMING_SONGS = 5
NEWEST_SONGS = 5
STATUS_SECONDS = 0.1  # that the main menu waits at most for the lengths of songs it never saw
REDRAWS_PER_SECOND = 4
SOUNDFONT_NAME = "FluidR3Mono_GM.sf3"
SOUNDFONT_SUFFIXES = (".sf2", ".sf3")
GROOVES_NAME = "grooves.json"  # beside the style book
STARTER_MODEL = "starter/Llm-Music-Gen-Starter.Q8_0.gguf"
PARTIAL_SUFFIX = ".partial"
SONG_SUFFIXES = (".mp3", ".wav")
SETTINGS_VERSION = 1
SONGS_AT_MOST = 99
KEEP_MEGABYTES_RANGE = (0, 1_000_000)
STYLE_TEXT_AT_MOST = 500
LENGTH_SECONDS_RANGE = (30, 8 * 3600)
TEMPERATURE_RANGE = (0.1, 2.0)
THREADS_RANGE = (0, 256)
TAKES_RANGE = (0, 16)
TAKE_SECONDS_RANGE = (0, 3600)
VOLUME_RANGE = (0, 100)
TUNING_RANGE = (400.0, 480.0)  # of A4, in hertz
