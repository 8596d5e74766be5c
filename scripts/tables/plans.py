"""The plan of a song: parts, roles, form and band, and the lead sheet written to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scripts.tables.notation import ChordBar, MelodyBar
from scripts.tables.sound import SoundDesign

# "A", "B", "C", "D": the parts of a tune; in the later chapters of a long song "A2", "B2" and on.
PartName = str


def chapter_of(part: PartName) -> int:
    """Return the chapter, from 1, in which a part is new."""
    return int(part[1:] or 1)


def letter_of(part: PartName) -> str:
    """Return the letter of a part, without its chapter: A, B, C or D."""
    return part[:1]


@dataclass(frozen=True)
class PhrasePlan:
    """How a phrase goes: struck notes per quarter note, and the height around which it moves.

    `height` is a MIDI number in the written key: the mean of its pitches.
    """

    density: float
    height: float


@dataclass(frozen=True)
class PartPlan:
    """One part to be written: chords for every bar (written key) and what the melody may do.

    `cells` has a letter for every `BARS_PER_CELL` bars; a letter that returns stands for the same
    melody again. `density` is 1 (long notes) to 5 (running sixteenths). `low` and `high` bound the
    melody, MIDI numbers in the written key. `triplets` and `ties` (over bar lines) are allowed
    where a model knows how to write them. `phrases` has an entry for every `BARS_PER_PHRASE` bars;
    without any, each phrase is in the middle of density and range. `closing` is the pitch class
    (written key) of the last note; None leaves it open.
    """

    name: PartName
    bars: tuple[ChordBar, ...]
    cells: str
    density: int
    low: int
    high: int
    triplets: bool = False
    ties: bool = False
    phrases: tuple[PhrasePlan, ...] = ()
    closing: int | None = None


@dataclass(frozen=True)
class Role:
    """What a section of the form does: which part it plays, and its energy (1 to 4).

    Without `melody` the band is alone. `share` is how much of its part is played. The last section
    of a role has `rise` more energy than the first.
    """

    name: str
    part: PartName
    energy: int
    melody: bool
    share: float = 1.0
    rise: int = 0


@dataclass(frozen=True)
class Section:
    """A section of the form: a role, and which bars of its part it plays.

    `energy` is how full the band is: 1 (hardly anybody) to 4 (everybody). `lift` is semitones
    above the song's key. `variation` counts how often the part was heard before this time.
    `chapter` is the chapter of a long song, from 0.
    """

    role: str
    part: PartName
    first_bar: int
    bars: int
    energy: int
    lift: int = 0
    variation: int = 0
    chapter: int = 0


@dataclass(frozen=True)
class Band:
    """General MIDI programs (0 to 127) of each player, and the name of its groove.

    `drums` are the keys of `DRUM_KEYS` that the groove strikes; a band without drums has none.
    None stands for a player that the style does not have: `counter` answers the melody with a line
    of its own, `pad` holds the chords, `solo` takes the melody over in solos.
    """

    melody: int
    chords: int
    bass: int
    kit: int
    groove: str
    melody_octave: int = 0
    drums: tuple[str, ...] = ()
    counter: int | None = None
    pad: int | None = None
    solo: int | None = None


@dataclass(frozen=True)
class SongPlan:
    """All that is decided before a model writes a note.

    Parts are in the *written key*: the tonic of `mode` that needs no accidentals. The song sounds
    in the concert key, whose tonic is the pitch class `tonic`. `leading` is the style that leads,
    `words` the moods and styles of the request and `unknown` what was not recognised in it. `kind`
    is a key of `TUNE_KINDS`. `tempo` is quarter notes a minute. `swing` is the share of a beat's
    first eighth (0.5 is straight), `humanise` a factor on small errors. `mix` maps a player to gain
    in decibels. `ending` is one of `ENDINGS`.
    """

    title: str
    request: str
    leading: str
    words: tuple[str, ...]
    unknown: tuple[str, ...]
    kind: str
    tempo: float
    metre: str
    tonic: int
    mode: str
    parts: tuple[PartPlan, ...]
    form: tuple[Section, ...]
    band: Band
    swing: float
    humanise: float
    mix: dict[str, float]
    seed: int
    sound: SoundDesign = field(default_factory=SoundDesign)
    ending: str = "ring"

    @property
    def written_bars(self) -> int:
        return sum(len(part.bars) for part in self.parts)


@dataclass(frozen=True)
class PlanChoices:
    """What a model chose for a plan; what is None or missing is chosen by the style book.

    `tempo` is quarter notes a minute; `loops` maps a part to the index of its chord loop.
    """

    title: str | None = None
    tempo: int | None = None
    mode: str | None = None
    loops: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadSheet:
    """A written tune in its written key: melody and chords of each part, bar by bar."""

    metre: str
    mode: str
    melody: dict[PartName, tuple[MelodyBar, ...]]
    chords: dict[PartName, tuple[ChordBar, ...]]
