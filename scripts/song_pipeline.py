"""The studio: takes an order and makes its songs, one event at a time.

The menus, the command line and whatever runs in the background all come this way; nothing here
knows of screens.
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
    """What the songs of an order have in common.

    `takes` of each part are written, and so many songs side by side as `together` says.
    """

    session: Session
    order: SongOrder
    book: StyleBook
    blend: StyleBlend
    model: models.LoadedModel
    takes: int
    together: int


def new_seed() -> int:
    """Return a seed that nobody chose."""
    return random.SystemRandom().randrange(1, 10**9)


def make_songs(session: Session, order: SongOrder, book: StyleBook) -> Generator[Event, None, None]:
    """Write and convert every song of an order; close the generator to cancel.

    Finished songs stay; the one that is being made leaves no trace. Raises UserError with what
    to do when a model, the soundfont or the disk does not do its part. The computer does not go to
    sleep meanwhile.
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
    production = _OrderContext(session, order, book, blend, model, takes, parallel)
    titles: set[str] = set()
    for first in range(1, order.songs + 1, parallel):
        numbers = range(first, min(first + parallel, order.songs + 1))
        plans = []
        for number in numbers:
            plan = yield from _plan(production, order.seed + number - 1, first)
            plans.append(_with_unique_title(plan, titles))
        decoder = open_decoder(session, model, plans, takes)
        try:
            for slot, (number, plan) in enumerate(zip(numbers, plans)):
                text = yield from _write(decoder, slot, number)
                job = _song_job(production, number, plan, text)
                converting = utility.convert(job, book, session.paths, sampler)
                doing = Converting(number, 0.0, job.writes, job.file_format)
                record = yield from _convert(converting, doing)
                session.songs_made.append(record.path)
                yield Finished(number, record)
        finally:
            decoder.close()


def load_chosen_model(session: Session) -> Generator[Event, None, models.LoadedModel]:
    """Return the chosen model, loaded; the one before is freed when it is another."""
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
    """Return how fast the model writes here; what was measured once is kept."""
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


def _song_job(production: _OrderContext, number: int, plan: SongPlan, text: str) -> SongJob:
    """Return what is to be converted, with what made it: with the same it is made again."""
    order, settings = production.order, production.session.settings
    model = production.model
    made_with = {
        "styles": order.request.text, "first seed": order.seed, "songs": order.songs,
        "number": number, "takes": production.takes, "side by side": production.together,
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
    """Return the desk at which the songs of some plans are written side by side."""
    settings = session.settings
    jobs = []
    for plan in plans:
        job, notices = prompts.build_job(plan, model.profile, model.frame, settings.templates)
        session.notices += [notice for notice in notices if notice not in session.notices]
        jobs.append((job, models.sampling_for(model.profile, plan.seed, settings.temperature)))
    score_take = lambda seat, text: score_part(text, plans[seat], jobs[seat][0].prompt)  # noqa: E731
    return model.open_decoder(jobs, takes, score_take)


def _plan(production: _OrderContext, seed: int, number: int) -> Generator[Event, None, SongPlan]:
    """Plan the song of a seed, with the model where it may; the screen stands at song `number`."""
    settings = production.session.settings
    shortest, longest = parse_length(settings.length)
    seconds = random.Random(seed).uniform(shortest, longest)
    choices = None
    if settings.model_plans and production.model.profile.can_plan:
        choices = yield from _model_choices(production, seed, number)
    return plan_song(production.blend, production.book, seconds, seed, choices)


def _with_unique_title(plan: SongPlan, titles: set[str]) -> SongPlan:
    """Return a plan whose title no other of the order has; models like to repeat themselves."""
    title, number = plan.title, 1
    while title.casefold() in titles:
        number += 1
        title = f"{plan.title} No. {number}"
    titles.add(title.casefold())
    return replace(plan, title=title)


def _model_choices(
    production: _OrderContext, seed: int, number: int
) -> Generator[Event, None, PlanChoices | None]:
    """Ask the model what the song shall be; None where its answer is of no use."""
    text, model = "", production.model
    try:
        job = planning.planning_job(production.blend, production.book, seed, model.frame)
        temperature = production.session.settings.temperature
        sampling = models.sampling_for(model.profile, seed, temperature)
        for piece in model.write(job, sampling):
            text += piece
            yield Writing(number, 0.0)
        return planning.read_choices(text)
    except Exception:  # whatever a model does here, the style book can plan the song
        logging.getLogger(__name__).warning("no plan from the model: %r", text, exc_info=True)
        return None


def _write(decoder: models.BatchDecoder, slot: int, number: int) -> Generator[Event, None, str]:
    """Write until the song at a seat is done; those beside it come along."""
    yield Writing(number, 0.0)
    while not decoder.finished(slot):
        decoder.step()
        yield Writing(number, min(0.999, decoder.fraction(slot)))
    yield Writing(number, 1.0)
    return decoder.text(slot)


def _convert(
    converting: Generator[float, None, SongRecord], doing: Converting
) -> Generator[Event, None, SongRecord]:
    """Pass a conversion's fractions on as events; closing this closes the conversion."""
    yield doing
    try:
        while True:
            yield replace(doing, fraction=next(converting))
    except StopIteration as finished:
        record: SongRecord = finished.value
        yield replace(doing, fraction=1.0)
        return record
    finally:
        converting.close()


def unknown_words(request: StyleRequest, book: StyleBook) -> Iterator[str]:
    """Yield the sentences that name what the style book does not know."""
    if request.unknown:
        words = ", ".join(f'"{word}"' for word in request.unknown)
        lead = leading_style(request, book)
        known = "the rest leads" if request.styles else f"the music will be {lead}"
        yield f"The style book does not know {words}; {known}."
