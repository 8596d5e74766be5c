"""One sequence of the context: its tokens, its current segment's grammar, its sampler chain."""

from __future__ import annotations

import json
import logging
from typing import Any

from scripts.llm.decoding_context import DecodingContext
from scripts.llm.token_sampler import sampler_chain
from scripts.music.leadsheet import count_bars
from scripts.tables.models import Sampling, Segment, WritingJob
from scripts.tables.program import ModelError
from scripts.temporary import decoding


class DecodingSequence:
    """Writes a job's segments one after another, a sampled token at each step.

    `cached_tokens` are in the KV cache already, `pending_tokens()` are to be decoded next; then
    `sample` chooses what follows. At the end of a part the sequence pauses until `resume`.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        context: DecodingContext,
        sequence: int,
        job: WritingJob,
        sampling: Sampling,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._context = context
        self.sequence = sequence
        self._job = job
        self._sampler_chain = sampler_chain(model, sampling)
        self._matcher: Any = None
        self._next_allowed: Any = None  # ids of the tokens allowed next, where known already
        self.cached_tokens: list[int] = []
        self._tokens: list[int] = []
        self.text = ""
        self._context_text = ""  # the text with its control codes
        self._context_start = 0  # index in it where the current chapter begins
        self._segment_texts: list[str] = []
        self._segment_text = self._part_text = ""
        self._healed_bytes = b""  # of the last token before the segment, see `_open_segment`
        self._segment_bytes = b""
        self.paused = self.done = False
        self._next_segment()

    # --- For the batch decoder ---------------------------------------------------------------

    def pending_tokens(self) -> list[int]:
        """Return the tokens to decode before the next one is sampled."""
        return [] if self.paused or self.done else self._tokens[len(self.cached_tokens) :]

    def sample(self, index: int) -> None:
        """Sample the next token from the logits at `index` of the batch; append what it forces.

        Raises ModelError where no token is legal.
        """
        allowed = self._allowed() if self._next_allowed is None else self._next_allowed
        while allowed.size:
            token = self._context.sampler.sample(
                self._sampler_chain, self._context.logits(index), allowed
            )
            if self._try_token(token):
                self._write([token])
                self._fast_forward()
                return
            allowed = allowed[allowed != token]
        raise self._no_legal_token_error()

    def part_text(self) -> str:
        """Return the text of the part that has just been written."""
        return self._part_text

    def fraction(self) -> float:
        """Return how much of the job is written, 0 to 1."""
        if self.done:
            return 1.0
        if self._job.song_format == "notes":
            return len(self._segment_texts) / len(self._job.segments)
        return min(count_bars(self.text), self._job.bars - 1) / self._job.bars

    def copy_from(self, other: DecodingSequence) -> None:
        """Replace this take by another one; the caller copies the KV cache.

        Its sampler chain stays, so that the takes of the next part differ.
        """
        self.text, self._part_text = other.text, other._part_text
        self._context_text = other._context_text
        self._segment_texts = list(other._segment_texts)
        self._context_start = other._context_start
        self.cached_tokens, self._tokens = list(other.cached_tokens), list(other._tokens)

    def resume(self) -> None:
        """Start the next part."""
        self.paused = False
        self._part_text = ""
        self._next_segment()

    def close(self) -> None:
        """Free the sampler chain."""
        self._sampler_chain.close()

    # --- Segments ----------------------------------------------------------------------------

    def _next_segment(self) -> None:
        """Append copied segments, then open the next grammar; pause before a new part."""
        while True:
            segment = self._next_unwritten()
            if segment is None:
                self.done = True
                return
            if segment.lead_in and self._part_text:
                self.paused = True
                return
            if segment.starts_chapter:
                self._context_start = len(self._context_text)
            self._append(segment.lead_in)
            self._context_text += segment.control_codes
            if segment.copy_of is None:
                self._open_segment(segment)
                if self._matcher is not None:
                    return
            else:
                source = self._job.segments[segment.copy_of]
                body = self._segment_texts[segment.copy_of].removesuffix(source.bar_line)
                body += segment.bar_line
                self._append(body)
                self._segment_texts.append(body)

    def _next_unwritten(self) -> Segment | None:
        """Return the first segment that is not written, or None at the end."""
        segments, written = self._job.segments, len(self._segment_texts)
        return segments[written] if written < len(segments) else None

    def _open_segment(self, segment: Segment) -> None:
        """Start a segment's grammar after the text so far, with token healing.

        The last token of the text is removed and its bytes become the grammar's first terminal, so
        that a token across the boundary stays as likely as in training. Jobs of single-token notes
        have no such tokens; without healing, their grammars can be compiled ahead.
        """
        tokens = self._context_tokens()
        self._healed_bytes = b"" if self._job.single_token_notes else self._heal_last_token(tokens)
        grammar = self._grammar_of(segment, self._last_pitch())
        self._matcher = self._context.matcher(grammar, self._tokenizer)
        if self._job.single_token_notes:
            self._precompile_next()
        self._segment_text, self._segment_bytes, self._next_allowed = "", b"", None
        self._rewind_to(tokens)
        self._fast_forward()

    def _grammar_of(self, segment: Segment, last_pitch: str) -> str:
        """Return a segment's grammar after the healed bytes and the last pitch ("" for none)."""
        head = f"{json.dumps(self._healed_bytes.decode())} " if self._healed_bytes else ""
        return f"start: {head}{segment.entry_rules.get(last_pitch, 'segment')}\n{segment.grammar}"

    def _precompile_next(self) -> None:
        """Compile the grammar of the segment after this one in the background."""
        for segment in self._job.segments[len(self._segment_texts) + 1 :]:
            if segment.copy_of is None:
                self._context.precompile(self._grammar_of(segment, ""), self._tokenizer)
                return

    def _visible_text(self) -> str:
        """Return the current chapter with control codes; its parts are named A, B, C again."""
        return decoding.CHAPTER_PATTERN.sub(r"\1", self._context_text[self._context_start :])

    def _context_tokens(self) -> list[int]:
        """Tokenize prompt and text; drop the beginning of a text that is too long.

        It is cut at a line or bar line. Raises ModelError where the context is too small for that.
        """
        text = self._visible_text()
        available = self._context.sequence_size - self._job.tokens_for_segment
        while True:
            tokens = tokenize(self._model, self._job.prompt + text, self._job.add_bos)
            if len(tokens) <= available:
                return tokens
            cut = max(text.find("\n", len(text) // 2), text.find("|", len(text) // 2)) + 1
            if not text or cut <= 0 or cut >= len(text):
                raise ModelError(
                    f"This model's context of {self._context.sequence_size} tokens is too small "
                    "for the song; choose another model."
                )
            text = text[cut:]

    def _heal_last_token(self, tokens: list[int]) -> bytes:
        """Remove the last token and return its bytes; b"" (and no change) where that is unsafe."""
        last: bytes = self._tokenizer.decode_bytes(tokens[-1:])
        text = (self._job.prompt + self._visible_text()).encode()
        if len(tokens) < 2 or not last.isascii() or not last or not text.endswith(last):
            return b""
        if not last.decode().isprintable():
            return b""
        tokens.pop()
        return last

    def _last_pitch(self) -> str:
        """Return the pitch before the segment as it is written, or ""."""
        found = decoding.LAST_PITCH_PATTERN.search(self._visible_text())
        return found[0] if found else ""

    def _rewind_to(self, tokens: list[int]) -> None:
        """Set the tokens of the sequence; keep the KV cache of the prefix that they share."""
        shared = 0
        for old, new in zip(self.cached_tokens, tokens):
            if old != new:
                break
            shared += 1
        shared = min(shared, len(tokens) - 1)  # one token must be decoded, to get its logits
        cut = shared < len(self.cached_tokens)
        if cut and not self._context.truncate_sequence(self.sequence, shared):
            shared = 0  # a recurrent model's state can only be cleared
            self._context.truncate_sequence(self.sequence, 0)
        del self.cached_tokens[shared:]
        self._tokens = tokens

    # --- Tokens ------------------------------------------------------------------------------

    def _allowed(self) -> Any:
        """Return the ids of the tokens allowed next; of single-token notes, no byte tokens."""
        allowed = self._context.sampler.allowed_tokens(self._matcher, self._job.single_token_notes)
        if self._matcher.is_error():
            raise self._no_legal_token_error()
        return allowed

    def _try_token(self, token: int) -> bool:
        """Advance the grammar by a token; undo it where only byte tokens could follow.

        That happens with single-token notes: after `c`, where only the token `c4` is legal. The
        tokens that can follow are kept for the next `sample`.
        """
        self._advance_matcher([token])
        if not self._job.single_token_notes or self._matcher.is_accepting():
            return True
        self._next_allowed = self._allowed()
        if self._next_allowed.size:
            return True
        self._matcher.rollback(1)
        return False

    def _fast_forward(self) -> None:
        """Append the tokens that the grammar forces, without sampling; end a complete segment."""
        while self._matcher is not None and not self._matcher.is_accepting():
            tokens = self._matcher.compute_ff_tokens()
            if not tokens:
                return
            self._accept(tokens)
        self._matcher = None

    def _accept(self, tokens: list[int]) -> None:
        """Advance the grammar by tokens and write them."""
        self._advance_matcher(tokens)
        self._write(tokens)

    def _advance_matcher(self, tokens: list[int]) -> None:
        """Advance the grammar by tokens; raises ModelError where it rejects them."""
        self._next_allowed = None
        if not self._matcher.consume_tokens(tokens):
            raise self._no_legal_token_error()

    def _write(self, tokens: list[int]) -> None:
        """Append tokens that the grammar has accepted; start the next segment after the last."""
        self._tokens += tokens
        self._segment_bytes += self._tokenizer.decode_bytes(tokens)
        fresh = self._segment_bytes[len(self._healed_bytes) :].decode("utf-8", "ignore")
        self._append(fresh[len(self._segment_text) :])
        self._segment_text = fresh
        if self._matcher.is_accepting():
            self._segment_texts.append(fresh)
            self._matcher = None
            self._next_segment()

    def _append(self, text: str) -> None:
        self.text += text
        self._context_text += text
        self._part_text += text

    def _no_legal_token_error(self) -> ModelError:
        reason = self._matcher.get_error() if self._matcher is not None else ""
        reason = reason.partition("\n")[0][:120]  # the rest is the whole grammar
        logging.getLogger(__name__).warning("no token is legal: %s", reason)
        signs = "lists of notes need" if self._job.song_format == "notes" else "ABC needs"
        return ModelError(
            f"This model cannot write music: its vocabulary lacks letters or signs that {signs}; "
            "choose another in Options."
        )


def tokenize(model: Any, text: str, add_bos: bool | None) -> list[int]:
    """Return a text's token ids; with `add_bos` None the metadata decide about the BOS token."""
    bos = model.add_bos_token() if add_bos is None else add_bos
    return list(model.tokenize(text.encode(), bos, True))
