"""What the jukebox keeps of a folder: whatever the file says, and however writing it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scripts.jukebox.jukebox_state import JukeboxStateFile, _from_document
from scripts.tables.jukebox import SavedJukeboxState, SongMeasurements

KEPT = SavedJukeboxState(
    song="Moon – 夜.mp3",
    seconds=12.5,
    order=["b.mp3", "a\udc80.mp3"],
    shuffled=True,
    favourites={"a.mp3", "b.mp3"},
    deleted=["c.mp3"],
    measurements={
        "a.mp3": SongMeasurements(9, 10**18 + 1, 61.5, -20.1, -3.0),
        "b.mp3": SongMeasurements(1, 2, 3.0),
    },
)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "jukebox.json"
    assert JukeboxStateFile(path).load() == SavedJukeboxState()
    assert JukeboxStateFile(path).save(KEPT)
    assert JukeboxStateFile(path).load() == KEPT
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_is_written_before_something_has_happened(tmp_path: Path) -> None:
    assert JukeboxStateFile(tmp_path / "jukebox.json").save(SavedJukeboxState())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["", "{", "[1]", "nonsense", '"a"', "[" * 100_000])
def test_a_broken_file_is_set_aside(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jukebox.json"
    path.write_text(text)
    assert JukeboxStateFile(path).load() == SavedJukeboxState()
    assert (tmp_path / "jukebox.broken-1.json").read_text() == text


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["size", "changed", "seconds", "a"]), inner, max_size=3)
    ),
)


@given(st.dictionaries(st.sampled_from(list(vars(SavedJukeboxState()))), JSON))
@example({"facts": {"a": {"size": 1}}})
@example({"facts": {"a": 1}})
def test_any_content_makes_a_state(document: dict[str, object]) -> None:
    state = _from_document(document)
    assert state.seconds >= 0
    assert all(isinstance(name, str) for name in (*state.order, *state.favourites))
    measured = {name: vars(found) for name, found in state.measurements.items()}
    assert json.loads(json.dumps(measured)) is not None


def test_a_folder_that_cannot_be_written_to_costs_nothing_but_the_state(tmp_path: Path) -> None:
    assert not JukeboxStateFile(tmp_path / "none" / "jukebox.json").save(KEPT)
