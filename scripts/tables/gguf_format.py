"""The GGUF file format: value types, tensor types, bounds that a sane file keeps."""

from __future__ import annotations

import re

# --- Names of files --------------------------------------------------------------------------

PART_NAME_PATTERN = re.compile(r"(.+)-00001-of-(\d{5})\.gguf", re.IGNORECASE)  # the first part
LATER_PART_PATTERN = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
FOLDER_DEPTH_AT_MOST = 8  # to which models are looked for
LATER_PART_MESSAGE = "is a later part of a model in several files; choose the first part."

# --- Metadata --------------------------------------------------------------------------------

GGUF_MAGIC = b"GGUF"
# Kinds of values: number -> the letter of Python's struct module.
SCALAR_FORMATS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd"))
STRING_TYPE, ARRAY_TYPE = 8, 9
TOKENS_KEY = "tokenizer.ggml.tokens"
DIALECT_KEY = "llm_music_gen.dialect"  # in models that were trained on our dialect

# --- Bounds far above any real file, far below what would do harm ----------------------------

KEYS_AT_MOST = 10_000
TENSORS_AT_MOST = 100_000
LIST_STRINGS_AT_MOST = 4_000_000  # Gemma's 515,000 merges are the longest list seen
TEXT_BYTES_AT_MOST = 8 * 2**20  # a longer text is skipped
KEPT_BYTES_AT_MOST = 64 * 2**20  # of all texts and words together
NUMBERS_KEPT = 4096  # of a list, such as heads per layer; a longer one is skipped
LAYERS_AT_MOST = 512  # with more llama.cpp ends the whole process

# --- Types -----------------------------------------------------------------------------------

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
