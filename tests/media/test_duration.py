"""How long songs last: from WAV and MP3 headers, else from ffmpeg."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.media import duration
from scripts.media.duration import duration_seconds
from scripts.media.mp3_header import mp3_seconds
from scripts.media.wav_header import wav_seconds
from scripts.tables.program import SoundError
from tests.tones import make_song

SECONDS = 4.0


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("songs")
    whole = make_song(folder / "tone.wav", 440, SECONDS).read_bytes()
    (folder / "cut.wav").write_bytes(whole[: len(whole) // 2])
    frames = make_song(folder / "tone.mp3", 440, SECONDS).read_bytes()
    if frames[:3] == b"ID3":
        size = frames[6] << 21 | frames[7] << 14 | frames[8] << 7 | frames[9]
        frames = frames[10 + size :]
    (folder / "bare.mp3").write_bytes(frames)
    # An ID3v2 tag of 300 bytes, whose size is written seven bits a byte.
    (folder / "tagged.mp3").write_bytes(b"ID3\x03\0\0\0\0\x02\x2c" + bytes(300) + frames)
    without_xing = frames.replace(b"Xing", b"none").replace(b"Info", b"none")
    (folder / "no header.mp3").write_bytes(without_xing)
    (folder / "text.mp3").write_text("no sound at all\n" * 200)
    (folder / "short.mp3").write_bytes(b"\xff\xfb")
    (folder / "list.mp3").write_text(f"#EXTM3U\n#EXTINF:4,\n{folder}/tone.wav\n")
    (folder / "empty.wav").touch()
    return folder


@pytest.mark.parametrize("name", ["tone.mp3", "bare.mp3", "tagged.mp3", "tone.wav"])
def test_a_header_tells_the_length_without_ffmpeg(
    name: str, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duration, "ffmpeg_path", lambda: pytest.fail("asked ffmpeg"))
    # An MP3 is whole frames of 1152 samples, with the encoder's silence before and behind.
    assert duration_seconds(songs / name) == pytest.approx(SECONDS, abs=0.08)


def test_a_cut_wav_is_as_long_as_what_is_left(songs: Path) -> None:
    assert wav_seconds(songs / "cut.wav") == pytest.approx(SECONDS / 2, abs=0.01)


def test_ffmpeg_tells_where_no_header_does(songs: Path) -> None:
    assert mp3_seconds(songs / "no header.mp3") is None
    assert duration_seconds(songs / "no header.mp3") == pytest.approx(SECONDS, abs=0.2)


@pytest.mark.parametrize("name", ["text.mp3", "short.mp3", "list.mp3", "empty.wav", "nowhere.mp3"])
def test_what_is_no_song_gets_a_sentence_with_its_name(name: str, songs: Path) -> None:
    with pytest.raises(SoundError, match=name):
        duration_seconds(songs / name)
