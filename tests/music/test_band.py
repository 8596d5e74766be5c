"""How the band plays, by invariants that hold in every style and bounds on what is measured."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import pytest

from scripts.music.arrangement import arrange, arrange_sections
from scripts.music.band.chart import make_chart, passages
from scripts.music.band.development import develop
from scripts.music.band.kit import drum_key
from scripts.music.leadsheet import read_lead_sheet
from scripts.tables.plans import Section, SongPlan
from scripts.tables.sound import Arrangement, MidiNote, SectionNotes
from scripts.temporary import arranging, drumming, notation, structure
from tests import band_measures
from tests.song_factory import plan, random_tune, style_book

STYLES = sorted(style_book().styles)
EACH_STYLE = pytest.mark.parametrize("style", STYLES)
SECONDS = 100.0


def performance(style: str, seed: int = 1) -> band_measures.Performance:
    return band_measures.performance(style, seed, SECONDS)


@EACH_STYLE
def test_every_note_lies_within_its_instrument(style: str) -> None:
    assert band_measures.out_of_range(performance(style)) == 0


@EACH_STYLE
def test_strong_places_are_of_their_chord(style: str) -> None:
    found = performance(style)
    wrong, total = band_measures.strong_clashes(found, "melody")
    assert wrong <= max(1, 0.02 * total)
    wrong, total = band_measures.strong_clashes(found, "bass")
    assert wrong <= max(1, 0.06 * total)
    wrong, total = band_measures.strong_clashes(found, "counter")
    assert wrong <= max(1, 0.06 * total)


@EACH_STYLE
def test_players_hardly_rub_against_each_other(style: str) -> None:
    found = performance(style)
    assert band_measures.rubbing(found, "melody", "chords") < 0.2
    assert band_measures.rubbing(found, "counter", "melody") < 0.15
    assert band_measures.rubbing(found, "pad", "melody") < 0.1


@EACH_STYLE
def test_voices_lead_on_by_small_steps(style: str) -> None:
    assert band_measures.voice_motion(performance(style)) <= 4.0
    assert (
        band_measures.voice_motion(performance(style), "pad") <= 3.2
    )  # new notes alone: held ones do not count


@EACH_STYLE
def test_drums_grow_with_the_energy(style: str) -> None:
    levels = list(band_measures.density_by_energy(performance(style)).values())
    assert all(after >= 0.9 * before for before, after in itertools.pairwise(levels))


@EACH_STYLE
def test_no_player_is_a_loop(style: str) -> None:
    found = performance(style)
    assert band_measures.longest_loop(found, "drums") <= 8 or not found.notes("drums")
    assert band_measures.distinct_bars(found, "bass") >= 0.08


def test_styles_drum_differently() -> None:
    prints: dict[str, Counter[band_measures.Stroke]] = {}
    for style in STYLES:
        found = performance(style)
        prints.setdefault(found.song.band.groove, band_measures.drum_print(found))
    pairs = band_measures.nearest_pairs(prints)
    assert pairs[0][0] > 0.1
    assert sorted(apart for apart, _, _ in pairs)[len(pairs) // 2] > 0.6


# --- Form --------------------------------------------------------------------------------------


@cache
def formed(
    *roles: str, style: str = "house", ending: str = "ring", energies: Sequence[int] = ()
) -> tuple[SongPlan, Arrangement, list[SectionNotes]]:
    """A song of a style whose form is these roles, four bars each."""
    song = plan(style, 3, 60)
    parts = [part.name for part in song.parts]
    form = []
    for number, role in enumerate(roles):
        part = parts[number % len(parts)] if role not in ("drop", "chorus") else parts[-1]
        energy = energies[number] if energies else {"build": 2, "drop": 4}.get(role, 3)
        form.append(Section(role, part, 0, 4, energy))
    song = replace(song, form=tuple(form), ending=ending)
    sheet = read_lead_sheet(random_tune(song, 3), song)
    groove = style_book().grooves[song.band.groove]
    return song, arrange(sheet, song, groove), list(arrange_sections(sheet, song, groove))


def test_a_drop_comes_out_of_silence_and_everybody_is_on_its_one() -> None:
    song, _, arranged = formed("verse", "build", "drop")
    build, drop = arranged[1], arranged[2]
    beat = notation.METRES[song.metre].beats[-1]
    silent = build.start + build.units - beat
    for track in build.tracks:
        if track.player != "melody":
            assert all(note.start + note.length <= silent + 0.2 for note in track.notes)
    on_one = {
        track.player for track in drop.tracks for note in track.notes if note.start < drop.start + 1
    }
    assert {"bass", "drums"} <= on_one
    keys = {n.pitch for n in drop.tracks[-1].notes if n.start < drop.start + 0.5}
    assert {drumming.DRUM_KEYS["kick"], drumming.DRUM_KEYS["crash"]} <= keys


def test_a_build_rolls_faster_and_louder() -> None:
    _, _, arranged = formed("verse", "build", "drop")
    snare = [n for n in arranged[1].tracks[-1].notes if n.pitch == drumming.DRUM_KEYS["snare"]]
    gaps = [b.start - a.start for a, b in itertools.pairwise(snare)]
    quarter = len(gaps) // 4
    assert sum(gaps[:quarter]) > 2 * sum(gaps[-quarter:])
    assert snare[-1].velocity > snare[0].velocity + 30


def test_fills_are_only_at_the_ends_of_sections() -> None:
    """Toms of a rock kit are the fills': they sound in last bars alone."""
    found = performance("rock")
    toms = {drum_key(name, 0, 0) for name in ("tom_low", "tom_mid", "tom_high")}
    groove = style_book().grooves[found.song.band.groove]
    assert not toms & {
        drumming.DRUM_KEYS[name] for name in (*groove.drums, *groove.full, *groove.turn)
    }
    units = notation.METRES[found.song.metre].units
    ends = [passage.end for passage in found.passages]
    struck = [note.start for note in found.notes("drums") if note.pitch in toms]
    assert all(any(end - units - 0.3 <= start < end for end in ends) for start in struck)


def test_the_quietest_sections_are_softest_and_thinnest() -> None:
    _, _, arranged = formed("verse", "verse", "verse", "verse", energies=(1, 2, 3, 4))
    loudness = [
        sum(n.velocity**2 * min(n.length, 4) for t in s.tracks for n in t.notes)
        for s in arranged[:4]
    ]
    assert loudness == sorted(loudness)


@pytest.mark.parametrize("ending", structure.ENDINGS)
def test_endings_end(ending: str) -> None:
    song, played, arranged = formed("verse", "chorus", "outro", ending=ending)
    last = arranged[-1]
    assert last.start + last.units == played.units
    chords = next(track for track in last.tracks if track.player == "chords").notes
    assert chords
    length = max(note.length for note in chords)
    assert length <= 2 if ending == "cold" else length > notation.METRES[song.metre].units - 2
    grown = (
        last.start - sum(section.bars for section in song.form) * notation.METRES[song.metre].units
    )
    assert grown > 0 if ending == "cadence" else grown == 0
    if ending == "fade":
        outro = [n.velocity for t in arranged[-2].tracks for n in t.notes]
        third = len(outro) // 3
        assert max(outro[-third:]) <= max(outro[:third])


def test_a_part_that_returns_is_sung_another_way() -> None:
    song = plan("pop", 5, 60)
    sheet = read_lead_sheet(random_tune(song, 5), song)
    groove = style_book().grooves[song.band.groove]
    part = song.form[0].part
    sections = tuple(Section("verse", part, 0, 8, 3, variation=times) for times in range(4))
    arranged = list(arrange_sections(sheet, replace(song, form=sections), groove))
    sung = [
        frozenset(
            (round((note.start - section.start) * 2), note.pitch)
            for track in section.tracks
            if track.player == "melody"
            for note in track.notes
        )
        for section in arranged[:4]
    ]
    assert len(set(sung)) == 4
    for varied in sung[1:]:
        assert len(varied & sung[0]) >= 0.4 * len(sung[0])  # and it is still the same tune


def test_a_key_lift_moves_everybody() -> None:
    song = plan("pop", 5, 60)
    sheet = read_lead_sheet(random_tune(song, 5), song)
    groove = style_book().grooves[song.band.groove]
    part = song.form[0].part
    plain = replace(song, humanise=0.0, form=(Section("verse", part, 0, 8, 3),))
    lifted = replace(plain, form=(Section("verse", part, 0, 8, 3, lift=2),))
    for player in ("melody", "bass", "chords"):
        classes = [
            [n.pitch % 12 for t in arrange(sheet, one, groove).tracks if t.player == player
             for n in t.notes if n.start < 16]
            for one in (plain, lifted)
        ]  # fmt: skip
        moved = {(pitch + 2) % 12 for pitch in classes[0]}
        assert moved == set(classes[1])


@pytest.mark.parametrize("style", ["jazz", "dubstep", "celtic"])
def test_a_song_of_hours_is_played_with_little_at_a_time(style: str) -> None:
    song = plan(style, 1, 180)
    sheet = read_lead_sheet(random_tune(song, 1), song)
    groove = style_book().grooves[song.band.groove]
    form = tuple(replace(section, variation=turn) for turn in range(12) for section in song.form)
    most = seen = 0
    for section in arrange_sections(sheet, replace(song, form=form), groove):
        held = sum(len(track.notes) for track in section.tracks)
        most, seen = max(most, held), seen + held
    assert seen > 20 * most
    assert most < 4000


def test_a_thinned_line_keeps_what_an_appoggiatura_leans_on() -> None:
    song = plan("Celtic", 1, SECONDS)
    sheet = read_lead_sheet(random_tune(song, 1), song)
    chart = make_chart(sheet, song, style_book().grooves[song.band.groove])
    passage = next(iter(passages(chart)))
    passage = replace(passage, section=replace(passage.section, role="break", variation=1))
    tone, foreign = (60 + passage.bars[0].spans[0].chord.root + by for by in (0, 2))
    eighths = [MidiNote(passage.start + 2 * n, 2 - arranging.ARTICULATION_GAP, pitch, 90)
               for n, pitch in enumerate((foreign, tone, tone, foreign))]  # fmt: skip
    thinned, _ = develop(eighths, chart, passage, random.Random(1))
    assert [note.pitch for note in thinned] == [tone, tone]
    assert thinned[0].start + thinned[0].length == eighths[1].start + eighths[1].length
