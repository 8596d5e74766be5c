"""What the jukebox has to say: the last sentence, for a while; each left-out file once."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.audio.library import WRITING
from scripts.temporary import NOTICE_SECONDS, SURE_SECONDS


class Notices:
    """Sentences for the screen, by a clock of seconds that is handed in."""

    def __init__(self) -> None:
        self._notice, self._until = "", float("-inf")
        self._left_out: dict[tuple[str, str], float] = {}  # (file, why) -> since when
        self._told: set[tuple[str, str]] = set()

    def say(self, notice: str, now: float) -> None:
        """Show a sentence from now on for a while, in place of the one before."""
        self._notice, self._until = notice, now + NOTICE_SECONDS

    def standing(self, now: float, lasting: bool = False) -> str:
        """The sentence to show; after its time only a `lasting` one."""
        return self._notice if lasting or now < self._until else ""

    def skipped(self, files: Mapping[str, str], now: float) -> None:
        """Name the files that are no songs, once; one that is just being copied gets its time."""
        pairs = {pair for pair in files.items() if pair[1] != WRITING}
        self._left_out = {pair: self._left_out.get(pair, now) for pair in pairs}
        self._told &= pairs
        sure = {pair for pair, since in self._left_out.items() if now - since >= SURE_SECONDS}
        if new := sorted(sure - self._told):
            self._told |= sure
            name, why = new[0]
            more = f" And {len(new) - 1} more." if len(new) > 1 else ""
            self.say(f"Skipped: {name}: {why}.{more}", now)
