"""The types of the style book: form, style, mood and words for titles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scripts.music.grooves import Groove
from scripts.tables.sound import SoundDesign

Loops = Mapping[str, Mapping[str, tuple[str, ...]]]  # mode -> part -> chord loops


@dataclass(frozen=True)
class Form:
    """The order of a song's sections, such as AABA.

    A section is a role, or `role:` with the part it plays, its energy or both: `solo:A`,
    `verse:1`, `head:B4`. `bars` maps a part to the lengths (bars) that it may have. `lift` is how
    many semitones the song rises at its last climax.
    """

    name: str
    sections: tuple[str, ...]
    bars: Mapping[str, tuple[int, ...]]
    lift: int = 0


@dataclass(frozen=True)
class Style:
    """A style: everything that a plan may choose from.

    `tempo` is in beats a minute, `tempos` that of grooves which need another; metres are those of
    the `grooves`. `melody` to `solo` are General MIDI programs that the players may have. `density`
    is 1 (long notes) to 5, and `density_shift` what is added to it in a part. `range` bounds the
    melody (MIDI, written key). `energy` is how empty and how full the band gets (1 to 4). `kind`
    is the kind of tune that the starter model is told. `mix` maps a player to gain in decibels.
    `triplets` and `ties` say that melodies may have them.
    """

    name: str
    family: str
    tempo: tuple[float, float]
    modes: tuple[str, ...]
    loops: Loops
    forms: tuple[str, ...]
    grooves: tuple[str, ...]
    melody: tuple[int, ...]
    chords: tuple[int, ...]
    bass: tuple[int, ...]
    kit: int = 0
    aliases: tuple[str, ...] = ()
    counter: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()
    solo: tuple[int, ...] = ()
    density: int = 3
    density_shift: Mapping[str, int] = field(default_factory=dict)
    kind: str = "song"
    swing: float = 0.5
    humanise: float = 0.3
    melody_octave: int = 0
    range: tuple[int, int] = (57, 81)
    energy: tuple[int, int] = (1, 4)
    mix: Mapping[str, float] = field(default_factory=dict)
    sound: SoundDesign = field(default_factory=SoundDesign)
    endings: tuple[str, ...] = ("ring",)
    tempos: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    triplets: bool = False
    ties: bool = False


@dataclass(frozen=True)
class Mood:
    """A word that modifies any style.

    `tempo` is a factor; `density` to `octave` are added to the style's. The style's modes are
    narrowed to `modes`, and half of its instruments are the mood's. `leads` is the style that
    leads where none is named.
    """

    name: str
    aliases: tuple[str, ...]
    leads: str | None = None
    tempo: float = 1.0
    density: int = 0
    energy: int = 0
    humanise: float = 0.0
    octave: int = 0
    modes: tuple[str, ...] = ()
    melody: tuple[int, ...] = ()
    chords: tuple[int, ...] = ()
    counter: tuple[int, ...] = ()
    pad: tuple[int, ...] = ()
    solo: tuple[int, ...] = ()
    mix: Mapping[str, float] = field(default_factory=dict)
    sound: Mapping[str, float] = field(default_factory=dict)  # added to a design's numbers
    space: str | None = None


@dataclass(frozen=True)
class TitleWords:
    """Words for titles by family of styles or by mood.

    Patterns may have {adjective}, {noun} and {noun2}.
    """

    adjectives: Mapping[str, tuple[str, ...]]
    nouns: Mapping[str, tuple[str, ...]]
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class StyleBook:
    """All styles, moods, forms and grooves, and notices of entries that were left out."""

    styles: Mapping[str, Style]
    moods: Mapping[str, Mood]
    forms: Mapping[str, Form]
    grooves: Mapping[str, Groove]
    titles: TitleWords
    notices: tuple[str, ...] = ()
