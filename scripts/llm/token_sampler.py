"""Token sampling: a grammar's mask on the logits, then llama.cpp's sampler chain."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from scripts.tables.models import Sampling
from scripts.temporary import decoding


class TokenSampler:
    """Samples for all sequences of a context, in one candidate buffer that is allocated once.

    Only allowed tokens are passed to the sampler chain: a few hundred at most, while a vocabulary
    may have 262,144.
    """

    def __init__(self, model: Any) -> None:
        """Allocate candidates for the vocabulary of `model`, llama_cpp's internal LlamaModel."""
        import ctypes

        import llama_cpp
        import numpy

        self._model = model
        self._vocabulary: int = model.n_vocab()
        fields = [("id", numpy.int32), ("logit", numpy.float32), ("p", numpy.float32)]
        candidates = numpy.zeros(self._vocabulary, dtype=fields)
        self._ids, self._logits = candidates["id"], candidates["logit"]
        self._candidates = llama_cpp.llama_token_data_array(
            data=candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data)),
            size=0,
            selected=-1,
            sorted=False,
        )
        self._reference = ctypes.byref(self._candidates)
        self._apply = llama_cpp.llama_sampler_apply
        self._masks: dict[tuple[bytes, bool], Any] = {}

    def allowed_tokens(self, matcher: Any, no_bytes: bool = False) -> Any:
        """Return the ids of the tokens that a matcher allows next, shape (allowed,).

        With `no_bytes` the vocabulary's byte tokens, such as `<0x41>`, are left out.
        """
        key = matcher.compute_bitmask(), no_bytes
        found = self._masks.get(key)
        if found is None:
            if len(self._masks) >= decoding.MASKS_KEPT:
                self._masks.clear()
            found = self._masks[key] = self._allowed_ids(*key)
        return found

    def _allowed_ids(self, mask: bytes, no_bytes: bool) -> Any:
        """Return the ids of the tokens whose bit is set in `mask`, lowest bit first."""
        import numpy

        bits = numpy.unpackbits(numpy.frombuffer(mask, numpy.uint8), bitorder="little")
        ids = numpy.flatnonzero(bits[: self._vocabulary])
        return ids[~self._is_byte[ids]] if no_bytes else ids

    @cached_property
    def _is_byte(self) -> Any:
        """Whether each token is a byte token, shape (vocabulary,)."""
        import llama_cpp
        import numpy

        attributes = (llama_cpp.llama_vocab_get_attr(self._model.vocab, token)
                      for token in range(self._vocabulary))  # fmt: skip
        bits = numpy.fromiter(attributes, numpy.int64, self._vocabulary)
        return bits & llama_cpp.LLAMA_TOKEN_ATTR_BYTE > 0

    def sample(self, chain: Any, logits: Any, allowed: Any) -> int:
        """Sample one of the allowed tokens with a sampler chain, and have the chain accept it.

        `logits` has shape (vocabulary,), `allowed` holds token ids.
        """
        candidates, count = self._candidates, len(allowed)
        self._ids[:count] = allowed
        self._logits[:count] = logits[allowed]
        candidates.size, candidates.selected, candidates.sorted = count, -1, False
        self._apply(chain.sampler, self._reference)
        token = int(self._ids[candidates.selected])
        chain.accept(token)
        return token


def sampler_chain(model: Any, sampling: Sampling) -> Any:
    """Return a new llama.cpp sampler chain with these settings; a setting that is off adds none."""
    from llama_cpp._internals import LlamaSampler

    chain = LlamaSampler()
    if sampling.dry_multiplier > 0.0:
        chain.add_dry(
            model,
            sampling.dry_multiplier,
            sampling.dry_base,
            sampling.dry_allowed_length,
            sampling.dry_last_n,
            ["\n", ":", '"', "*"],  # llama.cpp's default sequence breakers
        )
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
