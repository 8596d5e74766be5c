"""One line of text as it is written: a sequence of the context, its grammar and its sampler."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from scripts.llm.batch import Batch
from scripts.llm.sampling import sampler_chain
from scripts.music.leadsheet import count_bars
from scripts.temporary import ModelError, Sampling, Segment, WritingJob

_CHAPTER = re.compile(r"(\[P:[A-Z])\d+(?=\])")  # a part's name as a model does not know it
_LAST_PITCH = re.compile(r"[_^]?[A-Ga-g][,']*(?=\d*[^A-Ga-g\]]*$)")


class Line:
    """Writes a job's segments one after another, a token at each step.

    `fed` are the tokens that the model has seen, `pending()` those that it is to see next; then
    `choose` draws what follows. At the end of a part the line pauses until `go_on`.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        batch: Batch,
        sequence: int,
        job: WritingJob,
        sampling: Sampling,
    ) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._batch = batch
        self.sequence = sequence
        self._job = job
        self._chain = sampler_chain(model, sampling)
        self._matcher: Any = None
        self._ahead: Any = None  # the ids that may follow, where they are known already
        self.fed: list[int] = []
        self._target: list[int] = []
        self.text = ""
        self._heard = ""  # the text with its cues
        self._seen_from = 0  # where what the model sees of it begins
        self._bodies: list[str] = []
        self._body = self._part = ""
        self._healed = b""
        self._written = b""
        self.paused = self.done = False
        self._next_segment()

    # --- What the desk asks ------------------------------------------------------------------

    def pending(self) -> list[int]:
        """Return the tokens that the model is to see before the next draw."""
        return [] if self.paused or self.done else self._target[len(self.fed) :]

    def choose(self, index: int) -> None:
        """Draw the next token from the logits at `index` of the batch, and what it forces."""
        allowed = self._allowed() if self._ahead is None else self._ahead
        while allowed.size:
            token = self._batch.draws.draw(self._chain, self._batch.logits(index), allowed)
            if self._leads_on(token):
                self._write([token])
                self._take_forced()
                return
            allowed = allowed[allowed != token]
        raise self._speechless()

    def part_text(self) -> str:
        """Return the text of the part that has just been written."""
        return self._part

    def fraction(self) -> float:
        """Return how much of the job is written, 0 to 1."""
        if self.done:
            return 1.0
        if self._job.writes == "notes":
            return len(self._bodies) / len(self._job.segments)
        return min(count_bars(self.text), self._job.bars - 1) / self._job.bars

    def adopt(self, other: Line) -> None:
        """Forget the own take of a part and go on from another's; the sequence is copied too."""
        self.text, self._part, self._heard = other.text, other._part, other._heard
        self._bodies = list(other._bodies)
        self._seen_from = other._seen_from
        self.fed, self._target = list(other.fed), list(other._target)

    def go_on(self) -> None:
        """Begin the next part."""
        self.paused = False
        self._part = ""
        self._next_segment()

    def close(self) -> None:
        """Free the sampler chain."""
        self._chain.close()

    # --- Segments ----------------------------------------------------------------------------

    def _next_segment(self) -> None:
        """Say what is copied, pause before a new part, and open the next segment's grammar."""
        while True:
            segment = self._upcoming()
            if segment is None:
                self.done = True
                return
            if segment.lead_in and self._part:
                self.paused = True
                return
            if segment.opens:
                self._seen_from = len(self._heard)
            self._say(segment.lead_in)
            self._heard += segment.cue
            if segment.copy_of is None:
                self._open(segment)
                if self._matcher is not None:
                    return
            else:
                source = self._job.segments[segment.copy_of]
                body = self._bodies[segment.copy_of].removesuffix(source.line) + segment.line
                self._say(body)
                self._bodies.append(body)

    def _upcoming(self) -> Segment | None:
        """Return the segment to be written now, or None at the end."""
        segments = self._job.segments
        return segments[len(self._bodies)] if len(self._bodies) < len(segments) else None

    def _open(self, segment: Segment) -> None:
        """Start a segment's grammar after the text so far.

        The last token of the text is taken back and becomes the grammar's first word, so that a
        token across the seam stays as likely as it was in training. A `whole` job has no such
        tokens, so that its grammars are known beforehand.
        """
        tokens = self._context_tokens()
        self._healed = b"" if self._job.whole else self._take_back(tokens)
        grammar = self._grammar_of(segment, self._last_pitch())
        self._matcher = self._batch.matcher(grammar, self._tokenizer)
        if self._job.whole:
            self._prepare_next()
        self._body, self._written, self._ahead = "", b"", None
        self._rewind_to(tokens)
        self._take_forced()

    def _grammar_of(self, segment: Segment, last_pitch: str) -> str:
        """Return a segment's grammar after what was taken back and the pitch that sounded last."""
        head = f"{json.dumps(self._healed.decode())} " if self._healed else ""
        return f"start: {head}{segment.entries.get(last_pitch, 'segment')}\n{segment.grammar}"

    def _prepare_next(self) -> None:
        """Have the grammar of the segment that is written next compiled in the meantime."""
        for segment in self._job.segments[len(self._bodies) + 1 :]:
            if segment.copy_of is None:
                self._batch.prepare(self._grammar_of(segment, ""), self._tokenizer)
                return

    def _seen(self) -> str:
        """Return what the model goes on from, with cues; each chapter's parts are A, B, C anew."""
        return _CHAPTER.sub(r"\1", self._heard[self._seen_from :])

    def _context_tokens(self) -> list[int]:
        """Tokenize prompt and text; of a text that is too long only the end is kept."""
        text = self._seen()
        room = self._batch.size - self._job.tokens_for_segment
        while True:
            tokens = tokens_of(self._model, self._job.prompt + text, self._job.add_bos)
            if len(tokens) <= room:
                return tokens
            cut = max(text.find("\n", len(text) // 2), text.find("|", len(text) // 2)) + 1
            if not text or cut <= 0 or cut >= len(text):
                raise ModelError(
                    f"This model's context of {self._batch.size} tokens is too small for the "
                    "song; choose another model."
                )
            text = text[cut:]

    def _take_back(self, tokens: list[int]) -> bytes:
        """Take the last token off and return its bytes; nothing where that is unsafe."""
        last: bytes = self._tokenizer.decode_bytes(tokens[-1:])
        whole = (self._job.prompt + self._seen()).encode()
        if len(tokens) < 2 or not last.isascii() or not last or not whole.endswith(last):
            return b""
        if not last.decode().isprintable():
            return b""
        tokens.pop()
        return last

    def _last_pitch(self) -> str:
        found = _LAST_PITCH.search(self._seen())
        return found[0] if found else ""

    def _rewind_to(self, tokens: list[int]) -> None:
        """Make `tokens` the target, keeping of what was fed the head that it shares."""
        same = 0
        for old, new in zip(self.fed, tokens):
            if old != new:
                break
            same += 1
        same = min(same, len(tokens) - 1)  # at least one token must give fresh logits
        if same < len(self.fed) and not self._batch.rewind(self.sequence, same):
            same = 0  # a recurrent model remembers all or nothing
            self._batch.rewind(self.sequence, 0)
        del self.fed[same:]
        self._target = tokens

    # --- Tokens ------------------------------------------------------------------------------

    def _allowed(self) -> Any:
        """Return the ids of the tokens that may follow; of a `whole` job's none that are bytes."""
        allowed = self._batch.draws.allowed(self._matcher, self._job.whole)
        if self._matcher.is_error():
            raise self._speechless()
        return allowed

    def _leads_on(self, token: int) -> bool:
        """Take a token if whole tokens can follow: after c, where only c4 is legal, none can.

        What can follow is kept for the next draw.
        """
        self._consume([token])
        if not self._job.whole or self._matcher.is_accepting():
            return True
        self._ahead = self._allowed()
        if self._ahead.size:
            return True
        self._matcher.rollback(1)
        return False

    def _take_forced(self) -> None:
        """Take what the grammar leaves no choice about, without a draw; end the segment."""
        while self._matcher is not None and not self._matcher.is_accepting():
            tokens = self._matcher.compute_ff_tokens()
            if not tokens:
                return
            self._take(tokens)
        self._matcher = None

    def _take(self, tokens: list[int]) -> None:
        """Write tokens that the grammar has yet to hear of."""
        self._consume(tokens)
        self._write(tokens)

    def _consume(self, tokens: list[int]) -> None:
        """Tell the grammar of tokens."""
        self._ahead = None
        if not self._matcher.consume_tokens(tokens):
            raise self._speechless()

    def _write(self, tokens: list[int]) -> None:
        """Write tokens that the grammar knows, and close the segment when it is complete."""
        self._target += tokens
        self._written += self._tokenizer.decode_bytes(tokens)
        fresh = self._written[len(self._healed) :].decode("utf-8", "ignore")
        self._say(fresh[len(self._body) :])
        self._body = fresh
        if self._matcher.is_accepting():
            self._bodies.append(fresh)
            self._matcher = None
            self._next_segment()

    def _say(self, text: str) -> None:
        self.text += text
        self._heard += text
        self._part += text

    def _speechless(self) -> ModelError:
        reason = self._matcher.get_error() if self._matcher is not None else ""
        reason = reason.partition("\n")[0][:120]  # the rest is the whole grammar
        logging.getLogger(__name__).warning("nothing legal is left to say: %s", reason)
        signs = "lists of notes need" if self._job.writes == "notes" else "ABC needs"
        return ModelError(
            f"This model cannot write music: its vocabulary lacks letters or signs that {signs}; "
            "choose another in Options."
        )


def tokens_of(model: Any, text: str, add_bos: bool | None) -> list[int]:
    """Return a text's token ids; `add_bos` None leaves the beginning to the model's metadata."""
    bos = model.add_bos_token() if add_bos is None else add_bos
    return list(model.tokenize(text.encode(), bos, True))
