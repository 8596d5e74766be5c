"""The tokenizer: 512 pieces learnt by SentencePiece's BPE from the corpus itself.

Pieces are learnt within fields, chord symbols, bar lines and notes. One kind still crosses: `"C` is
the start of a chord symbol, but SentencePiece also finds it in a closing quotation mark before the
note C. UnusualCutter does not, so that the model knows dictated chords either way.
"""

from __future__ import annotations

import random
import re
from itertools import pairwise
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


class UnusualCutter:
    """Cut text at its structure, and leave out merges by chance (BPE dropout, 2019).

    SentencePiece can do this too, but its draws follow no seed.
    """

    def __init__(self, pieces: sentencepiece.SentencePieceProcessor, rng: random.Random) -> None:
        ids = [i for i in range(pieces.get_piece_size()) if not pieces.is_control(i)]
        self.ids = {pieces.id_to_piece(i): i for i in ids if not pieces.is_unknown(i)}
        self.scores = {piece: pieces.get_score(i) for piece, i in self.ids.items()}
        self.random = rng

    def encode(self, text: str, dropout: float) -> list[int]:
        """Return the ids of a text, cut at its structure; dropout 0 is plain BPE in each chunk."""
        chunks = filter(None, STRUCTURE.split(text))
        return [self.ids[piece] for chunk in chunks for piece in self.cut(chunk, dropout)]

    def cut(self, chunk: str, dropout: float) -> list[str]:
        """Merge neighbours, the best score first, until no merge is left or drawn."""
        row = list(chunk)
        while True:
            merges = [
                (-self.scores[a + b], place)
                for place, (a, b) in enumerate(pairwise(row))
                if a + b in self.scores and (not dropout or self.random.random() >= dropout)
            ]
            if not merges:
                return row
            place = min(merges)[1]
            row[place : place + 2] = [row[place] + row[place + 1]]
