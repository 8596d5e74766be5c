"""Let a model that follows instructions plan a song: its name, tempo, mode and chord loops.

The grammar offers what the leading style allows and nothing else; whatever is missing or wrong in
the answer is chosen by the style book.
"""

from __future__ import annotations

import json
import re
from typing import Any

from scripts.music.mixture import Mixture
from scripts.music.plan import Offer, offers
from scripts.music.styles import StyleBook
from scripts.music.titles import invent_title
from scripts.music.token_grammar import number_pattern
from scripts.music.words import plain_words
from scripts.temporary import (
    MODES,
    PLANNING_INSTRUCTIONS,
    ChatFrame,
    ModelError,
    PlanChoices,
    Segment,
    WritingJob,
)

_PARTS = ("A", "B", "C")
_KEYS = ("title", "tempo", "mode", *_PARTS)
_TITLE = "[A-Z][A-Za-z' ]{0,38}[A-Za-z]"
_ANSWER_BARS = 6  # room for the answer, measured in bars as a song is
_ANSWER_AT_MOST = 1000  # characters
_TEMPOS, _LOOPS_AT_MOST = range(20, 401), 100


def planning_job(
    mixture: Mixture, book: StyleBook, seed: int, frame: ChatFrame | None = None
) -> WritingJob:
    """Return what a model is asked: one JSON object with the choices for the song of a seed.

    `frame` is the model's conversation.
    """
    frame = frame or ChatFrame()
    offer = offers(mixture, book, seed)
    brief = planning_brief(mixture.request.text, offer, invent_title(book, offer.family, seed))
    prompt = f"{frame.head}{PLANNING_INSTRUCTIONS}{frame.middle}{brief}{frame.tail}"
    segment = Segment(grammar=choice_grammar(offer), lead_in="", line="")
    return WritingJob(prompt, (segment,), _ANSWER_BARS, add_bos=frame.add_bos)


def planning_brief(styles: str, offer: Offer, title: str) -> str:
    """Return the user's part of the conversation: the style words, and what may be chosen.

    The example at its end has the `title`, for models that can do no more than copy it.
    """
    lines = [
        f"Plan a song in these styles: {plain_words(styles)}.",
        f"The tempo is from {offer.tempo[0]} to {offer.tempo[1]} quarter notes a minute.",
        "Choose a mode, and for each part the number of one of its chord loops:",
    ]
    for mode in offer.modes:
        lines.append(f"{mode}:")
        for part in _PARTS:
            loops = enumerate(offer.loops[mode][part])
            lines.append(f"{part}: " + "; ".join(f"{number} = {loop}" for number, loop in loops))
    example = {"title": title, "tempo": sum(offer.tempo) // 2, "mode": offer.modes[0]}
    shown = _compact({**example, **dict.fromkeys(_PARTS, 0)})
    lines.append(f"Answer like this, with a name and choices of your own: {shown}")
    return "\n".join(lines)


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def choice_grammar(offer: Offer) -> str:
    """Return the Lark rules of one compact JSON object; the loops on offer depend on the mode."""
    rules = [
        r'segment: "{\"title\":\"" TITLE "\",\"tempo\":" TEMPO ",\"mode\":" choice "}"',
        f"TITLE: /{_TITLE}/",
        f"TEMPO: /{number_pattern(*offer.tempo)}/",
        "choice: " + " | ".join(f"choice_{mode}" for mode in offer.modes),
    ]
    for mode in offer.modes:
        loops = offer.loops[mode]
        parts = [rf'",\"{part}\":" /{number_pattern(0, len(loops[part]) - 1)}/' for part in _PARTS]
        rules.append(rf'choice_{mode}: "\"{mode}\"" {" ".join(parts)}')
    return "\n".join(rules) + "\n"


def read_choices(text: str) -> PlanChoices:
    """Read a model's answer; what the style allows is seen to when the song is planned.

    Raises ModelError for anything but the one object that was asked for.
    """
    try:
        if len(text) > _ANSWER_AT_MOST:
            raise ValueError("it is too long")
        return _choices(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The model's plan cannot be used ({error}); the style book plans the song."
        ) from error


def _choices(document: Any) -> PlanChoices:
    if not isinstance(document, dict) or tuple(document) != _KEYS:
        raise ValueError("it has other keys than it should")
    title, tempo, mode = (document[key] for key in _KEYS[:3])
    loops = {part: document[part] for part in _PARTS}
    checks = {
        "title": isinstance(title, str) and re.fullmatch(_TITLE, title),
        "tempo": _is_number(tempo, _TEMPOS),
        "mode": isinstance(mode, str) and mode in MODES,
        "loops": all(_is_number(index, range(_LOOPS_AT_MOST)) for index in loops.values()),
    }
    wrong = [name for name, good in checks.items() if not good]
    if wrong:
        raise ValueError(f"wrong: {', '.join(wrong)}")
    return PlanChoices(" ".join(title.split()), tempo, mode, loops)


def _is_number(value: Any, within: range) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in within
