"""Constrained decoding: a llama.cpp context, a grammar on its logits, its own sampler chain."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any

from scripts.temporary import (
    LOGITS_AT_ONCE,
    PROMPT_BATCH,
    SMALLEST_CONTEXT,
    ModelError,
    Sampling,
    WritingJob,
)


class Decoder:
    """One llama.cpp context and its batch: token ids in, logits out."""

    def __init__(self, model: Any, size: int, threads: int) -> None:
        """Make room for `size` tokens; `model` is llama-cpp-python's internal LlamaModel."""
        import llama_cpp
        from llama_cpp._internals import LlamaBatch, LlamaContext

        self._size = size
        self._vocabulary: int = model.n_vocab()
        self._block = min(PROMPT_BATCH, max(32, LOGITS_AT_ONCE // self._vocabulary), size)
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = size
        params.n_batch = params.n_ubatch = self._block
        params.n_threads = params.n_threads_batch = threads
        self.context = LlamaContext(model=model, params=params, verbose=False)
        self._batch = LlamaBatch(n_tokens=self._block, embd=0, n_seq_max=1, verbose=False)
        self._fed: list[int] = []

    def rewind_to(self, tokens: list[int]) -> None:
        """Make the sequence `tokens`, keeping what its head shares with what was fed before."""
        same = 0
        for old, new in zip(self._fed, tokens, strict=False):
            if old != new:
                break
            same += 1
        same = min(same, len(tokens) - 1)  # at least one token must give fresh logits
        self.context.kv_cache_seq_rm(-1, same, -1)
        del self._fed[same:]
        self.feed(tokens[same:])

    def feed(self, tokens: list[int]) -> None:
        """Evaluate tokens at the end of the sequence; raises ModelError when there is no room."""
        if len(self._fed) + len(tokens) > self._size:
            raise ModelError("The model's context is full before the song is; choose another.")
        for start in range(0, len(tokens), self._block):
            block = tokens[start : start + self._block]
            self._batch.set_batch(block, n_past=len(self._fed), logits_all=False)
            self.context.decode(self._batch)
            self._fed += block

    def logits(self) -> Any:
        """Return a view of the logits after the last token, shape (vocabulary,), float32."""
        import numpy

        return numpy.ctypeslib.as_array(self.context.get_logits_ith(-1), shape=(self._vocabulary,))

    def close(self) -> None:
        """Free the context."""
        self._batch.close()
        self.context.close()


class Writer:
    """Writes one song: a decoder, a sampler chain, and the model's words as grammar tokens."""

    def __init__(
        self, model: Any, tokenizer: Any, job: WritingJob, sampling: Sampling, threads: int
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._job = job
        size = len(self._tokens(job.prompt)) + job.tokens_at_most
        trained = model.n_ctx_train()
        if trained > 0:  # past what it was trained on a model only babbles
            size = max(SMALLEST_CONTEXT, min(size, trained))
        self._decoder = Decoder(model, size, threads)
        self._chain = sampler_chain(model, sampling)

    def write(self) -> Iterator[str]:
        """Yield the song's text piece by piece, segment after segment."""
        text, bodies = self._job.prompt, list[str]()
        for segment in self._job.segments:
            if segment.lead_in:
                text += segment.lead_in
                yield segment.lead_in
            if segment.copy_of is None:
                body = ""
                for piece in self._segment(text, segment.grammar):
                    body += piece
                    yield piece
            else:
                source = self._job.segments[segment.copy_of]
                body = bodies[segment.copy_of].removesuffix(source.line) + segment.line
                yield body
            bodies.append(body)
            text += body

    def _tokens(self, text: str) -> list[int]:
        return list(self._model.tokenize(text.encode(), self._model.add_bos_token(), True))

    def _segment(self, text: str, grammar: str) -> Iterator[str]:
        """Decode one segment after `text`: mask the logits, draw, feed back.

        What the grammar forces is fed without a draw. The last token of `text` is taken back and
        becomes the grammar's first word, so that a token across the seam stays as likely as it
        was in training.
        """
        from llguidance import LLMatcher
        from llguidance.numpy import allocate_token_bitmask, fill_next_token_bitmask

        prompt = self._tokens(text)
        healed = self._healed(prompt, text)
        matcher = LLMatcher(self._tokenizer, _with_start(grammar, healed), log_level=0)
        mask = allocate_token_bitmask(1, self._tokenizer.vocab_size)
        bytes_to_text = codecs.getincrementaldecoder("utf-8")("ignore")
        self._decoder.rewind_to(prompt)
        surplus = len(healed)
        while not matcher.is_accepting():
            tokens = matcher.compute_ff_tokens()
            if not tokens:
                fill_next_token_bitmask(matcher, mask)
                if matcher.is_error() or not mask.any():
                    raise _speechless(matcher.get_error())
                apply_mask(self._decoder.logits(), mask[0])
                tokens = [self._chain.sample(self._decoder.context, -1)]
            if not matcher.consume_tokens(tokens):
                raise _speechless(matcher.get_error())
            piece = bytes_to_text.decode(self._tokenizer.decode_bytes(tokens))
            yield piece[surplus:]
            surplus = max(0, surplus - len(piece))
            if not matcher.is_accepting():
                self._decoder.feed(tokens)

    def _healed(self, prompt: list[int], text: str) -> str:
        """Take the last token off `prompt` and return its text; nothing where that is unsafe."""
        last = self._tokenizer.decode_bytes(prompt[-1:]).decode("utf-8", "replace")
        if len(prompt) < 2 or not last.isprintable() or not last or not text.endswith(last):
            return ""
        prompt.pop()
        return last

    def close(self) -> None:
        """Free the context and the sampler chain."""
        self._chain.close()
        self._decoder.close()


def _with_start(grammar: str, healed: str) -> str:
    from llguidance import LLMatcher

    head = f"{json.dumps(healed)} " if healed else ""
    compiled: str = LLMatcher.grammar_from_lark(f"start: {head}segment\n{grammar}")
    return compiled


def _speechless(reason: str) -> ModelError:
    reason = reason.partition("\n")[0][:120].strip(" :<")  # the rest is the whole grammar
    return ModelError(
        "This model cannot write music: its vocabulary lacks letters that ABC needs "
        f"({reason or 'nothing legal is left to say'}); choose another in Options."
    )


def apply_mask(logits: Any, mask: Any) -> None:
    """Rule out, in place, every token whose bit is not set.

    `logits` has shape (vocabulary,), float32; `mask` shape (words,), int32, lowest bit first.
    """
    import numpy

    allowed = numpy.unpackbits(mask.view(numpy.uint8), bitorder="little")[: logits.shape[0]]
    logits[allowed == 0] = -numpy.inf


def sampler_chain(model: Any, sampling: Sampling) -> Any:
    """Return llama.cpp's own sampler chain for a song."""
    from llama_cpp._internals import LlamaSampler

    chain = LlamaSampler()
    if sampling.repeat_penalty != 1.0:
        chain.add_penalties(
            n_vocab=model.n_vocab(),
            penalty_last_n=sampling.repeat_last_n,
            penalty_repeat=sampling.repeat_penalty,
            penalty_freq=0.0,
            penalty_present=0.0,
        )
    if sampling.top_k > 0:
        chain.add_top_k(sampling.top_k)
    if sampling.top_p < 1.0:
        chain.add_top_p(sampling.top_p)
    if sampling.min_p > 0.0:
        chain.add_min_p(sampling.min_p)
    chain.add_temp(sampling.temperature)
    chain.add_dist(sampling.seed & 0xFFFFFFFF)
    return chain
