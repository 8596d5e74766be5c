"""Sound and the band that makes it: tracks of notes, drum keys, levels."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

# --- Sound -----------------------------------------------------------------------------------

SAMPLE_RATE = 44100


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


FILE_FORMATS = {
    # LAME scales what it gets by 0.97.
    "mp3": FileFormat("Mp3", ".mp3", ("-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "3",
                                      "-f", "mp3"), 24_000, 0.26, True),
    # A WAV of more than 4 GB (six and a half hours) says so in its header: RF64.
    "wav": FileFormat("Wav", ".wav", ("-c:a", "pcm_s16le", "-rf64", "auto", "-f", "wav"),
                      176_400, 0.0, False),
}  # fmt: skip
# Well-known tunings: A4 in hertz, and what it is called.
TUNINGS = {
    415.0: "Baroque", 430.0: "Classical", 432.0: "Verdi", 440.0: "Concert", 442.0: "Orchestra",
    443.0: "Vienna", 466.0: "Chorton",
}  # fmt: skip
CONCERT_PITCH = 440.0  # A4 in hertz, where nothing else is asked for
CEILING_DB = -2.5  # of samples: what is decoded from an MP3 swings higher than what went in
HIGHEST_DBTP = -1.0  # of the finished file (EBU R128: true peak)
PLAYERS = ("melody", "counter", "chords", "pad", "bass", "drums")
KICK_KEYS = (35, 36)  # General MIDI's bass drums


@dataclass(frozen=True)
class StemStrip:
    """A player's place in the mix.

    `level` is LUFS while it sounds, `pan` from left (-1) to right (1), `low_cut` hertz. `room`,
    `echo`, `pump` and `drive` are how much of the style's own reach this player. `spread` is
    frames: how late the copy is that makes it wide (0: it stays in the middle). What `is_low`
    keeps its lows, in mono.
    """

    level: float
    pan: float = 0.0
    low_cut: float = 120.0
    room: float = 0.5
    echo: float = 0.0
    pump: float = 0.0
    drive: float = 0.0
    spread: int = 0
    is_low: bool = False


STEM_STRIPS = {
    "melody": StemStrip(-18.0, 0.06, 130.0, room=0.5, echo=0.7, drive=0.6),
    "counter": StemStrip(-23.0, 0.35, 140.0, room=0.6, echo=0.4, drive=0.3),
    "chords": StemStrip(-22.5, -0.15, 110.0, room=0.45, pump=1.0, drive=1.0, spread=480),
    "pad": StemStrip(-25.0, 0.0, 130.0, room=0.7, pump=1.0, spread=760),
    "bass": StemStrip(-21.5, 0.0, 30.0, room=0.0, pump=0.7, drive=0.7, is_low=True),
    "drums": StemStrip(-19.0, 0.0, 30.0, room=0.16, is_low=True),
}

SPACES = ("dry", "room", "plate", "hall", "cathedral")  # where a record is made, small to large


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


# The bounds of a design's numbers; pump is decibels.
SOUND_RANGES = {
    "reverb": (0.0, 1.0), "delay": (0.0, 1.0), "pump": (0.0, 24.0), "wobble": (0.0, 1.0),
    "drive": (0.0, 1.0), "lofi": (0.0, 1.0), "width": (0.0, 2.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MidiNote:
    """A note of an arrangement: `start` and `length` in units (sixteenths), velocity 1 to 127.

    An `even` one does not swing: a triplet has its own rhythm.
    """

    start: float
    length: float
    pitch: int
    velocity: int
    even: bool = False


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
class Stretch:
    """A section of an arrangement, from `start` on for `units` sixteenths, as it is played.

    Every player of the song has a track in every stretch, in the same order. Notes start within
    it, in order of time; they may ring on beyond its end.
    """

    start: int
    units: int
    tracks: tuple[Track, ...]


TICKS_PER_QUARTER = 480  # how finely notes are placed in time, as heard and in the MIDI file


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
        return self.quarter_microseconds / 1e6 / TICKS_PER_QUARTER


# General MIDI percussion keys by the names that grooves use (General MIDI 1 specification).
DRUM_KEYS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "hat": 42, "pedal": 44, "open": 46,
    "tom_low": 45, "tom_mid": 47, "tom_high": 50, "swirl": 40, "crash": 49, "ride": 51, "bell": 53,
    "tambourine": 54, "cowbell": 56, "bongo_high": 60, "bongo_low": 61, "conga_mute": 62,
    "conga_high": 63, "conga_low": 64, "timbale": 65, "agogo": 67, "cabasa": 69, "maracas": 70,
    "guiro": 73, "clave": 75, "woodblock": 76, "triangle": 81, "shaker": 82,
}  # fmt: skip

# What a character of a drum pattern means: MIDI velocity. `r` rolls twice within its sixteenth,
# `t` three times within an eighth, `f` is a flam.
DRUM_VELOCITY = {"X": 112, "x": 92, "o": 58, "g": 34, "r": 84, "t": 84, "f": 100}
ROLLS = {"r": (0.0, 0.5), "t": (0.0, 2 / 3, 4 / 3), "f": (-0.18, 0.0)}  # units from the place
GAP = 0.15  # units that a struck note ends before the next, so that repeated notes are heard
# Kits whose keys are others than General MIDI's: the orchestra's (as in the Roland GS standard)
# has timpani from 41 to 53, hats below and its cymbals above.
KIT_KEYS = {
    48: {"crash": 59, "hat": 27, "pedal": 28, "open": 29, "ride": 30, "bell": 30},
}  # fmt: skip
TIMPANI = (41, 53)  # keys of the orchestra kit, F2 to F3

# --- Covers ----------------------------------------------------------------------------------

COVER_PIXELS = 600
COVER_WINDOW_BEATS = 8
# Moods that make a picture lighter or darker.
COVER_MOODS = {
    "dark": -0.1, "sad": -0.06, "melancholic": -0.06, "rainy": -0.05, "night": -0.08,
    "mysterious": -0.06, "aggressive": -0.05, "happy": 0.12, "bright": 0.14, "dreamy": 0.08,
    "summer": 0.12, "romantic": 0.05, "playful": 0.1, "uplifting": 0.1, "peaceful": 0.06,
}  # fmt: skip
