"""Muon (Jordan, 2024): gradient descent whose step for a matrix is made orthogonal.

PyTorch has it too, in bfloat16 only, which takes many times as long on a CPU without such numbers.
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
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Muon with Nesterov's momentum; matrices of one shape are worked on together."""

    def __init__(self, matrices: list[Tensor], lr: float, weight_decay: float) -> None:
        super().__init__(matrices, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Take a step."""
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for matrix in group["params"]:
                alike[matrix.shape].append(matrix)
            for shape, matrices in alike.items():
                pulls = []
                for matrix in matrices:
                    state = self.state[matrix]
                    momentum = state.setdefault("momentum", torch.zeros_like(matrix))
                    momentum.lerp_(matrix.grad, 1 - MOMENTUM)
                    pulls.append(matrix.grad.lerp(momentum, MOMENTUM))
                rate = group["lr"] * AS_ADAMW * max(shape) ** 0.5
                for matrix, pull in zip(matrices, orthogonal(torch.stack(pulls))):
                    matrix.mul_(1 - group["lr"] * group["weight_decay"]).sub_(pull, alpha=rate)
