"""The tokenizer: 512 pieces learnt by SentencePiece's BPE from the corpus itself.

No piece may cross a field, a chord symbol or a bar line: an app that dictates those then leaves the
model with the very tokens it was trained on.
"""

from __future__ import annotations

import re
from pathlib import Path

import sentencepiece

STRUCTURE = re.compile(r'(\[[^\]]*\]|"[^"]*"|\|+)')
CUT = "\t"
SEED = 1


def train_tokenizer(corpus: Path, out: Path, vocabulary: int) -> None:
    """Learn the pieces from a text file with one tune a line; write out.model."""
    cut = out.with_suffix(".cut.txt")
    lines = corpus.read_text(encoding="ascii").splitlines()
    cut.write_text("\n".join(CUT.join(filter(None, STRUCTURE.split(s))) for s in lines))
    sentencepiece.set_random_generator_seed(SEED)
    sentencepiece.SentencePieceTrainer.train(
        input=str(cut), model_prefix=str(out.with_suffix("")), model_type="bpe",
        vocab_size=vocabulary, character_coverage=1.0, byte_fallback=False,
        normalization_rule_name="identity", add_dummy_prefix=False,
        remove_extra_whitespaces=False, split_by_whitespace=False, split_by_number=False,
        split_by_unicode_script=False, pretokenization_delimiter=CUT,
        max_sentence_length=100_000, num_threads=1, minloglevel=1,
    )  # fmt: skip
    cut.unlink()


def load_tokenizer(path: Path) -> sentencepiece.SentencePieceProcessor:
    """Load a .model file."""
    return sentencepiece.SentencePieceProcessor(model_file=str(path))
