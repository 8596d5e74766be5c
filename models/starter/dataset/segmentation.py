"""Cut a score's melody into tunes: at long rests, and where a tune would be too long."""

from __future__ import annotations

from collections.abc import Iterator

from models.starter.dataset.abc_reader import Measure, Section, Tune

REST_BARS = 2  # so many silent bars end a section, and are left out
TUNE_BARS = 48  # the longest tune


class Segmenter:
    """Collects a melody's measures into sections.

    `starts_section` says that the next measure begins a new one.
    """

    def __init__(self) -> None:
        self.sections: list[Section] = []
        self.starts_section = True
        self._silent = 0

    def skip_measure(self, silent: bool, skipped: bool = False) -> bool:
        """Say whether the next measure is left out: if `skipped`, or as part of a long rest.

        The first silent bar of a long rest, which was added already, is removed.
        """
        self._silent = self._silent + 1 if silent else 0
        if self._silent < REST_BARS and not skipped:
            return False
        if self._silent == REST_BARS and self.sections and self.sections[-1].measures:
            self.sections[-1].measures.pop()
        self.starts_section = True
        return True

    def add(self, key: tuple[int, str], metre: str, measure: Measure) -> None:
        """Add the next measure; a change of key or metre begins a new section."""
        if self.starts_section or (self.sections[-1].key, self.sections[-1].metre) != (key, metre):
            self.sections.append(Section(key, metre))
        self.sections[-1].measures.append(measure)
        self.starts_section = False

    def tunes(self, fields: dict[str, str]) -> Iterator[Tune]:
        """Yield tunes of at most TUNE_BARS, cut between sections or within a longer one."""
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
