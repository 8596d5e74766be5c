"""A style book that a user edits: whatever stands in a field, it is named or songs are made."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from scripts.music.arrangement import arrange
from scripts.music.leadsheet import read_lead_sheet, write_abc
from scripts.music.midi import midi_bytes
from scripts.music.plan import plan_song
from scripts.music.style_blend import blend_styles
from scripts.music.style_parser import parse_styles
from scripts.music.style_reader import read_style_book
from scripts.music.styles import StyleBook
from scripts.music.titles import invent_title
from scripts.tables.program import UserError
from tests.song_factory import in_ticks, job_for, style_document, write_at_random

ENTRIES = {"styles": "jazz", "moods": "chill", "grooves": "swing", "titles": ""}
KEPT = {"styles": ("jazz", "pop"), "moods": ("chill",)}  # enough, and read in a moment
NOT_A_NUMBER, ENDLESS = float("nan"), float("inf")
STRANGE: list[Any] = [
    None, True, False, 0, -1, 1, 2.5, ENDLESS, NOT_A_NUMBER, 10**30, "", "x", "I", "x" * 20,
    [], [None], [0], [-1], [200], [1.5], ["x"], [[]], {}, {"a": 1}, {"melody": NOT_A_NUMBER},
    {"melody": 1e9}, {"melody": "x"}, {"drums": -12}, [NOT_A_NUMBER, 100], [100, 100.5],
    [20, ENDLESS], [200, 100], ["major"], [["verse"]], [["intro", "outro"]], [["intro"]],
    ["{noun:>999999999}"], ["{adjective.__class__}"], ["{0}"], ["{noun}"], "-" * 16,
    ["-" * 16], ["." * 16], [""], ["8" * 16], ["a" * 16], {"kick": ["x"]}, {"kick": "x" * 16},
]  # fmt: skip


def small_book() -> dict[str, Any]:
    """The program's own style book without most of its entries."""
    book: dict[str, Any] = json.loads(style_document())
    for section, names in KEPT.items():
        book[section] = {name: book[section][name] for name in names}
    used = {name for style in book["styles"].values() for name in style["grooves"]}
    book["grooves"] = {name: book["grooves"][name] for name in sorted(used | {"swing"})}
    return book


WHOLE = small_book()


def fields_of(section: str) -> list[str]:
    """Every field that an entry of a section has, or that one of another section has."""
    entry = WHOLE[section][ENTRIES[section]] if ENTRIES[section] else WHOLE[section]
    more = ("tempo", "octave", "modes", "mix", "humanise", "density", "fill", "surprise", "name")
    return [*dict.fromkeys((*entry, *more))]


def make_song(book: StyleBook, seed: int) -> None:
    """Go the whole way to a MIDI file with a writer that knows nothing."""
    request = parse_styles("Chill, Jazz", book)
    plan = plan_song(blend_styles(request, book), book, 30, seed)
    assert 0 < len(plan.title) < 200
    sheet = read_lead_sheet(write_at_random(job_for(plan), seed), plan)
    assert write_abc(sheet, plan, "model").startswith("X:1\n")
    arranged = arrange(sheet, plan, book.grooves[plan.band.groove])
    assert midi_bytes(in_ticks(arranged), plan.title).startswith(b"MThd")


@pytest.mark.parametrize(
    ("section", "field"), [(section, field) for section in ENTRIES for field in fields_of(section)]
)
def test_a_strange_field_is_named_or_does_no_harm(section: str, field: str) -> None:
    for value in STRANGE:
        book = copy.deepcopy(WHOLE)
        entry = book[section][ENTRIES[section]] if ENTRIES[section] else book[section]
        if field in entry and entry[field] == value:
            continue
        entry[field] = value
        read = read_style_book(book)
        name = ENTRIES[section]
        left_out = bool(name) and name not in getattr(read, section)
        if left_out:
            assert any(f'{section} "{name}"' in notice for notice in read.notices), value
        elif section == "titles":
            assert 0 < len(invent_title(read, "jazz", 1)) < 200
        else:
            make_song(read, seed=len(str(value)))
        assert len("".join(read.notices)) < 2000


@pytest.mark.parametrize("section", ENTRIES)
@pytest.mark.parametrize("value", STRANGE, ids=lambda value: str(value)[:20])
def test_a_strange_section_is_named_or_does_no_harm(section: str, value: Any) -> None:
    try:
        book = read_style_book({**WHOLE, section: value})
    except UserError as error:
        assert "styles.json" in str(error)
    else:
        make_song(book, seed=1)
