"""One llama.cpp context of several sequences: it is fed in batches and gives logits.

Compiled grammars are kept beside it, for the lines that share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from scripts.llm.token_sampler import TokenSampler
from scripts.tables.program import ModelError
from scripts.temporary import decoding


class Sequential(Protocol):
    """What a batch feeds: the text of one sequence of the context, as tokens."""

    sequence: int
    cached_tokens: list[int]  # the tokens that the model has seen

    def pending_tokens(self) -> list[int]:
        """Return the tokens that the model is to see next."""


S = TypeVar("S", bound=Sequential)


class DecodingContext:
    """One llama.cpp context of several sequences, and the batch that feeds it."""

    def __init__(self, model: Any, size: int, sequences: int, threads: int) -> None:
        """Make room for `size` tokens in each sequence; `model` is an internal LlamaModel."""
        import llama_cpp
        from llama_cpp._internals import LlamaBatch, LlamaContext

        self.sequence_size = size
        self.vocabulary_size: int = model.n_vocab()
        self.batch_tokens = min(
            decoding.PROMPT_BATCH_TOKENS, max(32, decoding.LOGITS_AT_ONCE // self.vocabulary_size), size
        )
        self.batch_tokens = max(self.batch_tokens, sequences)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = size * sequences
        params.n_seq_max = sequences
        params.n_batch = params.n_ubatch = self.batch_tokens
        params.n_threads = params.n_threads_batch = threads
        self.context = LlamaContext(model=model, params=params, verbose=True)
        self.sampler = TokenSampler(model)
        self._compiler = ThreadPoolExecutor(1, thread_name_prefix="grammars")
        self._matchers: dict[str, Future[Any]] = {}
        self._logits: dict[int, Any] = {}
        self._batch = LlamaBatch(n_tokens=self.batch_tokens, embd=0, n_seq_max=1, verbose=True)

    def decode(self, lines: Sequence[S]) -> list[tuple[S, int]]:
        """Feed what the lines have pending, as far as the block reaches.

        Returns the lines that have been fed all, each with the index of its logits.
        """
        raw = self._batch.batch
        count, fed, ready = 0, list[tuple[S, list[int]]](), list[tuple[S, int]]()
        for line in lines:
            tokens = line.pending_tokens()[: self.batch_tokens - count]
            for offset, token in enumerate(tokens):
                raw.token[count] = token
                raw.pos[count] = len(line.cached_tokens) + offset
                raw.seq_id[count][0] = line.sequence
                raw.n_seq_id[count] = 1
                raw.logits[count] = False
                count += 1
            if tokens:
                fed.append((line, tokens))
                if len(tokens) == len(line.pending_tokens()):
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
            line.cached_tokens += tokens
        return ready

    def logits(self, index: int) -> Any:
        """Return a view of the logits at a place of the batch, shape (vocabulary,), float32."""
        import ctypes

        import numpy

        pointer = self.context.get_logits_ith(index)
        place = ctypes.addressof(pointer.contents)
        if place not in self._logits:  # llama.cpp writes to the same few places again and again
            self._logits[place] = numpy.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))
        return self._logits[place]

    def precompile(self, grammar: str, tokenizer: Any) -> None:
        """Have a Lark grammar compiled by a thread of its own, while the model reads and writes."""
        if grammar not in self._matchers:
            if len(self._matchers) >= decoding.MATCHERS_KEPT:  # long songs have thousands
                del self._matchers[next(iter(self._matchers))]
            self._matchers[grammar] = self._compiler.submit(compile_grammar, grammar, tokenizer)

    def matcher(self, grammar: str, tokenizer: Any) -> Any:
        """Return a fresh matcher of a Lark grammar; takes and cells that agree share the work."""
        self.precompile(grammar, tokenizer)
        return self._matchers[grammar].result().deep_copy()

    def truncate_sequence(self, sequence: int, length: int) -> bool:
        """Keep the first `length` tokens of a sequence; False where the model can't go back."""
        return bool(self.context.kv_cache_seq_rm(sequence, length, -1))

    def copy_sequence(self, source: int, target: int) -> None:
        """Make a sequence the same as another."""
        self.context.kv_cache_seq_rm(target, -1, -1)
        self.context.kv_cache_seq_cp(source, target, -1, -1)

    def close(self) -> None:
        """Free the context."""
        self._compiler.shutdown(cancel_futures=True)
        self._batch.close()
        self.context.close()


def compile_grammar(grammar: str, tokenizer: Any) -> Any:
    """Return a matcher of a Lark grammar, to be copied; it lets go of Python while it is made."""
    from llguidance import LLMatcher

    return LLMatcher(tokenizer, LLMatcher.grammar_from_lark(grammar), log_level=0)
