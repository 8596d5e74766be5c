"""Muon (Jordan, 2024): gradient descent whose step for a matrix is made orthogonal.

PyTorch has it too, in bfloat16 only, which takes many times as long on a CPU without such numbers,
and for one matrix at a time.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor

MOMENTUM, ROUNDS = 0.95, 5
FACTORS = (3.4445, -4.775, 2.0315)  # of the quintic polynomial that draws singular values to 1
AS_ADAMW = 0.2  # the root mean square of AdamW's steps, which these are scaled to


def orthogonal(matrices: Tensor) -> Tensor:
    """Return (count, rows, columns) with all singular values near 1, by Newton and Schulz."""
    a, b, c = FACTORS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x.bfloat16() if x.is_cuda else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).type_as(matrices)


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov's momentum, for weights (members, rows, columns).

    The learning rate is a tensor (), `weight_decay` has a number for every member. Matrices of one
    shape are worked on together.
    """

    def __init__(self, weights: list[Tensor], lr: Tensor, weight_decay: Tensor) -> None:
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay.view(-1, 1, 1)})
        for weight in weights:
            self.state[weight]["momentum"] = torch.zeros_like(weight)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Take a step."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                alike[weight.shape].append(weight)
            for shape, weights in alike.items():
                pulls = []
                for weight in weights:
                    momentum = self.state[weight]["momentum"]
                    momentum.lerp_(weight.grad, 1 - MOMENTUM)
                    pulls.append(weight.grad.lerp(momentum, MOMENTUM))
                rate = group["lr"] * AS_ADAMW * max(shape[1:]) ** 0.5
                kept = 1 - group["lr"] * group["weight_decay"]
                for weight, pull in zip(weights, orthogonal(torch.cat(pulls)).split(shape[0])):
                    weight.mul_(kept).sub_(pull * rate)
