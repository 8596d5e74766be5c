"""A song's notes as a Standard MIDI File (format 1).

Built as bytes: a library's message objects would take gigabytes for a song of hours.
Source of the format: "Standard MIDI Files 1.0", MIDI Manufacturers Association.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from heapq import heappop, heappush

from scripts.tables.sound import Arrangement, TimedSong, TimedTrack
from scripts.temporary import notation


def midi_bytes(song: TimedSong, title: str) -> bytes:
    """Return the song as a MIDI file, a track for each player, named after title and player."""
    tracks = zip(song.tracks, _channels(song.tracks))
    chunks = [_conductor(song), *(_track(track, channel, title) for track, channel in tracks)]
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(chunks), notation.TICKS_PER_QUARTER)
    return header + b"".join(struct.pack(">4sI", b"MTrk", len(c)) + c for c in chunks)


def _channels(tracks: Sequence[TimedTrack]) -> list[int]:
    """Return each track's channel: General MIDI's for drums, the rest in turn for others."""
    melodic = [sum(not track.drums for track in tracks[:number]) for number in range(len(tracks))]
    return [
        notation.MIDI_DRUM_CHANNEL
        if track.drums
        else notation.MIDI_MELODIC_CHANNELS[place % len(notation.MIDI_MELODIC_CHANNELS)]
        for track, place in zip(tracks, melodic)
    ]


def _track(track: TimedTrack, channel: int, title: str) -> bytes:
    """Return the body of a track's chunk; at the same tick, notes end before others begin."""
    data = bytearray(_meta(0x03, f"{title}: {track.player}".encode()))
    data += bytes((0, 0xC0 | channel, track.program))
    now = 0
    pending: list[tuple[int, int]] = []  # heap of (end in ticks, key)

    def event(tick: int, status: int, key: int, velocity: int) -> None:
        nonlocal now
        data.extend((*_variable_length(tick - now), status | channel, key, velocity))
        now = tick

    for start, end, key, velocity in zip(track.starts, track.ends, track.keys, track.velocities):
        while pending and pending[0][0] <= start:
            event(pending[0][0], 0x80, heappop(pending)[1], 0)
        event(start, 0x90, key, velocity)
        heappush(pending, (end, key))
    while pending:
        event(pending[0][0], 0x80, heappop(pending)[1], 0)
    return bytes(data) + _meta(0x2F, b"")


def _conductor(song: TimedSong) -> bytes:
    """Return the body of the first track: the tempo and the time signature."""
    import mido

    numerator, denominator = map(int, song.metre.split("/"))
    messages = (
        mido.MetaMessage("set_tempo", tempo=song.quarter_microseconds),
        mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator),
        mido.MetaMessage("end_of_track"),
    )
    return b"".join(b"\0" + bytes(message.bytes()) for message in messages)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0, 0xFF, kind)) + _variable_length(len(data)) + data


def _variable_length(value: int) -> bytes:
    """Return a number as a variable-length quantity: seven bits a byte, the highest first."""
    found = [value & 0x7F]
    while value := value >> 7:
        found.append(0x80 | value & 0x7F)
    return bytes(reversed(found))


def unit_seconds(tempo: float) -> float:
    """Return the length of a sixteenth in seconds at `tempo` quarter notes a minute."""
    return 15.0 / tempo


def song_seconds(song: Arrangement | TimedSong) -> float:
    """Return the length of a song in seconds, without the sound's decay."""
    return song.units * unit_seconds(song.tempo)
