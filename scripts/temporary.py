"""Every constant, map, list, enum and state type of the app.

No input or output happens here and nothing heavy is imported: only the standard library, so that
the installer and the menu can use it before any library is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

APP_NAME = "Llm-Music-Gen"
APP_VERSION = "0.1.0"

# --- Screens ---------------------------------------------------------------------------------

SCREEN_COLUMNS = 80
BAR_CHARACTERS = 30
UPCOMING_SONGS = 5
REDRAWS_PER_SECOND = 4

# --- Errors ----------------------------------------------------------------------------------


class UserError(Exception):
    """Something the user can mend: one sentence that says what happened and what to do."""


class ModelError(UserError):
    """A model file that cannot be read, loaded or used."""


class SoundError(UserError):
    """The soundfont, the encoder, the disk or the audio device did not do its part."""


# --- Places on disk --------------------------------------------------------------------------


@dataclass(frozen=True)
class Paths:
    """Where everything lies, from the program's folder (`root`)."""

    root: Path
    output: Path

    @classmethod
    def under(cls, root: Path, output: Path | None = None) -> Paths:
        return cls(root, output if output is not None else root / "output")

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def persistent(self) -> Path:
        return self.data / "persistent.json"

    @property
    def style_book(self) -> Path:
        return self.data / "styles.json"

    @property
    def soundfont(self) -> Path:
        return self.data / SOUNDFONT_NAME

    @property
    def scores(self) -> Path:
        return self.output / "scores"

    @property
    def log(self) -> Path:
        return self.data / "Llm-Music-Gen.log"


SOUNDFONT_NAME = "FluidR3Mono_GM.sf3"
STARTER_MODEL = "starter/Llm-Music-Gen-Starter.Q8_0.gguf"
PARTIAL_SUFFIX = ".partial"
SONG_SUFFIXES = (".mp3", ".wav")

# --- Making songs ----------------------------------------------------------------------------

# What a model's text is -> how the screens name it.
SONG_FORMATS = {"abc": "ABC", "notes": "MIDI text"}
NAME_CHARACTERS_AT_MOST, NAME_BYTES_AT_MOST = 80, 200
FORBIDDEN_IN_NAMES = '<>:"/\\|?*'  # by Windows; control characters as well
RESERVED_NAMES = frozenset(("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$")) | frozenset(
    f"{port}{n}" for port in ("COM", "LPT") for n in range(10)
)
ALBUM = "Llm-Music-Gen"
STALE_PARTIAL_SECONDS = 3600  # a temporary file older than this was left by a crash


@dataclass(frozen=True)
class Order:
    """What the user asked for: style words, how many songs, how long, and the first seed."""

    styles: str
    songs: int
    seed: int


@dataclass(frozen=True)
class SongRecord:
    """A finished song: where it lies and what is worth telling about it."""

    path: Path
    title: str
    key: str
    tempo: float
    seconds: float


@dataclass(frozen=True)
class Loading:
    """The model is being loaded; `fraction` is what llama.cpp reports."""

    model: str
    fraction: float = 0.0


@dataclass(frozen=True)
class Writing:
    """Song `number` (from 1) is being written; `fraction` is bars written / bars planned."""

    number: int
    fraction: float


@dataclass(frozen=True)
class Converting:
    """Song `number` is being turned into an MP3 from what `writes` (a key of `SONG_FORMATS`)
    says; `fraction` counts real stages.
    """

    number: int
    fraction: float
    writes: str = "abc"


@dataclass(frozen=True)
class Finished:
    """Song `number` is in the output folder."""

    number: int
    record: SongRecord


Event = Loading | Writing | Converting | Finished

# --- Sound -----------------------------------------------------------------------------------

SAMPLE_RATE = 44100
MP3_BITRATE = "192k"
# RMS of each stem in dBFS while it sounds, and its place from left (-1) to right (1).
STEM_LEVELS = {"melody": -19.0, "chords": -24.0, "bass": -21.0, "drums": -20.5}
STEM_PANS = {"melody": 0.08, "chords": -0.12, "bass": 0.0, "drums": 0.0}

# --- Settings --------------------------------------------------------------------------------

SETTINGS_VERSION = 1
SONGS_AT_MOST = 99
STYLE_TEXT_AT_MOST = 500
LENGTH_SECONDS_RANGE = (30, 10 * 60)
TEMPERATURE_RANGE = (0.1, 2.0)
THREADS_RANGE = (0, 256)
TAKES_RANGE = (0, 16)
# A model's size in bytes, at least -> takes of each part: speed to spare is quality.
TAKES_BY_SIZE = ((400_000_000, 1), (50_000_000, 2), (0, 8))
MEMORY_TO_SPARE = 300_000_000  # bytes for llama.cpp's buffers, the soundfont and a song
TOKENS_PER_SONG = 2048  # of the context, as a long song needs it
TRIAL_SECONDS_AT_MOST = 120.0  # a virus scanner may look at llama.cpp first
TRIAL_MEMORY = 2_000_000_000  # bytes over the model's own size
TINY_MODEL_BYTES = 50_000_000  # below it a second thread or sequence only gets in the way
SONGS_TOGETHER = 4
VOLUME_RANGE = (0, 100)


@dataclass
class Settings:
    """What outlives a run, kept in `data/persistent.json`.

    `model` is a path relative to `models/` with forward slashes, or "" for the starter model.
    `length` is song length as typed: `M` or `M-M` minutes. `threads` 0 means one for each
    physical core. `volume` is percent. `takes` 0 lets the model's size decide. With `model_plans`
    a model that can names the song and chooses its tempo, mode and chords.
    `templates` holds the user's copies of prompt templates.
    """

    version: int = SETTINGS_VERSION
    model: str = ""
    length: str = "2-3"
    temperature: float = 1.0
    threads: int = 0
    volume: int = 80
    auto_play: bool = False
    takes: int = 0
    model_plans: bool = False
    templates: dict[str, str] = field(default_factory=dict)


@dataclass
class Session:
    """The one state object that is passed in: settings, places, and what was made this time."""

    paths: Paths
    settings: Settings
    notices: list[str] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)  # settings that a command line overrides
    model: Any = None  # the models.LoadedModel that stays in memory between orders


# --- Models ----------------------------------------------------------------------------------

GGUF_MAGIC = b"GGUF"
DIALECT_KEY = "llm_music_gen.dialect"  # metadata of models that were trained on our dialect
PROMPT_CHARACTERS_AT_MOST = 20_000  # of a template of the user's, filled
PROMPT_BATCH = 512  # tokens of a prompt that are evaluated at once, at most
LOGITS_AT_ONCE = 2**24  # llama.cpp keeps room for the logits of a whole batch: 64 MiB of floats
TOKENS_PER_BAR = 40  # room in the context: a busy bar written in single characters
# Of notes in lines: about 20 lines in a bar and 11 tokens in a line; 84 lines in the busiest bar.
NOTE_TOKENS_PER_BAR, NOTE_TOKENS_IN_BAR_AT_MOST = 220, 1024
TOKENS_TO_SPARE = 64
TAKE_SEED_STEP = 7919  # takes of a song differ in seed by this: a prime, far from song to song
TOKENS_AT_ONCE = 4096  # the longest context that is asked for
SMALLEST_CONTEXT = 256  # tokens, whatever a model's metadata says
# ggml_log_level: 1 debug, 2 info, 3 warning, 4 error; 5 goes on with a line, such as dots
LLAMA_LOG_WARNING, LLAMA_LOG_ERROR = 3, 4

# Types of tensors: number in a GGUF -> name, elements in a block, bytes of a block (ggml.h).
TENSOR_TYPES = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292), 16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4),
    27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66), 39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}  # fmt: skip
# A GGUF's `general.file_type` -> the name that people know (llama_ftype in llama.h).
FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M",
    30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4", 39: "NVFP4",
    40: "Q1_0",
}  # fmt: skip
# Words of a vocabulary that tell a family of models. The second row is YuE's: marks around codec
# words, which stand for sound and not for text.
TELLING_TOKENS = frozenset((
    "<|im_start|>", "<|im_end|>", "<|end_of_turn|>", "<|eot_id|>", "<|start_header_id|>",
    "<SOA>", "<EOA>", "<xcodec>", "<stage_1>", "<stage_2>",
))  # fmt: skip


@dataclass(frozen=True)
class ModelFacts:
    """What a GGUF says about itself; texts are "" and numbers 0 where it says nothing.

    `bos`, `eos` and `eot` are the ids and texts of special tokens. `add_bos` is None where only
    llama.cpp knows. `context_bytes` is the memory for each token of the context, at most.
    `telling` are those of `TELLING_TOKENS` that the vocabulary holds.
    """

    architecture: str
    kind: str
    name: str
    basename: str
    finetune: str
    size_label: str
    quantisation: str
    parameters: int
    context: int
    vocabulary: int
    tokenizer: str
    chat_template: str
    bos: tuple[int, str] | None
    eos: tuple[int, str] | None
    eot: tuple[int, str] | None
    add_bos: bool | None
    dialect: str
    telling: frozenset[str]
    context_bytes: int
    split_files: int = 0
    split_number: int = 0


@dataclass(frozen=True)
class ChatFrame:
    """A conversation around two texts: `head` instructions `middle` request `tail`, and answer.

    `notice` says what was wrong with the model's own template, if anything was.
    """

    head: str = ""
    middle: str = ""
    tail: str = ""
    add_bos: bool | None = None
    notice: str = ""


# --- Prompts ---------------------------------------------------------------------------------

# Profile -> prompt; a user may override one in persistent.json's "templates".
PROMPT_TEMPLATES = {
    "starter": "[R:{kind}][M:{metre}][K:{key}][N:{density}]",
    "completion": (
        "X:1\nT:A first tune\nM:{metre}\nL:1/16\nK:{key}\n[P:A]{example}\n\n"
        "X:2\nT:{title}\nC:{styles}, with phrases that rise, fall, repeat and come home\n"
        "M:{metre}\nL:1/16\nQ:1/4={tempo}\nK:{key}\n"
    ),
    "chat": (
        'Styles: {styles}. Title: "{title}". Metre {metre}, {tempo} quarter notes a minute, '
        "key {key} (white keys), form {form}.\nChords: {chords}\n"
        "Four bars as an example, in the same metre and key:\n[P:A]{example}\n"
        "Now write the whole tune, all parts, better than the example."
    ),
    "chatmusician": (
        "Develop a melody using the given chord pattern.\n{chords}\nM:{metre}\nK:{key}"
    ),
    "codec": "X:1\nT:{title}\nM:{metre}\nL:1/16\nK:{key}\n[P:A]{example}\n\nX:2\nK:{key}\n",
    "llama-midi": "{line}\npitch duration wait velocity instrument\n\n",
}
# What every chat model is told first: the same words for every song, so that llama.cpp can keep
# what it has worked out for them.
CHAT_INSTRUCTIONS = (
    "You write melodies in ABC notation, one line, no words around it. The unit is a sixteenth "
    "note: c4 is a quarter note, c2 an eighth, z4 a rest. Letters C to B are the octave of middle "
    'C, c to b the one above. Chord symbols stand in quotation marks, such as "Am". A bar line is '
    "|, and || ends a phrase. A good melody moves mostly by step, has a rhythm that returns with "
    "changes, rises to one high point, and ends at rest on the key note."
)
PLANNING_INSTRUCTIONS = (
    "You plan songs. You answer with one JSON object and no words around it. The name of a song "
    "is short, fits its styles and is not a list of them. Slow styles and sad ones want a lower "
    "tempo and a minor mode, bright ones the opposite. The parts A, B and C should differ."
)
# Frames of conversations that do without a template of the model's own, by profile.
CHAT_FRAMES: dict[str, ChatFrame] = {
    "chatmusician": ChatFrame("Human: ", "\n", " </s> Assistant: ", add_bos=False),
    "chatml": ChatFrame(
        "<|im_start|>system\n",
        "<|im_end|>\n<|im_start|>user\n",
        "<|im_end|>\n<|im_start|>assistant\n",
    ),
    "openchat": ChatFrame("GPT4 Correct User: ", "\n\n", "<|end_of_turn|>GPT4 Correct Assistant:"),
    "chat": ChatFrame("", "\n\n", "\n\nThe tune:\n"),
}
CHAT_SECONDS_AT_MOST = 10.0
CHAT_TEMPLATE_AT_MOST = 2**20  # characters
CHAT_CHARACTERS_AT_MOST = 2**16
CHAT_MEMORY_AT_MOST = 400_000_000  # bytes; Python and Jinja take 40 MB
# Rhythms of example bars in units, by metre: the motif, the motif varied, and the ending.
EXAMPLE_RHYTHMS = {
    "2/4": ((2, 2, 4), (2, 2, 2, 2), (2, 2, 4)),
    "3/4": ((4, 2, 2, 4), (6, 2, 4), (4, 8)),
    "4/4": ((4, 2, 2, 4, 4), (6, 2, 4, 2, 2), (4, 4, 8)),
    "5/4": ((4, 2, 2, 4, 4, 4), (6, 2, 4, 4, 4), (4, 4, 4, 8)),
    "7/8": ((4, 2, 2, 2, 2, 2), (4, 4, 4, 2), (4, 4, 6)),
    "6/8": ((4, 2, 2, 2, 2), (2, 2, 2, 4, 2), (4, 2, 6)),
    "9/8": ((4, 2, 2, 2, 2, 4, 2), (6, 2, 2, 2, 4, 2), (4, 2, 12)),
    "12/8": ((4, 2, 2, 2, 2, 4, 2, 6), (6, 4, 2, 2, 2, 2, 4, 2), (4, 2, 6, 12)),
}
# Degrees of the mode (from 0) that examples stand on; diminished chords are passed over.
EXAMPLE_LOOPS = (
    (0, 3, 4, 0), (0, 5, 3, 0), (0, 6, 5, 0), (0, 1, 6, 0), (0, 2, 3, 0), (5, 4, 3, 0),
    (3, 6, 2, 0), (5, 6, 1, 0), (2, 5, 1, 0),
)  # fmt: skip
EXAMPLE_HEIGHTS = (0, 4, 9, 4)  # semitones above the tonic where the melody starts each bar
# What a take is judged by (scripts/music/score.py), and how much each measure counts.
SCORE_WEIGHTS = {
    "harmony": 0.2, "motion": 0.25, "variety": 0.2, "rhythm": 0.15, "cadence": 0.12, "range": 0.08,
}  # fmt: skip
# Shortest to longest notes, in units, by density; 1 is slow and 5 is running sixteenths.
DENSITY_LENGTHS = {
    1: (4, 6, 8, 12, 16),
    2: (2, 4, 6, 8, 12, 16),
    3: (2, 4, 6, 8, 12),
    4: (1, 2, 3, 4, 6, 8),
    5: (1, 2, 3, 4, 6),
}

REST_LENGTHS = (2, 4)
# What a melody may do where the model knows no music: in semitones.
STEP, WIDEST_LEAP, OCTAVE = 2, 9, 12


class LastNote(Enum):
    """What the note before was: it decides which may follow."""

    SETTLED = 0
    REPEATED = 1
    PASSING = 2
    RESTED = 3


# --- Notation --------------------------------------------------------------------------------

UNITS_PER_WHOLE = 16  # the grid of every song: one unit is a sixteenth note
LETTERS = "CDEFGAB"
LETTER_PITCH_CLASS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
FLAT_NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


@dataclass(frozen=True)
class Metre:
    """A time signature on the sixteenth grid.

    `beats` are the lengths of the beats in units (6/8 has two beats of 6); `strong` are the
    places, in units from the bar line, where the melody must agree with the chord.
    """

    name: str
    units: int
    beats: tuple[int, ...]
    strong: tuple[int, ...]


METRES = {
    metre.name: metre
    for metre in (
        Metre("2/4", 8, (4, 4), (0,)),
        Metre("3/4", 12, (4, 4, 4), (0,)),
        Metre("4/4", 16, (4, 4, 4, 4), (0, 8)),
        Metre("5/4", 20, (4, 4, 4, 4, 4), (0, 12)),
        Metre("7/8", 14, (4, 4, 6), (0, 8)),
        Metre("6/8", 12, (6, 6), (0, 6)),
        Metre("9/8", 18, (6, 6, 6), (0,)),
        Metre("12/8", 24, (6, 6, 6, 6), (0, 12)),
    )
}


@dataclass(frozen=True)
class Mode:
    """A mode: its steps in semitones above the tonic, and the tonic that needs no accidentals."""

    name: str
    steps: tuple[int, ...]
    white_tonic: str
    abc: str


MODES = {
    mode.name: mode
    for mode in (
        Mode("major", (0, 2, 4, 5, 7, 9, 11), "C", ""),
        Mode("minor", (0, 2, 3, 5, 7, 8, 10), "A", "m"),
        Mode("dorian", (0, 2, 3, 5, 7, 9, 10), "D", "dor"),
        Mode("mixolydian", (0, 2, 4, 5, 7, 9, 10), "G", "mix"),
        Mode("phrygian", (0, 1, 3, 5, 7, 8, 10), "E", "phr"),
        Mode("lydian", (0, 2, 4, 6, 7, 9, 11), "F", "lyd"),
    )
}

# Chord qualities: suffix as written in a chord symbol -> semitones above the root.
# The order of the intervals is the order of the letters: root, third, fifth, seventh, ninth.
QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "m7b5": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
    "7sus4": (0, 5, 7, 10),
    "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "m9": (0, 3, 7, 10, 14),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
}


@dataclass(frozen=True)
class Chord:
    """A chord by the pitch class of its root (0 is C) and a quality from `QUALITIES`."""

    root: int
    quality: str


@dataclass(frozen=True)
class ChordSpan:
    """A chord that starts `start` units after the bar line and lasts `units`."""

    start: int
    units: int
    chord: Chord


ChordBar = tuple[ChordSpan, ...]

# The dialect that models write: ABC in the written key, every accidental explicit, one spelling
# for each pitch class and chord root, triads only (models/starter/README.md describes it).
DIALECT_PITCHES = ("C", "^C", "D", "_E", "E", "F", "^F", "G", "^G", "A", "_B", "B")
DIALECT_MAJOR_ROOTS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
DIALECT_OTHER_ROOTS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
BARS_PER_CELL = 2  # the smallest stretch of melody that returns
# Cells in a part -> how they may return.
CELL_SCHEMES = {
    1: ("a",),
    2: ("ab",),
    4: ("abac", "abac", "abcb", "aabc"),
    8: ("abacdbae", "abacabde", "abacdeaf", "abcbabdb"),
}
BARS_PER_PHRASE = 4  # "||" ends every fourth bar of a part, and its last


@dataclass(frozen=True)
class Note:
    """A note or (pitch None) a rest; `units` on the sixteenth grid, `pitch` a MIDI number."""

    pitch: int | None
    units: int


MelodyBar = tuple[Note, ...]

PartName = str  # "A", "B", "C": the parts of a tune as ABC's `P:` field names them


@dataclass(frozen=True)
class PartPlan:
    """One part to be written: chords for every bar (written key) and what the melody may do.

    `cells` has a letter for every `BARS_PER_CELL` bars; a letter that returns stands for the same
    melody again. `density` is 1 (long notes) to 5 (running sixteenths): the model's `[N:]` field.
    `low` and `high` bound the melody, MIDI numbers in the written key.
    """

    name: PartName
    bars: tuple[ChordBar, ...]
    cells: str
    density: int
    low: int
    high: int


@dataclass(frozen=True)
class Role:
    """What a section of the form does: which part it plays and how full the band is (1 to 4)."""

    name: str
    part: PartName
    energy: int
    melody: bool


ROLES = {
    role.name: role
    for role in (
        Role("intro", "A", 1, False),
        Role("verse", "A", 2, True),
        Role("build", "C", 2, False),
        Role("chorus", "B", 4, True),
        Role("drop", "B", 4, True),
        Role("bridge", "C", 3, True),
        Role("break", "A", 1, True),
        Role("solo", "C", 3, True),
        Role("outro", "B", 2, False),
    )
}


@dataclass(frozen=True)
class Section:
    """A stretch of the form: a role, and which bars of its part it plays."""

    role: str
    part: PartName
    first_bar: int
    bars: int


@dataclass(frozen=True)
class Band:
    """General MIDI programs (0 to 127) of each player, and the name of its groove.

    `drums` are the keys of `DRUM_KEYS` that the groove strikes; a band without drums has none.
    """

    melody: int
    chords: int
    bass: int
    kit: int
    groove: str
    melody_octave: int = 0
    drums: tuple[str, ...] = ()


@dataclass(frozen=True)
class SongPlan:
    """All that is decided before a model writes a note.

    Parts are in the *written key*: the tonic of `mode` that needs no accidentals. The song sounds
    in the concert key, whose tonic is the pitch class `tonic`. `tempo` is quarter notes a minute.
    `swing` is the share of a beat's first eighth (0.5 is straight). `mix` maps a player to gain
    in decibels.
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


@dataclass(frozen=True)
class Segment:
    """A stretch of a song's text: either legal answers to a Lark grammar, whose rule is `segment`,
    or (`copy_of`) the bars of an earlier segment again, after `lead_in` and with `line` at the end.
    `entries` maps the pitch before the segment, as it is written, to the rule to start with.
    """

    grammar: str
    lead_in: str
    line: str
    entries: Mapping[str, str] = field(default_factory=dict)
    copy_of: int | None = None


@dataclass(frozen=True)
class WritingJob:
    """What a model is asked: a prompt, the segments of the answer in order, bars to expect.

    `writes` is a key of `SONG_FORMATS`; of notes every segment is a bar. `add_bos` None leaves
    the token at the beginning to the model's metadata.
    """

    prompt: str
    segments: tuple[Segment, ...]
    bars: int
    writes: str = "abc"
    add_bos: bool | None = None

    @property
    def tokens_at_most(self) -> int:
        """Room for the answer: what does not fit is written with the beginning forgotten."""
        if self.writes == "notes":
            usual = min(TOKENS_AT_ONCE, self.bars * NOTE_TOKENS_PER_BAR + TOKENS_TO_SPARE)
            return max(usual, 2 * self.tokens_for_segment)  # a bar, and as much to go on from
        return self.bars * TOKENS_PER_BAR + TOKENS_TO_SPARE

    @property
    def tokens_for_segment(self) -> int:
        """Room that a single segment may need."""
        if self.writes == "notes":
            return NOTE_TOKENS_IN_BAR_AT_MOST
        return 2 * BARS_PER_CELL * TOKENS_PER_BAR


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn; llama.cpp's own names. `seed` fixes the draw."""

    seed: int
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    dry_multiplier: float = 0.0  # 0 is off
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_last_n: int = -1  # tokens looked back on; -1 is all


@dataclass(frozen=True)
class Profile:
    """How a family of models is spoken to.

    `label` says it to the user and `expectation` what may be hoped for. `add_bos` None leaves the
    token at the beginning to the model's metadata. A `chats` model gets its prompt in the frame of
    a conversation; with `merged` it has no place for instructions of their own. `plans`: it
    follows instructions well enough to plan a song. `writes` is a key of `SONG_FORMATS`.
    """

    name: str
    label: str
    expectation: str
    sampling: Sampling
    add_bos: bool | None = None
    chats: bool = False
    merged: bool = False
    plans: bool = False
    writes: str = "abc"


@dataclass(frozen=True)
class ModelInfo:
    """A model file: where it lies, what to call it, its size, and how it is spoken to.

    `modified` is its time of change (ns). A file that cannot be used has a `problem`, a sentence,
    and no facts.
    """

    path: Path
    name: str
    size_bytes: int
    profile: str
    quantisation: str = ""
    modified: int = 0
    facts: ModelFacts | None = None
    problem: str = ""


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
