"""One line of text as it is written: a sequence of the context, its grammar and its sampler."""

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
    """Writes a job's segments one after another, a token at each step.

    `fed` are the tokens that the model has seen, `pending_tokens()` those that it is to see next; then
    `choose` draws what follows. At the end of a part the line pauses until `resume`.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        batch: DecodingContext,
        sequence: int,
        job: WritingJob,
        sampling: Sampling,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._batch = batch
        self.sequence = sequence
        self._job = job
        self._sampler_chain = sampler_chain(model, sampling)
        self._matcher: Any = None
        self._next_allowed: Any = None  # the ids that may follow, where they are known already
        self.cached_tokens: list[int] = []
        self._tokens: list[int] = []
        self.text = ""
        self._context_text = ""  # the text with its cues
        self._context_start = 0  # where what the model sees of it begins
        self._segment_texts: list[str] = []
        self._segment_text = self._part_text = ""
        self._healed_bytes = b""
        self._segment_bytes = b""
        self.paused = self.done = False
        self._next_segment()

    # --- What the desk asks ------------------------------------------------------------------

    def pending_tokens(self) -> list[int]:
        """Return the tokens that the model is to see before the next draw."""
        return [] if self.paused or self.done else self._tokens[len(self.cached_tokens) :]

    def sample(self, index: int) -> None:
        """Draw the next token from the logits at `index` of the batch, and what it forces."""
        allowed = self._allowed() if self._next_allowed is None else self._next_allowed
        while allowed.size:
            token = self._batch.sampler.sample(
                self._sampler_chain, self._batch.logits(index), allowed
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
        """Forget the own take of a part and go on from another's; the sequence is copied too."""
        self.text, self._part_text, self._context_text = (
            other.text,
            other._part_text,
            other._context_text,
        )
        self._segment_texts = list(other._segment_texts)
        self._context_start = other._context_start
        self.cached_tokens, self._tokens = list(other.cached_tokens), list(other._tokens)

    def resume(self) -> None:
        """Begin the next part."""
        self.paused = False
        self._part_text = ""
        self._next_segment()

    def close(self) -> None:
        """Free the sampler chain."""
        self._sampler_chain.close()

    # --- Segments ----------------------------------------------------------------------------

    def _next_segment(self) -> None:
        """Say what is copied, pause before a new part, and open the next segment's grammar."""
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
                body = (
                    self._segment_texts[segment.copy_of].removesuffix(source.bar_line)
                    + segment.bar_line
                )
                self._append(body)
                self._segment_texts.append(body)

    def _next_unwritten(self) -> Segment | None:
        """Return the segment to be written now, or None at the end."""
        segments = self._job.segments
        return (
            segments[len(self._segment_texts)] if len(self._segment_texts) < len(segments) else None
        )

    def _open_segment(self, segment: Segment) -> None:
        """Start a segment's grammar after the text so far.

        The last token of the text is taken back and becomes the grammar's first word, so that a
        token across the seam stays as likely as it was in training. A `whole` job has no such
        tokens, so that its grammars are known beforehand.
        """
        tokens = self._context_tokens()
        self._healed_bytes = b"" if self._job.single_token_notes else self._heal_last_token(tokens)
        grammar = self._grammar_of(segment, self._last_pitch())
        self._matcher = self._batch.matcher(grammar, self._tokenizer)
        if self._job.single_token_notes:
            self._prepare_next()
        self._segment_text, self._segment_bytes, self._next_allowed = "", b"", None
        self._rewind_to(tokens)
        self._fast_forward()

    def _grammar_of(self, segment: Segment, last_pitch: str) -> str:
        """Return a segment's grammar after what was taken back and the pitch that sounded last."""
        head = f"{json.dumps(self._healed_bytes.decode())} " if self._healed_bytes else ""
        return f"start: {head}{segment.entry_rules.get(last_pitch, 'segment')}\n{segment.grammar}"

    def _prepare_next(self) -> None:
        """Have the grammar of the segment that is written next compiled in the meantime."""
        for segment in self._job.segments[len(self._segment_texts) + 1 :]:
            if segment.copy_of is None:
                self._batch.precompile(self._grammar_of(segment, ""), self._tokenizer)
                return

    def _visible_text(self) -> str:
        """Return what the model goes on from, with cues; each chapter's parts are A, B, C anew."""
        return decoding.CHAPTER_PATTERN.sub(r"\1", self._context_text[self._context_start :])

    def _context_tokens(self) -> list[int]:
        """Tokenize prompt and text; of a text that is too long only the end is kept."""
        text = self._visible_text()
        room = self._batch.sequence_size - self._job.tokens_for_segment
        while True:
            tokens = tokenize(self._model, self._job.prompt + text, self._job.add_bos)
            if len(tokens) <= room:
                return tokens
            cut = max(text.find("\n", len(text) // 2), text.find("|", len(text) // 2)) + 1
            if not text or cut <= 0 or cut >= len(text):
                raise ModelError(
                    f"This model's context of {self._batch.sequence_size} tokens is too small for the "
                    "song; choose another model."
                )
            text = text[cut:]

    def _heal_last_token(self, tokens: list[int]) -> bytes:
        """Take the last token off and return its bytes; nothing where that is unsafe."""
        last: bytes = self._tokenizer.decode_bytes(tokens[-1:])
        whole = (self._job.prompt + self._visible_text()).encode()
        if len(tokens) < 2 or not last.isascii() or not last or not whole.endswith(last):
            return b""
        if not last.decode().isprintable():
            return b""
        tokens.pop()
        return last

    def _last_pitch(self) -> str:
        found = decoding.LAST_PITCH_PATTERN.search(self._visible_text())
        return found[0] if found else ""

    def _rewind_to(self, tokens: list[int]) -> None:
        """Make `tokens` the target, keeping of what was fed the head that it shares."""
        same = 0
        for old, new in zip(self.cached_tokens, tokens):
            if old != new:
                break
            same += 1
        same = min(same, len(tokens) - 1)  # at least one token must give fresh logits
        if same < len(self.cached_tokens) and not self._batch.truncate_sequence(
            self.sequence, same
        ):
            same = 0  # a recurrent model remembers all or nothing
            self._batch.truncate_sequence(self.sequence, 0)
        del self.cached_tokens[same:]
        self._tokens = tokens

    # --- Tokens ------------------------------------------------------------------------------

    def _allowed(self) -> Any:
        """Return the ids of the tokens that may follow; of a `whole` job's none that are bytes."""
        allowed = self._batch.sampler.allowed_tokens(self._matcher, self._job.single_token_notes)
        if self._matcher.is_error():
            raise self._no_legal_token_error()
        return allowed

    def _try_token(self, token: int) -> bool:
        """Take a token if whole tokens can follow: after c, where only c4 is legal, none can.

        What can follow is kept for the next draw.
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
        """Take what the grammar leaves no choice about, without a draw; end the segment."""
        while self._matcher is not None and not self._matcher.is_accepting():
            tokens = self._matcher.compute_ff_tokens()
            if not tokens:
                return
            self._accept(tokens)
        self._matcher = None

    def _accept(self, tokens: list[int]) -> None:
        """Write tokens that the grammar has yet to hear of."""
        self._advance_matcher(tokens)
        self._write(tokens)

    def _advance_matcher(self, tokens: list[int]) -> None:
        """Tell the grammar of tokens."""
        self._next_allowed = None
        if not self._matcher.consume_tokens(tokens):
            raise self._no_legal_token_error()

    def _write(self, tokens: list[int]) -> None:
        """Write tokens that the grammar knows, and close the segment when it is complete."""
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
        logging.getLogger(__name__).warning("nothing legal is left to say: %s", reason)
        signs = "lists of notes need" if self._job.song_format == "notes" else "ABC needs"
        return ModelError(
            f"This model cannot write music: its vocabulary lacks letters or signs that {signs}; "
            "choose another in Options."
        )


def tokenize(model: Any, text: str, add_bos: bool | None) -> list[int]:
    """Return a text's token ids; `add_bos` None leaves the beginning to the model's metadata."""
    bos = model.add_bos_token() if add_bos is None else add_bos
    return list(model.tokenize(text.encode(), bos, True))
