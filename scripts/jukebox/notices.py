"""The jukebox's notices: the last one for a while, and each skipped file once."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.temporary import listening


class Notices:
    """Sentences for the screen; `now` is a clock in seconds."""

    def __init__(self) -> None:
        self._notice, self._until = "", float("-inf")
        self._skipped_since: dict[tuple[str, str], float] = {}  # (file, why) -> since when
        self._shown: set[tuple[str, str]] = set()

    def say(self, notice: str, now: float) -> None:
        """Show a sentence for `NOTICE_SECONDS`, in place of the one before."""
        self._notice, self._until = notice, now + listening.NOTICE_SECONDS

    def current(self, now: float, lasting: bool = False) -> str:
        """Return the sentence to show; after its time only if `lasting`."""
        return self._notice if lasting or now < self._until else ""

    def skipped(self, files: Mapping[str, str], now: float) -> None:
        """Name each skipped file once, `SKIP_NOTICE_DELAY_SECONDS` after it was first seen."""
        pairs = {pair for pair in files.items() if pair[1] != listening.STILL_WRITTEN}
        self._skipped_since = {pair: self._skipped_since.get(pair, now) for pair in pairs}
        self._shown &= pairs
        sure = {
            pair
            for pair, since in self._skipped_since.items()
            if now - since >= listening.SKIP_NOTICE_DELAY_SECONDS
        }
        if new := sorted(sure - self._shown):
            self._shown |= sure
            name, why = new[0]
            more = f" And {len(new) - 1} more." if len(new) > 1 else ""
            self.say(f"Skipped: {name}: {why}.{more}", now)
