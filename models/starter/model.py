"""The model: a small Llama, which llama.cpp runs from the same weights.

RMSNorm, rotary position embedding over neighbouring pairs (ggml's NORM order, so that nothing is
permuted at export), SwiGLU, no biases, and one matrix for both embedding and output.

Every weight has a first axis of members: the models of an ensemble, which have one shape, share
nothing, and learn side by side. A GPU takes hardly longer for eight small models than for one. At
a first reading, take members to be 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.starter.tokenizer import VOCABULARY, note_features


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; widths are multiples of 32: Q8_0 packs 32 weights into a block."""

    vocabulary: int = len(VOCABULARY)
    width: int = 192
    layers: int = 6
    heads: int = 3
    hidden: int = 512
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5


class Linear(nn.Module):
    """A matrix for every member, without bias."""

    def __init__(self, members: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(members, outputs, inputs))

    def forward(self, x: Tensor) -> Tensor:
        """Map (members, batch, time, inputs) to (members, batch, time, outputs)."""
        return (x.flatten(1, 2) @ self.weight.mT).unflatten(1, x.shape[1:3])


class RMSNorm(nn.Module):
    """Root mean square normalisation with weights for every member."""

    def __init__(self, members: int, shape: Shape) -> None:
        super().__init__()
        self.epsilon = shape.epsilon
        self.weight = nn.Parameter(torch.ones(members, shape.width))

    def forward(self, x: Tensor) -> Tensor:
        """Scale (members, batch, time, width) to a mean square of 1, then by the weights."""
        flat = functional.rms_norm(x, x.shape[-1:], eps=self.epsilon)
        return flat * self.weight[:, None, None]


class Dropout(nn.Module):
    """Dropout with a rate for every member."""

    def __init__(self, rates: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("kept", 1 - torch.tensor(rates).view(-1, 1, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """In training, zero numbers of (members, batch, time, width) and scale up the others."""
        if not self.training:
            return x
        return x * ((torch.rand_like(x, dtype=torch.float32) < self.kept) / self.kept).type_as(x)


class Attention(nn.Module):
    """Causal self-attention with rotary position embedding."""

    def __init__(self, members: int, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q, self.k, self.v, self.o = (
            Linear(members, shape.width, shape.width) for _ in range(4)
        )

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """Mix (members, batch, time, width) along time."""
        split = (self.heads, x.shape[-1] // self.heads)
        q, k, v = (f(x).flatten(0, 1).unflatten(-1, split).transpose(1, 2)
                   for f in (self.q, self.k, self.v))  # fmt: skip
        q, k = rotate(q, rotation), rotate(k, rotation)
        mixed = attend(q, k, v).transpose(1, 2).flatten(2)
        return self.o(mixed.unflatten(0, x.shape[:2]))


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Return the causal attention of queries, keys and values (rows, heads, time, head size)."""
    if q.is_cuda:
        return functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    # Written out: for a few hundred tokens this is faster on a CPU than PyTorch's own.
    time = q.shape[2]
    future = torch.full((time, time), -torch.inf, dtype=q.dtype).triu(1)
    return torch.softmax(q @ k.transpose(2, 3) * q.shape[-1] ** -0.5 + future, dim=-1) @ v


def rotate(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate each pair of neighbours (2i, 2i+1) of (rows, heads, time, head size) by its angle."""
    cos, sin = rotation
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2).type_as(x)


class Block(nn.Module):
    """One layer: attention, then the gated feed-forward network, each added to its input."""

    def __init__(self, shape: Shape, dropout: tuple[float, ...]) -> None:
        super().__init__()
        members = len(dropout)
        self.attention_norm = RMSNorm(members, shape)
        self.attention = Attention(members, shape)
        self.hidden_norm = RMSNorm(members, shape)
        self.gate = Linear(members, shape.width, shape.hidden)
        self.up = Linear(members, shape.width, shape.hidden)
        self.down = Linear(members, shape.hidden, shape.width)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """Map (members, batch, time, width) to the same shape."""
        x = x + self.dropout(self.attention(self.attention_norm(x), rotation))
        y = self.hidden_norm(x)
        return x + self.dropout(self.down(functional.silu(self.gate(y)) * self.up(y)))


class Llama(nn.Module):
    """Token ids in, logits of every member out; `dropout` has a rate for each."""

    def __init__(self, shape: Shape, dropout: tuple[float, ...] = (0.0,)) -> None:
        super().__init__()
        self.shape, members = shape, len(dropout)
        features = torch.tensor(note_features())
        self.register_buffer("features", features, persistent=False)
        self.embedding = nn.Parameter(torch.empty(members, shape.vocabulary, shape.width))
        self.feature_embedding = nn.Parameter(
            torch.empty(members, int(features.max()) + 1, shape.width)
        )
        self.dropout = Dropout(dropout)
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.layers))
        self.norm = RMSNorm(members, shape)
        size = shape.width // shape.heads
        speeds = shape.rope_base ** (-torch.arange(0, size, 2) / size)
        angles = torch.arange(shape.context)[:, None] * speeds
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.init_weights()

    def init_weights(self) -> None:
        """Draw all matrices from normal distributions, as in GPT-2."""
        for name, weight in self.named_parameters():
            if weight.ndim == 3:
                # Layers that add to the residual stream start smaller.
                residual = name.endswith(("o.weight", "down.weight"))
                std = 0.02 / (2 * self.shape.layers) ** 0.5 if residual else 0.02
                nn.init.normal_(weight, std=std)

    def token_embedding(self) -> Tensor:
        """Return (members, vocabulary, width), for input and output.

        A note's row is the sum of its own embedding and those of its features (0: no feature).
        """
        parts = self.feature_embedding[:, self.features] * (self.features > 0)[..., None]
        return self.embedding + parts.sum(dim=2)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (members, batch, time, vocabulary) for ids (batch, time)."""
        time = ids.shape[1]
        embedding = self.token_embedding()
        rotation = (self.cos[:time], self.sin[:time])
        x = self.dropout(embedding[:, ids])
        for block in self.blocks:
            x = block(x, rotation)
        return (self.norm(x).flatten(1, 2) @ embedding.mT).unflatten(1, ids.shape)

    def loss(self, ids: Tensor, weights: Tensor, targets: Tensor | None = None) -> Tensor:
        """Return each member's mean cross entropy, in nats, with the next ids of (batch, time + 1).

        `weights` (batch, time) say how much each position counts. `targets` (batch, time,
        vocabulary) are the probabilities that teachers give each token: with them the loss is the
        cross entropy with these instead of the printed tokens.
        """
        log_probabilities = self(ids[:, :-1]).float().log_softmax(dim=-1)
        if targets is None:
            next_ids = ids[None, :, 1:, None].expand(len(log_probabilities), -1, -1, -1)
            losses = -log_probabilities.gather(-1, next_ids)[..., 0]
        else:
            losses = -(log_probabilities * targets).sum(dim=-1)
        return (losses * weights).sum(dim=(1, 2)) / weights.sum()
