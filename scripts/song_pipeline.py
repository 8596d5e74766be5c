"""The song pipeline: plan, write and convert the songs of an order, as a generator of events.

The menus, the command line and the radio's process all use it. It prints nothing.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from scripts import models, planning, prompts, utility
from scripts.music.plan import plan_song
from scripts.music.style_blend import StyleBlend, blend_styles
from scripts.music.style_parser import leading_style
from scripts.music.styles import StyleBook
from scripts.music.take_score import score_part
from scripts.settings import parse_length, save_session_settings
from scripts.tables.plans import PlanChoices, SongPlan
from scripts.tables.program import Session, UserError
from scripts.tables.songs import (
    Converting,
    Event,
    Finished,
    Loading,
    SongJob,
    SongOrder,
    SongRecord,
    StyleRequest,
    Writing,
)
from scripts.temporary import application
from scripts.windows import awake


@dataclass(frozen=True)
class _OrderContext:
    """What the songs of an order share.

    Each part is written in `takes` takes, and `together` songs are decoded in parallel.
    """

    session: Session
    order: SongOrder
    book: StyleBook
    blend: StyleBlend
    model: models.LoadedModel
    takes: int
    together: int


def new_seed() -> int:
    """Return a random seed, 1 to 999,999,999."""
    return random.SystemRandom().randrange(1, 10**9)


def make_songs(session: Session, order: SongOrder, book: StyleBook) -> Generator[Event, None, None]:
    """Write and convert every song of an order; yield what happens; close it to cancel.

    Finished songs stay; of an unfinished one no file is left. Raises UserError for a problem with
    the model, the soundfont or the disk. The computer is kept awake meanwhile.
    """
    with awake():
        yield from _make_songs(session, order, book)


def _make_songs(
    session: Session, order: SongOrder, book: StyleBook
) -> Generator[Event, None, None]:
    utility.prepare_output(session.paths)
    sampler = utility.open_sampler(session)
    model = yield from load_chosen_model(session)
    pace = yield from load_or_measure_pace(session, model)
    takes = models.takes_for(session.settings, pace) if model.profile.song_format == "abc" else 1
    parallel = models.parallel_songs(pace, takes, order.songs)
    blend = blend_styles(order.request, book)
    context = _OrderContext(session, order, book, blend, model, takes, parallel)
    titles: set[str] = set()
    for first in range(1, order.songs + 1, parallel):
        numbers = range(first, min(first + parallel, order.songs + 1))
        plans = []
        for number in numbers:
            plan = yield from _plan(context, order.seed + number - 1, first)
            plans.append(_with_unique_title(plan, titles))
        decoder = open_decoder(session, model, plans, takes)
        try:
            for slot, (number, plan) in enumerate(zip(numbers, plans)):
                text = yield from _write(decoder, slot, number)
                job = _song_job(context, number, plan, text)
                conversion = utility.convert(job, book, session.paths, sampler)
                event = Converting(number, 0.0, job.song_format, job.file_format)
                record = yield from _convert(conversion, event)
                session.songs_made.append(record.path)
                yield Finished(number, record)
        finally:
            decoder.close()


def load_chosen_model(session: Session) -> Generator[Event, None, models.LoadedModel]:
    """Return the chosen model, loaded; free the session's model if it is another one."""
    info = models.choose_model(session.settings, session.paths.models)
    loaded: models.LoadedModel | None = session.model
    if loaded is not None and loaded.info == info:
        loaded.use_threads(session.settings.threads)
        return loaded
    if loaded is not None:
        session.model = None
        loaded.close()
    loading = models.load_model(info, session.settings.threads)
    try:
        while True:
            yield Loading(info.name, next(loading))
    except StopIteration as finished:
        session.model = finished.value
        model: models.LoadedModel = finished.value
        return model
    finally:
        loading.close()


def load_or_measure_pace(
    session: Session, model: models.LoadedModel
) -> Generator[Event, None, list[float]]:
    """Return the model's pace (see throughput.py), from the settings or measured and saved."""
    key = models.pace_key(model.info, session.settings.threads)
    if key not in session.settings.paces:
        pace = []
        for seconds in model.measure_pace():
            pace.append(seconds)
            yield Loading(model.info.name, 1.0)
        session.settings.paces[key] = pace
        try:
            save_session_settings(session)
        except UserError as error:
            logging.getLogger(__name__).warning("the pace is not kept: %s", error)
    return session.settings.paces[key]


def _song_job(context: _OrderContext, number: int, plan: SongPlan, text: str) -> SongJob:
    """Return the job to convert a song, with all that is needed to make the same song again."""
    order, settings, model = context.order, context.session.settings, context.model
    made_with = {
        "styles": order.request.text, "first seed": order.seed, "songs": order.songs,
        "number": number, "takes": context.takes, "side by side": context.together,
        "temperature": settings.temperature, "length": settings.length,
        "model plans": settings.model_plans, "tuning": settings.tuning,
        "soundfont": settings.soundfont or application.SOUNDFONT_NAME,
    }  # fmt: skip
    return SongJob(
        plan, text, model.profile.song_format, model.info.name, settings.file_format, made_with
    )


def open_decoder(
    session: Session, model: models.LoadedModel, plans: Sequence[SongPlan], takes: int
) -> models.BatchDecoder:
    """Return a decoder that writes the songs of these plans in parallel, each in `takes` takes."""
    settings = session.settings
    jobs = []
    for plan in plans:
        job, notices = prompts.build_job(plan, model.profile, model.frame, settings.templates)
        session.notices += [notice for notice in notices if notice not in session.notices]
        jobs.append((job, models.sampling_for(model.profile, plan.seed, settings.temperature)))

    def score_take(slot: int, text: str) -> float:
        return score_part(text, plans[slot], jobs[slot][0].prompt)

    return model.open_decoder(jobs, takes, score_take)


def _plan(context: _OrderContext, seed: int, number: int) -> Generator[Event, None, SongPlan]:
    """Plan the song of a seed, with the model if the settings say so.

    `number` is the song that the events name.
    """
    settings = context.session.settings
    shortest, longest = parse_length(settings.length)
    seconds = random.Random(seed).uniform(shortest, longest)
    choices = None
    if settings.model_plans and context.model.profile.can_plan:
        choices = yield from _model_choices(context, seed, number)
    return plan_song(context.blend, context.book, seconds, seed, choices)


def _with_unique_title(plan: SongPlan, titles: set[str]) -> SongPlan:
    """Return a plan with a title that is new in this order; models often repeat titles."""
    title, number = plan.title, 1
    while title.casefold() in titles:
        number += 1
        title = f"{plan.title} No. {number}"
    titles.add(title.casefold())
    return replace(plan, title=title)


def _model_choices(
    context: _OrderContext, seed: int, number: int
) -> Generator[Event, None, PlanChoices | None]:
    """Ask the model for the choices of a plan; None where its answer cannot be used."""
    text, model = "", context.model
    try:
        job = planning.planning_job(context.blend, context.book, seed, model.frame)
        temperature = context.session.settings.temperature
        sampling = models.sampling_for(model.profile, seed, temperature)
        for piece in model.write(job, sampling):
            text += piece
            yield Writing(number, 0.0)
        return planning.read_choices(text)
    except Exception:  # whatever goes wrong here, the style book alone can plan the song
        logging.getLogger(__name__).warning("no plan from the model: %r", text, exc_info=True)
        return None


def _write(decoder: models.BatchDecoder, slot: int, number: int) -> Generator[Event, None, str]:
    """Step the decoder until the song of a slot is done; return its text.

    The songs of the other slots are written along with it.
    """
    yield Writing(number, 0.0)
    while not decoder.finished(slot):
        decoder.step()
        yield Writing(number, min(0.999, decoder.fraction(slot)))
    yield Writing(number, 1.0)
    return decoder.text(slot)


def _convert(
    conversion: Generator[float, None, SongRecord], event: Converting
) -> Generator[Event, None, SongRecord]:
    """Yield a conversion's fractions as events; closing this closes the conversion."""
    yield event
    try:
        while True:
            yield replace(event, fraction=next(conversion))
    except StopIteration as finished:
        record: SongRecord = finished.value
        yield replace(event, fraction=1.0)
        return record
    finally:
        conversion.close()


def unknown_words(request: StyleRequest, book: StyleBook) -> Iterator[str]:
    """Yield a sentence that names the words the style book does not know, if there are any."""
    if request.unknown:
        words = ", ".join(f'"{word}"' for word in request.unknown)
        lead = leading_style(request, book)
        known = "the rest leads" if request.styles else f"the music will be {lead}"
        yield f"The style book does not know {words}; {known}."
