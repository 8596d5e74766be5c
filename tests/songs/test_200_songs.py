"""Two hundred songs from the starter model: every bar exact, by a reader of our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import models
from scripts.music.harmony import chord_pitch_classes, chord_symbol, plain_chord
from scripts.tables.models import Sampling
from scripts.tables.notation import ChordBar
from scripts.tables.plans import SongPlan
from scripts.temporary import application, notation
from tests.song_factory import job_for, plan, style_book

Songs = list[tuple[SongPlan, str]]  # plans, and the texts that the model wrote for them

pytestmark = [pytest.mark.slow, pytest.mark.model]

MODELS = Path(__file__).resolve().parents[2] / "models"
SONGS = 210
LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
SIGN = re.compile(r'"(?P<chord>[^"]+)"|(?P<note>(?P<alter>[_^]?)(?P<letter>[A-Ga-gz])'
                  r"(?P<octave>[,']*)(?P<units>\d*))")  # fmt: skip


@pytest.fixture(scope="module")
def songs() -> Songs:
    model = models.LoadedModel(models.describe(MODELS / application.STARTER_MODEL, MODELS), 1)
    styles = sorted(style_book().styles)
    written = []
    for number in range(SONGS):
        song = plan(styles[number % len(styles)], number, 60)
        written.append((song, "".join(model.write(job_for(song), Sampling(seed=number)))))
    model.close()
    return written


def bars_of(song: SongPlan, text: str) -> Iterator[tuple[ChordBar, str]]:
    """Yield (planned chords, text) of each bar of a song's text."""
    parts = re.split(r"\[P:(.)\]", text)
    assert parts[0] == ""
    assert parts[1::2] == [part.name for part in song.parts]
    for part, body in zip(song.parts, parts[2::2]):
        bars = re.split(r"\|\|?", body)
        assert bars.pop() == ""
        assert len(bars) == len(part.bars)
        yield from zip(part.bars, bars)


def test_every_bar_is_as_long_as_its_metre_says(songs: Songs) -> None:
    bars = 0
    for song, text in songs:
        for _, bar in bars_of(song, text):
            assert SIGN.sub("", bar) == ""
            units = sum(int(s["units"] or 1) for s in SIGN.finditer(bar) if s["note"])
            assert units == notation.METRES[song.metre].units, (song.leading, song.seed, bar)
            bars += 1
    assert bars > SONGS * 8


def test_chords_are_the_plans_and_strong_places_are_in_them(songs: Songs) -> None:
    """What is foreign to its chord on a strong place lasts a quarter at most, and the very next
    note is a step away and of that chord.
    """
    foreign = 0
    for song, text in songs:
        strong = notation.METRES[song.metre].strong
        for planned, bar in bars_of(song, text):
            place, symbols = 0, []
            leant_on: tuple[int, ...] = ()
            for sign in SIGN.finditer(bar):
                if sign["chord"]:
                    symbols.append((place, sign["chord"]))
                    continue
                units = int(sign["units"] or 1)
                chord = next(s.chord for s in reversed(planned) if s.start <= place)
                tones = chord_pitch_classes(chord)
                midi = midi_of(sign) if sign["letter"] != "z" else None
                assert not leant_on or midi in leant_on
                leant_on = ()
                if place in strong and midi is not None and midi % 12 not in tones:
                    near = (midi - 2, midi - 1, midi + 1, midi + 2)
                    leant_on = tuple(pitch for pitch in near if pitch % 12 in tones)
                    assert leant_on
                    assert units <= 4
                    foreign += 1
                place += units
            assert not leant_on
            expected = [(s.start, chord_symbol(plain_chord(s.chord))) for s in planned]
            assert symbols == expected
    assert foreign > SONGS


def test_the_melody_keeps_to_its_range(songs: Songs) -> None:
    for song, text in songs:
        bounds = {part.name: (part.low, part.high) for part in song.parts}
        for name, body in re.findall(r"\[P:(.)\]([^\[]*)", text):
            low, high = bounds[name]
            pitches = [midi_of(s) for s in SIGN.finditer(body) if s["note"] and s["letter"] != "z"]
            assert pitches
            assert low <= min(pitches) <= max(pitches) <= high


def midi_of(sign: re.Match[str]) -> int:
    """MIDI number of a note as the ABC standard spells it: C is 60, c is 72."""
    octave = sign["letter"].islower() + sign["octave"].count("'") - sign["octave"].count(",")
    alter = {"": 0, "^": 1, "_": -1}[sign["alter"]]
    return 60 + LETTERS[sign["letter"].lower()] + alter + 12 * octave


def test_every_style_is_among_them(songs: Songs) -> None:
    assert {song.leading for song, _ in songs} == set(style_book().styles)


def test_songs_differ(songs: Songs) -> None:
    assert len({text for _, text in songs}) == SONGS
