"""Opening a player: which library comes first, and what is said without one."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from scripts.playback.player import open_player
from scripts.tables.program import SoundError


def test_without_a_library_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "simpleaudio", None)
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(SoundError, match="No audio device"):
        open_player()


@pytest.mark.parametrize(("system", "first"), [("win32", "simpleaudio"), ("linux", "miniaudio")])
@pytest.mark.parametrize("broken", [False, True])
def test_each_system_has_its_own_first_library_and_another_behind_it(
    system: str, first: str, broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def opener(name: str) -> Callable[[object], object]:
        def open_one(clock: object) -> object:
            asked.append(name)
            if broken and name == first:
                raise SoundError("it would not open")
            return name

        return open_one

    openers = {name: opener(name) for name in ("simpleaudio", "miniaudio")}
    monkeypatch.setattr("scripts.playback.player._OPENERS", openers)
    monkeypatch.setattr(sys, "platform", system)
    opened: object = open_player()
    assert asked[0] == first
    assert len(asked) == (2 if broken else 1)
    assert opened == asked[-1]
