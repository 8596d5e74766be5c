"""Notes in ticks: what sounds, when it ends, and that sections of a song add up to the whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.music.arrangement import arrange, arrange_sections
from scripts.music.leadsheet import read_lead_sheet
from scripts.music.midi import song_seconds
from scripts.music.sequencer import Sequencer
from scripts.render.track_notes import track_notes
from scripts.tables.sound import Arrangement, MidiNote, SectionNotes, TimedTrack, Track
from tests.song_factory import in_ticks, job_for, plan, style_book, write_at_random

Note = tuple[int, int, int, int]  # start and end in ticks, key, velocity
NOTES = st.builds(
    MidiNote,
    st.floats(-1, 60),
    st.floats(0, 20),
    st.integers(60, 64),
    st.integers(1, 127),
)


def played(*notes: MidiNote, until: int = 16) -> list[Note]:
    """Return the notes of one track once they are in ticks."""
    track = Track("melody", 7, False, notes)
    return notes_of(in_ticks(Arrangement(120, "4/4", until, (track,))).tracks[0])


def notes_of(track: TimedTrack) -> list[Note]:
    return list(zip(track.starts, track.ends, track.keys, track.velocities))


def test_a_sixteenth_is_120_ticks() -> None:
    assert played(MidiNote(2, 1.5, 60, 90), MidiNote(0.504, 4, 67, 1)) == [
        (60, 540, 67, 1), (240, 420, 60, 90),
    ]  # fmt: skip


def test_a_note_lasts_a_tick_at_least() -> None:
    assert played(MidiNote(1, 0, 60, 90), MidiNote(2, 0.001, 60, 90)) == [
        (120, 121, 60, 90), (240, 241, 60, 90),
    ]  # fmt: skip


def test_a_key_that_is_struck_while_it_sounds_has_ended_there() -> None:
    assert played(MidiNote(0, 8, 60, 90), MidiNote(4, 8, 60, 80), MidiNote(4, 2, 64, 70)) == [
        (0, 480, 60, 90), (480, 1440, 60, 80), (480, 720, 64, 70),
    ]  # fmt: skip


def test_of_two_strokes_at_one_tick_the_first_has_no_length() -> None:
    assert played(MidiNote(1, 4, 36, 90), MidiNote(1.001, 2, 36, 50)) == [
        (120, 120, 36, 90), (120, 360, 36, 50),
    ]  # fmt: skip


def test_notes_of_one_tick_come_by_key_whichever_is_a_hair_earlier() -> None:
    assert [key for _, _, key, _ in played(MidiNote(1, 1, 70, 9), MidiNote(1.001, 1, 50, 9))] == [
        50, 70,
    ]  # fmt: skip


def test_nothing_begins_before_what_was_there_already() -> None:
    sequencer = Sequencer(120, "4/4")
    for start, note in ((0, MidiNote(0, 16, 60, 90)), (16, MidiNote(15.8, 1, 62, 80))):
        sequencer.add(SectionNotes(start, 16, (Track("melody", 0, False, (note,)),)))
    assert notes_of(sequencer.finish().tracks[0]) == [(0, 1920, 60, 90), (1920, 2016, 62, 80)]


@given(st.lists(NOTES, max_size=60))
def test_every_note_is_there_once_and_no_key_sounds_twice(notes: list[MidiNote]) -> None:
    found = played(*notes, until=80)
    assert sorted((key, velocity) for _, _, key, velocity in found) == sorted(
        (note.pitch, note.velocity) for note in notes
    )
    assert [note[0] for note in found] == sorted(note[0] for note in found)
    for key in range(60, 65):
        own = [note for note in found if note[2] == key]
        assert all(0 <= start <= end for start, end, _, _ in own)
        assert all(one[1] <= other[0] for one, other in pairwise(own))


@pytest.mark.parametrize("style", ["jazz", "house", "ambient"])
def test_section_by_section_it_is_the_same_song(style: str) -> None:
    song = plan(style, 2, 90)
    sheet = read_lead_sheet(write_at_random(job_for(song), 2), song)
    groove = style_book().grooves[song.band.groove]
    sequencer = Sequencer(song.tempo, song.metre)
    for section in arrange_sections(sheet, song, groove):
        sequencer.add(section)
    assert sequencer.finish() == in_ticks(arrange(sheet, song, groove))


def test_the_sampler_gets_seconds_and_only_the_tracks_that_have_notes() -> None:
    notes = (MidiNote(4, 2, 60, 90), MidiNote(0, 2, 62, 127))
    tracks = (Track("pad", 1, False, ()), Track("drums", 8, True, notes))
    song = in_ticks(Arrangement(90, "3/4", 12, tracks))
    [heard] = track_notes(song)
    assert (heard.player, heard.program, heard.drums) == ("drums", 8, True)
    assert heard.starts == pytest.approx([0, 4 / 6], rel=1e-5)
    assert heard.lengths == pytest.approx([2 / 6, 2 / 6], rel=1e-5)
    assert (heard.keys.tolist(), heard.velocities.tolist()) == ([62, 60], [127, 90])
    assert heard.keys.dtype == heard.velocities.dtype == np.int64
    assert song_seconds(song) == pytest.approx(2)
