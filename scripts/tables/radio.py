"""Types of the radio: its states, and the events of its writing process."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from scripts.tables.songs import Converting, Finished, Loading, Writing


@dataclass(frozen=True)
class Failed:
    """The writing process ends; the sentence says why and what to do."""

    sentence: str


@dataclass(frozen=True)
class Noticed:
    """Something is worth saying, and writing goes on."""

    sentence: str


@dataclass(frozen=True)
class Measured:
    """How fast models write here (`Settings.paces`); the process that started this one saves it."""

    paces: dict[str, list[float]]


WriterEvent = Loading | Writing | Converting | Finished | Failed | Noticed | Measured


class RadioState(Enum):
    """What the radio is doing."""

    OFF = "off"
    WRITING = "writing"
    RESTING = "resting"  # enough new songs wait to be heard
