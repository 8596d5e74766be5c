"""The app prompts the starter as the recipe trained it: the same text, the same tokens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.starter import dialect, tokenizer
from models.starter.dialect import METRES, MODES, Song, write_bar, write_song
from scripts import models
from scripts.music.cadence import cadence_parts
from scripts.music.harmony import chord_symbol, dialect_pitch
from scripts.prompts import build_job
from scripts.tables.models import Sampling
from scripts.tables.notation import Chord, ChordSpan
from scripts.tables.plans import PartPlan, PhrasePlan, Section, SongPlan
from scripts.temporary import notation, phrasing, profiles, prompting, style_rules
from tests.song_factory import job_for, plan
from tests.starter.test_starter_dialect import random_song

FILE = Path(dialect.__file__).with_name("Llm-Music-Gen-Starter.Q8_0.gguf")
CUES = profiles.CONTROL_CODES["starter"]


def test_both_have_the_same_tables() -> None:
    assert {name: metre.units for name, metre in notation.METRES.items()} == {
        name: units for name, (units, _) in METRES.items()
    }
    assert {name: mode.white_tonic + mode.abc for name, mode in notation.MODES.items()} == {
        name: field for name, (field, _) in MODES.items()
    }
    assert set(style_rules.TUNE_KINDS) == set(dialect.KINDS)
    assert (CUES.lowest, CUES.heights) == (dialect.LOWEST_HEIGHT, dialect.HEIGHT_EDGES)
    assert (phrasing.DENSITY_EDGES, CUES.densities) == (dialect.DENSITY_EDGES, dialect.PHRASE_EDGES)
    assert dialect.MOST_BARS_LEFT == prompting.MOST_BARS_LEFT
    assert dialect.BARS_PER_LINE == notation.BARS_PER_PHRASE
    assert (dialect.LOWEST, dialect.HIGHEST) == style_rules.MELODY_REACH
    for midi in range(dialect.LOWEST, dialect.HIGHEST + 1):
        assert dialect.write_pitch(midi) == dialect_pitch(midi)
    for root in range(12):
        for quality in dialect.QUALITIES:
            symbol = chord_symbol(Chord(root, quality))
            assert symbol == dialect.write_chord((root, quality))


@pytest.mark.parametrize("level", range(1, 6))
def test_what_is_usual_in_a_density_lies_inside_it(level: int) -> None:
    for density in phrasing.USUAL_DENSITIES[level]:
        assert dialect.bucket(density, dialect.DENSITY_EDGES) == level


def plan_like(song: Song) -> SongPlan:
    """Make a plan that asks for exactly this song."""
    parts = []
    for letter, part in zip(dialect.PARTS, song.parts):
        bars = []
        for bar in part:
            ends = [unit for unit, _ in bar.chords[1:]] + [METRES[song.metre][0]]
            spans = zip(bar.chords, ends)
            bars.append(tuple(ChordSpan(u, end - u, Chord(*c)) for (u, c), end in spans))
        cells = "".join(chr(97 + number) for number in range((len(part) + 1) // 2))
        phrases = tuple(
            PhrasePlan(dialect.notes_per_quarter(phrase, song.metre), float(dialect.height(phrase)))
            for phrase in (part[first : first + 4] for first in range(0, len(part), 4))
        )
        low, high = dialect.LOWEST, dialect.HIGHEST
        parts.append(PartPlan(letter, tuple(bars), cells, 3, low, high, phrases=phrases))
    form = tuple(Section("verse", part.name, 0, len(part.bars), 2) for part in parts)
    return replace(
        plan("rock"), kind=song.kind, metre=song.metre, mode=song.mode, parts=tuple(parts),
        form=form,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_the_app_asks_as_the_corpus_is_written(seed: int) -> None:
    song = random_song(seed)
    song.kind = song.kind or "song"
    job, _ = build_job(plan_like(song), profiles.PROFILES["starter"])
    cells = [
        part[first : first + 2] for part in song.parts for first in range(0, len(part), 2)
    ]  # fmt: skip
    text = job.prompt
    for segment, cell in zip(job.segments, cells):
        text += segment.lead_in + segment.control_codes
        text += "|".join(map(write_bar, cell)) + segment.bar_line
    assert text == write_song(song)


def test_the_part_heard_last_ends_the_song() -> None:
    """Whatever is written last: the app's songs come back to an earlier part."""
    song = random_song(5)
    song.parts = [song.parts[0]] * 3
    like = plan_like(song)
    played = "ABACBB"
    form = [Section("verse", name, 0, len(like.parts[0].bars), 2) for name in played]
    form += [Section("outro", "A", 0, len(like.parts[0].bars), 2)]  # the band alone
    form += [Section("break", "C", 0, 1, 2)]  # a part's beginning only
    assert cadence_parts(replace(like, form=tuple(form))) == {"B"}
    job, _ = build_job(replace(like, form=tuple(form)), profiles.PROFILES["starter"])
    heads = [segment for segment in job.segments if segment.lead_in]
    assert [("[E:" in segment.control_codes) for segment in heads] == [False, True, False]


def test_every_song_of_the_app_ends_somewhere() -> None:
    for styles in ("Celtic", "Rock", "House", "Jazz", "Ambient", "Waltz"):
        for seed, seconds in ((1, 20), (2, 60), (3, 150), (4, 1500)):
            song = plan(styles, seed, seconds)
            ends = cadence_parts(song)
            assert ends
            assert ends <= {part.name for part in song.parts}


def test_a_file_of_the_second_dialect_is_told_what_it_learnt() -> None:
    song = replace(plan("Celtic", 1, 60), form=())
    part = replace(song.parts[0], density=3, low=60, high=80, bars=song.parts[0].bars[:1] * 8,
                   cells="abcd")  # fmt: skip
    job, _ = build_job(replace(song, parts=(part,)), profiles.PROFILES["second starter"])
    assert [segment.control_codes for segment in job.segments] == [
        "[N:3][H:4][B:8]",
        "",
        "[B:4]",
        "",
    ]


@pytest.fixture(scope="module")
def starter() -> Iterator[models.LoadedModel]:
    model = models.LoadedModel(models.describe(FILE, FILE.parent), 1)
    yield model
    model.close()


@pytest.mark.parametrize("styles", ["Celtic", "Jazz", "Waltz", "Balkan", "Ambient"])
def test_the_engine_gives_the_tokens_of_training(starter: models.LoadedModel, styles: str) -> None:
    song = plan(styles, 2, 40)
    decoder = starter.open_decoder([(job_for(song), Sampling(seed=5))])
    while not decoder.finished(0):
        decoder.step()
    sequence, said = decoder._sequences_by_song[0][0], decoder.text(0)
    heard = job_for(song).prompt + sequence._context_text
    seen = [*sequence.cached_tokens, *sequence._tokens[len(sequence.cached_tokens) :]]
    decoder.close()
    assert dialect.CUE.sub("", sequence._context_text) == said
    # What was written after the last token sampled is not decoded; the rest is cut as in training.
    assert seen == [tokenizer.BOS, *tokenizer.encode(heard)][: len(seen)]
    assert len(seen) > 40
