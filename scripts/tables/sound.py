"""Types of sound and of notes: file formats, channel strips, sound designs, arrangements."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from scripts.tables import notation

# --- Sound -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FileFormat:
    """A file format for songs, with ffmpeg's arguments.

    `makeup_db` is the gain that makes up for what the encoder takes away. Files with `id3` get
    their tags and a cover from us after encoding; in the others ffmpeg writes what tags it can.
    """

    label: str
    suffix: str
    arguments: tuple[str, ...]
    bytes_a_second: float
    makeup_db: float
    id3: bool


@dataclass(frozen=True)
class ChannelStrip:
    """A player's channel strip in the mix.

    `level` is LUFS while it sounds, `pan` from left (-1) to right (1), `low_cut` hertz.
    `reverb_send`, `delay_send`, `sidechain` and `drive` (0 to 1) are how much of the style's own
    reverb, delay, pump and drive this player gets. `widen_frames` is how late the copy is that
    makes it wide (0: no copy). A strip with `keeps_lows` goes to the low bus, which neither the
    style's width nor its sweep changes.
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
    """How a style is mixed.

    `space` is one of `SPACES`, `reverb` (0 to 1) the return of its reverb. `delay` (0 to 1) is
    the return of an echo in tempo, mostly of the melody. `pump` is the sidechain: decibels by
    which the kick ducks chords, pad and bass. `wobble` (0 to 1) is the depth of a low-pass on the
    bass that swings in tempo; `sweep` a low-pass that opens through builds. `drive` (0 to 1) is
    saturation, `lofi` (0 to 1) an old tape: a narrow band, wow and crackle. `width` (0 to 2) is
    the gain of the side signal.
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


# --- Notes -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MidiNote:
    """A note of an arrangement: `start` and `length` in units (sixteenths), velocity 1 to 127.

    A `straight` note does not swing: a triplet has its own rhythm.
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
    """The notes of a section, as they are played: from sixteenth `start` on, `units` sixteenths.

    Every player of the song has a track in every section, in the same order. Notes start within
    it, in order of time; they may ring on beyond its end.
    """

    start: int
    units: int
    tracks: tuple[Track, ...]


@dataclass(frozen=True)
class TimedTrack:
    """One player's notes by start and then by key: start and end ticks, keys, velocities.

    A note ends at the latest where its key is struck again; of two strokes at one tick, the first
    has no length.
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
        """Microseconds of a quarter note: the tempo of a MIDI file."""
        return round(60_000_000 / self.tempo)

    @property
    def tick_seconds(self) -> float:
        return self.quarter_microseconds / 1e6 / notation.TICKS_PER_QUARTER
