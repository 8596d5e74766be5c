"""ffmpeg, which decodes, measures and encodes: where it lies, and what it may read."""

from __future__ import annotations

from pathlib import Path

from scripts.tables.program import SoundError
from scripts.temporary import media_files


def ffmpeg_path() -> str:
    """Return the path of the ffmpeg that comes with imageio-ffmpeg.

    Raises SoundError where it is missing.
    """
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError, OSError) as error:
        raise SoundError(
            "The sound decoder (ffmpeg) is missing: run requisites.py to install it again."
        ) from error


def input_arguments(path: Path, start_seconds: float) -> list[str]:
    """Return ffmpeg's arguments for reading a file from a second on, and no other file."""
    seek = ["-ss", f"{start_seconds:.6f}"] if start_seconds > 0 else []
    # "file:" keeps a name with a colon or a leading dash from being read as anything else.
    return [*media_files.INPUT_LIMITS, *seek, "-i", f"file:{path.absolute()}"]


def unreadable_error(path: Path) -> SoundError:
    """Return the error for a file that is gone or holds no sound."""
    if not path.exists():
        return SoundError(f"{path.name} is no longer there.")
    return SoundError(f"{path.name} holds no sound that can be read.")
