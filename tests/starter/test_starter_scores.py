"""Tunes out of LilyPond's MIDI: the top line, its bars and pick-up, its licence, its use."""

import random
from pathlib import Path

import mido
import pytest

from models.starter import prepare
from models.starter.dataset.abc_reader import Tune
from models.starter.dataset.melody_filter import is_melodic
from models.starter.dataset.midi_reader import read_midi
from models.starter.dataset.mutopia import licence_of
from models.starter.dataset.normalize import Entry
from models.starter.dataset.sources import SOURCES, is_free
from models.starter.dialect import METRES, Bar, Song
from tests.starter.test_starter_dialect import random_song

BEAT = 384  # ticks of a quarter note
SIXTEENTH = BEAT // 4
MUTOPIA = next(source for source in SOURCES if source.name == "Mutopia")
UNITS = {"4/4": 16, "3/4": 12, "6/8": 12}

Melody = list[tuple[int, int]]  # (MIDI pitch, length in sixteenths)


def track_of(lines: list[Melody], key: str = "") -> mido.MidiTrack:
    """Return a track in which several lines sound at once."""
    events = [(0, mido.MetaMessage("key_signature", key=key))] if key else []
    for channel, line in enumerate(lines):
        time = 0
        for pitch, length in line:
            on = mido.Message("note_on", note=pitch, channel=channel, velocity=90)
            events.append((time, on))
            time += length * SIXTEENTH
            events.append((time, mido.Message("note_off", note=pitch, channel=channel)))
    track, last = mido.MidiTrack(), 0
    # What ends at a time comes before what begins there.
    for time, message in sorted(events, key=lambda e: (e[0], e[1].type == "note_on")):
        track.append(message.copy(time=time - last))
        last = time
    return track


def save(path: Path, metre: str, bars: list[int], tracks: list[mido.MidiTrack]) -> None:
    """Save tracks with a marker wherever a bar begins (in sixteenths)."""
    over, under = map(int, metre.split("/"))
    head = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=over, denominator=under)])
    last = 0
    for place in bars:
        head.append(mido.MetaMessage("marker", text="bar", time=(place - last) * SIXTEENTH))
        last = place
    mido.MidiFile(ticks_per_beat=BEAT, tracks=[head, *tracks]).save(path)


def melody(rng: random.Random, units: int) -> Melody:
    """Return stepwise notes that fill so many sixteenths."""
    line: Melody = []
    pitch = 72
    while units:
        length = min(units, rng.choice([2, 2, 4]))
        pitch = min(84, max(65, pitch + rng.choice([-2, -1, 1, 2])))
        line.append((pitch, length))
        units -= length
    return line


def sounding_pitches(tune: Tune) -> list[int]:
    """Return the pitches of a tune's melody; what is held over a bar line counts once."""
    notes = [n for section in tune.sections for m in section.measures for n in m.notes]
    tied_on = [False, *(note.tied for note in notes)]
    return [note.midi for note, held in zip(notes, tied_on) if note.midi is not None and not held]


@pytest.mark.parametrize("metre", UNITS)
@pytest.mark.parametrize("seed", range(6))
def test_the_top_line_comes_back_in_its_bars(tmp_path: Path, metre: str, seed: int) -> None:
    """Over a bass of its own track, a second voice below in its own, and with a pick-up."""
    rng, units = random.Random(seed), UNITS[metre]
    pickup = rng.choice([0, 2, 4])
    length = 8 * units + pickup
    tune = [note for part in [pickup, *[units] * 8] if part for note in melody(rng, part)]
    second = [(rng.randrange(50, 60), 8) for _ in range(length // 8)]
    bass = [(rng.randrange(36, 48), 4) for _ in range(length // 4)]
    path = tmp_path / "piece.mid"
    bars = [pickup + units * n for n in range(8)]
    save(path, metre, bars, [track_of([tune, second], "C"), track_of([bass], "C")])
    (read,) = read_midi(path, {})
    assert sounding_pitches(read) == [pitch for pitch, _ in tune]
    measures = [m for section in read.sections for m in section.measures]
    assert [m.length() for m in measures] == [pickup] * bool(pickup) + [units] * 8
    assert all(m.harmony for m in measures[1:])


def test_names_of_chords_are_not_the_tune(tmp_path: Path) -> None:
    line = melody(random.Random(1), 64)
    chords = [[(pitch, 16)] * 4 for pitch in (84, 88, 91)]  # above the tune, and first
    path = tmp_path / "song.mid"
    save(path, "4/4", [0, 16, 32, 48], [track_of(chords), track_of([line], "G")])
    (read,) = read_midi(path, {})
    assert sounding_pitches(read) == [pitch for pitch, _ in line]


def test_what_is_no_midi_or_has_no_notes_gives_nothing(tmp_path: Path) -> None:
    broken, empty = tmp_path / "broken.mid", tmp_path / "empty.mid"
    broken.write_bytes(b"MThd, but no more")
    save(empty, "4/4", [0], [])
    assert not list(read_midi(broken, {})) and not list(read_midi(empty, {}))


@pytest.mark.parametrize(
    ("header", "licence"),
    [
        ('license = "Public Domain"', "Public Domain"),
        ('copyright = "Public Domain"', "Public Domain"),
        ('license = "Creative Commons Attribution 4.0"', "CC BY 4.0"),
        ('license = "Creative Commons Attribution-ShareAlike 3.0"', ""),
        ('license = "Public Domain"\n copyright = "(C) all rights reserved"', ""),
        ('copyright = "2009 by somebody"', ""),
        ('title = "Public Domain"', ""),
    ],
)
def test_a_licence_is_read_from_its_own_field(header: str, licence: str) -> None:
    assert licence_of(f"\\header {{\n {header}\n}}\n") == licence


@pytest.mark.parametrize(
    ("licence", "free"), [("Public Domain", True), ("CC0", True), ("CC BY 4.0", False), ("", False)]
)
def test_only_what_asks_for_nothing_is_learnt(licence: str, free: bool) -> None:
    assert is_free(MUTOPIA, Tune({"C": licence}, [])) == free


def song_of(pitches: list[int], length: int) -> Song:
    """Return a song in 4/4 of notes of one length."""
    each = METRES["4/4"][0] // length
    bars = [Bar([(p, length) for p in pitches[i : i + each]], [(0, (0, ""))])
            for i in range(0, len(pitches), each)]  # fmt: skip
    return Song("4/4", "major", [bars])


def test_tunes_step_and_accompaniments_leap() -> None:
    scale = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62, 60, 62] * 2
    broken = [60, 67, 64, 67] * 8
    assert is_melodic(song_of(scale, 4))
    assert not is_melodic(song_of(broken, 2))  # an Alberti bass
    assert not is_melodic(song_of([60, 76] * 16, 4))
    assert not is_melodic(song_of([60] * 32, 4))
    assert not is_melodic(song_of(scale * 4, 1))  # a study


def test_top_lines_of_scores_are_never_held_out() -> None:
    songs = [song for song in map(random_song, range(60)) if song.pitches()]
    entries = [Entry(name, song, [], False, f"{name} {n}")
               for name in ("Aird", MUTOPIA.name) for n, song in enumerate(songs)]  # fmt: skip
    held, learnt, _ = prepare.split_held_out(entries)
    assert held and all(entry.source == "Aird" for entry in held)
    assert any(entry.source == MUTOPIA.name for entry in learnt)
