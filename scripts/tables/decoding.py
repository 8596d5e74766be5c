"""Decoding: sizes of contexts and batches, how fast a model is and what that allows."""

from __future__ import annotations

import re

# --- Contexts and batches --------------------------------------------------------------------

CONTEXT_TOKENS_AT_MOST = 4096
SMALLEST_CONTEXT = 256  # tokens, whatever a model's metadata says
PROMPT_BATCH_TOKENS = 512  # of a prompt that are evaluated in one batch, at most
LOGITS_AT_ONCE = 2**24  # llama.cpp keeps room for the logits of a whole batch: 64 MiB of floats
SEQUENCES_AT_MOST = 16  # written in parallel, each with a context of its own
TOKENS_PER_BAR = 40  # room in the context: a busy bar written in single characters
# In note lists: about 20 notes in a bar and 11 tokens in a note; 84 notes in the busiest bar.
NOTE_TOKENS_PER_BAR, NOTE_TOKENS_IN_BAR_AT_MOST = 220, 1024
TOKENS_TO_SPARE = 64
TAKE_SEED_STEP = 7919  # takes of a song differ in seed by this prime, far more than songs do
MATCHERS_KEPT = 128  # of grammars in use that may return
MASKS_KEPT = 128  # of allowed tokens: 2 MB each at most, with a vocabulary of 262,144
CHAPTER_PATTERN = re.compile(r"(\[P:[A-Z])\d+(?=\])")  # models know the names of parts without it
LAST_PITCH_PATTERN = re.compile(r"[_^]?[A-Ga-g][,']*(?=\d*[^A-Ga-g\]]*$)")

# --- Pace ------------------------------------------------------------------------------------

# The pace of a model is measured with so many sequences in parallel, over so many steps.
PACE_SEQUENCES, PACE_STEPS = (1, 4, 16), 4
PACE_CONTEXT = 64  # tokens
PACE_SECONDS_AT_MOST = 5.0  # after which no further number of sequences is tried
PACES_KEPT = 50  # in the settings
STEPS_PER_SONG = 300  # decoding steps in a song of usual length
SAMPLING_SECONDS = 0.0003  # for each sequence in a step: grammar, mask and sampling, measured
TAKES_OFFERED = (1, 2, 4, 8, 16)  # of which the time allowed chooses
SONGS_TOGETHER = 4  # in parallel, at most
TOGETHER_TIME_SHARE = 0.9  # of the time one after the other, below which they are
TINY_MODEL_BYTES = 50_000_000  # below which a second thread or sequence only gets in the way

# --- Loading ---------------------------------------------------------------------------------

MEMORY_TO_SPARE = 300_000_000  # bytes for llama.cpp's buffers, the soundfont and a song
TOKENS_PER_SONG = 2048  # of the context, as a long song needs it
LOAD_CHECK_SECONDS_AT_MOST = 120.0  # a virus scanner may look at llama.cpp first
LOAD_CHECK_WHOLE_BYTES = 1_000_000_000  # a larger model is opened without its weights
LOAD_CHECK_MEMORY = 2_000_000_000  # bytes over the model's own size
ISOLATED_POLL_SECONDS = 0.05
ISOLATED_ERROR_CHARACTERS = 500  # of what the process wrote about its failure
LLAMA_LOG_WARNING, LLAMA_LOG_ERROR = 3, 4  # ggml_log_level; 5 continues a line
