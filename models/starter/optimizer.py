"""The optimizers and the learning rate: Muon for matrices, AdamW for the rest.

PyTorch has Muon, too, but in bfloat16 only, which takes many times as long on a CPU without such
numbers, and for one matrix at a time.
"""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor, nn

MOMENTUM, NEWTON_SCHULZ_STEPS = 0.95, 5
COEFFICIENTS = (3.4445, -4.775, 2.0315)  # of the quintic polynomial that draws singular values to 1
ADAMW_SCALE = 0.2  # the root mean square of AdamW's updates, to which Muon's are scaled
ADAMW_BETAS = (0.9, 0.95)
WARM_UP_STEPS = 60
DECAY_SHARE = 0.6  # the share of the run, at its end, in which the learning rate falls


def learning_rate_factor(progress: float, step: int) -> float:
    """Return the factor of the learning rate: a warm-up, a level stretch, a linear fall to 0.

    `progress` is the share of the run that is over. The level stretch does not depend on it, so a
    run can be resumed with another length.
    """
    return max(0.0, min(1.0, step / WARM_UP_STEPS, (1 - progress) / DECAY_SHARE))


def make_optimizers(
    model: nn.Module, learning_rate: Tensor, weight_decay: Tensor
) -> list[torch.optim.Optimizer]:
    """Return Muon for the layers' matrices and AdamW, without weight decay, for all other weights.

    Both read the tensor `learning_rate` () at every step; `weight_decay` is (members,).
    """
    named = dict(model.named_parameters())
    matrices = [w for name, w in named.items() if name.startswith("blocks.") and w.ndim == 3]
    others = [w for name, w in named.items() if not name.startswith("blocks.") or w.ndim == 2]
    adamw = torch.optim.AdamW(
        others, learning_rate, ADAMW_BETAS, weight_decay=0.0, fused=True,
        capturable=learning_rate.is_cuda,
    )  # fmt: skip
    return [Muon(matrices, learning_rate, weight_decay), adamw]


def orthogonalize(matrices: Tensor) -> Tensor:
    """Return (count, rows, columns) with all singular values near 1, by Newton-Schulz iteration."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x.bfloat16() if x.is_cuda else x
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.mT if tall else x).type_as(matrices)


class Muon(torch.optim.Optimizer):
    """Muon (Jordan, 2024): momentum whose update of a matrix is made orthogonal.

    For weights (members, rows, columns). The momentum is Nesterov's. The learning rate is a
    tensor (), the weight decay (members,). Matrices of one shape are worked on together.
    """

    def __init__(self, weights: list[Tensor], lr: Tensor, weight_decay: Tensor) -> None:
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay.view(-1, 1, 1)})
        for weight in weights:
            self.state[weight]["momentum"] = torch.zeros_like(weight)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Update all weights from their gradients."""
        for group in self.param_groups:
            same_shape: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                same_shape[weight.shape].append(weight)
            for weights in same_shape.values():
                self._update(weights, group["lr"], group["weight_decay"])

    def _update(self, weights: list[Tensor], lr: Tensor, weight_decay: Tensor) -> None:
        """Update weights of one shape (members, rows, columns)."""
        members, *sides = weights[0].shape
        directions = []
        for weight in weights:
            momentum = self.state[weight]["momentum"]
            momentum.lerp_(weight.grad, 1 - MOMENTUM)
            directions.append(weight.grad.lerp(momentum, MOMENTUM))
        updates = orthogonalize(torch.cat(directions)).split(members)
        rate = lr * ADAMW_SCALE * max(sides) ** 0.5
        kept = 1 - lr * weight_decay
        for weight, update in zip(weights, updates):
            weight.mul_(kept).sub_(update * rate)
