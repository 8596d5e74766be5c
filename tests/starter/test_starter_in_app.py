"""What the app tells the starter is what the recipe taught it: the same text, the same tokens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from composing import job_for, plan
from test_starter_dialect import random_song

import dialect
import tokens
from dialect import METRES, MODES, Song, write_bar, write_song
from scripts import models
from scripts import temporary as app
from scripts.llm.profiles import PROFILES
from scripts.music.harmony import chord_symbol, dialect_pitch
from scripts.prompts import build_job
from scripts.temporary import Chord, ChordSpan, PartPlan, Sampling, SongPlan

FILE = Path(dialect.__file__).with_name("Llm-Music-Gen-Starter.Q8_0.gguf")
# A range for each height: its middle is the mean pitch of such parts.
RANGES = {1: (55, 72), 2: (56, 76), 3: (58, 79), 4: (61, 81), 5: (63, 84), 6: (66, 87)}


def test_both_have_the_same_tables() -> None:
    assert {name: metre.units for name, metre in app.METRES.items()} == {
        name: units for name, (units, _) in METRES.items()
    }
    assert {name: mode.white_tonic + mode.abc for name, mode in app.MODES.items()} == {
        name: field for name, (field, _) in MODES.items()
    }
    assert set(app.KINDS) == set(dialect.KINDS)
    assert dialect.HEIGHT_EDGES == app.HEIGHT_EDGES
    assert dialect.MOST_BARS_LEFT == app.MOST_BARS_LEFT
    assert dialect.BARS_PER_LINE == app.BARS_PER_PHRASE
    assert (dialect.LOWEST, dialect.HIGHEST) == app.MELODY_REACH
    for midi in range(dialect.LOWEST, dialect.HIGHEST + 1):
        assert dialect.write_pitch(midi) == dialect_pitch(midi)
    for root in range(12):
        for quality in dialect.QUALITIES:
            symbol = chord_symbol(Chord(root, quality))
            assert symbol == dialect.write_chord((root, quality))


@pytest.mark.parametrize("height", RANGES)
def test_every_height_is_the_middle_of_its_range(height: int) -> None:
    assert dialect.bucket(sum(RANGES[height]) / 2, dialect.HEIGHT_EDGES) == height


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
        low, high = RANGES[dialect.height(part)]
        many = dialect.density(part, song.metre)
        parts.append(PartPlan(letter, tuple(bars), cells, many, low, high))
    return replace(
        plan("rock"), kind=song.kind, metre=song.metre, mode=song.mode, parts=tuple(parts)
    )


@pytest.mark.parametrize("seed", range(60))
def test_the_app_asks_as_the_corpus_is_written(seed: int) -> None:
    song = random_song(seed)
    song.kind = song.kind or "song"
    job, _ = build_job(plan_like(song), PROFILES["starter"])
    cells = [
        part[first : first + 2] for part in song.parts for first in range(0, len(part), 2)
    ]  # fmt: skip
    text = job.prompt
    for segment, cell in zip(job.segments, cells):
        text += segment.lead_in + segment.cue
        text += "|".join(map(write_bar, cell)) + segment.line
    assert text == write_song(song)


@pytest.fixture(scope="module")
def starter() -> Iterator[models.LoadedModel]:
    model = models.LoadedModel(models.describe(FILE, FILE.parent), 1)
    yield model
    model.close()


@pytest.mark.parametrize("styles", ["Celtic", "Jazz", "Waltz", "Balkan", "Ambient"])
def test_the_engine_gives_the_tokens_of_training(starter: models.LoadedModel, styles: str) -> None:
    song = plan(styles, 2, 40)
    desk = starter.desk([(job_for(song), Sampling(seed=5))])
    while not desk.finished(0):
        desk.step()
    line, said = desk._songs[0][0], desk.text(0)
    heard = job_for(song).prompt + line._heard
    seen = [*line.fed, *line._target[len(line.fed) :]]
    desk.close()
    assert dialect.CUE.sub("", line._heard) == said
    # What was said after the last draw stays untold; all before is as the recipe cuts it.
    assert seen == [tokens.BEGIN, *tokens.encode(heard)][: len(seen)]
    assert len(seen) > 40
