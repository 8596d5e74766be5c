"""Train the model on work/train.txt and work/made.txt; watch the loss on work/valid.txt.

    python train.py --work work --steps 4000
    python train.py --work work --minutes 60

With --steps the same options on the same machine give the same model. With --minutes the rate falls
by the clock, so that the run ends in time on any machine: no two runs are the same then. A run that
was cut off goes on from work/checkpoint.pt with --resume (with other draws than an uncut run).
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import re
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

import tokens
from model import Llama, Shape
from muon import Muon

PAD = -1
ROW, ROWS = 320, 12  # tokens in a row, rows in a batch
POOL = 512  # tunes that are laid into rows together
WARM_UP, WEIGHT_DECAY, CLIP = 60, 0.1, 1.0
FALL = 0.6  # the share of the run in which the rate falls, at the end
MEAN_OVER = 300  # steps: the mean of the weights forgets what is much older
STRUCTURE_WEIGHT = 0.1  # of the tokens that an app dictates; notes count 1
MADE_SHARE = 0.25  # of the songs that are made of others in each round: other ones each time
PART = re.compile(r"\[P:[A-Z]\]")
HEAD = re.compile(r"(\[R:[a-z]+\])?(\[M:[^\]]*\]\[K:[^\]]*\])")

# How often each change is made to a tune before it is learnt again.
NO_KIND = 0.2  # leave out [R:], so that an app may
FEWER_PARTS = 0.15  # begin at a later part
MEDLEY = 0.1  # go on with another tune of the same kind, metre and mode
MIXED_PARTS = 0.1  # change the order of its parts, for an app may write first what is heard last


class Corpus:
    """The tunes to learn from, and the changes that make each reading of them a little new."""

    def __init__(self, work: Path, seed: int) -> None:
        self.printed, self.made = (
            (work / f"{name}.txt").read_text(encoding="ascii").split() for name in ("train", "made")
        )
        self.random = random.Random(seed)
        self.partners: dict[str, list[str]] = {}
        for tune in self.printed + self.made:
            self.partners.setdefault(HEAD.match(tune)[0], []).append(tune)

    def vary(self, tune: str) -> str:
        """Return the tune with some of the changes above."""
        head = HEAD.match(tune)
        parts = PART.split(tune)[1:]
        if len(parts) > 1 and self.random.random() < FEWER_PARTS:
            parts = parts[self.random.randrange(1, len(parts)) :]
        if self.random.random() < MIXED_PARTS:
            self.random.shuffle(parts)
        if self.random.random() < MEDLEY:
            parts += PART.split(self.random.choice(self.partners[head[0]]))[1:]
        start = head[2] if self.random.random() < NO_KIND else head[0]
        return start + "".join(f"[P:{chr(65 + i)}]{part}" for i, part in enumerate(parts[:8]))

    def rows(self) -> Iterator[list[int]]:
        """Yield rows for ever."""
        pool: list[list[int]] = []
        while True:
            made = self.random.sample(self.made, round(MADE_SHARE * len(self.made)))
            tunes = self.printed + made
            for tune in self.random.sample(tunes, len(tunes)):
                pool.append(ids_of(self.vary(tune))[: ROW + 1])
                if len(pool) == POOL:
                    rows = pack(pool)
                    self.random.shuffle(rows)
                    yield from rows
                    pool = []

    def batches(self, count: int) -> Iterator[Tensor]:
        """Yield (count, ROW + 1) ids for ever."""
        rows = self.rows()
        while True:
            yield torch.tensor(list(islice(rows, count)))


def ids_of(tune: str) -> list[int]:
    """Return a tune's ids between BOS and EOS."""
    return [tokens.BEGIN, *tokens.encode(tune), tokens.END]


def pack(tunes: list[list[int]]) -> list[list[int]]:
    """Lay whole tunes into rows of ROW + 1 ids, the longest first, each where it fits best.

    What is left of a row is padded: 1 to 2%. BOS tells the model that what was before is over.
    """
    rows: list[list[int]] = []
    free: dict[int, list[int]] = {}  # room -> rows that have it
    for tune in sorted(tunes, key=len, reverse=True):
        room = next((r for r in range(len(tune), ROW + 2) if free.get(r)), None)
        if room is None:
            rows.append(list(tune))
            number = len(rows) - 1
        else:
            number = free[room].pop()
            rows[number] += tune
        free.setdefault(ROW + 1 - len(rows[number]), []).append(number)
    return [row + [PAD] * (ROW + 1 - len(row)) for row in rows]


@torch.no_grad()
def held_out_loss(model: Llama, rows: list[list[int]], bfloat16: bool) -> float:
    """Return the mean loss in nats a token that no app dictates."""
    model.eval()
    total = count = 0.0
    for start in range(0, len(rows), ROWS):
        ids = torch.tensor(rows[start : start + ROWS])
        weights = token_weights(ids, 0.0)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            total += float(model.loss(ids.clamp(min=0), weights)) * float(weights.sum())
        count += float(weights.sum())
    model.train()
    return total / count


NOTE_FROM = min(tokens.IDS[note] for note in tokens.NOTES)  # notes are the last of the pieces


def token_weights(ids: Tensor, structure: float = STRUCTURE_WEIGHT) -> Tensor:
    """Return how much each id but the first of a row counts: notes 1, padding nothing."""
    return (ids[:, 1:] >= NOTE_FROM) * (1 - structure) + (ids[:, 1:] != PAD) * structure


def rate_at(done: float, step: int) -> float:
    """Return the factor of the learning rate: a warm-up, level, and a straight fall to nothing.

    `done` is the share of the run that is over. The level stretch does not depend on it, so a run
    can be resumed with another length.
    """
    return max(0.0, min(1.0, step / WARM_UP, (1 - done) / FALL))


def make_optimizers(model: Llama, rate: float, plain: bool) -> list[torch.optim.Optimizer]:
    """Return Muon for the layers' matrices and AdamW for the rest; `plain` is AdamW for all.

    Muon (2024) makes every step of a matrix orthogonal. Its rate is scaled to AdamW's.
    """
    named = dict(model.named_parameters())
    matrices = [w for name, w in named.items() if name.startswith("blocks.") and w.ndim == 2]
    others = [w for name, w in named.items() if not name.startswith("blocks.") or w.ndim == 1]
    groups = [{"params": others, "lr": rate, "weight_decay": 0.0}]
    made: list[torch.optim.Optimizer] = []
    if plain:
        groups.append({"params": matrices, "lr": rate, "weight_decay": WEIGHT_DECAY})
    else:
        made.append(Muon(matrices, rate, WEIGHT_DECAY))
    made.append(torch.optim.AdamW(groups, betas=(0.9, 0.95)))
    for optimizer in made:
        for group in optimizer.param_groups:
            group["full"] = group["lr"]
    return made


class Run:
    """One training run: what is needed to take a step, to measure, to save and to go on.

    Several workers have a share of each batch and agree on its gradient: on a machine with other
    work that loses less time than threads, which wait for each other at every operation.
    """

    def __init__(self, options: argparse.Namespace, rank: int) -> None:
        self.options, self.work, self.rank = options, options.work, rank
        torch.manual_seed(options.seed)
        shape = Shape(width=options.width, layers=options.layers, heads=options.width // 64,
                      hidden=options.width * 8 // 96 * 32)  # fmt: skip
        self.model = Llama(shape, options.dropout)
        self.optimizers = make_optimizers(self.model, options.rate, options.adamw)
        self.averaged = copy.deepcopy(self.model)
        self.best = float("inf")
        self.step, self.seconds, self.mean = 0, 0.0, 0.0
        self.agreed = 0.0  # seconds, the mean of all workers
        if options.resume:
            self.load()
        torch.manual_seed(options.seed + self.step + 1_000_000 * rank)  # of the dropout
        self.loss = torch.compile(self.model.loss) if options.compile else self.model.loss
        self.model.train()
        corpus = Corpus(self.work, options.seed + self.step + 1_000_000 * rank)
        self.batches = corpus.batches(ROWS // options.workers)
        tunes = (self.work / "valid.txt").read_text(encoding="ascii").split()
        self.valid = pack([ids_of(tune)[: ROW + 1] for tune in tunes])
        random.Random(1).shuffle(self.valid)

    def load(self) -> None:
        """Go on where the last checkpoint was saved."""
        saved = torch.load(self.work / "checkpoint.pt")
        self.model.load_state_dict(saved["model"])
        self.averaged.load_state_dict(saved["averaged"])
        self.best = saved["best"]
        for optimizer, state in zip(self.optimizers, saved["optimizers"]):
            optimizer.load_state_dict(state)
        self.step = saved["step"]
        self.seconds = self.agreed = saved["seconds"]

    def done(self) -> float:
        """Return the share of the run that is over."""
        if self.options.minutes:
            return self.agreed / (60 * self.options.minutes)
        return self.step / self.options.steps

    def take_step(self) -> None:
        """Learn from one batch."""
        factor = rate_at(self.done(), self.step + 1)
        self.step += 1
        ids = next(self.batches)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.options.bfloat16):
            loss = self.loss(ids.clamp(min=0), token_weights(ids))
        loss.backward()
        self.agree()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["full"] * factor
            optimizer.step()
            optimizer.zero_grad()
        self.mean += (float(loss.detach()) - self.mean) * (0.02 if self.mean else 1.0)
        if self.rank == 0:
            self.average()

    @torch.no_grad()
    def average(self) -> None:
        """Take the new weights into the mean of the last ones (an exponential one).

        It is far better than any single state: each knows the training tunes by heart in a way of
        its own, and what they have in common is the music (stochastic weight averaging, 2018).
        """
        share = max(1 / MEAN_OVER, 2 / (self.step + 1))
        for mean, weight in zip(self.averaged.parameters(), self.model.parameters()):
            mean.lerp_(weight, share)

    def agree(self) -> None:
        """Take the mean of all workers' gradients, and of their clocks."""
        self.agreed = self.seconds
        if self.options.workers > 1:
            grads = [w.grad for w in self.model.parameters()]
            flat = torch.cat([*(grad.flatten() for grad in grads), torch.tensor([self.seconds])])
            torch.distributed.all_reduce(flat)
            *means, clock = (flat / self.options.workers).split([*(g.numel() for g in grads), 1])
            for grad, mean in zip(grads, means):
                grad.copy_(mean.view_as(grad))
            self.agreed = float(clock)

    def measure(self) -> None:
        """Print the losses, and save the checkpoint whole or not at all.

        What does best on the held-out tunes on the way, the weights or their mean, is the model:
        best.pt.
        """
        models = {"held out": self.model, "mean of the weights": self.averaged}
        losses = {
            name: held_out_loss(model, self.valid, self.options.bfloat16)
            for name, model in models.items()
        }
        pace = self.step * ROW * ROWS / self.seconds
        said = ", ".join(f"{name} {loss:.4f}" for name, loss in losses.items())
        print(f"step {self.step}: train {self.mean:.4f}, {said}, {self.seconds:.0f} s, "
              f"{pace:.0f} tokens/s", flush=True)  # fmt: skip
        for name, loss in losses.items():
            if loss < self.best:
                self.best = loss
                facts = {"step": self.step, "of": name, "loss": loss}
                self.save("best", {"model": models[name].state_dict(), **facts})
        self.save("checkpoint", {
            "model": self.model.state_dict(), "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step, "seconds": self.seconds, "best": self.best,
        })  # fmt: skip

    def save(self, name: str, state: dict) -> None:
        """Save a state and the model's shape, whole or not at all."""
        torch.save({**state, "shape": vars(self.model.shape)}, self.work / f"{name}.new")
        (self.work / f"{name}.new").replace(self.work / f"{name}.pt")

    def train(self) -> None:
        """Take all steps; the time between two measurements is given in seconds or steps."""
        began = time.monotonic() - self.seconds
        measured = self.seconds
        while self.done() < 1:
            self.take_step()
            self.seconds = time.monotonic() - began
            if self.rank == 0 and self.seconds - measured >= self.options.every:
                self.measure()
                self.seconds = measured = time.monotonic() - began
        if self.rank:
            return
        self.measure()
        facts = {"steps": self.step, "tokens": self.step * ROW * ROWS, "held out": self.best,
                 "seconds": round(self.seconds)}  # fmt: skip
        (self.work / "training.json").write_text(json.dumps(facts), encoding="utf-8")


def start(rank: int, options: argparse.Namespace) -> None:
    """Train as one of the workers."""
    torch.set_num_threads(max(1, options.threads // options.workers))
    if options.workers > 1:
        meeting = (options.work / "meeting").resolve().as_uri()
        torch.distributed.init_process_group("gloo", meeting, rank=rank, world_size=options.workers)
    Run(options, rank).train()


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--minutes", type=float, default=0.0, help="instead of --steps")
    parser.add_argument("--every", type=float, default=300.0, help="seconds between measurements")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=192, help="the dial for size: 128 to 384")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--threads", type=int, default=2, help="in all")
    parser.add_argument("--workers", type=int, default=1, help="processes: 1, 2, 3, 4, 6 or 12")
    parser.add_argument("--bfloat16", action="store_true", help="faster on CPUs with AVX512-BF16")
    parser.add_argument("--compile", action="store_true", help="faster where there is a compiler")
    parser.add_argument("--adamw", action="store_true", help="AdamW for all weights, no Muon")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    if options.workers == 1:
        start(0, options)
    else:
        (options.work / "meeting").unlink(missing_ok=True)
        torch.multiprocessing.spawn(start, (options,), options.workers)


if __name__ == "__main__":
    main()
