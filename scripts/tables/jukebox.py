"""The jukebox: its states, actions and keys, and what its screen shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

# --- Jukebox ---

PLAY_RATE = 44_100  # frames a second of everything that is played, 16-bit stereo
PLAY_CHANNELS = 2
VOLUME_STEP = 5  # percent
SEEK_SECONDS = 5.0
NOTICE_SECONDS = 8.0
RESCAN_SECONDS = 0.5
DEVICE_RETRY_SECONDS = 2.0
DECODE_STALL_SECONDS = 10.0
PREVIOUS_RESTARTS_AFTER_SECONDS = 3.0
KEY_POLL_SECONDS = 0.03
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
    """What a key does in the jukebox; the last three are the screen's."""

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
    JukeboxKey(("m",), "M", "Mute, unmute", JukeboxAction.MUTE, "Mute = M"),
    JukeboxKey(("s",), "S", "Shuffle, or play in order", JukeboxAction.SHUFFLE),
    JukeboxKey(("r",), "R", "Repeat this song", JukeboxAction.REPEAT),
    JukeboxKey(("?", "h"), "?", "Show or hide these keys", JukeboxAction.HELP, "Help = ?"),
    JukeboxKey(("b", "escape", END_KEY), "B", "Back to Main", JukeboxAction.BACK),
    JukeboxKey(("x",), "X", "Exit Program", JukeboxAction.EXIT),
)
ACTION_OF_KEY = {key: entry.action for entry in JUKEBOX_KEYS for key in entry.keys}


@dataclass(frozen=True)
class JukeboxSnapshot:
    """Everything that the jukebox screen shows; `song` is "" when none is chosen."""

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
