"""The studio: takes an order and makes its songs, one event at a time.

The menus, the command line and whatever runs in the background all come this way; nothing here
knows of screens.
"""

from __future__ import annotations

import random
from collections.abc import Generator, Iterator
from dataclasses import replace

from scripts import models, prompts, utility
from scripts.music.leadsheet import count_bars
from scripts.music.plan import plan_song
from scripts.music.styles import Request, StyleBook
from scripts.settings import parse_length
from scripts.temporary import (
    PROFILE_SAMPLING,
    Converting,
    Event,
    Finished,
    Loading,
    Order,
    Session,
    SongPlan,
    SongRecord,
    Writing,
)


def new_seed() -> int:
    """Return a seed that nobody chose."""
    return random.SystemRandom().randrange(1, 10**9)


def make_songs(session: Session, order: Order, book: StyleBook) -> Generator[Event, None, None]:
    """Write and convert every song of an order; close the generator to cancel.

    Finished songs stay; the one that is being made leaves no trace. Raises UserError with what
    to do when a model, the soundfont or the disk does not do its part.
    """
    from scripts.audio.synthesizer import open_soundfont

    request = utility.understand_styles(order.styles, book)
    utility.prepare_output(session.paths)
    synthesizer = open_soundfont(session.paths.soundfont)
    info = models.choose_model(session.settings, session.paths.models)
    yield Loading(info.name)
    model = models.LoadedModel(info, session.settings.threads)
    try:
        for number in range(1, order.songs + 1):
            plan = plan_number(session, order, request, book, number)
            text = yield from _write(session, plan, model, number)
            converting = utility.convert(plan, text, info.name, book, session.paths, synthesizer)
            yield Converting(number, 0.0)
            record = yield from _convert(converting, number)
            session.made.append(record.path)
            yield Finished(number, record)
    finally:
        model.close()


def plan_number(
    session: Session, order: Order, request: Request, book: StyleBook, number: int
) -> SongPlan:
    """Plan song `number` (from 1) of an order; its seed is the order's plus the songs before."""
    seed = order.seed + number - 1
    shortest, longest = parse_length(session.settings.length)
    seconds = random.Random(seed).uniform(shortest, longest)
    return plan_song(request, book, seconds, seed)


def _write(
    session: Session, plan: SongPlan, model: models.LoadedModel, number: int
) -> Generator[Event, None, str]:
    job = prompts.build_job(plan, model.profile, session.settings.templates)
    sampling = replace(
        PROFILE_SAMPLING[model.profile],
        seed=plan.seed,
        temperature=session.settings.temperature,
    )
    text = ""
    yield Writing(number, 0.0)
    for piece in model.write(job, sampling):
        text += piece
        # The last bar is reported once, when all is said.
        yield Writing(number, min(count_bars(text), job.bars - 1) / job.bars)
    yield Writing(number, 1.0)
    return text


def _convert(
    converting: Generator[float, None, object], number: int
) -> Generator[Event, None, SongRecord]:
    """Pass a conversion's fractions on as events; closing this closes the conversion."""
    try:
        while True:
            yield Converting(number, next(converting))
    except StopIteration as finished:
        record: SongRecord = finished.value
        yield Converting(number, 1.0)
        return record
    finally:
        converting.close()


def unknown_words(request: Request) -> Iterator[str]:
    """Yield the sentences that name what the style book does not know."""
    if request.unknown:
        words = ", ".join(f'"{word}"' for word in request.unknown)
        known = "the rest leads" if request.styles else "the music will be pop"
        yield f"The style book does not know {words}; {known}."
