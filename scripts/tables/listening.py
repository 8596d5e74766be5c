"""The jukebox: timing, the folder, loudness matching, the level meter, the table of keys."""

from __future__ import annotations

from scripts.tables import console_codes
from scripts.tables.jukebox import JukeboxAction, JukeboxKey

# --- Jukebox ---------------------------------------------------------------------------------

VOLUME_STEP = 5  # percent
SEEK_SECONDS = 5.0
PREVIOUS_RESTARTS_AFTER_SECONDS = 3.0
PAST_SONGS = 5
NOTICE_SECONDS = 8.0
RESCAN_SECONDS = 0.5
DEVICE_RETRY_SECONDS = 2.0
DECODE_STALL_SECONDS = 10.0  # a song of which nothing is decoded for so long is skipped
SAVE_STATE_SECONDS = 30.0  # a crash loses no more of the place in a song than this
REMAINING_TIME_UPDATE_SECONDS = 1.0

# --- The folder ------------------------------------------------------------------------------

SCANS_BETWEEN_FULL_ONES = 10
SCANS_PER_SECOND_TAKEN = 200  # a folder that takes long to scan is scanned less often
STILL_WRITTEN = "it is still being written"
SKIP_NOTICE_DELAY_SECONDS = 2.0  # a file that is empty for so long is not just being copied
DELETE_RETRY_SECONDS = 3.0  # a decoder that was closed may hold its file so long (Windows)

# --- Song analysis and loudness --------------------------------------------------------------

ANALYSIS_PAUSE_SECONDS = 0.005  # between two files, so that playback is not disturbed
MEASURED_SECONDS_AT_MOST = 900  # of a song of hours only the beginning is measured
LOUDEST_BOOST_DB = 12.0
PEAK_CEILING_DBFS = -1.0
SILENT_LUFS = -60.0
LOUDNESS_RAMP_SECONDS = 1.5  # from a playing song's gain to the one just measured

# --- Level meter -----------------------------------------------------------------------------

METER_BANDS = 30
METER_FRAMES = 4096
METER_RANGE_HERTZ = (40.0, 16_000.0)
METER_FLOOR_DBFS = -72.0
METER_CHARACTERS = " .:-=+*#%@"  # from silence to full scale
METER_REDRAWS_PER_SECOND = 10

# --- Keys ------------------------------------------------------------------------------------

JUKEBOX_KEYS = (
    JukeboxKey((" ", "space"), "Space", "Pause, go on", JukeboxAction.PAUSE, "Pause = Space"),
    JukeboxKey(("n", ">"), "N", "Next song", JukeboxAction.NEXT, "Next = N"),
    JukeboxKey(("p", "<"), "P", "Previous song", JukeboxAction.PREVIOUS, "Previous = P"),
    JukeboxKey(("left",), "Left", "Back 5 seconds", JukeboxAction.BACKWARD),
    JukeboxKey(("right",), "Right", "Forward 5 seconds", JukeboxAction.FORWARD),
    JukeboxKey(("+", "=", "up"), "+", "Louder", JukeboxAction.LOUDER, "Volume = +/-"),
    JukeboxKey(("-", "_", "down"), "-", "Softer", JukeboxAction.SOFTER),
    JukeboxKey(("m",), "M", "Mute, unmute", JukeboxAction.MUTE),
    JukeboxKey(("s",), "S", "Shuffle, or play in order", JukeboxAction.SHUFFLE),
    JukeboxKey(("r",), "R", "Repeat this song", JukeboxAction.REPEAT),
    JukeboxKey(("f",), "F", "Favourite, or no longer", JukeboxAction.FAVOURITE),
    JukeboxKey(("d", "delete"), "D", "Delete this song (asks first)", JukeboxAction.DELETE),
    JukeboxKey(("u",), "U", "Bring back the song deleted last", JukeboxAction.UNDELETE),
    JukeboxKey(("v",), "V", "Show or hide what is heard, low to high notes", JukeboxAction.METER),
    JukeboxKey(
        ("g",),
        "G",
        "Radio: write new songs while others play, or stop",
        JukeboxAction.RADIO,
        "Radio = G",
    ),
    JukeboxKey(("?", "h"), "?", "Show or hide these keys", JukeboxAction.HELP, "Help = ?"),
    JukeboxKey(("b", "escape", console_codes.END_KEY), "B", "Back to Main", JukeboxAction.BACK),
    JukeboxKey(("x",), "X", "Exit Program", JukeboxAction.EXIT),
)
ACTION_OF_KEY = {key: entry.action for entry in JUKEBOX_KEYS for key in entry.keys}
YES_KEYS = frozenset("y")  # any other key answers no
