"""The settings file: round trips, damage, and lengths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.settings import CHECKS, load_settings, parse_length, save_settings
from scripts.tables.program import Settings, UserError


def test_every_setting_has_a_check() -> None:
    assert set(CHECKS) == set(Settings.__dataclass_fields__)


def test_settings_survive_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "data" / "persistent.json"
    kept = Settings(model="a/b.gguf", length="1-4", temperature=0.7, threads=3, volume=0,
                    auto_play=True, templates={"starter": "{metre}"})  # fmt: skip
    save_settings(kept, path)
    assert load_settings(path) == (kept, [])
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == (Settings(), [])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_broken_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "persistent.json"
    path.write_bytes(content)
    settings, notices = load_settings(path)
    assert settings == Settings()
    assert len(notices) == 1
    kept = [file for file in tmp_path.iterdir() if "broken" in file.name]
    assert [file.read_bytes() for file in kept] == [content]
    assert not path.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("volume", "loud"), ("volume", 101), ("volume", True), ("volume", 3.5),
        ("temperature", -1), ("temperature", None), ("temperature", float("nan")),
        ("threads", -1), ("threads", 1e9), ("length", "5-2"), ("length", 3),
        ("auto_play", "yes"), ("auto_play", 1), ("templates", []),
        ("templates", {"starter": 1}), ("model", 5), ("version", 99),
        ("tuning", 0), ("tuning", 399.9), ("tuning", 481), ("tuning", "432"),
        ("file_format", "ogg"), ("file_format", 3), ("soundfont", "../x.sf2"),
        ("soundfont", "a/b.sf2"), ("soundfont", "a\\b.sf2"), ("soundfont", None),
    ],
)  # fmt: skip
def test_a_wrong_value_gets_its_default_and_the_rest_stays(
    tmp_path: Path, name: str, value: object
) -> None:
    path = tmp_path / "persistent.json"
    document = {"length": "4", "volume": 55}
    document[name] = value
    path.write_text(json.dumps(document))
    settings, notices = load_settings(path)
    assert len(notices) == 1
    assert f'"{name}"' in notices[0]
    assert getattr(settings, name) == getattr(Settings(), name)
    for other in {"length", "volume"} - {name}:
        assert getattr(settings, other) == document[other]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", (180, 180)), ("2-4", (120, 240)), ("0.5", (30, 30)), ("1,5", (90, 90)),
     ("00:05", (300, 300)), (" 2 - 3 ", (120, 180)), ("20", (1200, 1200)),
     ("08:00", (28800, 28800)), ("0.5-480", (30, 28800))],
)  # fmt: skip
def test_lengths(text: str, seconds: tuple[float, float]) -> None:
    assert parse_length(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-3",
        "5-2",
        "99:99",
        "00:00",
        "abc",
        "1e9",
        "3-",
        "١",
        "0.1",
        "nan",
        "481",
        "08:01",
        "7-4:00",
    ],
)
def test_impossible_lengths_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="length"):
        parse_length(text)


@given(st.text(max_size=12))
def test_any_length_is_read_or_refused(text: str) -> None:
    try:
        low, high = parse_length(text)
    except UserError:
        return
    assert 30 <= low <= high <= 8 * 3600
