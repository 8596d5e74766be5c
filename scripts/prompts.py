"""From a plan to what a model is asked: the prompt, and the grammar of the answer."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.music.grammar import song_segments
from scripts.temporary import MODES, PROMPT_TEMPLATES, SongPlan, UserError, WritingJob


def build_job(plan: SongPlan, profile: str, templates: Mapping[str, str]) -> WritingJob:
    """Return the prompt and the segments of a song; `templates` are the user's own, by profile.

    Raises UserError for a template of the user's that has an unknown placeholder.
    """
    template = templates.get(profile, PROMPT_TEMPLATES[profile])
    return WritingJob(fill_template(template, plan), song_segments(plan), plan.written_bars)


def fill_template(template: str, plan: SongPlan) -> str:
    """Put the plan's values into a prompt template."""
    mode = MODES[plan.mode]
    values = {
        "kind": plan.kind,
        "metre": plan.metre,
        "key": mode.white_tonic + mode.abc,
        "density": round(sum(part.density for part in plan.parts) / len(plan.parts)),
        "title": plan.title,
        "styles": plan.request,
        "tempo": round(plan.tempo),
    }
    try:
        return template.format_map(values)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        known = ", ".join(f"{{{name}}}" for name in values)
        raise UserError(
            f"A prompt template in data/persistent.json cannot be used ({error}); "
            f"the placeholders are {known}."
        ) from error
