"""Encode sound to MP3 or WAV through ffmpeg, as a stream: memory does not grow with the song."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.media.ffmpeg import ffmpeg_path
from scripts.processes import kill_and_close, start_process
from scripts.tables.program import SoundError
from scripts.tables.sound import FileFormat
from scripts.temporary import exporting, mixing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)


def encode(
    blocks: Iterable[Stereo],
    path: Path,
    file_format: str,
    info: Mapping[str, str],
    tag_bytes: int = 0,
) -> Generator[int, None, None]:
    """Encode floats (-1 to 1) to `path`; yield the frames done, block by block.

    `file_format` is a key of `FILE_FORMATS`, `info` the metadata that ffmpeg writes; `tag_bytes`
    of padding are left at the start of an MP3, for its tags. Raises SoundError where the encoder
    or the disk fails; then, and when the generator is closed, no file is left.
    """
    kind = exporting.FILE_FORMATS[file_format]
    process = _start(path, kind, info, tag_bytes)
    frames, done = 0, False
    try:
        assert process.stdin is not None
        for block in blocks:
            process.stdin.write(block.T.astype("<f4").tobytes())
            frames += block.shape[1]
            yield frames
        process.stdin.close()
        if process.wait(exporting.ENCODER_END_SECONDS) != 0:
            raise OSError("the encoder stopped half-way")
        check_complete(path, frames, kind)
        done = True
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        message = _end(process)
        raise write_error(path, file_format, message or _reason(error)) from error
    finally:
        _end(process)
        if not done:
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _start(
    path: Path, kind: FileFormat, info: Mapping[str, str], tag_bytes: int
) -> subprocess.Popen[bytes]:
    command = [ffmpeg_path(), "-nostdin", "-y", "-v", "error", "-f", "f32le", "-ac", "2"]
    command += ["-ar", str(mixing.SAMPLE_RATE), "-i", "pipe:0"]
    for name, value in info.items():
        command += ["-metadata", f"{name}={value}"]
    if kind.id3:
        command += ["-metadata_header_padding", str(tag_bytes)]
    # Bit-exact: no version of a codec is written, so the same song has the same bytes.
    command += [*kind.arguments, "-fflags", "+bitexact", "-flags:a", "+bitexact", f"file:{path}"]
    try:
        return start_process(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise SoundError(f"The encoder (ffmpeg) did not start ({error}).") from error


def _end(process: subprocess.Popen[bytes]) -> str:
    """End the encoder if it still runs, and return its last message, "" for none."""
    process.kill()
    lines: list[str] = []
    with suppress(OSError):
        if process.stderr is not None and not process.stderr.closed:
            lines = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
    kill_and_close(process)
    return lines[-1].strip()[:120] if lines else ""


def write_error(path: Path, file_format: str, reason: str) -> SoundError:
    """Return the error for a song that could not be written."""
    return SoundError(
        f"The {file_format.upper()} could not be written to {path.parent} ({reason}); check that "
        "the disk is not full and the folder may be written to."
    )


def check_disk_space(folder: Path, seconds: float, file_format: str) -> None:
    """Raise SoundError where the disk of a folder is too full for a song of so many seconds."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # where this cannot be known, writing is tried
    bytes_a_second = exporting.FILE_FORMATS[file_format].bytes_a_second
    needed = seconds * bytes_a_second + exporting.DISK_SLACK_BYTES
    if free < needed:
        raise SoundError(
            f"The disk of {folder} is full: this song needs {needed / 1e6:.0f} MB there, and "
            f"{free / 1e6:.0f} MB are free; check that the disk is not full."
        )


def check_complete(path: Path, frames: int, kind: FileFormat) -> None:
    """Raise OSError where a file is too short: on a full disk ffmpeg may fail silently."""
    expected = frames / mixing.SAMPLE_RATE * kind.bytes_a_second
    if path.stat().st_size < 0.97 * expected:
        raise OSError("the encoder wrote only part of it")


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return str(text).strip().splitlines()[-1][:120] if str(text).strip() else "no reason given"
