"""The style book and what style words mean."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scripts.music.grooves import Groove
from scripts.music.plan import plan_song
from scripts.music.style_blend import blend_styles
from scripts.music.style_parser import parse_styles
from scripts.music.style_reader import read_style_book
from scripts.music.styles import Form, Mood, Style
from scripts.tables.program import UserError
from scripts.temporary import arranging, drumming
from tests.song_factory import DATA, style_book, style_document


def document() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(style_document())
    return parsed


def test_the_bundled_book_is_whole() -> None:
    book = style_book()
    assert not book.notices
    assert len(book.styles) >= 80
    assert len(book.moods) >= 30
    used = {groove for style in book.styles.values() for groove in style.grooves}
    assert used <= set(book.grooves)


@pytest.mark.parametrize(
    ("text", "styles", "moods"),
    [
        ("Chill, Dubstep", ("dubstep",), ("chill",)),
        ("dub step", ("dubstep",), ()),
        ("DRUM N BASS", ("drum and bass",), ()),
        ("hiphop; Lo-Fi", ("hip hop", "lo-fi"), ()),
        ("dark synthwave", ("synthwave",), ("dark",)),
        ("Bossa-Nova", ("bossa nova",), ()),
        ("ámbient", ("ambient",), ()),
        ("dubstepp", ("dubstep",), ()),
        ("rock, rock, ROCK", ("rock",), ()),
    ],
)
def test_words_are_recognised(text: str, styles: tuple[str, ...], moods: tuple[str, ...]) -> None:
    request = parse_styles(text, style_book())
    assert (request.styles, request.moods, request.unknown) == (styles, moods, ())


@given(st.text(alphabet=st.sampled_from(",;/|+\n\t \x00\u200d\u3000 abcjzpo-é"), max_size=60))
@example("a \x00 b")
@example("jazz,  pop;dark\u200d rock")
def test_what_was_parsed_is_parsed_the_same_again(text: str) -> None:
    try:
        once = parse_styles(text, style_book())
    except UserError:
        return
    assert parse_styles(once.text, style_book()) == once


def test_every_name_and_alias_leads_to_its_entry() -> None:
    book = style_book()
    for name, entry in book.styles.items():
        for word in (name, *entry.aliases):
            request = parse_styles(word, book)
            assert request.styles or request.moods, word
        assert parse_styles(name, book).styles == (name,)
    for name in book.moods:
        assert parse_styles(f"{name}, pop", book).moods == (name,)


def test_unknown_words_are_kept() -> None:
    request = parse_styles("Wibble, Jazz, музыка", style_book())
    assert request.styles == ("jazz",)
    assert request.unknown == ("Wibble", "музыка")


@pytest.mark.parametrize("text", ["", "   ", ",,,", "!?…", "x" * 10_000])
def test_useless_text_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match=r"[.:]"):
        parse_styles(text, style_book())


@given(st.text(max_size=200))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        request = parse_styles(text, style_book())
    except UserError:
        return
    assert request.styles or request.moods or request.unknown
    assert "\n" not in request.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tempo", [200, 100]),
        ("tempo", "fast"),
        ("modes", []),
        ("modes", ["locrian"]),
        ("melody", [128]),
        ("melody", []),
        ("grooves", ["no such"]),
        ("form", [["intro", "yodel"]]),
        ("density", 9),
        ("swing", 0.2),
        ("loops", {}),
        ("surprise", 1),
    ],
)
def test_a_wrong_field_is_named_and_the_rest_works(field: str, value: object) -> None:
    broken = document()
    broken["styles"]["jazz"][field] = value
    book = read_style_book(broken)
    assert "jazz" not in book.styles
    assert "dubstep" in book.styles
    assert any('"jazz"' in notice for notice in book.notices)


@pytest.mark.parametrize(
    ("field", "value"),
    [("metre", "11/16"), ("bass", ["1---"]), ("bass", []), ("drums", {"gong": ["x" * 16]})],
)
def test_a_wrong_groove_is_left_out_with_the_styles_that_need_it(field: str, value: object) -> None:
    broken = document()
    broken["grooves"]["halftime"][field] = value
    book = read_style_book(broken)
    assert "halftime" not in book.grooves
    assert "dubstep" not in book.styles
    assert "jazz" in book.styles


@pytest.mark.parametrize("value", [None, [], 3, {}, {"styles": {}}, {"styles": 4, "moods": []}])
def test_no_book_is_said(value: object) -> None:
    with pytest.raises(UserError, match=r"styles\.json"):
        read_style_book(value)


@given(st.data())
@settings(max_examples=30)  # the whole book is read each time; other tests damage every field
def test_damage_anywhere_never_crashes(data: st.DataObject) -> None:
    broken = document()
    section = data.draw(st.sampled_from(["styles", "moods", "grooves"]))
    name = data.draw(st.sampled_from(sorted(broken[section])))
    field = data.draw(st.sampled_from(sorted(broken[section][name])))
    junk = st.one_of(st.none(), st.integers(), st.text(max_size=4), st.lists(st.integers()))
    broken[section][name][field] = data.draw(junk)
    book = read_style_book(broken)
    assert len(book.styles) >= len(style_book().styles) - 8


def test_what_is_written_about_grooves_names_all_there_is() -> None:
    written = (DATA / "grooves.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_0-9]+", written))
    tables = (
        drumming.DRUM_KEYS,
        drumming.FILLS,
        arranging.VOICINGS,
        arranging.COUNTER_KINDS,
        arranging.ORNAMENTS,
        {*arranging.COLOURS} - {""},
    )
    fields = {field.name for field in dataclasses.fields(Groove)} - {"name"}
    assert fields.union(*tables) <= words
    signs = set(re.findall(r"`(.)`", written))
    assert {*arranging.BASS_SIGNS, *arranging.CHORD_SIGNS, *drumming.DRUM_VELOCITY, "."} - set(
        "24"
    ) <= signs
    fenced = re.search(r"```json\n(.*?)```", written, re.DOTALL)
    assert fenced is not None
    example = json.loads("{" + fenced[1] + "}")
    book = read_style_book({**document(), "grooves": {**document()["grooves"], **example}})
    assert set(example) <= set(book.grooves)
    assert not book.notices


def test_the_example_of_the_guide_is_a_style_that_plays() -> None:
    guide = (DATA / "STYLES.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", guide, re.S)
    lines = re.findall(r"^`(\".*)`$", guide, re.M)
    assert example is not None
    mood, form = (json.loads(f"{{{line}}}") for line in lines)
    own = document()
    own["styles"] |= json.loads(f"{{{example[1]}}}")
    own["moods"] |= mood
    own["forms"] |= form
    book = read_style_book(own)
    assert not book.notices
    assert "double" in book.forms
    request = parse_styles("Stormy, Lunar Walz", book)
    assert (request.styles, request.moods) == (("moon waltz",), ("stormy",))
    song = plan_song(blend_styles(request, book), book, 90, 3)
    assert (song.metre, song.leading) == ("3/4", "moon waltz")


def test_the_guide_names_every_field() -> None:
    guide = (DATA / "STYLES.md").read_text(encoding="utf-8")
    for entry in (Style, Mood, Form):
        for field in dataclasses.fields(entry):
            assert field.name == "name" or field.name in guide, field.name
