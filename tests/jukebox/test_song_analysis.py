"""How long and how loud songs are, and that songs from elsewhere come out as loud as ours."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import numpy as np
import pytest

from scripts.jukebox import song_loudness
from scripts.jukebox.library import Library, Song
from scripts.jukebox.song_analysis import SongAnalysis
from scripts.playback.decoder import decode_all
from scripts.tables.jukebox import JukeboxAction, SongMeasurements
from scripts.tables.program import SoundError
from scripts.temporary import listening, mastering
from tests.jukebox_rig import JukeboxRig
from tests.tones import RATE, make_song

LEVELS = {"soft": 0.02, "middle": 0.1, "loud": 0.9}  # amplitudes of a tone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    times = np.arange(RATE * 4) / RATE
    for name, level in LEVELS.items():
        sound = (32_767 * level * np.sin(2 * np.pi * 997 * times)).astype("<i2")
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as song:
            song.setnchannels(2)
            song.setsampwidth(2)
            song.setframerate(RATE)
            song.writeframes(np.repeat(sound, 2).tobytes())
    (tmp_path / "broken.mp3").write_text("no sound at all")
    return tmp_path


def songs(folder: Path) -> dict[str, Song]:
    return {song.name: song for song in Library(folder).scan().songs}


def analysed(folder: Path, normalise: bool = True) -> tuple[SongAnalysis, dict[str, Song]]:
    """Return the finished analysis of a folder's songs, all of which come soon."""
    analysis, there = SongAnalysis(folder, {}, normalise, threaded=False), songs(folder)
    analysis.schedule(tuple(there.values()), tuple(there.values()))
    while analysis.analyse_next():
        pass
    return analysis, there


def test_a_tone_is_as_loud_as_the_standard_says(folder: Path) -> None:
    # BS.1770: a stereo sine of 997 Hz has, in LUFS, its amplitude in dBFS.
    for name, level in LEVELS.items():
        measured, peak = song_loudness.measure_loudness(folder / f"{name}.wav")
        assert measured == pytest.approx(20 * np.log10(level), abs=0.2)
        assert peak == pytest.approx(20 * np.log10(level), abs=0.2)


def test_what_holds_no_sound_is_said(folder: Path) -> None:
    with pytest.raises(SoundError):
        song_loudness.measure_loudness(folder / "broken.mp3")
    with pytest.raises(SoundError):
        song_loudness.measure_loudness(folder / "nowhere.mp3")


def test_songs_come_out_as_loud_as_ours_as_far_as_their_peaks_allow(folder: Path) -> None:
    analysis, there = analysed(folder)
    for name, song in there.items():
        if name == "broken":
            assert analysis.gain(song) == 1.0
            continue
        sound = decode_all(song.path) / 32_768 * analysis.gain(song)
        level = 20 * np.log10(np.abs(sound).max())
        assert level <= max(listening.PEAK_CEILING_DBFS, 20 * np.log10(LEVELS[name])) + 0.1
        boosted = 20 * np.log10(LEVELS[name]) + listening.LOUDEST_BOOST_DB
        assert level == pytest.approx(min(mastering.LOUDNESS_TARGET_LUFS, boosted), abs=0.3)


def test_without_levelling_nothing_is_measured_or_changed(folder: Path) -> None:
    analysis, there = analysed(folder, normalise=False)
    assert all(analysis.gain(song) == 1.0 for song in there.values())
    assert all(analysis.get(song).loudness is None for song in there.values())  # type: ignore[union-attr]
    assert analysis.get(there["soft"]).seconds == pytest.approx(4, abs=0.1)  # type: ignore[union-attr]


def test_our_own_songs_are_known_and_not_measured(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "scores").mkdir()
    for name in ("soft", "middle", "loud", "broken"):
        (folder / "scores" / f"{name}.json").write_text("{}")
    monkeypatch.setattr(song_loudness, "measure_loudness", lambda *_: pytest.fail("measured"))
    analysis, there = analysed(folder)
    assert all(analysis.gain(song) == 1.0 for song in there.values())


def test_what_was_measured_is_kept_until_the_file_changes(folder: Path) -> None:
    analysis, there = analysed(folder)
    kept = dict(analysis._measurements)
    again = SongAnalysis(folder, kept, threaded=False)
    again.schedule(tuple(there.values()), tuple(there.values()))
    assert not again.analyse_next()
    make_song(folder / "soft.wav", 440, 1.0)
    changed = songs(folder)
    assert again.get(changed["soft"]) is None
    assert again.get(changed["loud"]) is not None


def test_what_plays_soon_is_measured_before_all_lengths(folder: Path) -> None:
    there = songs(folder)
    analysis = SongAnalysis(folder, {}, threaded=False)
    analysis.schedule(tuple(there.values()), (there["loud"],))
    analysis.analyse_next()
    assert analysis.get(there["loud"]).loudness is not None  # type: ignore[union-attr]
    assert analysis.get(there["soft"]) is None


def test_in_the_background_it_never_keeps_anybody_waiting(folder: Path) -> None:
    there = tuple(songs(folder).values())
    analysis = SongAnalysis(folder, {})
    analysis.schedule(there, there)
    limit = time.monotonic() + 20
    while analysis.version < len(there) and time.monotonic() < limit:
        time.sleep(0.02)
    analysis.close()
    assert all(analysis.get(song) for song in there)


def test_closing_ends_a_measuring_at_once(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as song:
        song.setnchannels(2)
        song.setsampwidth(2)
        song.setframerate(RATE)
        song.writeframes(bytes(RATE * 4 * 600))
    there = tuple(songs(tmp_path).values())
    analysis = SongAnalysis(tmp_path, {})
    analysis.schedule(there, there)
    limit = time.monotonic() + 20
    while analysis._process is None and not analysis.version and time.monotonic() < limit:
        time.sleep(0.005)
    analysis.close()
    assert analysis._worker is not None
    assert not analysis._worker.is_alive()


# --- In the jukebox ------------------------------------------------------------------------------


def test_the_jukebox_plays_a_loud_song_softer_and_mute_and_volume_stay_what_they_are() -> None:
    rig = JukeboxRig(loud=60, ours=60)
    rig.saved.measurements["loud.mp3"] = SongMeasurements(
        1, 0, 60.0, mastering.LOUDNESS_TARGET_LUFS + 6.0206, 0.0
    )
    rig.jukebox._analysis.version += 1
    rig.passes(0.1)
    assert rig.player.volume == pytest.approx(40, abs=0.01)
    rig.press(JukeboxAction.LOUDER)
    assert rig.player.volume == pytest.approx(42.5, abs=0.01)
    assert rig.now.volume == 85
    rig.press(JukeboxAction.MUTE)
    assert rig.player.volume == 0
    rig.press(JukeboxAction.MUTE, JukeboxAction.NEXT)
    assert rig.player.volume == 85
