"""Measure a GGUF in llama.cpp: loss on held-out tunes, and what it writes when it runs free.

    python evaluate.py --valid work/valid.txt --model Llm-Music-Gen-Starter.Q8_0.gguf

Free running: the head of a held-out tune is given, the model writes all the rest. Told chords: its
head, parts and one chord a bar are given, the model writes the notes of each bar.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import llama_cpp
import numpy as np

from chords import starts
from dialect import METRES, QUALITIES, REST, Bar, read_bar, read_song

LONGEST = 900  # tokens of a free-running tune
LONGEST_BAR = 40  # tokens of a bar
HEAD = re.compile(r"^.*?\[P:A\]")
PIECE = re.compile(r'\[P:[A-Z]\]|"[^"]*"|\|+|[^"|\[]+')


class Player:
    """A loaded model that is fed text or ids and draws tokens: temperature, then min-p."""

    def __init__(self, path: Path, temperature: float, min_p: float, seed: int) -> None:
        self.model = llama_cpp.Llama(str(path), n_ctx=1024, n_threads=1, verbose=False)
        self.temperature, self.min_p = temperature, min_p
        self.random = np.random.default_rng(seed)
        ids = range(self.model.n_vocab())
        self.pieces = [self.model.detokenize([i]).decode("ascii", "replace") for i in ids]
        self.first = np.array([piece[:1] for piece in self.pieces])

    def start(self, text: str) -> None:
        """Forget everything; begin with BOS and a text."""
        self.model.reset()
        self.model.eval(self.model.tokenize(text.encode("ascii"), add_bos=True))

    def feed(self, text: str) -> None:
        """Go on with a text."""
        self.model.eval(self.model.tokenize(text.encode("ascii"), add_bos=False))

    def logits(self) -> np.ndarray:
        """Return the logits after the last token."""
        pointer = llama_cpp.llama_get_logits_ith(self.model.ctx, -1)
        return np.ctypeslib.as_array(pointer, shape=(self.model.n_vocab(),)).astype(np.float64)

    def draw(self, barred: str = "") -> tuple[int, str]:
        """Draw a token that starts with none of the barred characters; return id and text."""
        logits = self.logits()
        logits[np.isin(self.first, list(barred))] = -np.inf
        odds = np.exp((logits - logits.max()) / self.temperature)
        odds[np.exp(logits - logits.max()) < self.min_p] = 0
        token = int(self.random.choice(len(odds), p=odds / odds.sum()))
        return token, self.pieces[token]

    def run_free(self, head: str) -> str:
        """Write a tune from its head on, to EOS."""
        self.start(head)
        text = head
        for _ in range(LONGEST):
            token, piece = self.draw()
            if token == self.model.token_eos():
                break
            text += piece
            self.model.eval([token])
        return text

    def run_told(self, tune: str) -> str:
        """Write notes to the head, parts, bar lines and each first chord of a bar."""
        head = HEAD.match(tune)[0]
        self.start(head)
        text, fresh = head, True
        for piece in PIECE.findall(tune[len(head) :]):
            if piece[0] in "[|" or (piece[0] == '"' and fresh):
                self.feed(piece)
                text += piece
            if piece[0] == '"' and fresh:
                text += self.notes()
            fresh = piece[0] in "[|"
        return text

    def notes(self) -> str:
        """Write until the model itself wants a bar line."""
        text = ""
        for _ in range(LONGEST_BAR):
            token, piece = self.draw(barred='"[')
            if token == self.model.token_eos() or piece[0] == "|":
                break
            text += piece
            self.model.eval([token])
        return text


@dataclass
class Count:
    """What tunes hold, bar by bar."""

    bars: int = 0
    legal: int = 0
    strong: int = 0
    fitting: int = 0
    pitches: np.ndarray = field(default_factory=lambda: np.zeros(12))

    def add(self, bar: Bar, metre: str) -> None:
        """Count a legal bar: its pitch classes, and the chord tones where chords may stand."""
        unit, chord = 0, bar.chords[0][1]
        changes = dict(bar.chords)
        for pitch, length in bar.notes:
            chord = changes.get(unit, chord)
            if pitch != REST:
                self.pitches[pitch % 12] += length
                if unit in starts(metre):
                    self.strong += 1
                    tones = [(chord[0] + i) % 12 for i in QUALITIES[chord[1]]]
                    self.fitting += pitch % 12 in tones
            unit += length

    def add_text(self, text: str) -> None:
        """Count a tune's bars, legal or not."""
        metre = re.search(r"\[M:([^\]]*)\]", text)[1]
        units = METRES[metre][0]
        for body in re.split(r"\[P:[A-Z]\]", text)[1:]:
            for piece in filter(None, re.split(r"\|+", body)):
                self.bars += 1
                try:
                    bar = read_bar(piece)
                except ValueError:
                    continue
                whole = sum(length for _, length in bar.notes) == units
                if whole and bar.chords and bar.chords[0][0] == 0:
                    self.legal += 1
                    self.add(bar, metre)

    def facts(self, other: Count | None = None) -> dict[str, float]:
        """Return shares, and half the sum of pitch-class differences from another count."""
        facts = {"bars": self.bars, "legal bars": self.legal / self.bars,
                 "chord tones on strong beats": self.fitting / self.strong}  # fmt: skip
        if other is not None:
            mine, theirs = (c.pitches / c.pitches.sum() for c in (self, other))
            facts["pitch-class distance"] = float(np.abs(mine - theirs).sum() / 2)
        return facts


def held_out_loss(path: Path, tunes: list[str]) -> dict[str, float]:
    """Return the loss in nats, per token and per note."""
    model = llama_cpp.Llama(str(path), n_ctx=1024, logits_all=True, n_threads=1, verbose=False)
    total = tokens = notes = 0.0
    for tune in tunes:
        ids = [*model.tokenize(tune.encode("ascii"), add_bos=True), model.token_eos()][:1024]
        model.reset()
        model.eval(ids)
        logits = np.array(model.scores[: len(ids) - 1], dtype=np.float64)
        chosen = logits[np.arange(len(ids) - 1), ids[1:]]
        total += float((np.logaddexp.reduce(logits, axis=1) - chosen).sum())
        tokens += len(ids) - 1
        notes += len(read_song(tune).pitches())
    return {"nats per token": total / tokens, "nats per note": total / notes,
            "perplexity per token": math.exp(total / tokens)}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=Path("Llm-Music-Gen-Starter.Q8_0.gguf"))
    parser.add_argument("--valid", type=Path, default=Path("work/valid.txt"))
    parser.add_argument("--temperature", type=float, default=0.9)
    parser.add_argument("--min-p", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tunes", type=int, default=60)
    parser.add_argument("--no-loss", action="store_true")
    options = parser.parse_args()
    tunes = options.valid.read_text(encoding="ascii").split()
    player = Player(options.model, options.temperature, options.min_p, options.seed)
    counts = {name: Count() for name in ("held out", "free running", "told chords")}
    for tune in tunes[: options.tunes]:
        counts["held out"].add_text(tune)
        counts["free running"].add_text(player.run_free(HEAD.match(tune)[0]))
        counts["told chords"].add_text(player.run_told(tune))
    facts: dict = {name: count.facts(counts["held out"]) for name, count in counts.items()}
    if not options.no_loss:
        facts["loss"] = held_out_loss(options.model, tunes)
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
