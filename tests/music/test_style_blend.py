"""Blends of styles: several songs differ, every style shows, misspelt words are recognised."""

from __future__ import annotations

from itertools import pairwise

import pytest

from scripts.music.seeded_choice import cyclic_choice, shuffled_choice
from scripts.music.style_parser import leading_style, parse_styles
from scripts.music.titles import invent_title
from scripts.tables.plans import SongPlan
from scripts.temporary import exporting, mixing, style_rules
from tests.song_factory import plan, style_book
from tests.style_measures import closest_pairs, distances

BOOK = style_book()
STYLES = sorted(BOOK.styles)


# --- Two songs of an order -----------------------------------------------------------------------


def form_of(song: SongPlan) -> list[tuple[str, str, int]]:
    return [(section.role, section.part, section.bars) for section in song.form]


@pytest.mark.parametrize("style", [*STYLES, "Chill, Dubstep", "Jazz, Lo-fi", "Epic", "wibble"])
def test_songs_of_an_order_differ_in_key_tempo_form_instruments_and_title(style: str) -> None:
    songs = [plan(style, seed, 150) for seed in range(700, 712)]
    for one, other in pairwise(songs):
        assert one.tonic != other.tonic
        assert one.tempo != other.tempo
        assert form_of(one) != form_of(other)
        assert (one.band.melody, one.band.chords) != (other.band.melody, other.band.chords)
    assert len({song.tonic for song in songs[:10]}) == 10
    assert len({song.title for song in songs}) == len(songs)


@pytest.mark.parametrize("style", STYLES)
def test_no_two_of_99_songs_share_a_title(style: str) -> None:
    family = BOOK.styles[style].family
    titles = {invent_title(BOOK, family, seed).casefold() for seed in range(5000, 5099)}
    assert len(titles) == 99


def test_titles_are_legal_names_of_files() -> None:
    for family in {style.family for style in BOOK.styles.values()}:
        for moods in ((), tuple(BOOK.moods)):
            for seed in range(0, 4000, 7):
                title = invent_title(BOOK, family, seed, moods)
                assert 3 <= len(title) <= 40
                assert title.isascii()
                assert title[0].isupper()
                assert not set(title) & set(exporting.FORBIDDEN_IN_NAMES)
                assert title.upper() not in exporting.RESERVED_NAMES


@pytest.mark.parametrize("count", range(1, 40))
def test_neighbours_never_get_the_same(count: int) -> None:
    options = range(count)
    for first in (0, 17, 10**9):
        seeds = range(first, first + 3 * count)
        assert {cyclic_choice(options, seed, "x") for seed in seeds[:count]} == set(options)
        dealt = [shuffled_choice(options, seed, "x") for seed in seeds]
        assert set(dealt) == set(options)
        assert count == 1 or all(a != b for a, b in pairwise(dealt))


# --- Blends --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lead", "guest"),
    [("jazz", "techno"), ("baroque", "dubstep"), ("celtic", "metal"), ("house", "bossa nova"),
     ("synthwave", "cinematic"), ("reggae", "punk"), ("ambient", "techno")],
)  # fmt: skip
def test_a_guest_bends_the_leader_and_does_not_replace_it(lead: str, guest: str) -> None:
    alone = [plan(lead, seed) for seed in range(20)]
    mixed = [plan(f"{lead}, {guest}", seed) for seed in range(20)]
    turned = [plan(f"{guest}, {lead}", seed) for seed in range(20)]
    own = BOOK.styles[lead]
    for song in mixed:
        assert song.leading == lead
        assert song.band.groove in own.grooves
        assert song.band.bass in own.bass
    lent = {BOOK.styles[guest].melody, BOOK.styles[guest].solo, BOOK.styles[guest].counter}
    lent_programs = {program for programs in lent for program in programs} - set(own.melody)
    chairs = [{s.band.melody, s.band.counter, s.band.solo, s.band.pad} for s in mixed]
    assert sum(bool(chair & lent_programs) for chair in chairs) >= len(mixed) * 0.8
    assert mixed[0].sound not in (alone[0].sound, BOOK.styles[guest].sound)
    assert {song.leading for song in turned} == {guest}
    assert turned[0].sound != mixed[0].sound


def test_a_guest_pulls_the_tempo_towards_its_own_or_its_half() -> None:
    def mean(words: str) -> float:
        return sum(plan(words, seed).tempo for seed in range(14)) / 14

    assert mean("house") < mean("house, techno") < mean("techno")
    assert mean("lo-fi, dubstep") == pytest.approx(mean("lo-fi"), rel=0.08)  # half of 140 is near


@pytest.mark.parametrize("mood", sorted(BOOK.moods))
def test_every_mood_is_heard_in_any_style(mood: str) -> None:
    for style in ("pop", "techno", "jazz"):
        plain = [plan(style, seed) for seed in range(6)]
        bent = [plan(f"{style}, {mood}", seed) for seed in range(6)]

        def told(song: SongPlan) -> tuple[object, ...]:
            energies = tuple(section.energy for section in song.form)
            return (song.tempo, song.mode, song.band, song.sound, energies,
                    tuple(sorted(song.mix.items())))  # fmt: skip

        assert sum(told(a) != told(b) for a, b in zip(plain, bent)) >= 5
        for song in bent:
            assert song.leading == style
            for name, (low, high) in mixing.SOUND_RANGES.items():
                assert low <= getattr(song.sound, name) <= high


def test_a_mood_alone_has_a_home() -> None:
    assert plan("rainy").leading == "lo-fi"
    assert plan("sleepy").leading == "lullaby"
    for mood in BOOK.moods.values():
        assert mood.leads is None or mood.leads in BOOK.styles


def test_epic_alone_leads_and_beside_a_style_it_bends() -> None:
    assert parse_styles("Epic", BOOK).styles == ("cinematic",)
    request = parse_styles("Synthwave, Epic", BOOK)
    assert (request.styles, request.moods) == (("synthwave",), ("epic",))
    assert leading_style(parse_styles("Epic, Synthwave", BOOK), BOOK) == "synthwave"


# --- Spelling ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "style"),
    [("dub step", "dubstep"), ("drum n bass", "drum and bass"), ("Drum & Bass", "drum and bass"),
     ("hiphop", "hip hop"), ("HIP-HOP", "hip hop"), ("lofi", "lo-fi"), ("LO FI", "lo-fi"),
     ("r&b", "r&b"), ("R & B", "r&b"), ("RnB", "r&b"), ("synth-wave", "synthwave"),
     ("synthwav", "synthwave"), ("dubsetp", "dubstep"), ("regae", "reggae"), ("raggae", "reggae"),
     ("bosa nova", "bossa nova"), ("clasical", "classical"), ("baroqe", "baroque"),
     ("tecno", "techno"), ("tehcno", "techno"), ("hause", "house"), ("chiptunes", "chiptune"),
     ("waltzes", "waltz"), ("sea shanties", "sea shanty"), ("flamenko", "flamenco"),
     ("jaz", "jazz"), ("jazzz", "jazz"), ("métal", "metal"), ("k pop", "k-pop"),
     ("ambiant", "ambient"), ("reggeaton", "reggaeton"),
     ("celtic music", "celtic"), ("some deep house beats please", "deep house"),
     ("8 bit", "chiptune"), ("klezmar", "klezmer"), ("minimal techno", "techno")],
)  # fmt: skip
def test_spelling_is_forgiven(typed: str, style: str) -> None:
    request = parse_styles(typed, BOOK)
    assert request.styles == (style,)
    assert not request.unknown


@pytest.mark.parametrize(
    "word",
    ["rocker", "horse", "mouse", "pink", "park", "bark", "soup", "mango", "balsa", "trace",
     "swine", "coil", "tank", "clock", "bank", "sold", "bebo", "hose", "folly", "pope", "duel",
     "truck", "chart", "scrap", "bullet", "phone", "walrus", "tangle", "samurais armour"],
)  # fmt: skip
def test_there_are_no_false_friends(word: str) -> None:
    request = parse_styles(f"{word}, pop", BOOK)
    assert request.styles == ("pop",) or word == "samurais armour"
    assert not request.moods
    assert request.unknown or word == "samurais armour"


def test_what_is_strange_in_a_phrase_is_named() -> None:
    request = parse_styles("dark wibbly synthwave with bagpipers", BOOK)
    assert request.styles == ("synthwave",)
    assert request.moods == ("dark",)
    assert request.unknown == ("wibbly", "bagpipers")


def test_every_part_of_a_form_has_chords_and_every_style_two_of_everything() -> None:
    for style in BOOK.styles.values():
        assert len(style.forms) * len(style.grooves) >= 1
        assert len(style.melody) * len(style.chords) >= 2 or style.name == "romantic"
        for loops in style.loops.values():
            assert set(loops) <= set(style_rules.PARTS)


# --- Apart ---------------------------------------------------------------------------------------


def test_no_two_styles_are_too_alike() -> None:
    pairs = closest_pairs()
    assert pairs[0][0] >= 2.0, pairs[:3]  # of 6
    assert pairs[len(pairs) // 2][0] >= 4.2


def test_a_style_is_told_from_its_nearest_by_more_than_one_thing() -> None:
    for _, one, other in closest_pairs()[:40]:
        assert sum(value >= 0.25 for value in distances(one, other).values()) >= 3, (one, other)
