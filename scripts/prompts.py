"""Build the writing job of a plan: the prompt in the model's format, the answer's grammar."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from scripts.music.examples import example_text
from scripts.music.grammar import song_segments
from scripts.music.harmony import chord_symbol, plain_chord
from scripts.music.note_list_grammar import notes_job, title_line
from scripts.music.style_parser import strip_markup
from scripts.tables.models import ChatFrame, Profile, WritingJob
from scripts.tables.plans import SongPlan, chapter_of
from scripts.tables.program import UserError
from scripts.temporary import notation, prompting


def build_job(
    plan: SongPlan,
    profile: Profile,
    frame: ChatFrame | None = None,
    templates: Mapping[str, str] | None = None,
) -> tuple[WritingJob, list[str]]:
    """Return the writing job of a plan for models of a profile, and notices for the user.

    `frame` is the frame of the model's conversation; `templates` are the user's own prompts by
    profile. Instead of one that cannot be used the built-in one is, with a notice.
    """
    text, notices = _filled(plan, profile, templates or {})
    frame = frame or ChatFrame()
    if profile.is_chat:
        head = "" if profile.name == "chatmusician" else prompting.CHAT_INSTRUCTIONS + frame.middle
        text = f"{frame.head}{head}{text}{frame.tail}"
        if profile.name == "chatmusician":
            text += f"X:1\nL:1/16\nM:{plan.metre}\nK:{_key(plan)}\n"
    if frame.notice:
        notices.append(frame.notice)
    add_bos = profile.add_bos if profile.add_bos is not None else frame.add_bos
    if profile.song_format == "notes":
        return notes_job(plan, text), notices
    guarded = not profile.knows_notation
    segments = song_segments(plan, guarded, profile.control_codes)
    job = WritingJob(
        text,
        segments,
        plan.written_bars,
        add_bos=add_bos,
        single_token_notes=profile.single_token_notes,
    )
    return job, notices


def _filled(
    plan: SongPlan, profile: Profile, templates: Mapping[str, str]
) -> tuple[str, list[str]]:
    """Return the filled template of a profile, the user's own if usable, and notices."""
    own = templates.get(profile.name)
    if own is not None:
        try:
            return fill_template(own, plan), []
        except UserError as error:
            return _built_in(plan, profile), [str(error)]
    return _built_in(plan, profile), []


def _built_in(plan: SongPlan, profile: Profile) -> str:
    """Fill the built-in template of a profile, that of chat models if it has none."""
    name = profile.name if profile.name in prompting.PROMPT_TEMPLATES else "chat"
    return fill_template(prompting.PROMPT_TEMPLATES[name], plan)


def fill_template(template: str, plan: SongPlan) -> str:
    """Fill a prompt template with the plan's values.

    Raises UserError, naming what is wrong, for a template that cannot be filled.
    """
    values = template_values(plan)
    try:
        for _, name, form, conversion in Formatter().parse(template):
            # No widths and no attributes: {title:>999999999} would take all memory there is.
            if form or conversion or (name is not None and name not in values):
                raise ValueError(f"{{{name}}} is no placeholder")
        filled = template.format_map(values)
        if len(filled) > prompting.PROMPT_CHARACTERS_AT_MOST:
            raise ValueError(f"it has more than {prompting.PROMPT_CHARACTERS_AT_MOST:,} characters")
        filled.encode("utf-8")
        return filled
    except ValueError as error:
        known = ", ".join(f"{{{name}}}" for name in values)
        raise UserError(
            f"A prompt template in data/persistent.json cannot be used ({error}), so the built-in "
            f"one is; the placeholders are {known}."
        ) from error


def template_values(plan: SongPlan) -> dict[str, object]:
    """Return the values of a template's placeholders by name."""
    return {
        "kind": plan.kind,
        "metre": plan.metre,
        "key": _key(plan),
        "density": round(sum(part.density for part in plan.parts) / len(plan.parts)),
        "title": strip_markup(plan.title),
        "styles": strip_markup(plan.request),
        "tempo": round(plan.tempo),
        "form": " ".join(section.part for section in plan.form if section.chapter == 0),
        "chords": _chords(plan),
        "example": example_text(plan),
        "line": strip_markup(title_line(plan)),
    }


def _key(plan: SongPlan) -> str:
    """Return the written key, such as `Am`."""
    mode = notation.MODES[plan.mode]
    return mode.white_tonic + mode.abc


def _chords(plan: SongPlan) -> str:
    """Return the chords of the first chapter's parts, such as `A: 'Am', 'F', 'C', 'G'`."""
    lines = []
    for part in plan.parts:
        if chapter_of(part.name) > 1:
            break
        names = [chord_symbol(plain_chord(span.chord)) for bar in part.bars for span in bar]
        lines.append(f"{part.name}: " + ", ".join(f"'{name}'" for name in names))
    return "; ".join(lines)
