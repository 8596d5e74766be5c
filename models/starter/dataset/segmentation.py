"""Measures of a score's melody to tunes: cut where it rests, and where a tune is too long."""

from __future__ import annotations

from collections.abc import Iterator

from models.starter.dataset.abc_reader import Measure, Section, Tune

REST_BARS = 2  # so many silent bars, or more, part two sections and are left out
TUNE_BARS = 48  # a longer song becomes several tunes


class Stretches:
    """The sections that a melody's measures make; `fresh`: the next measure begins another one."""

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.fresh = True
        self._silent = 0

    def leave_out(self, silent: bool, skipped: bool = False) -> bool:
        """Say of the next measure whether it is left out: by itself, or as one of a long rest.

        The silent bars of a long rest that were taken in before go, too.
        """
        self._silent = self._silent + 1 if silent else 0
        if self._silent < REST_BARS and not skipped:
            return False
        if self._silent == REST_BARS and self.sections and self.sections[-1].measures:
            self.sections[-1].measures.pop()
        self.fresh = True
        return True

    def add(self, key: tuple[int, str], metre: str, measure: Measure) -> None:
        """Take in the next measure; another key or metre begins another section."""
        if self.fresh or (self.sections[-1].key, self.sections[-1].metre) != (key, metre):
            self.sections.append(Section(key, metre))
        self.sections[-1].measures.append(measure)
        self.fresh = False

    def tunes(self, fields: dict[str, str]) -> Iterator[Tune]:
        """Yield tunes of TUNE_BARS at most, cut between sections or, where one is longer, in it."""
        short = [
            Section(s.key, s.metre, s.measures[i : i + TUNE_BARS])
            for s in self.sections
            for i in range(0, len(s.measures), TUNE_BARS)
        ]
        group: list[Section] = []
        for section in [*short, None]:
            bars = sum(len(s.measures) for s in group)
            if group and (section is None or bars + len(section.measures) > TUNE_BARS):
                yield Tune(fields, group)
                group = []
            if section is not None:
                group.append(section)
