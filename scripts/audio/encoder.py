"""Sound to a tagged MP3."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.temporary import MP3_BITRATE, SAMPLE_RATE, SoundError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)


def encode_mp3(sound: Stereo, path: Path, tags: Mapping[str, str]) -> None:
    """Encode floats (-1 to 1) to the MP3 file `path`; ID3v2.3 tags, which Windows reads.

    Raises SoundError when the encoder or the disk does not do its part; nothing is left behind.
    """
    import imageio_ffmpeg
    import numpy as np

    with warnings.catch_warnings():
        # pydub warns on import that the PATH has no ffmpeg; ours is inside a package.
        warnings.simplefilter("ignore")
        from pydub import AudioSegment
        from pydub.exceptions import PydubException

    AudioSegment.converter = imageio_ffmpeg.get_ffmpeg_exe()
    samples = np.empty(sound.shape[::-1], dtype="<i2")
    np.rint(sound.T * 32767.0, out=samples, casting="unsafe")
    segment = AudioSegment(
        data=samples.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE, channels=2
    )
    del samples
    check_room(len(segment.raw_data))
    try:
        # Opened here: pydub would leave the file open when it fails, and Windows deletes no
        # open file.
        with _temporary_files_gone(), path.open("wb+") as handle:
            segment.export(
                handle, format="mp3", bitrate=MP3_BITRATE, tags=dict(tags), id3v2_version="3"
            )
        check_written(path)
    except (OSError, PydubException, IndexError) as error:
        path.unlink(missing_ok=True)
        raise SoundError(
            f"The MP3 could not be written to {path.parent} ({_reason(error)}); "
            "check that the disk is not full and the folder may be written to."
        ) from error


def check_room(size_bytes: int) -> None:
    """Raise SoundError where the system's temporary folder cannot take a WAV of so many bytes."""
    try:
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise SoundError(f"There is no folder for temporary files ({error.strerror}).") from error
    if free < 1.2 * size_bytes:  # the MP3 goes there first, too
        raise SoundError(
            f"The disk of {folder} is full: a song of this length needs "
            f"{1.2e-6 * size_bytes:.0f} MB there while it is converted; free some space."
        )


@contextmanager
def _temporary_files_gone() -> Iterator[None]:
    """Remove pydub's temporary files, which stay behind where it fails: a song's WAV, for one."""
    from pydub import audio_segment

    make, made = audio_segment.NamedTemporaryFile, list[Any]()

    def remember(*arguments: Any, **options: Any) -> Any:
        made.append(make(*arguments, **options))
        return made[-1]

    audio_segment.NamedTemporaryFile = remember
    try:
        yield
    finally:
        audio_segment.NamedTemporaryFile = make
        for file in made:
            with suppress(OSError):
                file.close()
                Path(file.name).unlink(missing_ok=True)


def check_written(path: Path) -> None:
    """Raise OSError for an encoder that said nothing and wrote nothing: a full disk does that."""
    if path.stat().st_size < 1024:
        raise OSError("the encoder wrote nothing")


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return str(text).strip().splitlines()[-1][:120] if str(text).strip() else "no reason given"
