"""Begin with the weights of the second starter, whose dialect was another."""

from __future__ import annotations

import re
from pathlib import Path

import gguf
import torch

from dialect import DENSITY_EDGES, PHRASE_EDGES, bucket
from export import tensor_name
from model import Llama
from tokens import PIECES

OLD_HEIGHTS = (65.0, 67.5, 70.0, 72.5, 75.0)  # the edges of its [H:1] to [H:6]


def nearest(piece: str) -> str:
    """Return what comes nearest to a piece in dialect 2: it had no [E:], and [N:] and [H:] were
    coarser."""
    match = re.fullmatch(r"\[([NHE]):(\d+)\]", piece)
    if not match:
        return piece
    letter, value = match[1], int(match[2])
    if letter == "N":
        return f"[N:{bucket((0.0, *PHRASE_EDGES)[value - 1], DENSITY_EDGES)}]"
    return f"[B:{value}]" if letter == "E" else f"[H:{bucket(value, OLD_HEIGHTS)}]"


@torch.no_grad()
def start_from(model: Llama, path: Path) -> None:
    """Take the weights of its file for a model of the same shape."""
    file = gguf.GGUFReader(path)
    names = file.get_field("tokenizer.ggml.tokens")
    ids = {bytes(names.parts[part]).decode(): number for number, part in enumerate(names.data)}
    weights = {
        tensor.name: torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type))
        for tensor in file.tensors
    }
    rows = weights["token_embd.weight"]
    model.shared.weight.zero_()
    for number, piece in enumerate(PIECES):
        model.embedding.weight[number] = rows[ids[nearest(piece)]]
    for name, weight in model.named_parameters():
        if not name.startswith(("embedding.", "shared.")):
            weight.copy_(weights[tensor_name(name)])
