"""Melodies by models that know no music: few clashes, repeated notes and leaps.

The bounds are stated here, and hold for any writer under the guarded grammar: evenly drawn
characters, tiny models with random weights, and any GGUF that `LLM_MUSIC_GEN_MODEL` names (a path).
"""

from __future__ import annotations

import os
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pytest

from scripts import models
from scripts.music.harmony import chord_pitch_classes
from scripts.music.leadsheet import read_lead_sheet, struck_pitches
from scripts.prompts import build_job
from scripts.tables.plans import SongPlan
from tests.band_measures import clashes
from tests.song_factory import job_for, plan, style_book, with_ornaments, write_at_random
from tests.tiny_gguf import BASE, CHAT, SCRAPEGOAT, TinyModel, build

STYLES = sorted(style_book().styles)
SAMPLE = STYLES[:: max(1, len(STYLES) // 16)]
REAL = os.environ.get("LLM_MUSIC_GEN_MODEL", "")

# Of every part with so many notes, in semitones and shares; the mean move of all parts last.
NOTES, COMMONEST, REPEATED, MEAN_MOVE, STEPS = 12, 0.45, 0.35, 6.0, 0.05
MEAN_MOVE_OF_ALL, STEPS_OF_ALL = 4.8, 0.3


def check(songs: list[tuple[SongPlan, str]]) -> None:
    moves_of_all: list[int] = []
    for song, text in songs:
        sheet = read_lead_sheet(text, song)
        assert clashes(sheet)[:2] == (0, 0)
        for part in song.parts:
            melody = sheet.melody[part.name]
            last = melody[-1][-1]
            chord = chord_pitch_classes(part.bars[-1][-1].chord)
            assert last.pitch is not None
            assert last.pitch % 12 in chord
            assert last.units >= 4
            assert part.closing in (None, last.pitch % 12)
            pitches = struck_pitches(melody)
            assert part.low <= min(pitches) <= max(pitches) <= part.high
            moves = [after - before for before, after in pairwise(pitches)]
            moves_of_all += moves
            if len(pitches) >= NOTES:
                assert Counter(pitches).most_common(1)[0][1] <= COMMONEST * len(pitches)
                assert moves.count(0) <= REPEATED * len(moves)
                assert fmean(map(abs, moves)) <= MEAN_MOVE
                assert sum(0 < abs(move) <= 2 for move in moves) >= STEPS * len(moves)
    assert fmean(map(abs, moves_of_all)) <= MEAN_MOVE_OF_ALL
    assert sum(0 < abs(move) <= 2 for move in moves_of_all) >= STEPS_OF_ALL * len(moves_of_all)


@pytest.mark.slow
def test_evenly_drawn_letters_are_melodies() -> None:
    songs = []
    for number, style in enumerate(SAMPLE):
        song = plan(style, number, 40)
        song = with_ornaments(song) if number % 2 else song
        songs.append((song, write_at_random(job_for(song, "chat"), number)))
    check(songs)


def written_by(path: Path, count: int) -> list[tuple[SongPlan, str]]:
    model = models.LoadedModel(models.describe(path, path.parent))
    songs = []
    try:
        for number in range(count):
            song = plan(SAMPLE[number % len(SAMPLE)], number, 40)
            job, _ = build_job(song, model.profile, model.frame)
            how = models.sampling_for(model.profile, number, 1.0)
            songs.append((song, "".join(model.write(job, how))))
    finally:
        model.close()
    return songs


@pytest.mark.parametrize("tiny", [BASE, CHAT, SCRAPEGOAT], ids=lambda tiny: tiny.profile)
def test_random_weights_write_melodies(tiny: TinyModel, tmp_path: Path) -> None:
    check(written_by(build(tmp_path / "tiny.gguf", tiny, seed=5), 4))


@pytest.mark.skipif(not REAL, reason="LLM_MUSIC_GEN_MODEL names no GGUF")
def test_a_real_model_writes_melodies() -> None:
    check(written_by(Path(REAL), 6))
