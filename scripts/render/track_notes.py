"""Open a soundfont as a sampler; convert a song's notes from ticks to what it plays."""

from __future__ import annotations

from pathlib import Path

from scripts.render.sampler import Sampler, TrackNotes
from scripts.render.soundfont import SoundFont
from scripts.tables.sound import TimedSong
from scripts.temporary import synthesis


def open_soundfont(path: Path, concert_pitch: float = synthesis.CONCERT_PITCH) -> Sampler:
    """Return a sampler of a soundfont (SF2 or SF3) whose A4 has `concert_pitch` hertz.

    Raises SoundError where the file is missing, damaged or no soundfont.
    """
    return Sampler(SoundFont(path), concert_pitch)


def track_notes(song: TimedSong) -> list[TrackNotes]:
    """Return the notes of each track that has any, times in seconds."""
    import numpy as np

    found = []
    for track in song.tracks:
        if not track.starts:
            continue
        starts, ends = (np.array(ticks) * song.tick_seconds for ticks in (track.starts, track.ends))
        keys, velocities = (
            np.frombuffer(values, np.uint8).astype(np.int64)
            for values in (track.keys, track.velocities)
        )
        notes = (starts, ends - starts, keys, velocities)
        found.append(TrackNotes(track.player, track.program, track.drums, *notes))
    return found
