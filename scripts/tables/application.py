"""The program itself: its name, version, files, screens, and the bounds of its settings."""

from __future__ import annotations

# --- Name and process ------------------------------------------------------------------------

NAME = "Llm-Music-Gen"
VERSION = "0.1.0"
INTERRUPTED_EXIT_CODE = 130  # as shells report Ctrl-C
BACKGROUND_NICENESS = 15  # of a background process, where the system is not Windows

# --- Files -----------------------------------------------------------------------------------

SOUNDFONT_NAME = "FluidR3Mono_GM.sf3"
SOUNDFONT_SUFFIXES = (".sf2", ".sf3")
GROOVES_NAME = "grooves.json"  # beside the style book
STARTER_MODEL = "starter/Llm-Music-Gen-Starter.Q8_0.gguf"
SONG_SUFFIXES = (".mp3", ".wav")
PARTIAL_SUFFIX = ".partial"
DELETED_FOLDER = "deleted"  # in the output folder: songs deleted in the jukebox

# --- Screens ---------------------------------------------------------------------------------

SCREEN_COLUMNS = 80
BAR_CHARACTERS = 30
UPCOMING_SONGS = 5
NEWEST_SONGS = 5
REDRAWS_PER_SECOND = 4
STATUS_SECONDS = 0.1  # the main menu waits at most so long for lengths not measured yet

# --- Settings --------------------------------------------------------------------------------

SETTINGS_VERSION = 1
SONGS_AT_MOST = 99
STYLE_TEXT_AT_MOST = 500  # characters
LENGTH_SECONDS_RANGE = (30, 8 * 3600)
TEMPERATURE_RANGE = (0.1, 2.0)
TUNING_RANGE = (400.0, 480.0)  # of A4, in hertz
THREADS_RANGE = (0, 256)
TAKES_RANGE = (0, 16)
TAKE_SECONDS_RANGE = (0, 3600)
VOLUME_RANGE = (0, 100)  # percent
KEEP_MEGABYTES_RANGE = (0, 1_000_000)

# --- Tests -----------------------------------------------------------------------------------

TEST_WORKERS_AT_MOST = 8  # processes that run the tests; each may take a gigabyte
ALL_TESTS_WORD = "--all"  # the slow tests, too
