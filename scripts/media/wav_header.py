"""How long a WAV lasts, by its header."""

from __future__ import annotations

import wave
from pathlib import Path


def wav_seconds(path: Path) -> float | None:
    """Return the length by the header, at most what the file can hold; None for no sound.

    Raises OSError, EOFError or wave.Error where the header cannot be read.
    """
    with wave.open(str(path), "rb") as song:
        frame_bytes = song.getnchannels() * song.getsampwidth()
        frames = min(song.getnframes(), path.stat().st_size // max(1, frame_bytes))
        return frames / song.getframerate() if frames and song.getframerate() else None
