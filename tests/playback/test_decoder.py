"""Decoding: whole songs, streams of them, and files that are no songs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from scripts.playback.decoder import SongStream, decode_all, decode_blocks
from scripts.tables.program import SoundError
from scripts.temporary import playback
from tests.tones import make_song


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    make_song(folder / "tone.mp3", 440, 4.0)
    make_song(folder / "tone.wav", 440, 4.0)
    make_song(folder / "Ночь – 50% & 'more' [x].mp3", 440, 0.5)
    (folder / "text.mp3").write_text("no sound at all\n" * 200)
    (folder / "short.mp3").write_bytes(b"\xff\xfb")
    (folder / "list.mp3").write_text(f"#EXTM3U\n#EXTINF:4,\n{folder}/tone.wav\n")
    whole = (folder / "tone.wav").read_bytes()
    (folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    return folder


def wait_for(happens: Callable[[], object], seconds: float = 8.0) -> None:
    limit = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < limit, "it did not happen in time"
        time.sleep(0.01)


@pytest.mark.parametrize("name", ["tone.mp3", "tone.wav"])
def test_a_song_is_decoded_whole(songs: Path, name: str) -> None:
    samples = decode_all(songs / name)
    assert len(samples) == pytest.approx(4 * playback.SAMPLE_RATE, rel=0.001)
    loudest = np.argmax(np.abs(np.fft.rfft(samples[: playback.SAMPLE_RATE, 0].astype(float))))
    assert loudest == 440
    rest = decode_all(songs / name, start_seconds=3.0)
    assert len(rest) == pytest.approx(playback.SAMPLE_RATE, rel=0.03)


def test_any_name_can_be_decoded(songs: Path) -> None:
    odd = next(path for path in songs.iterdir() if path.name.startswith("Ночь"))
    assert len(decode_all(odd)) == pytest.approx(playback.SAMPLE_RATE / 2, rel=0.01)
    assert len(decode_all(songs / "cut.wav")) > playback.SAMPLE_RATE


@pytest.mark.parametrize("name", ["text.mp3", "short.mp3", "list.mp3", "nowhere.mp3"])
def test_what_is_no_song_gets_one_sentence(songs: Path, name: str) -> None:
    for read in (decode_all, lambda path: list(decode_blocks(path))):
        with pytest.raises(SoundError) as caught:
            read(songs / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
    stream = SongStream(songs / name)
    wait_for(lambda: stream.error)
    assert name in str(stream.error)
    stream.close()


def test_a_stream_gives_the_same_as_the_whole(songs: Path) -> None:
    whole = decode_all(songs / "tone.wav")
    stream = SongStream(songs / "tone.wav")
    wait_for(lambda: stream.end is not None)
    assert stream.end == stream.frames == len(whole)
    assert np.array_equal(stream.read(1000, 5000), whole[1000:6000])
    assert np.array_equal(stream.read(stream.end - 10, 100), whole[-10:])
    assert len(stream.read(stream.end, 100)) == len(stream.read(-5, 5)) == 0
    stream.close()


def test_a_long_song_is_held_in_part_and_can_be_sought(tmp_path: Path) -> None:
    path = make_song(tmp_path / "long.wav", 440, 100.0)
    stream = SongStream(path)
    wait_for(lambda: stream.ready(0) > 15 * playback.SAMPLE_RATE)
    time.sleep(0.1)
    assert stream.ready(0) <= 30 * playback.SAMPLE_RATE
    assert stream.end is None
    stream.seek(90 * playback.SAMPLE_RATE)
    wait_for(lambda: stream.end is not None)
    assert stream.end == 100 * playback.SAMPLE_RATE
    assert stream.ready(90 * playback.SAMPLE_RATE) == 10 * playback.SAMPLE_RATE
    stream.seek(5 * playback.SAMPLE_RATE)
    wait_for(lambda: stream.ready(5 * playback.SAMPLE_RATE) > playback.SAMPLE_RATE)
    stream.close()


def test_closing_ends_the_decoder(songs: Path) -> None:
    streams = [SongStream(songs / "tone.mp3") for _ in range(4)]
    for stream in streams:
        stream.close()
    wait_for(lambda: not any(t.name == "song-decoder" for t in threading.enumerate()))
