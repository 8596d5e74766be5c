"""Helpers for tests of the composer: the real style book, plans, and a writer that knows nothing.

The random writer follows a job's grammars byte by byte, drawing evenly from what is legal: the
strictest test of a grammar.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.music.plan import half_bar_units, plan_song
from scripts.music.sequencer import Sequencer
from scripts.music.style_blend import StyleBlend, blend_styles
from scripts.music.style_parser import parse_styles
from scripts.music.style_reader import read_style_book
from scripts.music.styles import StyleBook
from scripts.prompts import build_job
from scripts.tables.models import WritingJob
from scripts.tables.notation import ChordBar, ChordSpan
from scripts.tables.plans import SongPlan
from scripts.tables.sound import Arrangement, SectionNotes, TimedSong
from scripts.temporary import notation, profiles

if TYPE_CHECKING:
    from llguidance import LLMatcher, LLTokenizer

DATA = Path(__file__).resolve().parent.parent / "data"
GRAMMARS_KEPT = 32  # compiled: those of the strictest guard take ten megabytes each


@cache
def style_document() -> str:
    """Return the whole style book, grooves and all, as JSON."""
    styles, grooves = (
        json.loads((DATA / name).read_text(encoding="utf-8"))
        for name in ("styles.json", "grooves.json")
    )
    return json.dumps({**styles, "grooves": grooves["grooves"]})


@cache
def style_book() -> StyleBook:
    return read_style_book(json.loads(style_document()))


def blend(styles: str) -> StyleBlend:
    """Return what a user's style words ask for."""
    return blend_styles(parse_styles(styles, style_book()), style_book())


def plan(styles: str, seed: int = 1, seconds: float = 60.0) -> SongPlan:
    return plan_song(blend(styles), style_book(), seconds, seed)


def in_ticks(arrangement: Arrangement) -> TimedSong:
    """Return a whole arrangement as the sampler and the MIDI file have it."""
    sequencer = Sequencer(arrangement.tempo, arrangement.metre)
    sequencer.add(SectionNotes(0, arrangement.units, arrangement.tracks))
    return sequencer.finish()


def with_metre(song: SongPlan, metre: str) -> SongPlan:
    """Return a song's plan in another metre: the same chords, one or two in a bar."""
    units, middle = notation.METRES[metre].units, half_bar_units(notation.METRES[metre])

    def moved(bar: ChordBar) -> ChordBar:
        if len(bar) == 1:
            return (ChordSpan(0, units, bar[0].chord),)
        second = ChordSpan(middle, units - middle, bar[1].chord)
        return (ChordSpan(0, middle, bar[0].chord), second)

    parts = tuple(replace(part, bars=tuple(map(moved, part.bars))) for part in song.parts)
    return replace(song, metre=metre, parts=parts)


def with_ornaments(song: SongPlan) -> SongPlan:
    """Return a song's plan with triplets and ties allowed in every part."""
    return replace(song, parts=tuple(replace(p, triplets=True, ties=True) for p in song.parts))


def job_for(song: SongPlan, profile: str = "starter") -> WritingJob:
    return build_job(song, profiles.PROFILES[profile])[0]


@lru_cache(maxsize=GRAMMARS_KEPT)
def matcher_of(grammar: str) -> LLMatcher:
    """Return the matcher of a segment's grammar; `reset` it before use.

    Compiling takes up to a second, and many songs of a test have cells in common.
    """
    from llguidance import LLMatcher

    return LLMatcher(byte_tokenizer(), LLMatcher.grammar_from_lark("start: segment\n" + grammar))


@cache
def byte_tokenizer() -> LLTokenizer:
    from llguidance import LLTokenizer

    return LLTokenizer("byte")


def write_at_random(job: WritingJob, seed: int) -> str:
    """Return a legal answer to a job, drawn evenly from all bytes that its grammars allow."""
    rng = random.Random(seed)
    text, bodies = "", list[str]()
    for segment in job.segments:
        text += segment.lead_in
        if segment.copy_of is None:
            bodies.append(drawn(matcher_of(segment.grammar), rng))
        else:
            line = job.segments[segment.copy_of].bar_line
            bodies.append(bodies[segment.copy_of].removesuffix(line) + segment.bar_line)
        text += bodies[-1]
    return text


def drawn(matcher: LLMatcher, rng: random.Random) -> str:
    """Return a text that a grammar allows, drawn byte by byte."""
    import numpy

    matcher.reset()
    body = bytearray()
    while not matcher.is_accepting():
        mask = numpy.frombuffer(matcher.compute_bitmask(), numpy.uint8)
        legal = numpy.flatnonzero(numpy.unpackbits(mask, bitorder="little"))
        byte = int(rng.choice(legal))
        assert matcher.consume_token(byte)
        body.append(byte)
    return body.decode("ascii")


def random_tune(song: SongPlan, seed: int) -> str:
    """Return a legal tune as dense as planned.

    A model that is told how dense to be may use every length; a random writer ignores the density.
    """
    return write_at_random(job_for(song, "first starter"), seed)
