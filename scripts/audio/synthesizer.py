"""MIDI to sound: one stem for each track, through the soundfont."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.temporary import SAMPLE_RATE, SoundError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)


def open_soundfont(path: Path) -> Any:
    """Load a soundfont (SF2 or SF3) into a symusic synthesizer.

    Raises SoundError when there is none, or it is not one.
    """
    from symusic import Synthesizer

    if not path.is_file():
        raise SoundError(
            f"The soundfont {path.name} is missing from the data folder; "
            "restore it from the download."
        )
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise SoundError(
            f"The soundfont {path.name} cannot be read ({error.strerror}); restore it."
        ) from error
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise SoundError(f"{path.name} is not a soundfont; restore it from the download.")
    try:
        return Synthesizer(str(path), SAMPLE_RATE)
    except (RuntimeError, ValueError, OSError) as error:
        raise SoundError(f"The soundfont {path.name} is damaged; restore it.") from error


def render_stems(midi: bytes, synthesizer: Any) -> Iterator[tuple[str, Stereo]]:
    """Yield (player, sound) for each track of a MIDI file; floats, not yet scaled.

    The player is what follows the last colon of the track's name.
    """
    from symusic import Score

    score: Any = Score.from_midi(midi)
    tracks = list(score.tracks)
    for track in tracks:
        alone = score.copy()
        alone.tracks = [track]
        yield track.name.rpartition(": ")[2], synthesizer.render(alone, stereo=True)
