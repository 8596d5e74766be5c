"""A MIDI file to the notes of each track, and the soundfont that plays them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.audio.sampler import Sampler, TrackNotes
from scripts.audio.soundfont import SoundFont
from scripts.temporary import CONCERT_PITCH


def open_soundfont(path: Path, concert_pitch: float = CONCERT_PITCH) -> Sampler:
    """Load a soundfont (SF2 or SF3) into a sampler whose A4 has `concert_pitch` hertz.

    Raises SoundError when there is none, or it is not one.
    """
    return Sampler(SoundFont(path), concert_pitch)


def read_tracks(midi: bytes) -> list[TrackNotes]:
    """Return each track's notes as a MIDI file has them, times in seconds.

    The player is what follows the last colon of the track's name.
    """
    import numpy as np
    from symusic import Score

    score: Any = Score.from_midi(midi)
    # As arrays: going through the tempos one by one crashes symusic's build for Windows.
    tempos = score.tempos.numpy()
    if not len(tempos["time"]):
        tempos = {"time": np.zeros(1), "mspq": np.full(1, 500_000)}
    changes = tempos["time"].astype(np.float64)
    pace = tempos["mspq"] / 1e6 / score.tpq  # seconds in a tick
    begun = np.concatenate([[0.0], np.cumsum(np.diff(changes) * pace[:-1])])
    found = []
    for track in score.tracks:
        notes = track.notes.numpy()
        order = np.lexsort((notes["pitch"], notes["time"]))
        starts, ends = (
            begun[piece] + (ticks - changes[piece]) * pace[piece]
            for ticks in (notes["time"][order], (notes["time"] + notes["duration"])[order])
            for piece in [np.searchsorted(changes, ticks, side="right") - 1]
        )
        found.append(
            TrackNotes(
                track.name.rpartition(": ")[2], track.program, track.is_drum, starts, ends - starts,
                notes["pitch"][order].astype(np.int64), notes["velocity"][order].astype(np.int64),
            )
        )  # fmt: skip
    return found
