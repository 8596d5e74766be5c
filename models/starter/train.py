"""Train the model on work/train.txt and work/made.txt; watch the loss on work/valid.txt.

    python train.py --steps 4000
    python train.py --minutes 60

With --steps the same options on the same CPU give the same model. With --minutes the rate falls
by the clock, so that the run ends in time on any machine: no two runs are the same then. A run that
was cut off goes on from checkpoint.pt with --resume (with other draws than an uncut run).

With several values after --dropout or --decay, or with --members, several models learn side by side
in one run, of the same tunes: to see what is best, or to have many of one kind. Their weights go to
members.pt. Another run can learn from all of them with --teachers: what they say together of every
note, instead of the one note that is printed (distillation, 2015).
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import time
from itertools import cycle, islice
from math import log
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader

import tokens
from batches import PAD, ROW, Batches, Corpus, ids_of, pack
from model import Llama, Shape
from muon import Muon

ROWS = 12  # in a batch
WARM_UP, CLIP = 60, 1.0
FALL = 0.6  # the share of the run in which the rate falls, at the end
MEAN_OVER = 300  # steps: the mean of the weights forgets what is much older
STRUCTURE_WEIGHT = 0.1  # of the tokens that an app dictates; notes count 1


@torch.no_grad()
def held_out_losses(model: Llama, ids: Tensor, bfloat16: bool) -> tuple[list[float], float]:
    """Return the mean loss of each member, and of all as one, in nats a token that no app dictates.

    `ids` are (rows, ROW + 1). All as one: the chance of a token is the mean of what they say.
    """
    model.eval()
    weights = token_weights(ids, 0.0)
    each, together = torch.zeros(model.embedding.shape[0], device=ids.device), 0.0
    for part, counts in zip(ids.split(ROWS), weights.split(ROWS)):
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=bfloat16):
            logits = model(part[:, :-1].clamp(min=0)).float()
        wanted = part[None, :, 1:, None].clamp(min=0).expand(len(logits), -1, -1, -1)
        said = logits.log_softmax(dim=-1).gather(-1, wanted)[..., 0]
        each -= (said * counts).sum(dim=(1, 2))
        together -= float(((said.logsumexp(dim=0) - log(len(said))) * counts).sum())
    model.train()
    return (each / weights.sum()).tolist(), together / float(weights.sum())


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


def make_optimizers(model: Llama, rate: Tensor, decay: Tensor) -> list[torch.optim.Optimizer]:
    """Return Muon for the layers' matrices and AdamW for the rest; `decay` has one for each member.

    Muon (2024) makes every step of a matrix orthogonal. Its rate is scaled to AdamW's; both look at
    the tensor `rate` at every step.
    """
    named = dict(model.named_parameters())
    matrices = [w for name, w in named.items() if name.startswith("blocks.") and w.ndim == 3]
    others = [w for name, w in named.items() if not name.startswith("blocks.") or w.ndim == 2]
    adamw = torch.optim.AdamW(
        others, rate, (0.9, 0.95), weight_decay=0.0, fused=True, capturable=rate.is_cuda
    )
    return [Muon(matrices, rate, decay), adamw]


class Teachers:
    """Models that have learnt, and what they say together."""

    def __init__(self, paths: list[Path], share: float, device: torch.device) -> None:
        self.share, self.models = share, []
        for path in paths:
            saved = torch.load(path, map_location=device)
            members = len(next(iter(saved["model"].values())))
            model = Llama(Shape(**saved["shape"]), (0.0,) * members).to(device).eval()
            model.load_state_dict(saved["model"])
            self.models.append(model)

    @torch.no_grad()
    def say(self, ids: Tensor) -> Tensor:
        """Return (batch, time, vocabulary): their chances, mixed with the id that is printed."""
        said = [model(ids[:, :-1]).float().softmax(dim=-1) for model in self.models]
        taught = torch.cat(said).mean(dim=0) * self.share
        rest = torch.full_like(taught[..., :1], 1 - self.share)
        return taught.scatter_add_(-1, ids[:, 1:, None], rest)


class Run:
    """One training run: what is needed to take a step, to measure, to save and to go on.

    Several workers have a share of each batch and agree on its gradient: on a CPU with other work
    that loses less time than threads, which wait for each other at every operation.
    """

    def __init__(self, options: argparse.Namespace, rank: int) -> None:
        self.options, self.out, self.rank = options, options.out or options.work, rank
        self.device = torch.device(options.device)
        members = max(options.members, len(options.dropout), len(options.decay))
        dropout, decay = (tuple(islice(cycle(values), members))
                          for values in (options.dropout, options.decay))  # fmt: skip
        torch.manual_seed(options.seed)
        shape = Shape(width=options.width, layers=options.layers, heads=options.width // 64,
                      hidden=options.width * 8 // 96 * 32)  # fmt: skip
        self.model = Llama(shape, dropout).to(self.device)
        # What changes from step to step is in tensors, for on a GPU a step is recorded once.
        self.rate, self.fresh, self.newest = torch.zeros(3, device=self.device).unbind()
        self.ids = torch.zeros(options.rows // options.workers, ROW + 1, dtype=torch.long,
                               device=self.device)  # fmt: skip
        decays = torch.tensor(decay, device=self.device)
        self.optimizers = make_optimizers(self.model, self.rate, decays)
        self.averaged = copy.deepcopy(self.model)
        self.teachers = Teachers(options.teachers, options.share, self.device)
        self.best = self.best_as_one = float("inf")
        self.step, self.seconds = 0, 0.0
        self.mean = torch.zeros(members, device=self.device)
        self.agreed = 0.0  # seconds, the mean of all workers
        if options.resume:
            self.load()
        torch.manual_seed(options.seed + self.step + 1_000_000 * rank)  # of the dropout
        self.loss = torch.compile(self.model.loss) if options.compile else self.model.loss
        self.model.train()
        corpus = Corpus(options.work, options.seed + self.step + 1_000_000 * rank)
        batches = Batches(corpus, len(self.ids))
        helpers = int(self.device.type != "cpu")  # a GPU does not wait for tunes to be laid out
        self.batches = iter(DataLoader(batches, batch_size=None, num_workers=helpers))
        tunes = (options.work / "valid.txt").read_text(encoding="ascii").split()
        valid = pack([ids_of(tune)[: ROW + 1] for tune in tunes])
        random.Random(1).shuffle(valid)
        self.valid = torch.tensor(valid, device=self.device)
        self.recorded: torch.cuda.CUDAGraph | None = None

    def load(self) -> None:
        """Go on where the last checkpoint was saved."""
        saved = torch.load(self.out / "checkpoint.pt", map_location=self.device)
        self.model.load_state_dict(saved["model"])
        self.averaged.load_state_dict(saved["averaged"])
        self.best, self.best_as_one = saved["best"], saved["best as one"]
        self.mean.copy_(saved["mean"])
        for optimizer, state in zip(self.optimizers, saved["optimizers"]):
            optimizer.load_state_dict(state)
            for group in optimizer.param_groups:
                group["lr"] = self.rate
        self.step = saved["step"]
        self.seconds = self.agreed = saved["seconds"]

    def done(self) -> float:
        """Return the share of the run that is over."""
        if self.options.minutes:
            return self.agreed / (60 * self.options.minutes)
        return self.step / self.options.steps

    def take_step(self) -> None:
        """Learn from the next batch."""
        factor = rate_at(self.done(), self.step + 1)
        self.step += 1
        self.agreed = self.seconds
        self.rate.fill_(self.options.rate * factor)
        self.fresh.fill_(max(1 / MEAN_OVER, 2 / (self.step + 1)))
        self.newest.fill_(max(0.02, 1 / self.step))
        self.ids.copy_(next(self.batches), non_blocking=True)
        if self.device.type == "cpu":
            self.learn()
        elif self.recorded:
            self.recorded.replay()
            if self.step % 16 == 0:
                torch.cuda.synchronize()  # or the clock would run ahead of the work
        else:
            self.record()

    def record(self) -> None:
        """Learn on a GPU, and record how: it is told all small jobs of a step at once from then on.

        Told one by one, it would wait for most of them.
        """
        apart = torch.cuda.Stream()
        apart.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(apart):
            for _ in range(3):
                self.learn()
        torch.cuda.current_stream().wait_stream(apart)
        self.recorded = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.recorded):
            self.learn()

    def learn(self) -> None:
        """Learn from the ids."""
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        weights, ids = token_weights(self.ids), self.ids.clamp(min=0)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.bfloat16,
                            cache_enabled=False):  # fmt: skip
            taught = self.teachers.say(ids) if self.teachers.models else None
            losses = self.loss(ids, weights, taught)
        losses.sum().backward()
        self.agree()
        self.clip()
        for optimizer in self.optimizers:
            optimizer.step()
        self.mean.lerp_(losses.detach(), self.newest)
        if self.rank == 0:
            self.average()

    @torch.no_grad()
    def clip(self) -> None:
        """Shorten each member's gradient to a length of CLIP at the most."""
        grads = [weight.grad for weight in self.model.parameters()]
        lengths = torch.stack([grad.flatten(1).norm(dim=1) for grad in grads]).norm(dim=0)
        factors = (CLIP / (lengths + 1e-6)).clamp(max=1.0)
        for grad in grads:
            grad.mul_(factors.view(-1, *[1] * (grad.ndim - 1)))

    @torch.no_grad()
    def average(self) -> None:
        """Take the new weights into the mean of the last ones (an exponential one).

        It is far better than any single state: each knows the training tunes by heart in a way of
        its own, and what they have in common is the music (stochastic weight averaging, 2018).
        """
        for mean, weight in zip(self.averaged.parameters(), self.model.parameters()):
            mean.lerp_(weight, self.fresh)

    def agree(self) -> None:
        """Take the mean of all workers' gradients, and of their clocks."""
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

        What does best on the held-out tunes on the way, the weights of one member or their mean, is
        the model: best.pt.
        """
        models = {"held out": self.model, "mean of the weights": self.averaged}
        print(f"step {self.step}, {self.seconds:.0f} s, "
              f"{self.step * ROW * self.options.rows / self.seconds:.0f} tokens/s: "
              f"train {listed(self.mean.tolist())}", end="")  # fmt: skip
        for name, model in models.items():
            losses, together = held_out_losses(model, self.valid, self.options.bfloat16)
            as_one = f" (all as one {together:.4f})" if len(losses) > 1 else ""
            print(f", {name} {listed(losses)}{as_one}", end="", flush=True)
            if len(losses) > 1 and together < self.best_as_one:
                self.best_as_one = together
                self.save("members", {"model": model.state_dict(), "loss": together})
            if min(losses) < self.best:
                self.best = min(losses)
                member = losses.index(self.best)
                state = {name: w[member : member + 1] for name, w in model.state_dict().items()}
                facts = {"step": self.step, "of": name, "loss": self.best, "member": member}
                self.save("best", {"model": state, **facts})
        print(flush=True)
        self.save("checkpoint", {
            "model": self.model.state_dict(), "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step, "seconds": self.seconds, "mean": self.mean,
            "best": self.best, "best as one": self.best_as_one,
        })  # fmt: skip

    def save(self, name: str, state: dict) -> None:
        """Save a state and the model's shape, whole or not at all."""
        torch.save({**state, "shape": vars(self.model.shape)}, self.out / f"{name}.new")
        (self.out / f"{name}.new").replace(self.out / f"{name}.pt")

    def train(self) -> None:
        """Take all steps; the time between two measurements is given in seconds.

        The first step, in which --compile does its work, is not on the clock.
        """
        self.take_step()
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
        facts = {"steps": self.step, "tokens": self.step * ROW * self.options.rows,
                 "held out": self.best, "seconds": round(self.seconds)}  # fmt: skip
        (self.out / "training.json").write_text(json.dumps(facts), encoding="utf-8")


def listed(losses: list[float]) -> str:
    """Return losses as text."""
    return " ".join(f"{loss:.4f}" for loss in losses)


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
    parser.add_argument("--work", type=Path, default=Path("work"), help="where the tunes are")
    parser.add_argument("--out", type=Path, help="where the weights go, if not there")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--minutes", type=float, default=0.0, help="instead of --steps")
    parser.add_argument("--every", type=float, default=300.0, help="seconds between measurements")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--width", type=int, default=192, help="the dial for size: 128 to 384")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--dropout", type=float, nargs="+", default=[0.2], help="for each member")
    parser.add_argument("--decay", type=float, nargs="+", default=[0.6], help="of the weights")
    parser.add_argument("--members", type=int, default=1, help="models that learn side by side")
    parser.add_argument("--teachers", type=Path, nargs="+", default=[], help="members.pt of others")
    parser.add_argument("--share", type=float, default=0.9, help="of what the teachers say")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"of {ROW} tokens, in a batch")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2, help="in all")
    parser.add_argument("--workers", type=int, default=1, help="processes: 1, 2, 3, 4, 6 or 12")
    parser.add_argument("--bfloat16", action="store_true",
                        help="faster on GPUs and on CPUs with AVX512-BF16")  # fmt: skip
    parser.add_argument("--compile", action="store_true", help="faster where there is a compiler")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    (options.out or options.work).mkdir(parents=True, exist_ok=True)
    if options.workers == 1:
        start(0, options)
    else:
        (options.work / "meeting").unlink(missing_ok=True)
        torch.multiprocessing.spawn(start, (options,), options.workers)


if __name__ == "__main__":
    main()
