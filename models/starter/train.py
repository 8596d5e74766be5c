"""Train the model on work/train.txt; keep the weights with the best loss on work/valid.txt.

    python train.py --work work --steps 4000

The same options on the same machine give the same model. A run that was cut off goes on from
work/checkpoint.pt with --resume (with other draws than an uncut run).
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from model import Llama, Shape
from tokens import UnusualCutter, load_tokenizer, train_tokenizer

PAD = -1
BATCH_TOKENS = 4096
ROUND = 32
POOL = 64  # batches whose tunes are sorted by length together, so that little is padded
RATE, WARM_UP, WEIGHT_DECAY, CLIP = 2e-3, 100, 0.1, 1.0
FALL = 0.35  # the share of all steps in which the rate falls, at the end
PART = re.compile(r"\[P:[A-Z]\]")
HEAD = re.compile(r"(\[R:[a-z]+\])?(\[M:[^\]]*\]\[K:[^\]]*\])\[N:(\d)\]")

# How often each change is made to a tune before it is learnt again (augmentation).
NO_KIND = 0.3  # leave out [R:], so that an app may
FEWER_PARTS = 0.15  # begin at a later part
MEDLEY = 0.15  # go on with another tune of the same kind, metre, mode and density
UNUSUAL = 0.5  # cut the text into other pieces than usual ...
PIECE_DROPOUT = 0.1  # ... by leaving out each merge of the BPE with these odds


class Corpus:
    """The training tunes, and the changes that make each reading of them a little new."""

    def __init__(self, path: Path, tokenizer, seed: int) -> None:
        self.tunes = path.read_text(encoding="ascii").split()
        self.tokenizer, self.random = tokenizer, random.Random(seed)
        self.cutter = UnusualCutter(tokenizer, self.random)
        self.partners: dict[str, list[str]] = {}
        for tune in self.tunes:
            self.partners.setdefault(HEAD.match(tune)[0], []).append(tune)

    def vary(self, tune: str) -> str:
        """Return the tune with some of the changes above."""
        head = HEAD.match(tune)
        parts = PART.split(tune)[1:]
        if len(parts) > 1 and self.random.random() < FEWER_PARTS:
            parts = parts[self.random.randrange(1, len(parts)) :]
        if self.random.random() < MEDLEY:
            parts += PART.split(self.random.choice(self.partners[head[0]]))[1:]
        start = head[0]
        if self.random.random() < NO_KIND:
            start = start[len(head[1] or "") :]
        return start + "".join(f"[P:{chr(65 + i)}]{part}" for i, part in enumerate(parts[:8]))

    def encode(self, text: str) -> list[int]:
        """Turn a tune into ids, between BOS and EOS."""
        odd = self.random.random() < UNUSUAL
        ids = self.cutter.encode(text, PIECE_DROPOUT) if odd else self.tokenizer.encode(text)
        return [self.tokenizer.bos_id(), *ids, self.tokenizer.eos_id()]

    def batches(self, context: int) -> Iterator[Tensor]:
        """Yield (tunes, time) ids for ever: rows are whole tunes, padded, alike in length."""
        pool: list[list[int]] = []
        while True:
            for tune in self.random.sample(self.tunes, len(self.tunes)):
                pool.append(self.encode(self.vary(tune))[:context])
                if sum(map(len, pool)) >= POOL * BATCH_TOKENS:
                    made = list(pack(pool))
                    self.random.shuffle(made)
                    yield from made
                    pool = []


def pack(rows: list[list[int]]) -> Iterator[Tensor]:
    """Group rows of about the same length into padded batches of about BATCH_TOKENS.

    Widths are multiples of ROUND, so that the CPU's kernels meet few shapes.
    """
    batch: list[list[int]] = []
    for row in [*sorted(rows, key=len), None]:
        if batch and (row is None or len(row) * (len(batch) + 1) > BATCH_TOKENS):
            width = -(-(len(batch[-1]) - 1) // ROUND) * ROUND + 1
            ids = torch.full((len(batch), width), PAD)
            for i, one in enumerate(batch):
                ids[i, : len(one)] = torch.tensor(one)
            yield ids
            batch = []
        if row is not None:
            batch.append(row)


@torch.no_grad()
def held_out_loss(model: Llama, batches: list[Tensor]) -> float:
    """Return the mean loss in nats a token."""
    model.eval()
    total = count = 0.0
    for ids in batches:
        weight = int((ids[:, 1:] != PAD).sum())
        total += float(model.loss(ids, PAD)) * weight
        count += weight
    model.train()
    return total / count


def rate_at(step: int, steps: int) -> float:
    """Return the learning rate: a linear warm-up, level, and a straight fall towards nothing.

    The level stretch does not depend on the number of steps: a run can be resumed with another one.
    """
    return RATE * min(1.0, step / WARM_UP, (steps - step + 1) / (FALL * steps))


def make_optimizer(model: Llama) -> torch.optim.Optimizer:
    """Return AdamW; the norms' gains do not decay."""
    matrices = [w for w in model.parameters() if w.ndim == 2]
    gains = [w for w in model.parameters() if w.ndim == 1]
    groups = [{"params": matrices, "weight_decay": WEIGHT_DECAY},
              {"params": gains, "weight_decay": 0.0}]  # fmt: skip
    return torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.95))


class Run:
    """One training run: what is needed to take a step, to measure, to save and to go on."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.work = options, options.work
        shape, path = Shape(), options.work / "tokenizer.model"
        if not path.exists():
            train_tokenizer(self.work / "train.txt", path, shape.vocabulary)
        pieces = load_tokenizer(path)
        torch.manual_seed(options.seed)
        self.model = Llama(shape, options.dropout)
        self.optimizer = make_optimizer(self.model)
        self.step, self.best, self.seconds, self.mean = 0, math.inf, 0.0, 0.0
        if options.resume:
            self.load()
        corpus = Corpus(self.work / "train.txt", pieces, options.seed + self.step)
        self.batches = corpus.batches(shape.context)
        tunes = (self.work / "valid.txt").read_text(encoding="ascii").split()
        plain = [pieces.encode(tune, add_bos=True, add_eos=True) for tune in tunes]
        self.valid = list(pack([ids[: shape.context] for ids in plain]))

    def load(self) -> None:
        """Go on where the last checkpoint was saved."""
        saved = torch.load(self.work / "checkpoint.pt")
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.best, self.seconds = saved["step"], saved["best"], saved["seconds"]

    def take_step(self) -> None:
        """Learn from one batch."""
        self.step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.step, self.options.steps)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.options.bfloat16):
            loss = self.model.loss(next(self.batches), PAD)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.optimizer.step()
        self.mean += (float(loss.detach()) - self.mean) * (0.05 if self.mean else 1.0)

    def measure(self) -> None:
        """Print the losses; save the checkpoint, and the weights if they are the best so far."""
        now = held_out_loss(self.model, self.valid)
        losses = f"train {self.mean:.4f}, held out {now:.4f}"
        print(f"step {self.step}: {losses}, {self.seconds:.0f} s", flush=True)
        if now < self.best:
            self.best = now
            torch.save(self.model.state_dict(), self.work / "best.pt")
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(),
                 "step": self.step, "best": self.best, "seconds": self.seconds}  # fmt: skip
        torch.save(state, self.work / "checkpoint.pt")

    def train(self) -> None:
        """Take all steps."""
        before = time.monotonic() - self.seconds
        while self.step < self.options.steps:
            self.take_step()
            self.seconds = time.monotonic() - before
            if self.step % self.options.every == 0 or self.step == self.options.steps:
                self.measure()
        facts = {"steps": self.step, "held out": self.best, "seconds": round(self.seconds)}
        (self.work / "training.json").write_text(json.dumps(facts), encoding="utf-8")


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--every", type=int, default=200, help="steps between two evaluations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bfloat16", action="store_true", help="faster on CPUs with AVX512-BF16")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    Run(options).train()


if __name__ == "__main__":
    main()
