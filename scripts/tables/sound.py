"""Sound and the band that makes it: tracks of notes, drum keys, levels."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from scripts.tables import notation

# --- Sound -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileFormat:
    """What songs are kept as, with ffmpeg's arguments.

    `makeup_db` is by how much the encoder turns sound down. `id3` files get their tags, and a
    cover, when they are written; in the others ffmpeg tells what it can.
    """

    label: str
    suffix: str
    arguments: tuple[str, ...]
    bytes_a_second: float
    makeup_db: float
    id3: bool


@dataclass(frozen=True)
class ChannelStrip:
    """A player's place in the mix.

    `level` is LUFS while it sounds, `pan` from left (-1) to right (1), `low_cut` hertz. `room`,
    `echo`, `pump` and `drive` are how much of the style's own reach this player. `spread` is
    frames: how late the copy is that makes it wide (0: it stays in the middle). What `keeps_lows`
    keeps its lows, in mono.
    """

    level: float
    pan: float = 0.0
    low_cut: float = 120.0
    reverb_send: float = 0.5
    delay_send: float = 0.0
    sidechain: float = 0.0
    drive: float = 0.0
    widen_frames: int = 0
    keeps_lows: bool = False


@dataclass(frozen=True)
class SoundDesign:
    """How a style's record is made.

    `space` is one of `SPACES` and `reverb` (0 to 1) how much of it is heard. `delay` (0 to 1) is
    an echo of the melody in tempo. `pump` is decibels by which the kick ducks chords, pad and
    bass. `wobble` (0 to 1) is the depth of a low-pass on the bass that swings in tempo; `sweep` a
    low-pass that opens through builds. `drive` (0 to 1) saturates; `lofi` (0 to 1) narrows the
    band, lets pitch waver and crackles. `width` (0 to 2) is the stereo's, 1 as it is.
    """

    space: str = "room"
    reverb: float = 0.25
    delay: float = 0.0
    pump: float = 0.0
    wobble: float = 0.0
    sweep: bool = False
    drive: float = 0.0
    lofi: float = 0.0
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class MidiNote:
    """A note of an arrangement: `start` and `length` in units (sixteenths), velocity 1 to 127.

    An `even` one does not swing: a triplet has its own rhythm.
    """

    start: float
    length: float
    pitch: int
    velocity: int
    straight: bool = False


@dataclass(frozen=True)
class Track:
    """One player's notes; `program` is a General MIDI program, or the kit's when `drums`."""

    player: str
    program: int
    drums: bool
    notes: tuple[MidiNote, ...]


@dataclass(frozen=True)
class Arrangement:
    """A whole song for the band, `units` sixteenths long at `tempo` quarter notes a minute."""

    tempo: float
    metre: str
    units: int
    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class SectionNotes:
    """A section of an arrangement, from `start` on for `units` sixteenths, as it is played.

    Every player of the song has a track in every stretch, in the same order. Notes start within
    it, in order of time; they may ring on beyond its end.
    """

    start: int
    units: int
    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class TimedTrack:
    """One player's notes by start and then by key: of each note a tick, a tick, a key, a velocity.

    A key that is struck while it sounds has ended there; struck twice at one tick, the first of
    the two notes has no length.
    """

    player: str
    program: int
    drums: bool
    starts: array[int]
    ends: array[int]
    keys: bytes
    velocities: bytes


@dataclass(frozen=True)
class TimedSong:
    """A whole song in ticks, `units` sixteenths long at `tempo` quarter notes a minute."""

    tempo: float
    metre: str
    units: int
    tracks: tuple[TimedTrack, ...]

    @property
    def quarter_microseconds(self) -> int:
        """The tempo as a MIDI file tells it."""
        return round(60_000_000 / self.tempo)

    @property
    def tick_seconds(self) -> float:
        return self.quarter_microseconds / 1e6 / notation.TICKS_PER_QUARTER


# --- Covers ----------------------------------------------------------------------------------
