"""The model: a small Llama, from whose weights llama.cpp computes the same thing.

RMSNorm, rotary positions over neighbouring pairs (ggml's NORM order, so that nothing is permuted at
export), SwiGLU, no biases, and one matrix for both embedding and output.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

import tokens


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; widths are multiples of 32 because Q8_0 packs 32 weights a block."""

    vocabulary: int = len(tokens.PIECES)
    width: int = 192
    layers: int = 6
    heads: int = 3
    hidden: int = 512
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5


class Attention(nn.Module):
    """Causal self-attention with rotary positions."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.q, self.k, self.v, self.o = (
            nn.Linear(shape.width, shape.width, bias=False) for _ in range(4)
        )

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Mix (batch, time, width) along time."""
        batch, time, width = x.shape
        split = (batch, time, self.heads, width // self.heads)
        q, k, v = (f(x).view(split).transpose(1, 2) for f in (self.q, self.k, self.v))
        q, k = rotate(q, turn), rotate(k, turn)
        # Written out: for rows of a few hundred tokens faster on a CPU than PyTorch's own.
        future = torch.full((time, time), -torch.inf, dtype=q.dtype).triu(1)
        mixed = torch.softmax(q @ k.transpose(2, 3) * q.shape[-1] ** -0.5 + future, dim=-1) @ v
        return self.o(mixed.transpose(1, 2).reshape(batch, time, width))


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turn each pair of neighbours (2i, 2i+1) of (batch, heads, time, size) by its angle."""
    cos, sin = turn
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2).type_as(x)


class Block(nn.Module):
    """Attention, then the gated hidden layer, each added to what came in."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        self.attention_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.attention = Attention(shape)
        self.hidden_norm = nn.RMSNorm(shape.width, shape.epsilon)
        self.gate = nn.Linear(shape.width, shape.hidden, bias=False)
        self.up = nn.Linear(shape.width, shape.hidden, bias=False)
        self.down = nn.Linear(shape.hidden, shape.width, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
        """Map (batch, time, width) to the same shape."""
        x = x + self.dropout(self.attention(self.attention_norm(x), turn))
        y = self.hidden_norm(x)
        return x + self.dropout(self.down(functional.silu(self.gate(y)) * self.up(y)))


class Llama(nn.Module):
    """Token ids in, logits out."""

    def __init__(self, shape: Shape, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        made_of = torch.tensor(tokens.made_of())
        self.shared = nn.Embedding(int(made_of.max()) + 1, shape.width, padding_idx=0)
        self.register_buffer("made_of", made_of, persistent=False)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(Block(shape, dropout) for _ in range(shape.layers))
        self.norm = nn.RMSNorm(shape.width, shape.epsilon)
        size = shape.width // shape.heads
        speeds = shape.rope_base ** (-torch.arange(0, size, 2) / size)
        angles = torch.arange(shape.context)[:, None] * speeds
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                # Layers that add to the residual start smaller, as in GPT-2.
                last = name.endswith(("o.weight", "down.weight"))
                nn.init.normal_(weight, std=0.02 / (2 * shape.layers) ** 0.5 if last else 0.02)

        with torch.no_grad():
            self.shared.weight[0] = 0

    def table(self) -> Tensor:
        """Return (vocabulary, width), embedding and output in one: notes and what they share."""
        return self.embedding.weight + self.shared(self.made_of).sum(dim=1)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits (batch, time, vocabulary) for ids (batch, time)."""
        time = ids.shape[1]
        table = self.table()
        turn = (self.cos[:time], self.sin[:time])
        x = self.dropout(functional.embedding(ids, table))
        for block in self.blocks:
            x = block(x, turn)
        return functional.linear(self.norm(x), table)

    def loss(self, ids: Tensor, weights: Tensor) -> Tensor:
        """Return the mean cross entropy, in nats, of each next id of (batch, time + 1), weighed."""
        logits = self(ids[:, :-1]).float().flatten(0, 1)
        each = functional.cross_entropy(logits, ids[:, 1:].flatten(), reduction="none")
        return (each * weights.flatten()).sum() / weights.sum()
