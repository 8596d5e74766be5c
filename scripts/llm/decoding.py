"""Constrained decoding: songs written side by side in one llama.cpp context.

Every line of text is one sequence of the context. A step gives the model what all lines have to
say next, in one batch, and draws one token for each: a grammar's mask on the logits, then
llama.cpp's own sampler chain. A big model is bound by memory, so that several lines cost little
more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scripts.llm.batch import Batch
from scripts.llm.line import Line, tokens_of
from scripts.temporary import (
    SMALLEST_CONTEXT,
    TAKE_SEED_STEP,
    Sampling,
    WritingJob,
)

Judge = Callable[[int, str], float]  # (number of the job, text of a part) -> the higher the better


def context_size(model: Any, jobs: Sequence[tuple[WritingJob, Sampling]]) -> int:
    """Return the tokens of context that each line of these jobs gets."""
    words = [len(tokens_of(model, job.prompt, job.add_bos)) for job, _ in jobs]
    size = max(count + job.tokens_at_most for count, (job, _) in zip(words, jobs))
    trained = model.n_ctx_train()
    if trained > 0:  # past what it was trained on a model only babbles
        size = max(SMALLEST_CONTEXT, min(size, trained))
    return size


class Desk:
    """Writes the songs of several jobs side by side, each in a number of takes.

    At the end of every part the takes are judged, and all go on from the best.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        jobs: Sequence[tuple[WritingJob, Sampling]],
        threads: int,
        size: int,
        takes: int = 1,
        judge: Judge | None = None,
    ) -> None:
        """Give each line a context of `size` tokens, as `context_size` finds it for these jobs."""
        self._judge = judge
        takes = takes if judge else 1
        self._batch = Batch(model, size, len(jobs) * takes, threads)
        self._songs = [
            [
                Line(model, tokenizer, self._batch, number * takes + take, job, _retake(how, take))
                for take in range(takes)
            ]
            for number, (job, how) in enumerate(jobs)
        ]

    def step(self) -> None:
        """Let every line that is not done say its next token."""
        lines = [line for song in self._songs for line in song if line.pending()]
        for line, index in self._batch.decode(lines):
            line.choose(index)
        for number, song in enumerate(self._songs):
            if all(line.paused for line in song):
                self._go_on(number, song)

    def _go_on(self, number: int, song: list[Line]) -> None:
        """Judge the takes of a part, and let all lines of the song go on from the best."""
        if self._judge and len(song) > 1:
            scores = [self._judge(number, line.part_text()) for line in song]
            best = song[scores.index(max(scores))]
            for line in song:
                if line is not best:
                    line.adopt(best)
                    self._batch.copy(best.sequence, line.sequence)
        for line in song:
            line.go_on()

    def finished(self, number: int) -> bool:
        """Return whether a song is written (its takes agree then)."""
        return all(line.done for line in self._songs[number])

    def fraction(self, number: int) -> float:
        """Return how much of a song is written, 0 to 1: that of its slowest take."""
        return min(line.fraction() for line in self._songs[number])

    def text(self, number: int) -> str:
        """Return what is written of a song so far, without its prompt."""
        return self._songs[number][0].text

    def close(self) -> None:
        """Free the context and the sampler chains."""
        for song in self._songs:
            for line in song:
                line.close()
        self._batch.close()


def _retake(sampling: Sampling, take: int) -> Sampling:
    """Return the sampling of a take: another seed for every take but the first."""
    from dataclasses import replace

    return replace(sampling, seed=sampling.seed + take * TAKE_SEED_STEP)
