"""Synthesizer, mix and encoder: real soundfont, real MP3s."""

from __future__ import annotations

import numpy as np
import pytest
from composing import DATA, job_for, plan, style_book, write_at_random

from scripts.audio.decoder import decode_all
from scripts.audio.encoder import encode_mp3
from scripts.audio.mix import MIX_LEVEL, active_level, limit, mix_stems
from scripts.audio.synthesizer import open_soundfont, render_stems
from scripts.music.arrangement import arrange
from scripts.music.leadsheet import read_lead_sheet
from scripts.music.midi import midi_bytes, song_seconds
from scripts.temporary import PLAYERS, SAMPLE_RATE, SOUNDFONT_NAME, SoundError


@pytest.fixture(scope="module")
def synthesizer():
    return open_soundfont(DATA / SOUNDFONT_NAME)


def render(styles, synthesizer, seed=1):
    song = plan(styles, seed, 40)
    sheet = read_lead_sheet(write_at_random(job_for(song), seed), song)
    played = arrange(sheet, song, style_book().grooves[song.band.groove])
    stems = list(render_stems(midi_bytes(played, "x"), synthesizer))
    return song, song_seconds(played), stems


@pytest.mark.parametrize("style", sorted(style_book().styles))
def test_every_band_is_heard_and_nothing_clips(style, synthesizer):
    song, seconds, stems = render(style, synthesizer)
    groove = style_book().grooves[song.band.groove]
    assert all(active_level(sound) is not None for _, sound in stems)
    heard = [player for player, _ in stems]
    assert heard == [player for player in PLAYERS if player in heard]
    assert {"melody", "chords", "bass"} <= set(heard)
    assert ("drums" in heard) == bool(groove.drums)
    mixed = mix_stems(stems, song.mix, seconds)
    assert np.abs(mixed).max() <= 0.89
    assert active_level(mixed) == pytest.approx(MIX_LEVEL, abs=2.5)
    assert mixed.shape[1] / SAMPLE_RATE == pytest.approx(seconds + 2, abs=0.01)
    assert np.abs(mixed[:, -100:]).max() < 0.01


def test_the_same_midi_sounds_the_same_to_the_sample(synthesizer):
    first, second = (mix_stems(render("Jazz", synthesizer)[2], {}, 20.0) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("frames", [1, 63, 64, 65, SAMPLE_RATE, SAMPLE_RATE + 1])
def test_the_limiter_holds_its_ceiling_and_leaves_the_rest_alone(frames):
    chance = np.random.default_rng(frames)
    sound = chance.normal(0, 0.1, (2, frames)).astype(np.float32)
    sound[0, frames // 2] = 4.0
    sound[1, -1] = -2.0
    before = sound.copy()
    limit(sound)
    assert np.abs(sound).max() <= 0.841
    gain = sound / before
    assert np.all(gain <= 1)
    assert np.array_equal(gain[0], gain[1]) or np.allclose(gain[0], gain[1], atol=1e-5)
    assert np.abs(np.diff(gain)).max(initial=0) < 0.001  # no click: the gain itself is smooth
    far = np.arange(frames) < frames // 2 - SAMPLE_RATE // 4
    assert np.array_equal(sound[:, far], before[:, far])


def test_the_limiter_leaves_a_quiet_song_as_it_is():
    sound = np.full((2, 1000), 0.8, np.float32)
    limit(sound)
    assert np.all(sound == np.float32(0.8))


def test_an_mp3_holds_the_sound_and_the_tags(tmp_path):
    import subprocess

    from scripts.audio.decoder import ffmpeg_path

    time = np.arange(SAMPLE_RATE * 2) / SAMPLE_RATE
    tone = np.stack([np.sin(2 * np.pi * 440 * time)] * 2).astype(np.float32) * 0.5
    path = tmp_path / "Zoë & Co (100%)!.mp3"
    encode_mp3(tone, path, {"title": "Ein schöner Titel", "artist": "A", "genre": "Chill"})
    heard = np.asarray(decode_all(path))
    spectrum = np.abs(np.fft.rfft(heard[:, 0][:SAMPLE_RATE]))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    shown = subprocess.run([ffmpeg_path(), "-i", str(path)], capture_output=True, check=False)
    text = shown.stderr.decode("utf-8")
    assert "Ein schöner Titel" in text
    assert "Chill" in text


def test_a_folder_that_is_not_there_is_said_and_nothing_stays(tmp_path):
    with pytest.raises(SoundError, match="could not be written"):
        encode_mp3(np.zeros((2, 4410), np.float32), tmp_path / "no" / "x.mp3", {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [None, b"", b"RIFF", b"not a soundfont" * 100,
                                     b"RIFF\x00\x00\x00\x00sfbk" + b"\x00" * 500])  # fmt: skip
def test_a_soundfont_that_is_none_is_refused(tmp_path, content):
    path = tmp_path / "x.sf2"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SoundError, match=r"x\.sf2"):
        open_soundfont(path)


def test_silence_has_no_level():
    assert active_level(np.zeros((2, SAMPLE_RATE), np.float32)) is None
    assert active_level(np.zeros((2, 10), np.float32)) is None
