"""Constrained decoding: several songs written in one llama.cpp context.

Each take of each song is one sequence of the context. A step decodes the pending tokens of all
sequences in one batch and samples one token for each of them: the grammar masks the logits, and
llama.cpp's sampler chain chooses. Decoding a big model is bound by memory bandwidth, so that
several sequences cost little more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from scripts.llm.decoding_context import DecodingContext
from scripts.llm.decoding_sequence import DecodingSequence, tokenize
from scripts.tables.models import Sampling, WritingJob
from scripts.temporary import decoding

# (index of the job, text of a part) -> score; the highest wins.
TakeScorer = Callable[[int, str], float]


def sequence_context_size(model: Any, jobs: Sequence[tuple[WritingJob, Sampling]]) -> int:
    """Return the context size (tokens) that each sequence needs for these jobs."""
    prompt_tokens = [len(tokenize(model, job.prompt, job.add_bos)) for job, _ in jobs]
    size = max(count + job.tokens_at_most for count, (job, _) in zip(prompt_tokens, jobs))
    trained = model.n_ctx_train()
    if trained > 0:  # beyond the context it was trained with, a model writes nonsense
        size = max(decoding.SMALLEST_CONTEXT, min(size, trained))
    return size


class BatchDecoder:
    """Writes the songs of several jobs in parallel, each in a number of takes.

    At the end of every part `score_take` compares the takes; all continue from the best one.
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
        """Create the context and a sequence for each take of each job.

        `model` is llama_cpp's internal LlamaModel, `tokenizer` llguidance's. `size` is the tokens
        of context for each sequence, see `sequence_context_size`. Without `score_take` there is
        one take.
        """
        self._score_take = score_take
        takes = takes if score_take else 1
        self._context = DecodingContext(model, size, len(jobs) * takes, threads)
        self._sequences_by_song = [
            [
                DecodingSequence(model, tokenizer, self._context, number * takes + take, job, own)
                for take, own in enumerate(_sampling_of_takes(sampling, takes))
            ]
            for number, (job, sampling) in enumerate(jobs)
        ]

    def step(self) -> None:
        """Decode one batch and sample the next token of every sequence that is not done."""
        pending = [
            sequence
            for takes in self._sequences_by_song
            for sequence in takes
            if sequence.pending_tokens()
        ]
        for sequence, index in self._context.decode(pending):
            sequence.sample(index)
        for number, takes in enumerate(self._sequences_by_song):
            if all(take.paused for take in takes):
                self._resume_best(number, takes)

    def _resume_best(self, number: int, takes: list[DecodingSequence]) -> None:
        """Score the takes of a part and continue all of them from the best."""
        if self._score_take and len(takes) > 1:
            scores = [self._score_take(number, take.part_text()) for take in takes]
            best = takes[scores.index(max(scores))]
            for take in takes:
                if take is not best:
                    take.copy_from(best)
                    self._context.copy_sequence(best.sequence, take.sequence)
        for take in takes:
            take.resume()

    def finished(self, number: int) -> bool:
        """Return whether the song of job `number` is written."""
        return all(take.done for take in self._sequences_by_song[number])

    def fraction(self, number: int) -> float:
        """Return the fraction of a song that is written, 0 to 1: that of its slowest take."""
        return min(take.fraction() for take in self._sequences_by_song[number])

    def text(self, number: int) -> str:
        """Return the text of a song so far, of its first take, without the prompt."""
        return self._sequences_by_song[number][0].text

    def close(self) -> None:
        """Free the context and the sampler chains."""
        for takes in self._sequences_by_song:
            for take in takes:
                take.close()
        self._context.close()


def _sampling_of_takes(sampling: Sampling, takes: int) -> list[Sampling]:
    """Return the sampling of each take: another seed for every take but the first."""
    seeds = (sampling.seed + take * decoding.TAKE_SEED_STEP for take in range(takes))
    return [replace(sampling, seed=seed) for seed in seeds]
