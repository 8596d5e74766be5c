"""Train the model on work/train.txt and work/augmented.txt. Start reading here.

    python -m models.starter train --steps 4000
    python -m models.starter train --minutes 60

train() is the whole run, and Trainer.update() one step of learning: forward, loss, backward,
optimizer. The best weights on the held-out tunes, work/valid.txt, go to best.pt.

With --steps the same options on the same CPU give the same model. With --minutes the learning rate
falls by the clock, so that the run ends in time on any machine: no two runs are the same then. A
run that was cut off goes on from checkpoint.pt with --resume (with other random numbers than an
uncut run).

What a first reading can leave out: ensembles and teachers (ensemble.py), several processes
(workers.py) and the recording of a GPU's steps (cuda_graph.py).
"""

from __future__ import annotations

import copy
import json
import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import torch

from models.starter.checkpoint import BestWeights, load_state, save_state
from models.starter.cuda_graph import RecordedUpdate
from models.starter.dataloader import SEQUENCE_LENGTH, load_batches, load_validation
from models.starter.ensemble import Teachers, clip_gradients, per_member
from models.starter.loss import token_weights, validation_losses
from models.starter.model import Llama, Shape
from models.starter.optimizer import learning_rate_factor, make_optimizers
from models.starter.workers import Workers, launch

DEFAULT_STEPS = 4000
AVERAGED_STEPS = 300  # the mean of the weights forgets what is much older


def run(options: Namespace) -> None:
    """Train with one worker or several."""
    options.out = options.out or options.work
    options.device = options.device or default_device()
    if options.steps is None and not options.minutes:
        options.steps = DEFAULT_STEPS
    options.out.mkdir(parents=True, exist_ok=True)
    launch(train, options)


def train(options: Namespace, workers: Workers) -> None:
    """Take all steps, and evaluate every now and then; only the first worker evaluates and saves.

    The first step, in which --compile does its work, is not on the clock.
    """
    trainer = Trainer(options, workers)
    trainer.step()
    started = time.monotonic() - trainer.seconds
    evaluated = trainer.seconds
    while trainer.progress() < 1:
        trainer.step()
        trainer.seconds = time.monotonic() - started
        if workers.is_first and trainer.seconds - evaluated >= options.every:
            trainer.evaluate()
            trainer.seconds = evaluated = time.monotonic() - started
    if workers.is_first:
        trainer.evaluate()
        trainer.write_summary()


class Trainer:
    """The model, its optimizers and its data: all that a training run needs."""

    def __init__(self, options: Namespace, workers: Workers) -> None:
        self.options, self.workers = options, workers
        self.device = torch.device(options.device)
        torch.manual_seed(options.seed)
        dropout, weight_decay = per_member(options)
        self.model = Llama(shape_of(options), dropout).to(self.device)
        # What changes from step to step is in tensors, for on a GPU a step is recorded once.
        scalars = torch.zeros(3, device=self.device)
        self.learning_rate, self.weight_of_new, self.weight_of_loss = scalars.unbind()
        self.ids = torch.zeros(options.batch_size // workers.count, SEQUENCE_LENGTH + 1,
                               dtype=torch.long, device=self.device)  # fmt: skip
        decays = torch.tensor(weight_decay, device=self.device)
        self.optimizers = make_optimizers(self.model, self.learning_rate, decays)
        self.averaged = copy.deepcopy(self.model)
        self.teachers = Teachers(options.teachers, options.teacher_share, self.device)
        self.best = BestWeights(options.out, self.model.shape)
        self.steps = 0
        self.seconds = self.shared_seconds = 0.0  # its own, and the mean of all workers
        self.train_loss = torch.zeros(len(dropout), device=self.device)  # a running mean
        if options.resume:
            self.load_state_dict(load_state(options.out / "checkpoint.pt", self.device))
        seed = options.seed + self.steps + 1_000_000 * workers.rank
        torch.manual_seed(seed)  # of the dropout
        self.loss = torch.compile(self.model.loss) if options.compile else self.model.loss
        self.model.train()
        on_gpu = self.device.type != "cpu"
        self.batches = load_batches(options.work, len(self.ids), seed, background=on_gpu)
        self.validation = load_validation(options.work).to(self.device)
        self.run_update: Callable[[], None] = self.update
        if on_gpu:
            self.run_update = RecordedUpdate(self.update)

    def progress(self) -> float:
        """Return the share of the run that is over."""
        if self.options.steps:
            return float(self.steps / self.options.steps)
        return float(self.shared_seconds / (60 * self.options.minutes))

    def step(self) -> None:
        """Learn from the next batch."""
        factor = learning_rate_factor(self.progress(), self.steps + 1)
        self.steps += 1
        self.shared_seconds = self.seconds
        self.learning_rate.fill_(self.options.learning_rate * factor)
        self.weight_of_new.fill_(max(1 / AVERAGED_STEPS, 2 / (self.steps + 1)))
        self.weight_of_loss.fill_(max(0.02, 1 / self.steps))
        self.ids.copy_(next(self.batches), non_blocking=True)
        self.run_update()

    def update(self) -> None:
        """Change the weights so that the batch in `ids` is a little likelier."""
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        weights, ids = token_weights(self.ids), self.ids.clamp(min=0)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.options.bfloat16,
                            cache_enabled=False):  # fmt: skip
            losses = self.loss(ids, weights, self.teachers.targets(ids))
        losses.sum().backward()
        self.shared_seconds = self.workers.average_gradients(self.model, self.seconds)
        clip_gradients(self.model)
        for optimizer in self.optimizers:
            optimizer.step()
        self.train_loss.lerp_(losses.detach(), self.weight_of_loss)
        if self.workers.is_first:
            self.average_weights()

    @torch.no_grad()
    def average_weights(self) -> None:
        """Take the new weights into the exponential mean of the last ones.

        It is far better than any single state: each overfits in its own way, and averaging cancels
        that (stochastic weight averaging, Izmailov and others, 2018).
        """
        for mean, weight in zip(self.averaged.parameters(), self.model.parameters()):
            mean.lerp_(weight, self.weight_of_new)

    def evaluate(self) -> None:
        """Print the losses, keep the best weights, and save the checkpoint.

        The candidates are the weights as they are and their mean; of an ensemble, each member's.
        """
        tokens = self.steps * SEQUENCE_LENGTH * self.options.batch_size
        print(f"step {self.steps}, {self.seconds:.0f} s, {tokens / self.seconds:.0f} tokens/s: "
              f"train {as_text(self.train_loss.tolist())}", end="")  # fmt: skip
        for name, model in {"held out": self.model, "mean of the weights": self.averaged}.items():
            losses, of_ensemble = validation_losses(model, self.validation, self.options)
            as_one = f" (as an ensemble {of_ensemble:.4f})" if len(losses) > 1 else ""
            print(f", {name} {as_text(losses)}{as_one}", end="", flush=True)
            self.best.keep_better(model, losses, of_ensemble, {"step": self.steps, "of": name})
        print(flush=True)
        save_state(self.options.out / "checkpoint.pt", self.state_dict())

    def write_summary(self) -> None:
        """Write training.json: how long the run was, and the best loss."""
        summary = {
            "steps": self.steps, "tokens": self.steps * SEQUENCE_LENGTH * self.options.batch_size,
            "held out": self.best.loss, "seconds": round(self.seconds),
        }  # fmt: skip
        path = self.options.out / "training.json"
        path.write_text(json.dumps(summary), encoding="utf-8")

    def state_dict(self) -> dict[str, Any]:
        """Return all that a resumed run needs."""
        return {
            "model": self.model.state_dict(), "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "steps": self.steps, "seconds": self.seconds, "train_loss": self.train_loss,
            "best": self.best.loss, "best_ensemble": self.best.ensemble_loss,
            "shape": vars(self.model.shape),
        }  # fmt: skip

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state` was saved."""
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        self.best.loss, self.best.ensemble_loss = state["best"], state["best_ensemble"]
        self.train_loss.copy_(state["train_loss"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
            for group in optimizer.param_groups:
                group["lr"] = self.learning_rate
        self.steps = state["steps"]
        self.seconds = self.shared_seconds = state["seconds"]


def default_device() -> str:
    """Return "cuda" if there is such a GPU, else "cpu"."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def shape_of(options: Namespace) -> Shape:
    """Return a model's sizes: heads of 64, and a hidden layer of about 8/3 of the width."""
    width = options.width
    return Shape(width=width, layers=options.layers, heads=width // 64, hidden=width * 8 // 96 * 32)


def as_text(losses: list[float]) -> str:
    """Return losses as text."""
    return " ".join(f"{loss:.4f}" for loss in losses)
