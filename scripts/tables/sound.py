"""Sound and the band that makes it: tracks of notes, drum keys, levels."""

from __future__ import annotations

from dataclasses import dataclass

# --- Sound -----------------------------------------------------------------------------------

SAMPLE_RATE = 44100
MP3_BITRATE = "192k"
# RMS of each stem in dBFS while it sounds, and its place from left (-1) to right (1).
STEM_LEVELS = {"melody": -19.0, "chords": -24.0, "bass": -21.0, "drums": -20.5}
STEM_PANS = {"melody": 0.08, "chords": -0.12, "bass": 0.0, "drums": 0.0}


PLAYERS = ("melody", "chords", "bass", "drums")


@dataclass(frozen=True)
class MidiNote:
    """A note of an arrangement: `start` and `length` in units (sixteenths), velocity 1 to 127."""

    start: float
    length: float
    pitch: int
    velocity: int


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


# General MIDI percussion keys by the names that grooves use (General MIDI 1 specification).
DRUM_KEYS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "hat": 42, "pedal": 44, "open": 46,
    "tom_low": 45, "tom_mid": 47, "tom_high": 50, "crash": 49, "ride": 51, "bell": 53,
    "tambourine": 54, "cowbell": 56, "bongo_high": 60, "bongo_low": 61, "conga_mute": 62,
    "conga_high": 63, "conga_low": 64, "timbale": 65, "agogo": 67, "cabasa": 69, "maracas": 70,
    "guiro": 73, "clave": 75, "woodblock": 76, "triangle": 81, "shaker": 82,
}  # fmt: skip

# What a character of a drum pattern means: MIDI velocity.
DRUM_VELOCITY = {"X": 112, "x": 92, "o": 58, "g": 34}
