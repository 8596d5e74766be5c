"""Language models: what their files say, how they are spoken to, and what they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripts.tables.notation import BARS_PER_CELL
from scripts.tables.phrases import DENSITY_EDGES, FINE_DENSITY_EDGES

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
# How fast a model writes is measured with so many lines of text side by side, in so many steps.
PACE_LINES, PACE_STEPS, PACE_CONTEXT = (1, 4, 16), 4, 64
PACE_SECONDS_AT_MOST = 5.0  # after it no more lines are tried
STEPS_PER_SONG = 300  # of a song of usual length, draws and blocks
SECONDS_PER_DRAW = 0.0003  # of a line in a step: grammar, mask and draw, measured
TOGETHER_PAYS = 0.9  # songs side by side: the share of the time in turn from which they are
MATCHERS_KEPT = 128  # grammars at work that may come again
MASKS_KEPT = 128  # of grammars, with the tokens that they allow: 2 MB each at most, of 262,144
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


@dataclass(frozen=True)
class Segment:
    """A stretch of a song's text: either legal answers to a Lark grammar, whose rule is `segment`,
    or (`copy_of`) the bars of an earlier segment again, after `lead_in` and with `line` at the end.
    `entries` maps the pitch before the segment, as it is written, to the rule to start with. With
    `opens` a chapter begins here: a model sees nothing of what was before. A model is told `cue`
    after `lead_in`: it is no part of the song.
    """

    grammar: str
    lead_in: str
    line: str
    entries: Mapping[str, str] = field(default_factory=dict)
    copy_of: int | None = None
    opens: bool = False
    cue: str = ""


@dataclass(frozen=True)
class WritingJob:
    """What a model is asked: a prompt, the segments of the answer in order, bars to expect.

    `writes` is a key of `SONG_FORMATS`; of notes every segment is a bar. `add_bos` None leaves
    the token at the beginning to the model's metadata. With `whole` every note is one token of the
    model's, and nothing is spelled in bytes.
    """

    prompt: str
    segments: tuple[Segment, ...]
    bars: int
    writes: str = "abc"
    add_bos: bool | None = None
    whole: bool = False

    @property
    def tokens_at_most(self) -> int:
        """Room for the answer: what does not fit is written with the beginning forgotten."""
        if self.writes == "notes":
            usual = min(TOKENS_AT_ONCE, self.bars * NOTE_TOKENS_PER_BAR + TOKENS_TO_SPARE)
            return max(usual, 2 * self.tokens_for_segment)  # a bar, and as much to go on from
        return min(TOKENS_AT_ONCE, self.bars * TOKENS_PER_BAR + TOKENS_TO_SPARE)

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
class Cues:
    """What a starter model is told of parts and phrases, as its dialect has it.

    The value of `[N:]` is 1 below the first of `densities` (struck notes per quarter note), and
    one more for each that is reached; that of `[H:]` is `lowest` below the first of `heights`
    (MIDI), and so on. Both are a part's, at its beginning, and with `repeated` each phrase's own,
    before it. The bars left are told as `[B:]`, and as `[ending:]` in a part that ends.
    """

    densities: tuple[float, ...]
    heights: tuple[float, ...]
    lowest: int
    repeated: bool
    ending: str


CUES = {
    "second starter": Cues(DENSITY_EDGES, (65.0, 67.5, 70.0, 72.5, 75.0), 1, False, "B"),
    "starter": Cues(
        FINE_DENSITY_EDGES, tuple(height + 0.5 for height in range(60, 81)), 60, True, "E"
    ),
}


@dataclass(frozen=True)
class Profile:
    """How a family of models is spoken to.

    `label` says it to the user and `expectation` what may be hoped for. `add_bos` None leaves the
    token at the beginning to the model's metadata. A `chats` model gets its prompt in the frame of
    a conversation; with `merged` it has no place for instructions of their own. `plans`: it
    follows instructions well enough to plan a song. `writes` is a key of `SONG_FORMATS`. It
    is `taught` if it knows our notation and needs no guard, and has `cues` if it is told what is
    to come. `whole` is as in `WritingJob`.
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
    taught: bool = False
    cues: Cues | None = None
    whole: bool = False


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
