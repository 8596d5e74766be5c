"""An arrangement's notes in MIDI ticks, section by section as it is played.

This is the one place where time in units becomes ticks: the sampler plays these notes, and the MIDI
file holds them. Notes are kept as numbers in arrays, so that a song of hours takes megabytes.
"""

from __future__ import annotations

from array import array
from heapq import heappop, heappush

from scripts.tables.sound import SectionNotes, TimedSong, TimedTrack, Track
from scripts.temporary import notation


class Sequencer:
    """Turns the sections of a song into notes in ticks.

    `tempo` is quarter notes a minute, `metre` the name of a time signature.
    """

    def __init__(self, tempo: float, metre: str) -> None:
        self._tempo, self._metre = tempo, metre
        self._units = 0
        self._tracks: list[_Sequence] = []

    def add(self, section: SectionNotes) -> None:
        """Add the next section; its tracks are those of the sections before, in their order."""
        self._units = section.start + section.units
        until = round(self._units * notation.TICKS_PER_UNIT)
        for number, track in enumerate(section.tracks):
            if number == len(self._tracks):
                self._tracks.append(_Sequence(track))
            self._tracks[number].add(track, until)

    def finish(self) -> TimedSong:
        """Return the song, all notes ended; nothing may be added to it afterwards."""
        tracks = tuple(track.finish() for track in self._tracks)
        return TimedSong(self._tempo, self._metre, self._units, tracks)


class _Sequence:
    """One track's notes so far, and which of them still sound.

    Events are in order: no note begins or ends before the latest event.
    """

    def __init__(self, track: Track) -> None:
        self._player, self._program, self._drums = track.player, track.program, track.drums
        self._now = 0
        self._starts, self._ends = array("i"), array("i")
        self._keys, self._velocities = bytearray(), bytearray()
        self._pending: list[tuple[int, int]] = []  # heap of (end in ticks, key)
        self._sounding: dict[int, tuple[int, int]] = {}  # key -> (end in ticks, index of its note)

    def add(self, track: Track, until: int) -> None:
        """Add the notes of a section that ends at the tick `until`."""
        for note in sorted(track.notes, key=lambda note: (note.start, note.pitch)):
            start = round(note.start * notation.TICKS_PER_UNIT)
            end = max(start + 1, round((note.start + note.length) * notation.TICKS_PER_UNIT))
            self._release(start)
            if note.pitch in self._sounding:  # struck again while it sounds
                self._end(note.pitch, start)
            self._add_note(start, end, note.pitch, note.velocity)
        self._release(until)

    def finish(self) -> TimedTrack:
        """Return the notes by start and then by key, all of them ended."""
        self._release(notation.AFTER_ALL_TICKS)
        starts, ends, keys = self._starts, self._ends, self._keys
        order = sorted(range(len(starts)), key=lambda number: (starts[number], keys[number]))
        return TimedTrack(
            self._player,
            self._program,
            self._drums,
            array("i", (starts[number] for number in order)),
            array("i", (ends[number] for number in order)),
            bytes(keys[number] for number in order),
            bytes(self._velocities[number] for number in order),
        )

    def _add_note(self, start: int, end: int, key: int, velocity: int) -> None:
        self._now = max(self._now, start)
        self._sounding[key] = end, len(self._starts)
        heappush(self._pending, (end, key))
        self._starts.append(self._now)
        self._ends.append(self._now)  # until the end is known
        self._keys.append(key)
        self._velocities.append(velocity)

    def _end(self, key: int, tick: int) -> None:
        self._now = max(self._now, tick)
        _, note = self._sounding.pop(key)
        self._ends[note] = self._now

    def _release(self, tick: int) -> None:
        """End the notes whose end is at a tick or before."""
        while self._pending and self._pending[0][0] <= tick:
            end, key = heappop(self._pending)
            if key in self._sounding and self._sounding[key][0] == end:
                self._end(key, end)
