"""An arrangement as a Standard MIDI File, whole or section by section as it is played.

Notes become bytes as they come, so that a song of hours takes megabytes and not gigabytes, as it
would in a library's objects. Source of the format:
"Standard MIDI Files 1.0", MIDI Manufacturers Association.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from heapq import heappop, heappush

from scripts.temporary import Arrangement, Track

TICKS_PER_QUARTER = 480
TICKS_PER_UNIT = TICKS_PER_QUARTER // 4
_DRUM_CHANNEL = 9
_MELODIC_CHANNELS = (*range(9), *range(10, 16))


class MidiWriter:
    """A MIDI file (format 1, 480 ticks a quarter note) that grows by stretches of a song.

    `tempo` is quarter notes a minute, `metre` the name of a time signature.
    """

    def __init__(self, tempo: float, metre: str, title: str) -> None:
        self._head = _conductor(tempo, metre)
        self._title = title
        self._tracks: list[_TrackWriter] = []

    def add(self, start: float, units: float, tracks: Iterable[Track]) -> None:
        """Add what is played from `start` on for `units`; the same tracks come every time."""
        until = round((start + units) * TICKS_PER_UNIT)
        for number, track in enumerate(tracks):
            if number == len(self._tracks):
                self._tracks.append(_TrackWriter(track, self._channel(track), self._title))
            self._tracks[number].add(track, until)

    def _channel(self, track: Track) -> int:
        melodic = sum(not known.drums for known in self._tracks)
        return _DRUM_CHANNEL if track.drums else _MELODIC_CHANNELS[melodic % 15]

    def finish(self) -> bytes:
        """Return the file; nothing may be added to it afterwards."""
        chunks = [self._head, *(track.finish() for track in self._tracks)]
        header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(chunks), TICKS_PER_QUARTER)
        return header + b"".join(struct.pack(">4sI", b"MTrk", len(c)) + c for c in chunks)


class _TrackWriter:
    """One track's bytes, and the notes that still sound."""

    def __init__(self, track: Track, channel: int, title: str) -> None:
        name = f"{title}: {track.player}".encode()
        self.drums = track.drums
        self._on, self._off = 0x90 | channel, 0x80 | channel
        self._now = 0
        self._data = bytearray(_meta(0x03, name))
        self._data += bytes((0, 0xC0 | channel, track.program))
        self._ends: list[tuple[int, int]] = []  # heap of (tick, pitch)
        self._sounding: dict[int, int] = {}  # pitch -> tick of its end

    def add(self, track: Track, until: int) -> None:
        """Write the notes of a stretch that ends at the tick `until`."""
        for note in sorted(track.notes, key=lambda note: (note.start, note.pitch)):
            tick = round(note.start * TICKS_PER_UNIT)
            end = max(tick + 1, round((note.start + note.length) * TICKS_PER_UNIT))
            self._release(tick)
            if note.pitch in self._sounding:  # struck again while it sounds
                self._event(tick, self._off, note.pitch, 0)
            self._event(tick, self._on, note.pitch, note.velocity)
            self._sounding[note.pitch] = end
            heappush(self._ends, (end, note.pitch))
        self._release(until)

    def finish(self) -> bytes:
        """Return the track's chunk, all notes ended."""
        self._release(1 << 62)
        return bytes(self._data) + _meta(0x2F, b"")

    def _release(self, tick: int) -> None:
        """End what ends up to a tick."""
        while self._ends and self._ends[0][0] <= tick:
            end, pitch = heappop(self._ends)
            if self._sounding.get(pitch) == end:
                del self._sounding[pitch]
                self._event(end, self._off, pitch, 0)

    def _event(self, tick: int, status: int, pitch: int, velocity: int) -> None:
        self._data += _length(max(0, tick - self._now))
        self._data += bytes((status, pitch, velocity))
        self._now = max(self._now, tick)


def _conductor(tempo: float, metre: str) -> bytes:
    """Return the first track: the tempo and the time signature."""
    import mido

    numerator, denominator = map(int, metre.split("/"))
    messages = (
        mido.MetaMessage("set_tempo", tempo=round(60_000_000 / tempo)),
        mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator),
        mido.MetaMessage("end_of_track"),
    )
    return b"".join(b"\0" + bytes(message.bytes()) for message in messages)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0, 0xFF, kind)) + _length(len(data)) + data


def _length(value: int) -> bytes:
    """Return a number as seven bits a byte, the highest first."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(0x80 | value & 0x7F)
    return bytes(reversed(found))


def midi_bytes(arrangement: Arrangement, title: str) -> bytes:
    """Return the arrangement as a MIDI file."""
    writer = MidiWriter(arrangement.tempo, arrangement.metre, title)
    writer.add(0, arrangement.units, arrangement.tracks)
    return writer.finish()


def unit_seconds(tempo: float) -> float:
    """Return the length of a sixteenth in seconds at `tempo` quarter notes a minute."""
    return 15.0 / tempo


def song_seconds(arrangement: Arrangement) -> float:
    """Return the length of the arrangement in seconds, without the sound's decay."""
    return arrangement.units * unit_seconds(arrangement.tempo)
