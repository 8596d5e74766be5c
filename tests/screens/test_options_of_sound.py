"""Tuning, file format, soundfont and length in Options, and what they do to songs."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from scripts import interface
from scripts.temporary import application, exporting, synthesis
from tests.ffmpeg_meter import measure_file
from tests.tiny_soundfont import write_soundfont

LENGTH, TUNING, FORMAT, SOUNDFONT = "2", "12", "13", "14"
SONG = ["--styles", "Chill", "--length", "0.5", "--seed", "1"]

pytestmark = pytest.mark.model


def options(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *typed: str
) -> str:
    """Type into Options; return what was shown, on one line."""
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(["3", *typed, "B", "X", ""])))
    assert interface.main([], root) == 0
    return " ".join(capsys.readouterr().out.split())


def kept(root: Path) -> dict[str, object]:
    path = root / "data" / "persistent.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def made(root: Path) -> list[Path]:
    suffixes = {form.suffix for form in exporting.FILE_FORMATS.values()}
    return sorted(path for path in (root / "output").iterdir() if path.suffix in suffixes)


# --- Tuning ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "hertz"),
    [("432", 432), ("415.3", 415.3), ("442 Hz", 442), ("443,5", 443.5), ("baroque", 415),
     ("Verdi", 432), ("400", 400), ("480", 480)],
)  # fmt: skip
def test_a_tuning_is_kept(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    typed: str,
    hertz: float,
) -> None:
    options(root, monkeypatch, capsys, TUNING, typed)
    assert kept(root)["tuning"] == pytest.approx(hertz)


@pytest.mark.parametrize("typed", ["0", "-432", "399", "481", "nan", "inf", "1e3", "high", "٤٣٢ x"])
def test_an_impossible_tuning_is_refused_in_a_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    shown = options(root, monkeypatch, capsys, TUNING, typed)
    assert "must be from 400 to 480" in shown or "is not a number" in shown
    assert kept(root).get("tuning", 440.0) == 440.0


def test_well_known_tunings_are_offered_by_name(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = options(root, monkeypatch, capsys, TUNING, "415")
    assert all(name in shown for name in synthesis.TUNINGS.values())
    assert "Tuning: A4 = 415 Hz (Baroque)" in shown


# --- Length ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["0", "99:99", "5-2", "-3", "08:01", "long"])
def test_an_impossible_length_is_refused_in_a_sentence(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    shown = options(root, monkeypatch, capsys, LENGTH, typed)
    assert "no song length" in shown or "is not possible" in shown
    assert kept(root).get("length", "2-3") == "2-3"


@pytest.mark.parametrize("typed", ["0.5", "08:00", "30-480", "02:30"])
def test_half_a_minute_to_eight_hours_can_be_chosen(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    options(root, monkeypatch, capsys, LENGTH, typed)
    assert kept(root)["length"] == typed


# --- File format -----------------------------------------------------------------------------


def test_songs_can_be_waves(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "File Format: MP3" in options(root, monkeypatch, capsys, FORMAT, "WAV")
    assert interface.main(SONG, root) == 0
    shown = capsys.readouterr().out
    assert "Converting song number 1 from ABC to Wav..." in shown
    [song] = made(root)
    assert song.suffix == ".wav"
    assert measure_file(song).loudness == pytest.approx(-14, abs=0.5)


def test_a_format_that_is_none_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "must be mp3 or wav" in options(root, monkeypatch, capsys, FORMAT, "ogg")


# --- Soundfont -------------------------------------------------------------------------------


def test_a_soundfont_that_is_dropped_into_data_can_be_chosen(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_soundfont(root / "data" / "Zoë's sine.SF2")
    shown = options(root, monkeypatch, capsys, SOUNDFONT, "2")
    assert f"1. {application.SOUNDFONT_NAME}" in shown
    assert "2. Zoë's sine.SF2" in shown
    assert kept(root)["soundfont"] == "Zoë's sine.SF2"
    assert interface.main(SONG, root) == 0
    options(root, monkeypatch, capsys, SOUNDFONT, "1")
    assert kept(root)["soundfont"] == ""
    assert interface.main(SONG, root) == 0
    sine, ours = sorted(made(root), key=os.path.getmtime)
    assert sine.read_bytes() != ours.read_bytes()


@pytest.mark.parametrize(
    "content", [b"", b"not a soundfont" * 100, b"RIFF\0\0\0\0sfbk" + bytes(99)]
)
def test_a_bad_soundfont_is_refused_and_ours_goes_on(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (root / "data" / "bad.sf2").write_bytes(content)
    shown = options(root, monkeypatch, capsys, SOUNDFONT, "2")
    assert "bad.sf2" in shown
    assert "choose another in Options" in shown
    assert kept(root).get("soundfont", "") == ""


def test_a_chosen_soundfont_that_is_gone_is_told_and_ours_plays(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {"soundfont": "gone.sf2"}
    (root / "data" / "persistent.json").write_text(json.dumps(document), encoding="utf-8")
    assert interface.main(SONG, root) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "gone.sf2" in shown
    assert f"{application.SOUNDFONT_NAME} plays instead" in shown
    assert len(made(root)) == 1
