"""Constrained decoding: songs written side by side in one llama.cpp context.

Every line of text is one sequence of the context. A step gives the model what all lines have to
say next, in one batch, and draws one token for each: a grammar's mask on the logits, then
llama.cpp's own sampler chain. A big model is bound by memory, so that several lines cost little
more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from scripts.llm.decoding_context import DecodingContext
from scripts.llm.decoding_sequence import DecodingSequence, tokenize
from scripts.tables.models import Sampling, WritingJob
from scripts.temporary import decoding

# (number of the job, text of a part) -> the higher the better.
TakeScorer = Callable[[int, str], float]


def sequence_context_size(model: Any, jobs: Sequence[tuple[WritingJob, Sampling]]) -> int:
    """Return the tokens of context that each line of these jobs gets."""
    prompt_tokens = [len(tokenize(model, job.prompt, job.add_bos)) for job, _ in jobs]
    size = max(count + job.tokens_at_most for count, (job, _) in zip(prompt_tokens, jobs))
    trained = model.n_ctx_train()
    if trained > 0:  # past what it was trained on a model only babbles
        size = max(decoding.SMALLEST_CONTEXT, min(size, trained))
    return size


class BatchDecoder:
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
        score_take: TakeScorer | None = None,
    ) -> None:
        """Give each line a context of `size` tokens, as `context_size` finds it for these jobs."""
        self._score_take = score_take
        takes = takes if score_take else 1
        self._batch = DecodingContext(model, size, len(jobs) * takes, threads)
        self._sequences_by_song = [
            [
                DecodingSequence(
                    model,
                    tokenizer,
                    self._batch,
                    number * takes + take,
                    job,
                    _take_sampling(sampling, take),
                )
                for take in range(takes)
            ]
            for number, (job, sampling) in enumerate(jobs)
        ]

    def step(self) -> None:
        """Let every line that is not done say its next token."""
        lines = [line for song in self._sequences_by_song for line in song if line.pending_tokens()]
        for line, index in self._batch.decode(lines):
            line.sample(index)
        for number, song in enumerate(self._sequences_by_song):
            if all(line.paused for line in song):
                self._resume_best(number, song)

    def _resume_best(self, number: int, song: list[DecodingSequence]) -> None:
        """Judge the takes of a part, and let all lines of the song go on from the best."""
        if self._score_take and len(song) > 1:
            scores = [self._score_take(number, line.part_text()) for line in song]
            best = song[scores.index(max(scores))]
            for line in song:
                if line is not best:
                    line.copy_from(best)
                    self._batch.copy_sequence(best.sequence, line.sequence)
        for line in song:
            line.resume()

    def finished(self, number: int) -> bool:
        """Return whether a song is written (its takes agree then)."""
        return all(line.done for line in self._sequences_by_song[number])

    def fraction(self, number: int) -> float:
        """Return how much of a song is written, 0 to 1: that of its slowest take."""
        return min(line.fraction() for line in self._sequences_by_song[number])

    def text(self, number: int) -> str:
        """Return what is written of a song so far, without its prompt."""
        return self._sequences_by_song[number][0].text

    def close(self) -> None:
        """Free the context and the sampler chains."""
        for song in self._sequences_by_song:
            for line in song:
                line.close()
        self._batch.close()


def _take_sampling(sampling: Sampling, take: int) -> Sampling:
    """Return the sampling of a take: another seed for every take but the first."""
    from dataclasses import replace

    return replace(sampling, seed=sampling.seed + take * decoding.TAKE_SEED_STEP)
