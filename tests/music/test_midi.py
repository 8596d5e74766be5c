"""MIDI files as two other libraries read them."""

from __future__ import annotations

import io
import random

import mido
import pretty_midi
import pytest

from scripts.music.midi import midi_bytes, unit_seconds
from scripts.music.sequencer import Sequencer
from scripts.tables.sound import Arrangement, MidiNote, Track
from scripts.temporary import notation
from tests.song_factory import in_ticks


def scattered(seed: int, count: int = 300) -> Arrangement:
    """Tracks of notes at random places that never strike a key that sounds."""
    rng = random.Random(seed)
    tracks = []
    for player, program, drums in (("melody", 73, False), ("bass", 33, False), ("drums", 8, True)):
        ends = dict.fromkeys(range(30, 90), 0.0)
        notes = []
        for _ in range(count):
            pitch = rng.choice(sorted(ends))
            start = ends[pitch] + rng.uniform(0, 40)
            note = MidiNote(start, rng.uniform(0.2, 30), pitch, rng.randint(1, 127))
            ends[pitch] = start + note.length + 0.1
            notes.append(note)
        tracks.append(Track(player, program, drums, tuple(notes)))
    return Arrangement(
        rng.uniform(40, 260), rng.choice(sorted(notation.METRES)), 4000, tuple(tracks)
    )


@pytest.mark.parametrize("seed", range(5))
def test_pretty_midi_reads_every_note_at_its_time(seed: int) -> None:
    written = scattered(seed)
    seconds = unit_seconds(written.tempo)
    tick = seconds / 120
    read = pretty_midi.PrettyMIDI(io.BytesIO(midi_bytes(in_ticks(written), "Title")))
    assert read.get_tempo_changes()[1] == pytest.approx([written.tempo], rel=1e-5)
    signature = read.time_signature_changes[0]
    assert f"{signature.numerator}/{signature.denominator}" == written.metre
    assert len(read.instruments) == len(written.tracks)
    by_name = {instrument.name: instrument for instrument in read.instruments}
    for track in written.tracks:
        instrument = by_name[f"Title: {track.player}"]
        assert (instrument.program, instrument.is_drum) == (track.program, track.drums)
        heard = sorted((n.pitch, n.start, n.end, n.velocity) for n in instrument.notes)
        expected = sorted(
            (n.pitch, n.start * seconds, (n.start + n.length) * seconds, n.velocity)
            for n in track.notes
        )
        assert len(heard) == len(expected)
        for one, other in zip(heard, expected):
            assert one[1] == pytest.approx(other[1], abs=tick)
            assert one[2] == pytest.approx(other[2], abs=1.1 * tick)
            assert (one[0], one[3]) == (other[0], other[3])


def test_a_key_that_is_struck_again_ends_first() -> None:
    notes = (MidiNote(0, 8, 60, 90), MidiNote(4, 8, 60, 80), MidiNote(4, 2, 64, 70))
    song = Arrangement(120, "4/4", 16, (Track("melody", 0, False, notes),))
    document = mido.MidiFile(file=io.BytesIO(midi_bytes(in_ticks(song), "x")))
    sounding = set()
    for message in document.tracks[1]:
        if message.type == "note_on":
            assert message.note not in sounding
            sounding.add(message.note)
        elif message.type == "note_off":
            sounding.remove(message.note)
    assert not sounding
    assert sum(m.time for m in document.tracks[1]) == 12 * 120


@pytest.mark.parametrize("title", ["", "Ünïcödé – 音楽", "a:b: c", "x" * 300])
def test_any_title_is_a_name(title: str) -> None:
    song = Arrangement(120, "4/4", 16, (Track("bass", 0, False, (MidiNote(0, 1, 40, 9),)),))
    document = mido.MidiFile(file=io.BytesIO(midi_bytes(in_ticks(song), title)), charset="utf-8")
    assert document.tracks[1].name == f"{title}: bass"
    assert document.tracks[1].name.rpartition(": ")[2] == "bass"


def test_of_what_happens_at_one_tick_notes_end_before_others_begin() -> None:
    notes = (MidiNote(0, 4, 60, 90), MidiNote(4, 4, 64, 80), MidiNote(4, 4, 60, 70))
    song = Arrangement(120, "4/4", 16, (Track("melody", 0, False, notes),))
    document = mido.MidiFile(file=io.BytesIO(midi_bytes(in_ticks(song), "x")))
    events = [(m.type, m.note, m.time) for m in document.tracks[1] if m.type.startswith("note")]
    assert events == [
        ("note_on", 60, 0), ("note_off", 60, 480), ("note_on", 60, 0), ("note_on", 64, 0),
        ("note_off", 60, 480), ("note_off", 64, 0),
    ]  # fmt: skip


def test_twenty_players_share_the_channels_and_the_drums_have_their_own() -> None:
    notes = (MidiNote(0, 4, 60, 90),)
    tracks = tuple(Track("melody", number, number == 4, notes) for number in range(20))
    song = Arrangement(120, "4/4", 16, tracks)
    document = mido.MidiFile(file=io.BytesIO(midi_bytes(in_ticks(song), "x")))
    channels = [{m.channel for m in t if not m.is_meta} for t in document.tracks[1:]]
    melodic = [number for number in range(16) if number != 9]
    melodic += melodic
    assert channels == [*({n} for n in melodic[:4]), {9}, *({n} for n in melodic[4:19])]


def test_a_file_without_notes_is_a_file() -> None:
    nothing = midi_bytes(Sequencer(90, "6/8").finish(), "nothing")
    assert mido.MidiFile(file=io.BytesIO(nothing)).length == 0
