"""Types of the jukebox: states, actions, keys, what is kept, and what its screen shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class JukeboxState(Enum):
    """What the jukebox is doing."""

    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"
    NO_DEVICE = "no device"
    NO_SONGS = "no songs"
    ALL_BAD = "all bad"


class JukeboxAction(Enum):
    """What a key does; the screen handles RADIO, HELP, BACK and EXIT itself."""

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


@dataclass(frozen=True)
class SongMeasurements:
    """Length and loudness of a file; valid while its `size` (bytes) and `changed` (ns) stay.

    `loudness` (LUFS) and `peak` (dBFS) are None until they are measured.
    """

    size: int
    changed: int
    seconds: float
    loudness: float | None = None
    peak: float | None = None


@dataclass
class SavedJukeboxState:
    """What the jukebox keeps of a folder from one time to the next; songs by their file names.

    `song` stopped at `seconds`. `deleted` songs lie in `DELETED_FOLDER`, the one deleted last at
    the end. The field names are the keys of the file, but `measurements` are "facts" there.
    """

    song: str = ""
    seconds: float = 0.0
    order: list[str] = field(default_factory=list)
    shuffled: bool = False
    repeating: bool = False
    metered: bool = False
    favourites: set[str] = field(default_factory=set)
    deleted: list[str] = field(default_factory=list)
    measurements: dict[str, SongMeasurements] = field(default_factory=dict)


@dataclass(frozen=True)
class JukeboxSnapshot:
    """Everything that the jukebox screen shows; `song` is "" when none is chosen.

    `past` begins with the song that played last. `left_seconds` is the time until every song of
    the loop has played, None while a length is unknown. `question` waits for a yes. `levels` are
    the bands of the meter (0 to 1), empty while it is off.
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
