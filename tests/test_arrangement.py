"""The band: what it plays from a lead sheet."""

from __future__ import annotations

import io

import pytest
from composing import job_for, plan, style_book, write_at_random
from hypothesis import given
from hypothesis import strategies as st

from scripts.music.arrangement import arrange, bass_pitch, tonic_chord, voice
from scripts.music.harmony import chord_pitch_classes
from scripts.music.leadsheet import read_lead_sheet
from scripts.music.midi import midi_bytes, song_seconds
from scripts.temporary import METRES, MODES, PLAYERS, QUALITIES, Chord

STYLES = sorted(style_book().styles)
chords = st.builds(Chord, st.integers(0, 11), st.sampled_from(list(QUALITIES)))


def arrangement(styles, seed=1):
    song = plan(styles, seed)
    sheet = read_lead_sheet(write_at_random(job_for(song), seed), song)
    return song, arrange(sheet, song, style_book().grooves[song.band.groove])


@pytest.mark.parametrize("style", STYLES)
def test_every_style_has_a_band_that_plays_in_bounds(style):
    song, played = arrangement(style)
    tracks = {track.player: track for track in played.tracks}
    assert tuple(tracks) == tuple(player for player in PLAYERS if player in tracks)
    assert {"melody", "chords", "bass", "drums"} <= set(tracks)
    groove = style_book().grooves[song.band.groove]
    assert bool(tracks["drums"].notes) == bool(groove.drums)
    assert tracks["melody"].program == song.band.melody
    for track in played.tracks:
        assert track.drums == (track.player == "drums")
        for note in track.notes:
            assert 0 <= note.start < played.units
            assert note.length > 0
            assert 0 <= note.pitch <= 127
            assert 1 <= note.velocity <= 127


@pytest.mark.parametrize("style", STYLES)
def test_the_song_ends_on_its_tonic(style):
    song, played = arrangement(style)
    last_bar = played.units - METRES[song.metre].units
    shift = song.tonic - tonic_chord(song).root
    classes = {(pitch + shift) % 12 for pitch in chord_pitch_classes(tonic_chord(song))}
    for track in played.tracks:
        if not track.drums:
            ending = [note for note in track.notes if note.start > last_bar - 0.5]
            assert ending
            assert {note.pitch % 12 for note in ending} <= classes


def test_the_same_seed_plays_the_same_to_the_byte():
    first, second = (midi_bytes(arrangement("Jazz", 4)[1], "x") for _ in range(2))
    assert first == second
    assert first != midi_bytes(arrangement("Jazz", 5)[1], "x")


def test_styles_differ_in_drums_and_tempo():
    bars = {}
    for style in ("dubstep", "house", "bossa nova", "celtic", "jazz", "metal"):
        song, played = arrangement(style, 2)
        drums = played.tracks[-1].notes
        bars[style] = (song.tempo, frozenset(note.pitch for note in drums))
    assert len({pitches for _, pitches in bars.values()}) == len(bars)


def test_the_band_thins_and_fills():
    song, played = arrangement("house", 2)
    units = METRES[song.metre].units
    drums = played.tracks[-1].notes
    place, counts = 0, {}
    for section in song.form:
        end = place + section.bars * units
        inside = sum(place <= note.start + 0.2 < end for note in drums)
        counts.setdefault(section.role, inside / section.bars)
        place = end
    assert counts["intro"] <= 1 < counts["verse"] < counts["drop"]


def test_midi_file_has_the_tempo_and_the_tracks():
    import mido

    song, played = arrangement("Synthwave")
    document = mido.MidiFile(file=io.BytesIO(midi_bytes(played, "Title")))
    tempo = next(m.tempo for track in document.tracks for m in track if m.type == "set_tempo")
    assert mido.tempo2bpm(tempo) == pytest.approx(song.tempo, rel=1e-3)
    assert document.length <= song_seconds(played) + 0.1
    assert document.length > song_seconds(played) * 0.9


@given(chords, st.integers(-6, 5), st.lists(st.integers(53, 76), min_size=3, max_size=4))
def test_voicings_hold_the_chord_and_stay_in_range(chord, shift, before):
    notes = voice(chord, shift, sorted(before))
    classes = {(pitch + shift) % 12 for pitch in chord_pitch_classes(chord)}
    assert {note % 12 for note in notes} <= classes
    assert len(notes) >= min(2, len(classes))
    assert all(53 <= note <= 76 for note in notes)


@given(chords, chords, st.sampled_from("135678ax"), st.integers(-6, 5))
def test_bass_stays_low_and_degrees_are_of_the_chord(chord, following, sign, shift):
    pitch = bass_pitch(chord, following, sign, shift)
    assert 27 <= pitch <= 55
    if sign in "1358x":
        classes = {(tone + shift) % 12 for tone in chord_pitch_classes(chord)}
        assert pitch % 12 in classes


def test_tonic_chord_is_minor_in_minor_modes():
    for name, mode in MODES.items():
        song = plan("ambient")
        object.__setattr__(song, "mode", name)
        assert (tonic_chord(song).quality == "m") == (3 in mode.steps)
