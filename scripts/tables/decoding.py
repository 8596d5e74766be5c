"""Decoding: bounds of contexts and batches, how a model's pace is measured and used."""

from __future__ import annotations

import re

# --- Isolated process ------------------------------------------------------------------------

ISOLATED_POLL_SECONDS = 0.05
ISOLATED_ERROR_CHARACTERS = 500  # characters of what the process said of its failure

# --- Decoding sequence -----------------------------------------------------------------------

CHAPTER_PATTERN = re.compile(r"(\[P:[A-Z])\d+(?=\])")  # a part's name as a model does not know it
LAST_PITCH_PATTERN = re.compile(r"[_^]?[A-Ga-g][,']*(?=\d*[^A-Ga-g\]]*$)")

PROMPT_BATCH_TOKENS = 512  # tokens of a prompt that are evaluated at once, at most
LOGITS_AT_ONCE = 2**24  # llama.cpp keeps room for the logits of a whole batch: 64 MiB of floats
TOKENS_PER_BAR = 40  # room in the context: a busy bar written in single characters
# Of notes in lines: about 20 lines in a bar and 11 tokens in a line; 84 lines in the busiest bar.
NOTE_TOKENS_PER_BAR, NOTE_TOKENS_IN_BAR_AT_MOST = 220, 1024
TOKENS_TO_SPARE = 64
TAKE_SEED_STEP = 7919  # takes of a song differ in seed by this: a prime, far from song to song
CONTEXT_TOKENS_AT_MOST = 4096  # the longest context that is asked for
# How fast a model writes is measured with so many lines of text side by side, in so many steps.
PACE_SEQUENCES, PACE_STEPS, PACE_CONTEXT = (1, 4, 16), 4, 64
PACE_SECONDS_AT_MOST = 5.0  # after it no more lines are tried
STEPS_PER_SONG = 300  # of a song of usual length, draws and blocks
SAMPLING_SECONDS = 0.0003  # of a line in a step: grammar, mask and draw, measured
TOGETHER_TIME_SHARE = 0.9  # songs side by side: the share of the time in turn from which they are
MATCHERS_KEPT = 128  # grammars at work that may come again
MASKS_KEPT = 128  # of grammars, with the tokens that they allow: 2 MB each at most, of 262,144
SMALLEST_CONTEXT = 256  # tokens, whatever a model's metadata says
# ggml_log_level: 1 debug, 2 info, 3 warning, 4 error; 5 goes on with a line, such as dots
LLAMA_LOG_WARNING, LLAMA_LOG_ERROR = 3, 4
TAKES_OFFERED = (1, 2, 4, 8, 16)  # of which the time allowed chooses
PACES_KEPT = 50
MEMORY_TO_SPARE = 300_000_000  # bytes for llama.cpp's buffers, the soundfont and a song
TOKENS_PER_SONG = 2048  # of the context, as a long song needs it
LOAD_CHECK_SECONDS_AT_MOST = 120.0  # a virus scanner may look at llama.cpp first
LOAD_CHECK_WHOLE_BYTES = 1_000_000_000  # up to this size a model says a word in its trial
LOAD_CHECK_MEMORY = 2_000_000_000  # bytes over the model's own size
TINY_MODEL_BYTES = 50_000_000  # below it a second thread or sequence only gets in the way
SONGS_TOGETHER = 4
SEQUENCES_AT_MOST = 16  # of text written side by side, each with a context of its own
