"""Files that are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scripts.files import partial_files, partial_path, set_aside, whole_or_nothing, write_whole


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes half of what is written and then no more."""

    def half(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    monkeypatch.setattr(Path, "write_text", lambda path, text, encoding: half(path, text.encode()))


@pytest.mark.parametrize("content", ["Grün\n", b"\x00\xff\n"])
def test_a_file_is_replaced_and_nothing_else_stays(content: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for _ in range(2):
        write_whole(path, content)
        assert [each.name for each in tmp_path.iterdir()] == ["x.json"]
        if isinstance(content, str):
            assert path.read_text(encoding="utf-8") == content
        else:
            assert path.read_bytes() == content


@pytest.mark.parametrize("content", ["new content", b"new content"])
def test_a_full_disk_leaves_the_old_file(
    content: str | bytes, tmp_path: Path, full_disk: None
) -> None:
    path = tmp_path / "x.json"
    with path.open("wb") as file:
        file.write(b"old")
    with pytest.raises(OSError, match="No space"):
        write_whole(path, content)
    assert held(tmp_path) == {"x.json": b"old"}


def test_a_file_that_is_held_keeps_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows nothing is renamed over a file that another program holds."""

    def refused(source: Path, target: Path) -> None:
        raise PermissionError(13, "Access is denied", str(source), 5, str(target))

    write_whole(tmp_path / "x.json", "old")
    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "x.json", "new")
    assert held(tmp_path) == {"x.json": b"old"}


def test_files_come_together_and_the_first_named_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[str] = []
    replace = os.replace

    def noted(source: Path, target: Path) -> None:
        named.append(target.name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", noted)
    others = {tmp_path / "x.abc": b"tune", tmp_path / "x.json": b"{}"}
    with whole_or_nothing(tmp_path / "x.mp3", others) as partial:
        assert partial == tmp_path / "x.mp3.partial"
        partial.write_bytes(b"sound")
    assert held(tmp_path) == {"x.abc": b"tune", "x.json": b"{}", "x.mp3": b"sound"}
    assert named == ["x.abc", "x.json", "x.mp3"]


@pytest.mark.parametrize("reason", [OSError, ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_body_that_fails_leaves_nothing(reason: type[BaseException], tmp_path: Path) -> None:
    with (
        pytest.raises(reason),
        whole_or_nothing(tmp_path / "x.mp3", {tmp_path / "x.abc": b"tune"}) as partial,
    ):
        partial.write_bytes(b"half of it")
        raise reason
    assert held(tmp_path) == {}


@pytest.mark.parametrize("failing", ["x.abc", "x.json", "x.mp3"])
def test_files_that_cannot_all_be_named_go_and_old_ones_stay(
    failing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def refused(source: Path, target: Path) -> None:
        if target.name == failing:
            raise PermissionError(13, "Access is denied")
        replace(source, target)

    (tmp_path / "other.abc").write_bytes(b"mine")
    (tmp_path / "x.mp3").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", refused)
    others = {tmp_path / "x.abc": b"tune", tmp_path / "x.json": b"{}"}
    with (
        pytest.raises(PermissionError),
        whole_or_nothing(tmp_path / "x.mp3", others) as partial,
    ):
        partial.write_bytes(b"sound")
    assert held(tmp_path) == {"other.abc": b"mine", "x.mp3": b"old"}


def test_a_body_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(FileNotFoundError),
        whole_or_nothing(tmp_path / "x.mp3", {tmp_path / "x.abc": b"tune"}),
    ):
        pass
    assert held(tmp_path) == {}


def test_files_set_aside_are_all_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for number in (1, 2, 3):
        path.write_bytes(b"%d" % number)
        assert set_aside(path) == tmp_path / f"x.broken-{number}.json"
    assert held(tmp_path) == {f"x.broken-{n}.json": b"%d" % n for n in (1, 2, 3)}
    with pytest.raises(FileNotFoundError):
        set_aside(path)


def test_temporary_files_are_found_in_the_folders_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "scores").mkdir()
    left = [partial_path(tmp_path / "x.mp3"), partial_path(tmp_path / "scores" / "x.abc")]
    for path in (*left, tmp_path / "x.mp3"):
        path.touch()
    assert list(partial_files(tmp_path, tmp_path / "scores", tmp_path / "missing")) == left
