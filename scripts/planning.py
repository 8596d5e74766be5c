"""Let an instruction-following model plan a song: its title, tempo, mode and chord loops.

The grammar allows only what the style does; what is missing or wrong in the answer is chosen from
the style book.
"""

from __future__ import annotations

import json
import re
from typing import Any

from scripts.music.note_list_grammar import number_pattern
from scripts.music.plan import PlanOptions, plan_options
from scripts.music.style_blend import StyleBlend
from scripts.music.style_parser import strip_markup
from scripts.music.styles import StyleBook
from scripts.music.titles import invent_title
from scripts.tables.models import ChatFrame, Segment, WritingJob
from scripts.tables.plans import PlanChoices
from scripts.tables.program import ModelError
from scripts.temporary import notation, prompting


def planning_job(
    blend: StyleBlend, book: StyleBook, seed: int, frame: ChatFrame | None = None
) -> WritingJob:
    """Return the job that asks a model for one JSON object, its choices for the song of a seed.

    `frame` is the frame of the model's conversation.
    """
    frame = frame or ChatFrame()
    offer = plan_options(blend, book, seed)
    brief = planning_brief(blend.request.text, offer, invent_title(book, offer.family, seed))
    prompt = f"{frame.head}{prompting.PLANNING_INSTRUCTIONS}{frame.middle}{brief}{frame.tail}"
    segment = Segment(grammar=choice_grammar(offer), lead_in="", bar_line="")
    return WritingJob(prompt, (segment,), prompting.PLAN_ANSWER_BARS, add_bos=frame.add_bos)


def planning_brief(styles: str, offer: PlanOptions, title: str) -> str:
    """Return the user's part of the conversation: the style words, and what may be chosen.

    The example at its end has the `title`, since some models only copy it.
    """
    lines = [
        f"Plan a song in these styles: {strip_markup(styles)}.",
        f"The tempo is from {offer.tempo[0]} to {offer.tempo[1]} quarter notes a minute.",
        "Choose a mode, and for each part the number of one of its chord loops:",
    ]
    for mode in offer.modes:
        lines.append(f"{mode}:")
        for part in prompting.PLANNED_PARTS:
            loops = enumerate(offer.loops[mode][part])
            lines.append(f"{part}: " + "; ".join(f"{number} = {loop}" for number, loop in loops))
    example = {"title": title, "tempo": sum(offer.tempo) // 2, "mode": offer.modes[0]}
    shown = _compact_json({**example, **dict.fromkeys(prompting.PLANNED_PARTS, 0)})
    lines.append(f"Answer like this, with a name and choices of your own: {shown}")
    return "\n".join(lines)


def _compact_json(document: dict[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def choice_grammar(offer: PlanOptions) -> str:
    """Return the Lark rules of one compact JSON object; the loops on offer depend on the mode."""
    rules = [
        r'segment: "{\"title\":\"" TITLE "\",\"tempo\":" TEMPO ",\"mode\":" choice "}"',
        f"TITLE: /{prompting.PLAN_TITLE_PATTERN}/",
        f"TEMPO: /{number_pattern(*offer.tempo)}/",
        "choice: " + " | ".join(f"choice_{mode}" for mode in offer.modes),
    ]
    for mode in offer.modes:
        loops = offer.loops[mode]
        parts = [
            rf'",\"{part}\":" /{number_pattern(0, len(loops[part]) - 1)}/'
            for part in prompting.PLANNED_PARTS
        ]
        rules.append(rf'choice_{mode}: "\"{mode}\"" {" ".join(parts)}')
    return "\n".join(rules) + "\n"


def read_choices(text: str) -> PlanChoices:
    """Read a model's answer; whether the style allows it is checked when the song is planned.

    Raises ModelError for anything but the one object that was asked for.
    """
    try:
        if len(text) > prompting.PLAN_ANSWER_CHARACTERS:
            raise ValueError("it is too long")
        return _choices(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"The model's plan cannot be used ({error}); the style book plans the song."
        ) from error


def _choices(document: Any) -> PlanChoices:
    """Return the choices of an answer; raises ValueError that names what is wrong."""
    if not isinstance(document, dict) or tuple(document) != prompting.PLAN_KEYS:
        raise ValueError("it has other keys than it should")
    title, tempo, mode = (document[key] for key in prompting.PLAN_KEYS[:3])
    loops = {part: document[part] for part in prompting.PLANNED_PARTS}
    checks = {
        "title": isinstance(title, str) and re.fullmatch(prompting.PLAN_TITLE_PATTERN, title),
        "tempo": _is_number(tempo, prompting.PLAN_TEMPOS),
        "mode": isinstance(mode, str) and mode in notation.MODES,
        "loops": all(
            _is_number(index, range(prompting.PLAN_LOOPS_AT_MOST)) for index in loops.values()
        ),
    }
    wrong = [name for name, good in checks.items() if not good]
    if wrong:
        raise ValueError(f"wrong: {', '.join(wrong)}")
    return PlanChoices(" ".join(title.split()), tempo, mode, loops)


def _is_number(value: Any, within: range) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in within
