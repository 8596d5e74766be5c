"""Songs of notes: what the grammar allows follows the plan; other texts are read or refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scripts import utility
from scripts.music.form import song_bars
from scripts.music.harmony import chord_pitch_classes, transposition
from scripts.music.midi import midi_bytes, song_seconds, unit_seconds
from scripts.music.note_list import read_notes
from scripts.music.note_list_grammar import notes_job, number_pattern, title_line
from scripts.music.plan import bar_seconds
from scripts.render.track_notes import open_soundfont
from scripts.tables.plans import SongPlan
from scripts.tables.program import ModelError, Paths
from scripts.tables.songs import SongJob
from scripts.tables.sound import Arrangement
from scripts.temporary import (
    application,
    arranging,
    drumming,
    mixing,
    notation,
    note_lists,
    structure,
)
from tests.ffmpeg_meter import decoded, measure_file
from tests.song_factory import DATA, in_ticks, job_for, plan, style_book, write_at_random

STYLES = sorted(style_book().styles)
SONGS = [(style, number) for number, style in enumerate(STYLES)][::4]
BAR_SLACK = 0.11  # of a unit, for every wait of the bar


def lines_of(text: str) -> list[tuple[int, int, int, int, str]]:
    rows = [line.split(" ") for line in text.splitlines()]
    return [(int(p), int(d), int(w), int(v), i) for p, d, w, v, i in rows]


def check_arrangement(played: Arrangement, song: SongPlan) -> None:
    assert played.tempo == song.tempo
    assert played.tracks
    assert [arranging.PLAYERS.index(track.player) for track in played.tracks] == sorted(
        arranging.PLAYERS.index(track.player) for track in played.tracks
    )
    for track in played.tracks:
        assert track.player in mixing.CHANNEL_STRIPS
        assert 0 <= track.program <= 127
        assert track.drums == (track.player == "drums")
        free: dict[int, float] = {}
        for note in track.notes:
            assert 0 <= note.pitch <= 127
            assert 1 <= note.velocity <= 127
            assert note.length >= 0.25
            assert note.start >= free.get(note.pitch, 0) - 1e-6
            assert note.start + note.length <= played.units + 1
            free[note.pitch] = note.start + note.length


@pytest.mark.parametrize(("style", "seed"), SONGS)
def test_whatever_the_grammar_allows_is_the_plans_song(style: str, seed: int) -> None:
    song = plan(style, seed, 40)
    job = job_for(song, "llama-midi")
    text = write_at_random(job, seed)
    rows = lines_of(text)
    scale = {(song.tonic + step) % 12 for step in notation.MODES[song.mode].steps}
    band = song.band
    own = {str(band.melody), str(band.chords), str(band.bass), "drum"}
    drums = {drumming.DRUM_KEYS[name] for name in band.drums}
    for pitch, duration, wait, velocity, instrument in rows:
        assert instrument in own
        assert pitch in drums if instrument == "drum" else pitch % 12 in scale
        assert 60 <= duration <= 10_000
        assert wait == 0 or 60 <= wait <= 10_000
        assert 1 <= velocity <= 31
    planned = (song_bars(song.form) - structure.ENDING_BARS) * bar_seconds(
        notation.METRES[song.metre], song.tempo
    )
    waits = sum(1 for row in rows if row[2])
    assert sum(row[2] for row in rows) / 1000 == pytest.approx(
        planned, abs=BAR_SLACK * unit_seconds(song.tempo) * waits
    )
    played = read_notes(text, song)
    check_arrangement(played, song)
    assert sum(len(track.notes) for track in played.tracks) > job.bars
    assert {"chords"} & {track.player for track in played.tracks} or band.melody == band.chords
    assert song_seconds(played) <= planned * 1.1 + 2 * bar_seconds(
        notation.METRES[song.metre], song.tempo
    )
    assert midi_bytes(in_ticks(played), song.title)[:4] == b"MThd"


@pytest.mark.parametrize(("style", "seed"), SONGS[:12])
def test_every_bar_is_as_long_as_its_metre_and_of_its_chord(style: str, seed: int) -> None:
    song = plan(style, seed, 30)
    job = notes_job(song)
    parts = {part.name: part for part in song.parts}
    bars = [
        parts[section.part].bars[number % len(parts[section.part].bars)]
        for section in song.form
        for number in range(section.first_bar, section.first_bar + section.bars)
    ]
    assert len(bars) == len(job.segments) == job.bars
    unit = unit_seconds(song.tempo) * 1000
    grid = 3 if song.parts[0].triplets else 1  # places of a unit where a note may start
    shift = transposition(song.tonic, notation.MODES[song.mode])
    text = write_at_random(job, seed)
    rows = iter(lines_of(text))
    for bar in bars:
        place, together = 0.0, list[int]()  # the place in units
        while place < notation.METRES[song.metre].units - 0.01:
            pitch, _, wait, _, instrument = next(rows)
            span = next(s for s in reversed(bar) if s.start <= place + 0.01)
            chord = {(tone + shift) % 12 for tone in chord_pitch_classes(span.chord)}
            if instrument != "drum" and wait == 0:
                together.append(pitch % 12)
                assert pitch % 12 in chord
            if wait:
                step = round(wait / unit * grid) / grid
                assert abs(wait / unit - step) <= BAR_SLACK
                place += step
        assert round(place, 3) == notation.METRES[song.metre].units
        assert together
    assert next(rows, None) is None


def test_what_returns_is_the_same_music_again() -> None:
    job = notes_job(plan("pop", 1, 150))
    copies = [segment.copy_of for segment in job.segments if segment.copy_of is not None]
    assert len(copies) > job.bars / 3
    for number, segment in enumerate(job.segments):
        assert (segment.copy_of is None) == bool(segment.grammar)
        assert segment.copy_of is None or segment.copy_of < number


def test_the_prompt_is_the_title_the_columns_and_a_blank_line() -> None:
    song = plan("Chill,\n Dubstep", 1)
    head, columns, *rest = notes_job(song).prompt.split("\n")
    assert head == title_line(song)
    assert song.title in head
    assert columns == note_lists.COLUMNS
    assert rest == ["", ""]


@given(st.integers(0, 20_000), st.integers(0, 3_000), st.integers(0, 30_000))
def test_a_number_pattern_has_the_numbers_and_no_others(low: int, more: int, number: int) -> None:
    pattern = re.compile(number_pattern(low, low + more))
    for candidate in (number, low, low + more, low - 1, low + more + 1):
        assert bool(pattern.fullmatch(str(candidate))) == (low <= candidate <= low + more)


# --- Reading ---------------------------------------------------------------------------------


def test_the_cards_own_line_is_a_note() -> None:
    song = plan("pop")
    track = read_notes("71 1310 0 20 0\n", song).tracks[0]
    assert (track.program, track.notes[0].pitch, track.notes[0].velocity) == (0, 71, 80)


def test_times_are_kept_as_written() -> None:
    song = plan("pop")
    unit = unit_seconds(song.tempo) * 1000
    starts = [0, 333, 1000, 1717]
    waits = [333, 667, 717, 2000]
    text = "".join(f"{60 + n} 100 {wait} 20 0\n" for n, wait in enumerate(waits))
    notes = read_notes(text, song).tracks[0].notes[:4]
    assert [note.start * unit for note in notes] == pytest.approx(starts)
    assert [note.length * unit for note in notes] == pytest.approx([100] * 4)


NO_NOTES = (
    "", note_lists.COLUMNS, "71 1310 0 20", "71 1310 0 20 drums", "71 -5 0 20 0", "128 5 5 5 5",
    "1 2 3 4 128", "71 0 10 20 0", "71 10 10 0 0", "20 10 10 10 drum", "٧١ 10 10 10 1",
    "71 1e3 0 20 0", "9" * 10_000, "71 99999999999 0 20 0",
)  # fmt: skip


@pytest.mark.parametrize("line", NO_NOTES)
def test_what_is_no_note_is_skipped_and_nothing_is_refused(line: str) -> None:
    song = plan("pop")
    good = "71 300 300 20 0\n"
    assert read_notes(f"{good}{line}\n{good}", song).tracks[0].notes[0].pitch == 71
    with pytest.raises(ModelError, match="no notes"):
        read_notes(line, song)


FIELD = st.integers(0, 200) | st.integers(0, 10**7)
LINE = st.tuples(FIELD, FIELD, FIELD, FIELD, st.integers(0, 140).map(str) | st.just("drum"))
LINES = st.lists(LINE.map(lambda row: " ".join(map(str, row))), max_size=60).map("\n".join)


@given(LINES | st.text(alphabet="0123456789 drum\n\r-.x", max_size=200) | st.text(max_size=100))
@settings(max_examples=300)
@example("60 100 0 20 0\n" * 500)
@example("".join(f"60 999999 999999 127 {program}\n" for program in range(128)))
def test_any_text_is_read_or_refused(text: str) -> None:
    song = plan("rock")
    try:
        played = read_notes(text, song)
    except ModelError:
        return
    check_arrangement(played, song)
    assert len(played.tracks) <= 6
    bar = bar_seconds(notation.METRES[song.metre], song.tempo)
    assert song_seconds(played) <= application.LENGTH_SECONDS_RANGE[1] + 2 * bar


def test_players_are_assigned_by_instrument_and_by_how_they_play() -> None:
    song = plan("pop")
    low = "".join("40 200 200 20 33\n" for _ in range(8))
    chords = "".join("60 200 0 20 89\n64 200 0 20 89\n67 200 400 20 89\n" for _ in range(8))
    tune = "".join(f"{72 + n} 200 200 20 73\n" for n in range(8))
    drums = "36 100 200 20 drum\n" * 8
    played = read_notes(low + chords + tune + drums, song)
    by_program = {track.program: track.player for track in played.tracks if not track.drums}
    assert by_program == {33: "bass", 89: "chords", 73: "melody"}
    assert [track.program for track in played.tracks if track.drums] == [song.band.kit]


def test_nothing_hangs_and_the_song_lands_on_the_tonic() -> None:
    song = plan("pop")
    played = read_notes("72 900000 500 20 73\n74 900000 500 20 73\n36 900000 500 20 33\n", song)
    for track in played.tracks:
        end = track.notes[-1].start
        assert all(note.start + note.length <= end + 1e-6 for note in track.notes[:-1])
        assert track.notes[-1].pitch % 12 == song.tonic


def test_a_song_of_notes_becomes_an_mp3_with_its_lines_kept(tmp_path: Path) -> None:
    song = plan("Chill, Dubstep", 2, 30)
    text = write_at_random(job_for(song, "llama-midi"), 2)
    paths = Paths.under(tmp_path)
    utility.prepare_output(paths)
    synthesizer = open_soundfont(DATA / application.SOUNDFONT_NAME)
    job = SongJob(song, text, "notes", "tests")
    conversion = utility.convert(job, style_book(), paths, synthesizer)
    try:
        while True:
            next(conversion)
    except StopIteration as finished:
        record = finished.value
    kept = sorted(path.suffix for path in paths.scores.iterdir())
    assert kept == [".json", ".mid", ".txt"]
    lines = (paths.scores / f"{record.title}.txt").read_text(encoding="utf-8")
    assert read_notes(lines, song) == read_notes(text, song)
    heard = measure_file(record.path)
    assert heard.loudness == pytest.approx(-14, abs=0.5)
    assert heard.peak <= -1.0
    assert decoded(record.path).shape[1] == pytest.approx(
        record.seconds * mixing.SAMPLE_RATE, abs=1200
    )
