"""From a plan to text and back: the grammar's bars, the reader, the ABC that is kept."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.music.harmony import chord_pitch_classes, span_at
from scripts.music.leadsheet import count_bars, read_lead_sheet
from scripts.prompts import fill_template
from scripts.tables.notation import Units
from scripts.tables.program import ModelError, UserError
from scripts.temporary import notation, prompting
from tests.band_measures import clashes
from tests.reference_readers import abc2midi_hears, abc_bar_lengths
from tests.song_factory import job_for, plan, style_book, write_at_random

STYLES = sorted(style_book().styles)


@pytest.mark.parametrize(
    ("profile", "style"),
    # Guarded grammars take a while: the styles of the guard's own test below are not among these.
    [*product(["starter"], STYLES), *product(["completion"], STYLES[1::6])],
)
def test_whatever_the_grammar_allows_is_the_plans_song(profile: str, style: str) -> None:
    seed = 2
    song = plan(style, seed)
    job = job_for(song, profile)
    text = write_at_random(job, seed)
    assert {*abc_bar_lengths(text)} == {notation.METRES[song.metre].units}
    assert count_bars(text) == job.bars == song.written_bars
    sheet = read_lead_sheet(text, song)
    rubbing, leaning, _ = clashes(sheet)
    assert rubbing == 0
    assert not leaning or profile == "starter"
    for part in song.parts:
        pitches = [n.pitch for bar in sheet.melody[part.name] for n in bar if n.pitch is not None]
        assert part.low <= min(pitches) <= max(pitches) <= part.high


@given(st.sampled_from(STYLES), st.integers(0, 10_000))
@settings(max_examples=25)
def test_cells_that_return_are_the_same_melody(style: str, seed: int) -> None:
    song = plan(style, seed)
    sheet = read_lead_sheet(write_at_random(job_for(song), seed), song)
    for part in song.parts:
        first: dict[object, object] = {}
        for number, letter in enumerate(part.cells):
            span = slice(number * 2, number * 2 + 2)
            melody = sheet.melody[part.name][span]
            assert first.setdefault((letter, part.bars[span]), melody) == melody


@pytest.mark.parametrize("style", STYLES)
def test_the_abc_says_the_same_to_an_independent_reader(style: str) -> None:
    song = plan(style, 3)
    assert abc2midi_hears(write_at_random(job_for(song), 3), song)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda text: text.replace("|", "c|", 1), "sixteenths long"),
        (lambda text: text.replace("|", "h4|", 1), "without meaning"),
        (lambda text: text.rsplit("|", 3)[0], "bars of part"),
        (lambda text: "", "bars of part"),
    ],
)
def test_wrong_text_is_refused(damage: Callable[[str], str], sentence: str) -> None:
    song = plan("rock")
    text = write_at_random(job_for(song), 1)
    with pytest.raises(ModelError, match=sentence):
        read_lead_sheet(damage(text), song)


@given(st.text(alphabet="[]P:ABC\"|cdeg^_z,'0123456789", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(ModelError):
        read_lead_sheet(text, plan("rock"))


@pytest.mark.parametrize("profile", sorted(prompting.PROMPT_TEMPLATES))
def test_every_template_is_filled(profile: str) -> None:
    text = fill_template(prompting.PROMPT_TEMPLATES[profile], plan("Chill, Dubstep"))
    assert "{" not in text
    assert plan("Chill, Dubstep").metre in text or profile == "llama-midi"


@pytest.mark.parametrize("template", ["{nonsense}", "{", "{0}", "{metre.x}", "{metre!z}"])
def test_a_template_that_cannot_be_filled_is_said(template: str) -> None:
    with pytest.raises(UserError, match="placeholders are"):
        fill_template(template, plan("rock"))


@pytest.mark.parametrize("style", STYLES[::6])  # each takes a while
def test_the_guard_holds_what_textbooks_ask(style: str) -> None:
    """Bounded leaps, notes foreign to the chord only in passing."""
    song = plan(style, 4)
    sheet = read_lead_sheet(write_at_random(job_for(song, "chat"), 4), song)
    for part in song.parts:
        for first in range(0, len(part.bars), 2):  # a cell knows its own notes
            line = []
            for bar, spans in zip(sheet.melody[part.name][first:], part.bars[first : first + 2]):
                place: Units = 0
                for note in bar:
                    tones = chord_pitch_classes(span_at(spans, place).chord)
                    if note.pitch is not None:
                        # A tie into the next chord is an anticipation: no step is to follow.
                        line.append((note.pitch, note.pitch % 12 in tones or note.tied))
                    place += note.units
            assert line[-1][1]
            for (before, settled), (after, _) in pairwise(line):
                leap = abs(after - before)
                assert leap <= 9 or leap == 12
                assert settled or 0 < leap <= 2
