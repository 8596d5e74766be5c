"""What counts in the loss, and the loss on held-out tunes."""

from __future__ import annotations

from argparse import Namespace
from math import log

import torch
from torch import Tensor

from models.starter.dataloader import PAD
from models.starter.model import Llama
from models.starter.tokenizer import FIRST_NOTE_ID

STRUCTURE_WEIGHT = 0.1  # of the tokens that an app dictates: chords, bar lines, fields; notes: 1
VALIDATION_BATCH = 12  # sequences


def token_weights(ids: Tensor, structure: float = STRUCTURE_WEIGHT) -> Tensor:
    """Return how much each target of (batch, time + 1) ids counts: notes 1, padding 0."""
    return (ids[:, 1:] >= FIRST_NOTE_ID) * (1 - structure) + (ids[:, 1:] != PAD) * structure


@torch.no_grad()
def validation_losses(model: Llama, ids: Tensor, options: Namespace) -> tuple[list[float], float]:
    """Return each member's mean loss and that of all as one ensemble, in nats a note or rest.

    `ids` are (sequences, SEQUENCE_LENGTH + 1). An ensemble's probability of a token is the mean of
    its members' probabilities.
    """
    model.eval()
    weights = token_weights(ids, structure=0.0)
    members, ensemble = torch.zeros(model.embedding.shape[0], device=ids.device), 0.0
    for part, counts in zip(ids.split(VALIDATION_BATCH), weights.split(VALIDATION_BATCH)):
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=options.bfloat16):
            logits = model(part[:, :-1].clamp(min=0)).float()
        next_ids = part[None, :, 1:, None].clamp(min=0).expand(len(logits), -1, -1, -1)
        log_probabilities = logits.log_softmax(dim=-1).gather(-1, next_ids)[..., 0]
        members -= (log_probabilities * counts).sum(dim=(1, 2))
        mean = log_probabilities.logsumexp(dim=0) - log(len(log_probabilities))
        ensemble -= float((mean * counts).sum())
    model.train()
    return (members / weights.sum()).tolist(), ensemble / float(weights.sum())
