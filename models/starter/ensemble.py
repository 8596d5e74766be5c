"""Ensembles and teachers.

With several values after --dropout or --weight-decay, or with --members, several models learn side
by side in one run, from the same tunes: to see what is best, or to have many of one kind. Their
weights go to members.pt. Another run can learn from all of them with --teachers: from the
probabilities that they give every note together, instead of the one note that is printed
(knowledge distillation, Hinton and others, 2015).
"""

from __future__ import annotations

from argparse import Namespace
from itertools import cycle, islice
from pathlib import Path

import torch
from torch import Tensor, nn

from models.starter.checkpoint import load_model, load_state

LONGEST_GRADIENT = 1.0


def per_member(options: Namespace) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the dropout and the weight decay of every member; short lists are repeated."""
    members = max(options.members, len(options.dropout), len(options.weight_decay))
    dropout = tuple(islice(cycle(options.dropout), members))
    return dropout, tuple(islice(cycle(options.weight_decay), members))


@torch.no_grad()
def clip_gradients(model: nn.Module) -> None:
    """Scale each member's gradient down to a length of LONGEST_GRADIENT at the most."""
    grads = [weight.grad for weight in model.parameters()]
    lengths = torch.stack([grad.flatten(1).norm(dim=1) for grad in grads]).norm(dim=0)
    factors = (LONGEST_GRADIENT / (lengths + 1e-6)).clamp(max=1.0)
    for grad in grads:
        grad.mul_(factors.view(-1, *[1] * (grad.ndim - 1)))


class Teachers:
    """Trained ensembles, and the probabilities that they give together."""

    def __init__(self, paths: list[Path], share: float, device: torch.device) -> None:
        """Load members.pt of other runs; `share` is their part of the targets."""
        self.share = share
        self.models = [load_model(load_state(path, device)).to(device) for path in paths]

    @torch.no_grad()
    def targets(self, ids: Tensor) -> Tensor | None:
        """Return (batch, time, vocabulary): their mean probabilities, mixed with the printed ids.

        Without teachers, return None: then the printed ids are the targets.
        """
        if not self.models:
            return None
        probabilities = [model(ids[:, :-1]).float().softmax(dim=-1) for model in self.models]
        targets = torch.cat(probabilities).mean(dim=0) * self.share
        rest = torch.full_like(targets[..., :1], 1 - self.share)
        return targets.scatter_add_(-1, ids[:, 1:, None], rest)
