"""Bad input at the command line and in the menus: one sentence, nothing lost, nothing left."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from scripts import interface
from scripts.tables.program import UserError
from scripts.temporary import application
from tests.conftest import make_program_folder

SHORT = ("--length", "0.5", "--seed", "1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program folder whose data may be broken: files of its own instead of links."""
    own = make_program_folder(tmp_path / "Llm-Music-Gen", linked=False)
    assert not any(path.is_symlink() for path in own.rglob("*"))
    return own


def menus(
    root: Path, typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Run the menus on typed lines and return all that was shown."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert interface.main([], root) == 0
    return capsys.readouterr().out


def order(root: Path, *line: str) -> str:
    """Run the command line and return the sentence that stopped it."""
    with pytest.raises(UserError) as stopped:
        interface.main(["--styles", "Chill", "--songs", "1", *SHORT, *line], root)
    return str(stopped.value)


def assert_nothing_made(root: Path) -> None:
    made = [path.name for path in (root / "output").rglob("*") if path.is_file()]
    assert [name for name in made if name != "README.md"] == []


@pytest.mark.parametrize("words", ["", "   ", "x" * 10_000, "!?.,;", "\x00", ",,,,", "\u200b"])
def test_useless_styles_are_asked_again(
    root: Path, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = menus(root, f"1\n{words}\nB\nX\n", monkeypatch, capsys)
    assert shown.count("User Input: ") == 2
    assert "Please type" in shown or "characters of styles" in shown
    assert_nothing_made(root)


@pytest.mark.parametrize("words", ["Музыка", "../../evil", "🎵🎶 music", "CON", "a" * 400])
def test_strange_styles_are_named_and_go_on(
    root: Path, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = menus(root, f"1\n{words}\nB\nX\n", monkeypatch, capsys)
    assert "How many songs should I generate?" in shown
    assert_nothing_made(root)


@pytest.mark.parametrize("number", ["0", "-1", "abc", "1e9", "100", "9" * 30, "٣", "", "2.5"])
def test_a_wrong_number_of_songs_is_asked_again(
    root: Path, number: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = menus(root, f"1\nChill\n{number}\nB\nX\n", monkeypatch, capsys)
    assert "please type a whole number from 1 to 99" in " ".join(shown.split())
    assert_nothing_made(root)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (("--songs", "0"), "from 1 to 99"),
        (("--length", "0"), "not possible"),
        (("--length", "5-2"), "not possible"),
        (("--length", "99:99"), "no song length"),
        (("--length=-3",), "no song length"),
        (("--length", "nonsense"), "no song length"),
        (("--model", "nothere"), "no longer in the models folder"),
    ],
)
def test_a_wrong_command_line_is_said(root: Path, line: tuple[str, ...], sentence: str) -> None:
    assert sentence in order(root, *line)
    assert_nothing_made(root)


def test_a_seed_that_is_no_number_is_said(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        interface.main(["--styles", "Chill", "--seed", "abc"], root)
    assert "--seed" in capsys.readouterr().err


def test_no_model_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "models")
    (folder / "models").mkdir()
    assert "There is no model" in order(folder)
    shown = menus(folder, "1\nChill\n1\nX\n", monkeypatch, capsys)
    assert shown.count("Main Menu") == 2
    assert "put a .gguf file" in " ".join(shown.split())


@pytest.mark.parametrize("content", [b"", b"GGUF", b"just text " * 500, b"GGUF" + b"\xff" * 5000])
def test_a_file_that_is_no_model(folder: Path, content: bytes) -> None:
    path = folder / "models" / "mine.gguf"
    path.write_bytes(content)
    assert '"mine.gguf"' in order(folder, "--model", "mine.gguf")
    assert_nothing_made(folder)


@pytest.mark.parametrize("kept", [3, 12, 100, 1500, 20_000, 2_000_000, -1])
def test_a_starter_that_is_cut_off(
    folder: Path, kept: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "models" / application.STARTER_MODEL
    path.write_bytes(path.read_bytes()[:kept])
    name = f'"{path.name}"'
    said = order(folder, "--model", application.STARTER_MODEL)
    assert name in said
    shown = " ".join(menus(folder, "1\nChill\n1\nX\n", monkeypatch, capsys).split())
    assert shown.count("Main Menu") == 2
    assert name in shown
    assert_nothing_made(folder)


def test_a_folder_that_is_named_like_a_model(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "models" / "mine.gguf").mkdir()
    assert '"mine.gguf"' in order(folder, "--model", "mine.gguf")
    shown = menus(folder, "3\n1\nB\nX\n", monkeypatch, capsys)
    assert "mine" not in shown


def test_settings_of_wrong_types_are_named_and_songs_still_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "data" / "persistent.json"
    path.write_text(json.dumps({"volume": "loud", "length": [1], "surprise": 3}))
    shown = " ".join(menus(folder, "X\n", monkeypatch, capsys).split())
    assert '"volume"' in shown
    assert '"length"' in shown


@pytest.mark.parametrize("content", [None, b"", b"no soundfont at all" * 50])
def test_a_soundfont_that_is_none(folder: Path, content: bytes | None) -> None:
    path = folder / "data" / application.SOUNDFONT_NAME
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert "soundfont" in order(folder).lower() or "FluidR3Mono" in order(folder)
    assert_nothing_made(folder)


@pytest.mark.parametrize("content", [None, b"", b"[]", b"\xff\xfe", b"{}"])
def test_a_style_book_that_is_none(
    folder: Path,
    content: bytes | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = folder / "data" / "styles.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert "styles.json" in order(folder)
    assert menus(folder, "1\nX\n", monkeypatch, capsys).count("Main Menu") == 2


def test_one_wrong_style_is_named_and_the_rest_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "data" / "styles.json"
    book = json.loads(path.read_text(encoding="utf-8"))
    book["styles"]["jazz"]["tempo"] = "fast"
    path.write_text(json.dumps(book), encoding="utf-8")
    shown = " ".join(menus(folder, "1\nRock\nB\nX\n", monkeypatch, capsys).split())
    assert 'styles "jazz" is left out' in shown
    assert "How many songs" in shown


def test_a_file_where_the_output_folder_should_be(root: Path, tmp_path: Path) -> None:
    place = tmp_path / "occupied"
    place.write_text("here I am")
    assert "cannot be kept" in order(root, "--output", str(place))
    assert place.read_text() == "here I am"


@pytest.fixture
def full_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder on a tiny file system with next to nothing free."""
    place = tmp_path / "tiny"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root of a Linux machine may mount a tiny file system")
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine allows no mounts")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("free", [-22_144, 0, 100_000])
def test_a_full_disk_leaves_nothing(
    root: Path, full_folder: Path, free: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    (full_folder / "others.bin").write_bytes(b"x" * (240_000 - free))
    assert "disk is not full" in order(root, "--output", str(full_folder))
    left = [path.name for path in full_folder.rglob("*") if path.is_file()]
    assert left == ["others.bin"]
    assert not list(temporary.iterdir())


def test_a_disk_that_fills_while_encoding_leaves_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scripts.render import encoder

    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(encoder, "check_complete", full)
    assert "disk is not full" in order(root)
    assert_nothing_made(root)


def test_what_the_command_line_chose_is_for_one_run_only(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("3\n5\n44\nX\n"))
    assert interface.main(["--length", "7", "--model", "elsewhere.gguf"], root) == 0
    kept = json.loads((root / "data" / "persistent.json").read_text(encoding="utf-8"))
    assert (kept["volume"], kept["length"], kept["model"]) == (44, "2-3", "")
    monkeypatch.setattr("sys.stdin", io.StringIO("3\n2\n4\nX\n"))
    assert interface.main(["--length", "7"], root) == 0
    kept = json.loads((root / "data" / "persistent.json").read_text(encoding="utf-8"))
    assert kept["length"] == "4"
