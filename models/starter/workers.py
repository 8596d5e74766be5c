"""Several processes that train one model together (data parallel training).

Each worker has a share of every batch; they average their gradients. On a CPU with other work that
loses less time than threads, which wait for each other at every operation.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class Workers:
    """This process among those that train together."""

    rank: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Say whether this worker evaluates and saves."""
        return self.rank == 0

    def average_gradients(self, model: nn.Module, seconds: float) -> float:
        """Replace the gradients by the mean of all workers'; return the mean of their clocks."""
        if self.count == 1:
            return seconds
        grads = [weight.grad for weight in model.parameters()]
        flat = torch.cat([*(grad.flatten() for grad in grads), torch.tensor([seconds])])
        torch.distributed.all_reduce(flat)
        *means, clock = (flat / self.count).split([*(grad.numel() for grad in grads), 1])
        for grad, mean in zip(grads, means):
            grad.copy_(mean.view_as(grad))
        return float(clock)


Train = Callable[[Namespace, Workers], None]


def launch(train: Train, options: Namespace) -> None:
    """Run `train` in --workers processes, which meet at a file in the work folder."""
    if options.workers == 1:
        torch.set_num_threads(max(1, options.threads))
        train(options, Workers())
        return
    (options.work / "meeting").unlink(missing_ok=True)
    torch.multiprocessing.spawn(_start, (train, options), options.workers)


def _start(rank: int, train: Train, options: Namespace) -> None:
    """Join the other workers, then train."""
    torch.set_num_threads(max(1, options.threads // options.workers))
    meeting = (options.work / "meeting").resolve().as_uri()
    torch.distributed.init_process_group(
        "gloo", meeting, rank=rank, world_size=options.workers
    )  # fmt: skip
    train(options, Workers(rank, options.workers))
