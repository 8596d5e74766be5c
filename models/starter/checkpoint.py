"""Weights on disk: checkpoints to go on from, and the best weights so far."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from models.starter.model import Llama, Shape
from scripts.files import whole_or_nothing


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Save a state whole or not at all."""
    with whole_or_nothing(path) as partial:
        torch.save(state, partial)


def load_state(path: Path, device: torch.device) -> dict[str, Any]:
    """Load a state onto a device."""
    state: dict[str, Any] = torch.load(path, map_location=device)
    return state


def load_model(state: dict[str, Any]) -> Llama:
    """Return the model of a saved state, with all its members, without dropout."""
    members = len(next(iter(state["model"].values())))
    model = Llama(Shape(**state["shape"]), (0.0,) * members)
    model.load_state_dict(state["model"])
    model.eval()
    return model


class BestWeights:
    """The weights that do best on held-out tunes: best.pt, and an ensemble's as one: members.pt."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder, self.shape = folder, vars(shape)
        self.loss = self.ensemble_loss = float("inf")

    def keep_better(
        self, model: Llama, losses: list[float], ensemble_loss: float, details: dict[str, Any]
    ) -> None:
        """Save a model's best member if it is the best so far; an ensemble as a whole, too."""
        if len(losses) > 1 and ensemble_loss < self.ensemble_loss:
            self.ensemble_loss = ensemble_loss
            self._save("members.pt", {"model": model.state_dict(), "loss": ensemble_loss})
        if min(losses) < self.loss:
            self.loss = min(losses)
            member = losses.index(self.loss)
            weights = {name: w[member : member + 1] for name, w in model.state_dict().items()}
            details = {**details, "loss": self.loss, "member": member}
            self._save("best.pt", {"model": weights, **details})

    def _save(self, name: str, state: dict[str, Any]) -> None:
        save_state(self.folder / name, {**state, "shape": self.shape})
