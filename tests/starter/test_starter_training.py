"""Training, where PyTorch is: the same options give the same weights; teachers; the export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.starter.dialect import write_song
from models.starter.options import parse
from models.starter.prepare import can_be_encoded
from tests.starter.test_starter_dialect import random_song

torch = pytest.importorskip("torch")

Weights = dict[str, Any]  # a tensor by its name

TINY = ["--device", "cpu", "--threads", "1", "--width", "64", "--layers", "1",
        "--batch-size", "2"]  # fmt: skip


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a work folder with random songs."""
    folder = tmp_path_factory.mktemp("work")
    songs = [write_song(song) for song in map(random_song, range(800)) if can_be_encoded(song)]
    for name, some in (("valid", songs[:6]), ("train", songs[6:]), ("augmented", songs[:200])):
        (folder / f"{name}.txt").write_text("\n".join(some) + "\n", encoding="ascii")
    return folder


def train(work: Path, out: Path, *more: str) -> Weights:
    """Train for some steps; return the weights at the end."""
    from models.starter.train import run

    run(parse("train", ["--work", str(work), "--out", str(out), *TINY, *more]))
    weights: Weights = torch.load(out / "checkpoint.pt")["model"]
    return weights


def equal(one: Weights, other: Weights) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


def test_the_same_options_give_the_same_weights(work: Path, tmp_path: Path) -> None:
    first, second, other = (
        train(work, tmp_path / name, "--steps", "3", "--seed", seed)
        for name, seed in (("a", "1"), ("b", "1"), ("c", "2"))
    )
    assert equal(first, second)
    assert not equal(first, other)


def test_members_of_an_ensemble_share_nothing(work: Path, tmp_path: Path) -> None:
    both = train(work, tmp_path, "--steps", "2", "--members", "2", "--dropout", "0")
    matrices = [weight for weight in both.values() if weight.ndim == 3]
    assert matrices
    assert not any(torch.equal(weight[0], weight[1]) for weight in matrices)


def test_teachers_teach_and_the_best_weights_are_exported(work: Path, tmp_path: Path) -> None:
    pytest.importorskip("gguf")
    pytest.importorskip("llama_cpp")
    from models.starter.export import run

    train(work, tmp_path / "teachers", "--steps", "2", "--members", "2")
    taught = ["--teachers", str(tmp_path / "teachers" / "members.pt")]
    learnt = train(work, tmp_path / "taught", "--steps", "2", *taught)
    assert not equal(learnt, train(work, work, "--steps", "2"))
    run(parse("export", ["--work", str(work), "--out", str(tmp_path / "model.gguf")]))
    assert (tmp_path / "model.gguf").read_bytes()[:4] == b"GGUF"
