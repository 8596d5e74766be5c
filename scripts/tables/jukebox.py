"""The jukebox: its states, actions and keys, and what its screen shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

# --- Jukebox ---

PLAY_RATE = 44_100  # frames a second of everything that is played, 16-bit stereo
PLAY_CHANNELS = 2
VOLUME_STEP = 5  # percent
SEEK_SECONDS = 5.0
NOTICE_SECONDS = 8.0
RESCAN_SECONDS = 0.5
SURE_SECONDS = 2.0  # a file that is empty for so long is not just being copied
DEVICE_RETRY_SECONDS = 2.0
DECODE_STALL_SECONDS = 10.0
PREVIOUS_RESTARTS_AFTER_SECONDS = 3.0
KEY_POLL_SECONDS = 0.02
PAST_SONGS = 5
KEEP_SECONDS = 30.0  # a crash loses no more of the place in a song than this
REMOVE_SECONDS = 3.0  # a decoder that has been told to go may hold its file so long (Windows)
LEFT_SECONDS = 1.0  # between two sums of the time that is left
DELETED_FOLDER = "deleted"  # in the output folder: songs deleted in the jukebox
LOUDNESS_TARGET_LUFS = -14.0  # what our own songs are made for, and others are brought to
LOUDEST_BOOST_DB = 12.0
PEAK_CEILING_DBFS = -1.0
SILENT_LUFS = -60.0
MEASURED_SECONDS = 900  # of a song of hours the beginning tells how loud it is
LEVELLING_SECONDS = 1.5  # in which a song that plays goes over to the loudness just measured
METER_BANDS = 30
METER_FRAMES = 4096
METER_HERTZ = (40.0, 16_000.0)
METER_FLOOR_DBFS = -72.0
METER_INK = " .:-=+*#%@"  # from silence to full scale
METER_REDRAWS_PER_SECOND = 10
END_KEY = "end of input"  # the key that the console reports when there is no more input


class JukeboxState(Enum):
    """What the jukebox does just now."""

    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"
    NO_DEVICE = "no device"
    NO_SONGS = "no songs"
    ALL_BAD = "all bad"


class JukeboxAction(Enum):
    """What a key does in the jukebox; the last four are the screen's."""

    PAUSE = "pause"
    NEXT = "next"
    PREVIOUS = "previous"
    BACKWARD = "backward"
    FORWARD = "forward"
    LOUDER = "louder"
    SOFTER = "softer"
    MUTE = "mute"
    SHUFFLE = "shuffle"
    REPEAT = "repeat"
    FAVOURITE = "favourite"
    DELETE = "delete"
    UNDELETE = "undelete"
    METER = "meter"
    RADIO = "radio"
    HELP = "help"
    BACK = "back"
    EXIT = "exit"


@dataclass(frozen=True)
class JukeboxKey:
    """Keys (as the console names them) for one action; `brief` stands on the jukebox screen."""

    keys: tuple[str, ...]
    label: str
    meaning: str
    action: JukeboxAction
    brief: str = ""


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
    JukeboxKey(("b", "escape", END_KEY), "B", "Back to Main", JukeboxAction.BACK),
    JukeboxKey(("x",), "X", "Exit Program", JukeboxAction.EXIT),
)
ACTION_OF_KEY = {key: entry.action for entry in JUKEBOX_KEYS for key in entry.keys}


YES_KEYS = frozenset("y")  # any other key answers no


@dataclass(frozen=True)
class SongFacts:
    """What was once measured of a file (while its `size` in bytes and `changed` in ns stay).

    `seconds` is its length; `loudness` (LUFS) and `peak` (dBFS) are None until they are measured.
    """

    size: int
    changed: int
    seconds: float
    loudness: float | None = None
    peak: float | None = None


@dataclass
class JukeboxMemory:
    """What the jukebox keeps of a folder from one time to the next; songs by their file names.

    `song` stopped at `seconds`; `deleted` lie in `DELETED_FOLDER`, the last one last.
    """

    song: str = ""
    seconds: float = 0.0
    order: list[str] = field(default_factory=list)
    shuffled: bool = False
    repeating: bool = False
    metered: bool = False
    favourites: set[str] = field(default_factory=set)
    deleted: list[str] = field(default_factory=list)
    facts: dict[str, SongFacts] = field(default_factory=dict)


@dataclass(frozen=True)
class JukeboxSnapshot:
    """Everything that the jukebox screen shows; `song` is "" when none is chosen.

    `past` begins with the song that played last. `left_seconds` is the time until every song of
    the loop has played, None while too few lengths are known. `question` waits for a yes. `levels`
    are the bands of the meter (0 to 1), none while it is off.
    """

    state: JukeboxState
    song: str
    position_seconds: float
    duration_seconds: float
    upcoming: tuple[str, ...]
    notice: str
    volume: int
    muted: bool
    shuffled: bool
    repeating: bool
    songs: int
    past: tuple[str, ...] = ()
    favourite: bool = False
    question: str = ""
    left_seconds: float | None = None
    levels: tuple[float, ...] = ()
