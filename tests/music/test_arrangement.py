"""The band: what it plays from a lead sheet, held to what must be so in every style."""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.music.arrangement import arrange, arrange_sections
from scripts.music.band.bass import bass_context, bass_pitch, bass_range
from scripts.music.band.chart import tonic_chord
from scripts.music.band.voicing import voice_chord
from scripts.music.grooves import Groove
from scripts.music.harmony import chord_pitch_classes
from scripts.music.leadsheet import read_lead_sheet
from scripts.music.midi import midi_bytes, song_seconds
from scripts.tables.notation import Chord
from scripts.tables.plans import LeadSheet, SongPlan
from scripts.tables.sound import Arrangement
from scripts.temporary import arranging, drumming, notation
from tests.song_factory import in_ticks, job_for, plan, style_book, write_at_random

STYLES = sorted(style_book().styles)
chords = st.builds(Chord, st.integers(0, 11), st.sampled_from(list(notation.QUALITIES)))


def score_for(
    styles: str, seed: int = 1, seconds: float = 60.0
) -> tuple[LeadSheet, SongPlan, Groove]:
    song = plan(styles, seed, seconds)
    sheet = read_lead_sheet(write_at_random(job_for(song), seed), song)
    return sheet, song, style_book().grooves[song.band.groove]


def arrangement(styles: str, seed: int = 1, seconds: float = 60.0) -> tuple[SongPlan, Arrangement]:
    sheet, song, groove = score_for(styles, seed, seconds)
    return song, arrange(sheet, song, groove)


usual_arrangement = cache(arrangement)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_has_a_band_that_plays_in_bounds(style: str) -> None:
    song, played = usual_arrangement(style)
    heard = [track.player for track in played.tracks]
    assert heard == sorted(heard, key=arranging.PLAYERS.index)
    assert {"melody", "chords", "bass", "drums"} <= set(heard)
    groove = style_book().grooves[song.band.groove]
    assert bool(played.tracks[-1].notes) == bool(groove.drums)
    assert played.tracks[0].program == song.band.melody
    for track in played.tracks:
        assert track.drums == (track.player == "drums")
        assert list(track.notes) == sorted(track.notes, key=lambda note: note.start)
        low, high = (
            (27, 87)
            if track.drums
            else arranging.PROGRAM_RANGES.get(track.program, arranging.ANY_RANGE)
        )
        for note in track.notes:
            assert 0 <= note.start < played.units
            assert note.length > 0
            assert low - 2 <= note.pitch <= high
            assert 1 <= note.velocity <= 127


@pytest.mark.parametrize("style", STYLES)
def test_the_song_ends_on_its_tonic(style: str) -> None:
    song, played = usual_arrangement(style)
    last_bar = played.units - notation.METRES[song.metre].units
    classes = set(chord_pitch_classes(tonic_chord(song)))
    for track in played.tracks:
        if not track.drums:
            ending = [note for note in track.notes if note.start > last_bar - 0.2]
            assert ending or track.program == song.band.solo
            assert {note.pitch % 12 for note in ending} <= classes


def test_the_same_seed_plays_the_same_to_the_byte() -> None:
    first, second = (midi_bytes(in_ticks(arrangement("Jazz", 4)[1]), "x") for _ in range(2))
    assert first == second
    assert first != midi_bytes(in_ticks(arrangement("Jazz", 5)[1]), "x")


def test_styles_differ_in_drums_and_tempo() -> None:
    bars = {}
    for style in ("dubstep", "house", "bossa nova", "celtic", "jazz", "metal"):
        song, played = arrangement(style, 2)
        drums = played.tracks[-1].notes
        bars[style] = (song.tempo, frozenset(note.pitch for note in drums))
    assert len({pitches for _, pitches in bars.values()}) == len(bars)


def test_a_song_comes_section_by_section_and_whole_it_is_the_same() -> None:
    sheet, song, groove = score_for("house", 2, 180)
    whole = arrange(sheet, song, groove)
    place = 0
    for section in arrange_sections(sheet, song, groove):
        assert section.start == place
        place += section.units
        assert [track.player for track in section.tracks] == [t.player for t in whole.tracks]
        for track, all_of_it in zip(section.tracks, whole.tracks):
            inside = [n for n in all_of_it.notes if section.start <= n.start < place]
            assert list(track.notes) == inside
    assert place == whole.units


def test_midi_file_has_the_tempo_and_the_tracks() -> None:
    import mido

    song, played = arrangement("Synthwave")
    document = mido.MidiFile(file=io.BytesIO(midi_bytes(in_ticks(played), "Title")))
    tempo = next(m.tempo for track in document.tracks for m in track if m.type == "set_tempo")
    assert mido.tempo2bpm(tempo) == pytest.approx(song.tempo, rel=1e-3)
    assert document.length <= song_seconds(played) + 0.1
    assert document.length > song_seconds(played) * 0.9


@given(
    chords,
    st.sampled_from(sorted(arranging.VOICINGS)),
    st.lists(st.integers(53, 76), min_size=3, max_size=4, unique=True),
    st.integers(60, 80),
)
def test_voicings_hold_the_chord_and_stay_under_their_ceiling(
    chord: Chord, kind: str, before: list[int], ceiling: int
) -> None:
    notes = voice_chord(chord, kind, sorted(before), ceiling)
    assert {note % 12 for note in notes} <= set(chord_pitch_classes(chord))
    assert list(notes) == sorted(set(notes))
    assert len(notes) >= 2
    assert notes[0] >= min(arranging.VOICINGS[kind].low, ceiling - 16)
    assert notes[-1] <= max(ceiling, 64)


@given(chords, st.sampled_from(sorted(arranging.VOICINGS)))
def test_no_third_lies_in_the_mud(chord: Chord, kind: str) -> None:
    notes = voice_chord(chord, kind)
    assert all(low >= arranging.LOW_INTERVALS.get(high - low, 0) for low, high in pairwise(notes))


@given(
    chords,
    chords,
    st.sampled_from(sorted(arranging.BASS_SIGNS - set("w-."))),
    st.sampled_from([32, 43]),
)
def test_bass_stays_in_its_room_and_degrees_are_of_the_chord(
    chord: Chord, following: Chord, sign: str, program: int
) -> None:
    low, high = bass_range(program)
    pitch = bass_pitch(sign, bass_context(chord, following, frozenset(range(12)), program))
    assert low - 2 <= pitch <= high
    if sign in "1358x":
        assert pitch % 12 in chord_pitch_classes(chord)


def test_tonic_chord_is_minor_in_minor_modes() -> None:
    for name, mode in notation.MODES.items():
        song = plan("ambient")
        object.__setattr__(song, "mode", name)
        assert (tonic_chord(song).quality == "m") == (3 in mode.steps)


def test_fills_are_rows_of_one_length() -> None:
    for family in drumming.FILLS.values():
        for rows in family:
            assert len({len(row) for row in rows.values()}) == 1
            assert len(next(iter(rows.values()))) in (4, 6, 8, 12, 16)
