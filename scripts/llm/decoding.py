"""Constrained decoding: songs written side by side in one llama.cpp context.

Every line of text is one sequence of the context. A step gives the model what all lines have to
say next, in one batch, and draws one token for each: a grammar's mask on the logits, then
llama.cpp's own sampler chain. A big model is bound by memory, so that several lines cost little
more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from scripts.llm.line import Line, tokens_of
from scripts.llm.sampling import Draws
from scripts.temporary import (
    LOGITS_AT_ONCE,
    MATCHERS_KEPT,
    PROMPT_BATCH,
    SMALLEST_CONTEXT,
    TAKE_SEED_STEP,
    ModelError,
    Sampling,
    WritingJob,
)

Judge = Callable[[int, str], float]  # (number of the job, text of a part) -> the higher the better


class Batch:
    """One llama.cpp context of several sequences, and the batch that feeds it."""

    def __init__(self, model: Any, size: int, sequences: int, threads: int) -> None:
        """Make room for `size` tokens in each sequence; `model` is an internal LlamaModel."""
        import llama_cpp
        from llama_cpp._internals import LlamaBatch, LlamaContext

        self.size = size
        self.vocabulary: int = model.n_vocab()
        self.block = min(PROMPT_BATCH, max(32, LOGITS_AT_ONCE // self.vocabulary), size)
        self.block = max(self.block, sequences)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = size * sequences
        params.n_seq_max = sequences
        params.n_batch = params.n_ubatch = self.block
        params.n_threads = params.n_threads_batch = threads
        self.context = LlamaContext(model=model, params=params, verbose=True)
        self.draws = Draws(model)
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="grammars")
        self._matchers: dict[str, Future[Any]] = {}
        self._logits: dict[int, Any] = {}
        self._batch = LlamaBatch(n_tokens=self.block, embd=0, n_seq_max=1, verbose=True)

    def decode(self, lines: Sequence[Line]) -> list[tuple[Line, int]]:
        """Feed what the lines have pending, as far as the block reaches.

        Returns the lines that have been fed all, each with the index of its logits.
        """
        raw = self._batch.batch
        count, fed, ready = 0, list[tuple[Line, list[int]]](), list[tuple[Line, int]]()
        for line in lines:
            tokens = line.pending()[: self.block - count]
            for offset, token in enumerate(tokens):
                raw.token[count] = token
                raw.pos[count] = len(line.fed) + offset
                raw.seq_id[count][0] = line.sequence
                raw.n_seq_id[count] = 1
                raw.logits[count] = False
                count += 1
            if tokens:
                fed.append((line, tokens))
                if len(tokens) == len(line.pending()):
                    raw.logits[count - 1] = True
                    ready.append((line, count - 1))
        raw.n_tokens = count
        try:
            self.context.decode(self._batch)
        except RuntimeError as error:
            raise ModelError(
                f"llama.cpp could not go on ({error}); choose a smaller model or a shorter song."
            ) from error
        for line, tokens in fed:
            line.fed += tokens
        return ready

    def logits(self, index: int) -> Any:
        """Return a view of the logits at a place of the batch, shape (vocabulary,), float32."""
        import ctypes

        import numpy

        pointer = self.context.get_logits_ith(index)
        place = ctypes.addressof(pointer.contents)
        if place not in self._logits:  # llama.cpp writes to the same few places again and again
            self._logits[place] = numpy.ctypeslib.as_array(pointer, shape=(self.vocabulary,))
        return self._logits[place]

    def prepare(self, grammar: str, tokenizer: Any) -> None:
        """Have a Lark grammar compiled by a thread of its own, while the model reads and writes."""
        if grammar not in self._matchers:
            if len(self._matchers) >= MATCHERS_KEPT:  # long songs have thousands
                del self._matchers[next(iter(self._matchers))]
            self._matchers[grammar] = self._compiler.submit(compiled, grammar, tokenizer)

    def matcher(self, grammar: str, tokenizer: Any) -> Any:
        """Return a fresh matcher of a Lark grammar; takes and cells that agree share the work."""
        self.prepare(grammar, tokenizer)
        return self._matchers[grammar].result().deep_copy()

    def rewind(self, sequence: int, length: int) -> bool:
        """Keep the first `length` tokens of a sequence; False where the model can't go back."""
        return bool(self.context.kv_cache_seq_rm(sequence, length, -1))

    def copy(self, source: int, target: int) -> None:
        """Make a sequence the same as another."""
        self.context.kv_cache_seq_rm(target, -1, -1)
        self.context.kv_cache_seq_cp(source, target, -1, -1)

    def close(self) -> None:
        """Free the context."""
        self._compiler.shutdown(cancel_futures=True)
        self._batch.close()
        self.context.close()


def compiled(grammar: str, tokenizer: Any) -> Any:
    """Return a matcher of a Lark grammar, to be copied; it lets go of Python while it is made."""
    from llguidance import LLMatcher

    return LLMatcher(tokenizer, LLMatcher.grammar_from_lark(grammar), log_level=0)


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
