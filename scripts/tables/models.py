"""Language models: what their files say, how they are prompted, and what they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.tables import decoding, notation


@dataclass(frozen=True)
class ModelMetadata:
    """The metadata of a GGUF file; texts are "" and numbers 0 where it says nothing.

    `bos`, `eos` and `eot` are the ids and texts of special tokens. `add_bos` is None where only
    llama.cpp knows. `kv_bytes_per_token` is the KV cache of a token of the context, at most.
    `marker_tokens` are those of `MARKER_TOKENS` that the vocabulary holds.
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
    marker_tokens: frozenset[str]
    kv_bytes_per_token: int
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


@dataclass(frozen=True)
class Segment:
    """A section of a song's text, to be written or copied.

    It is either constrained by a Lark `grammar`, whose start rule is `segment`, or (`copy_of`, an
    index) the bars of an earlier segment again, after `lead_in` and with `bar_line` at the end.
    `entry_rules` maps the pitch before the segment, as it is written, to the rule to start with.
    With `starts_chapter` a model sees nothing of what was before. `control_codes` come after
    `lead_in` in what a model sees, and are no part of the song.
    """

    grammar: str
    lead_in: str
    bar_line: str
    entry_rules: Mapping[str, str] = field(default_factory=dict)
    copy_of: int | None = None
    starts_chapter: bool = False
    control_codes: str = ""


@dataclass(frozen=True)
class WritingJob:
    """What a model is asked for: a prompt, the segments of the answer in order, bars to expect.

    `song_format` is a key of `SONG_FORMATS`; of "notes" every segment is a bar. `add_bos` None
    leaves the token at the beginning to the model's metadata. With `single_token_notes` every note
    is one token of the model's, never several characters.
    """

    prompt: str
    segments: tuple[Segment, ...]
    bars: int
    song_format: str = "abc"
    add_bos: bool | None = None
    single_token_notes: bool = False

    @property
    def tokens_at_most(self) -> int:
        """The context for the answer; in a longer one the beginning is dropped."""
        if self.song_format == "notes":
            usual = min(
                decoding.CONTEXT_TOKENS_AT_MOST,
                self.bars * decoding.NOTE_TOKENS_PER_BAR + decoding.TOKENS_TO_SPARE,
            )
            return max(usual, 2 * self.tokens_for_segment)  # a bar, and as much to go on from
        return min(
            decoding.CONTEXT_TOKENS_AT_MOST,
            self.bars * decoding.TOKENS_PER_BAR + decoding.TOKENS_TO_SPARE,
        )

    @property
    def tokens_for_segment(self) -> int:
        """The tokens that a single segment may need."""
        if self.song_format == "notes":
            return decoding.NOTE_TOKENS_IN_BAR_AT_MOST
        return 2 * notation.BARS_PER_CELL * decoding.TOKENS_PER_BAR


@dataclass(frozen=True)
class Sampling:
    """How the next token is sampled; the names are llama.cpp's."""

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
class ControlCodes:
    """The control codes for parts and phrases in the dialect of a starter model.

    The value of `[N:]` is 1 below the first of `densities` (struck notes per quarter note), and
    one more for each that is reached; that of `[H:]` is `lowest` below the first of `heights`
    (MIDI), and so on. Both stand at the beginning of a part, and with `repeated` before each
    phrase, of which they then tell. The bars left follow `B`, or `ending` in a part that ends the
    song.
    """

    densities: tuple[float, ...]
    heights: tuple[float, ...]
    lowest: int
    repeated: bool
    ending: str


@dataclass(frozen=True)
class Profile:
    """How a family of models is prompted.

    `label` tells the user how, and `expectation` what may be hoped for. `add_bos` None leaves the
    token at the beginning to the model's metadata. A model that `is_chat` gets its prompt in the
    frame of a conversation; if it `merges_system_prompt`, instructions stand in the request. One
    that `can_plan` follows instructions well enough to plan a song. `song_format` is a key of
    `SONG_FORMATS`. A model that `knows_notation` needs no guarded grammar; `control_codes` are
    those that it was trained with. `single_token_notes` is as in `WritingJob`.
    """

    name: str
    label: str
    expectation: str
    sampling: Sampling
    add_bos: bool | None = None
    is_chat: bool = False
    merges_system_prompt: bool = False
    can_plan: bool = False
    song_format: str = "abc"
    knows_notation: bool = False
    control_codes: ControlCodes | None = None
    single_token_notes: bool = False


@dataclass(frozen=True)
class ModelInfo:
    """A model file: where it lies, what to call it, its size, and the name of its profile.

    `modified` is its modification time (ns). A file that cannot be used has a `problem`, a
    sentence, and no `metadata`.
    """

    path: Path
    name: str
    size_bytes: int
    profile: str
    quantisation: str = ""
    modified: int = 0
    metadata: ModelMetadata | None = None
    problem: str = ""
