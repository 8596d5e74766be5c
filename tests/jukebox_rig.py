"""The jukebox over a fake clock, player and folder: time passes and keys are pressed on command."""

from __future__ import annotations

import copy
import random

from scripts.jukebox.jukebox import Jukebox
from scripts.jukebox.playlist import Playlist
from scripts.tables.jukebox import JukeboxAction, JukeboxSnapshot, SavedJukeboxState
from tests.fake_player import FakeClock, FakeLibrary, FakePlayer

TICK = 0.05


class JukeboxRig:
    """A jukebox with a fake clock, library and player; `kept` is each state that it saved."""

    def __init__(self, saved: SavedJukeboxState | None = None, /, **songs: float | None) -> None:
        self.clock = FakeClock()
        self.saved = saved or SavedJukeboxState()
        self.kept: list[SavedJukeboxState] = []
        self.library = FakeLibrary(**songs)
        self.player = FakePlayer(self.clock)
        self.jukebox = Jukebox(
            self.library,  # type: ignore[arg-type]
            self.player,
            self.library.decode,
            playlist=Playlist(random.Random(1)),
            saved=self.saved,
            save=lambda: self.kept.append(copy.deepcopy(self.saved)),
        )
        self.jukebox.tick(self.clock.now)

    def passes(self, seconds: float, tick: float = TICK) -> list[str]:
        """Let seconds pass; return which songs played, in order."""
        played = [self.now.song]
        end = self.clock.now + seconds
        while self.clock.now < end:
            self.clock.sleep(tick)
            self.jukebox.tick(self.clock.now)
            if self.now.song != played[-1]:
                played.append(self.now.song)
        return played

    def press(self, *actions: JukeboxAction) -> None:
        for action in actions:
            assert self.jukebox.act(action)

    @property
    def now(self) -> JukeboxSnapshot:
        return self.jukebox.snapshot()
