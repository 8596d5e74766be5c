"""One llama.cpp context of several sequences: decodes batches and returns logits.

It also compiles grammars and caches them for the sequences that share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from scripts.llm.token_sampler import TokenSampler
from scripts.tables.program import ModelError
from scripts.temporary import decoding


class Sequential(Protocol):
    """One sequence of a context, as `DecodingContext.decode` needs it."""

    sequence: int  # its id in the context
    cached_tokens: list[int]  # decoded already: they are in the KV cache

    def pending_tokens(self) -> list[int]:
        """Return the tokens to decode next."""


S = TypeVar("S", bound=Sequential)


class DecodingContext:
    """One llama.cpp context of several sequences, its batch, and a sampler for its logits."""

    def __init__(self, model: Any, size: int, sequences: int, threads: int) -> None:
        """Create a context of `size` tokens for each sequence.

        `model` is llama_cpp's internal LlamaModel. Raises ValueError where there is no memory.
        """
        import llama_cpp
        from llama_cpp._internals import LlamaBatch, LlamaContext

        self.sequence_size = size
        self.vocabulary_size: int = model.n_vocab()
        self.batch_tokens = min(
            decoding.PROMPT_BATCH_TOKENS,
            max(32, decoding.LOGITS_AT_ONCE // self.vocabulary_size),
            size,
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

    def decode(self, sequences: Sequence[S]) -> list[tuple[S, int]]:
        """Decode one batch of the sequences' pending tokens, as many as fit.

        Return the sequences that have no more pending, each with the index of its logits in the
        batch. Raises ModelError when llama.cpp fails.
        """
        raw = self._batch.batch
        count, decoded, ready = 0, list[tuple[S, list[int]]](), list[tuple[S, int]]()
        for sequence in sequences:
            tokens = sequence.pending_tokens()[: self.batch_tokens - count]
            for offset, token in enumerate(tokens):
                raw.token[count] = token
                raw.pos[count] = len(sequence.cached_tokens) + offset
                raw.seq_id[count][0] = sequence.sequence
                raw.n_seq_id[count] = 1
                raw.logits[count] = False
                count += 1
            if tokens:
                decoded.append((sequence, tokens))
                if len(tokens) == len(sequence.pending_tokens()):
                    raw.logits[count - 1] = True
                    ready.append((sequence, count - 1))
        raw.n_tokens = count
        try:
            self.context.decode(self._batch)
        except RuntimeError as error:
            raise ModelError(
                f"llama.cpp could not go on ({error}); choose a smaller model or a shorter song."
            ) from error
        for sequence, tokens in decoded:
            sequence.cached_tokens += tokens
        return ready

    def logits(self, index: int) -> Any:
        """Return the logits at an index of the last batch, shape (vocabulary,), float32.

        It is a view: the next `decode` overwrites it.
        """
        import ctypes

        import numpy

        pointer = self.context.get_logits_ith(index)
        address = ctypes.addressof(pointer.contents)
        if address not in self._logits:  # llama.cpp reuses the same few addresses
            self._logits[address] = numpy.ctypeslib.as_array(pointer, shape=(self.vocabulary_size,))
        return self._logits[address]

    def precompile(self, grammar: str, tokenizer: Any) -> None:
        """Compile a Lark grammar in a background thread, while the model decodes."""
        if grammar not in self._matchers:
            if len(self._matchers) >= decoding.MATCHERS_KEPT:  # long songs use thousands
                del self._matchers[next(iter(self._matchers))]
            self._matchers[grammar] = self._compiler.submit(compile_grammar, grammar, tokenizer)

    def matcher(self, grammar: str, tokenizer: Any) -> Any:
        """Return a fresh matcher of a Lark grammar; equal grammars are compiled once."""
        self.precompile(grammar, tokenizer)
        return self._matchers[grammar].result().deep_copy()

    def truncate_sequence(self, sequence: int, length: int) -> bool:
        """Drop all but the first `length` tokens of a sequence from the KV cache.

        False for a recurrent model, whose state cannot be rewound.
        """
        return bool(self.context.kv_cache_seq_rm(sequence, length, -1))

    def copy_sequence(self, source: int, target: int) -> None:
        """Replace the KV cache of sequence `target` with that of `source`."""
        self.context.kv_cache_seq_rm(target, -1, -1)
        self.context.kv_cache_seq_cp(source, target, -1, -1)

    def close(self) -> None:
        """Free the context and stop the grammar thread."""
        self._compiler.shutdown(cancel_futures=True)
        self._batch.close()
        self.context.close()


def compile_grammar(grammar: str, tokenizer: Any) -> Any:
    """Return a matcher of a Lark grammar. Releases the GIL while compiling."""
    from llguidance import LLMatcher

    return LLMatcher(tokenizer, LLMatcher.grammar_from_lark(grammar), log_level=0)
