"""Decode MP3 and WAV files to 16-bit stereo at 44.1 kHz, as a stream of constant memory.

ffmpeg decodes into a pipe and blocks while nothing is read from it, so a song of hours takes no
more memory than a short one.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.media.duration import duration_seconds
from scripts.media.ffmpeg import ffmpeg_path, input_arguments, unreadable_error
from scripts.processes import kill_and_close, start_process
from scripts.tables.program import SoundError
from scripts.temporary import playback

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]  # shape (frames, 2)


# --- Decoding ------------------------------------------------------------------------------------


def _start_decoding(path: Path, start_seconds: float) -> subprocess.Popen[bytes]:
    command = [ffmpeg_path(), "-nostdin", "-v", "quiet", *input_arguments(path, start_seconds)]
    command += ["-map", "0:a:0", "-f", "s16le"]
    command += ["-ac", str(playback.CHANNELS), "-ar", str(playback.SAMPLE_RATE), "-"]
    try:
        return start_process(
            command,
            stdout=subprocess.PIPE,
            bufsize=playback.DECODED_BLOCK_FRAMES * playback.FRAME_BYTES,
        )
    except OSError as error:
        raise SoundError(f"The sound decoder did not start ({error}).") from error


def decode_blocks(path: Path, start_seconds: float = 0.0) -> Iterator[bytes]:
    """Yield a song's samples from `start_seconds` on: 16-bit stereo, 0.1 s at a time.

    Raises SoundError when the file holds no sound or ffmpeg is missing.
    """
    process = _start_decoding(path, start_seconds)
    try:
        assert process.stdout is not None
        heard = False
        while block := process.stdout.read(playback.DECODED_BLOCK_FRAMES * playback.FRAME_BYTES):
            heard = True
            yield block[: len(block) - len(block) % playback.FRAME_BYTES]
        if not heard and (process.wait() != 0 or start_seconds <= 0):
            raise unreadable_error(path)
    finally:
        kill_and_close(process)


def decode_all(path: Path, start_seconds: float = 0.0) -> Samples:
    """Decode a whole song into one array of shape (frames, 2); a minute takes 10.6 MB.

    Raises SoundError as `decode_blocks` does.
    """
    import numpy as np

    data = b"".join(decode_blocks(path, start_seconds))
    return np.frombuffer(data, dtype=np.int16).reshape(-1, playback.CHANNELS)


# --- A song as a stream --------------------------------------------------------------------------


class SongStream:
    """A song that a thread decodes in the background, some 20 s ahead of its reader.

    Holds a window of `STREAM_WINDOW_FRAMES` (a ring buffer); `seek` moves it. Reading never
    waits: frames that are not decoded yet, or no longer held, are missing from the result.
    """

    def __init__(self, path: Path, start_frame: int = 0) -> None:
        import numpy as np

        self.path = path
        self._window = np.zeros((playback.STREAM_WINDOW_FRAMES, playback.CHANNELS), dtype=np.int16)
        self._buffer_start = self._buffer_end = self._wanted = start_frame
        self._seek_request: int | None = start_frame
        self._estimate = 0
        self._end: int | None = None
        self._error: SoundError | None = None
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._change = threading.Condition()
        self._worker = threading.Thread(target=self._run, name="song-decoder", daemon=True)
        self._worker.start()

    @property
    def frames(self) -> int:
        """The song's length in frames: an estimate from its header until the end is decoded."""
        return self._end if self._end is not None else self._estimate

    @property
    def end(self) -> int | None:
        """The frame after the last one, once it is known."""
        return self._end

    @property
    def error(self) -> SoundError | None:
        """Why the song cannot be decoded, or None."""
        return self._error

    def seek(self, frame: int) -> None:
        """Make the samples from `frame` on the next ones wanted."""
        with self._change:
            self._wanted = frame
            if not self._buffer_start <= frame <= self._buffer_end:
                self._buffer_start = self._buffer_end = frame
                self._seek_request = frame
                if self._process:
                    self._process.kill()
            self._change.notify_all()

    def ready(self, frame: int) -> int:
        """How many frames from `frame` on can be read at once."""
        with self._change:
            return max(0, self._buffer_end - frame) if frame >= self._buffer_start else 0

    def read(self, frame: int, count: int) -> Samples:
        """Return up to `count` frames from `frame` on; fewer, or none, where they are not held."""
        import numpy as np

        with self._change:
            if not self._buffer_start <= frame < self._buffer_end:
                return np.zeros((0, playback.CHANNELS), dtype=np.int16)
            end = min(frame + count, self._buffer_end)
            places = np.arange(frame, end) % playback.STREAM_WINDOW_FRAMES
            self._wanted = frame
            self._change.notify_all()
            return self._window[places]

    def close(self) -> None:
        """Stop decoding; what is held can still be read."""
        with self._change:
            self._closed = True
            if self._process:
                self._process.kill()
            self._change.notify_all()

    def _run(self) -> None:
        try:
            # A file without a readable header can still be played; only its bar stays empty.
            with contextlib.suppress(SoundError):
                self._estimate = int(duration_seconds(self.path) * playback.SAMPLE_RATE)
            while (start := self._next_start()) is not None:
                self._decode_from(start)
        except SoundError as error:
            self._error = error
        except OSError as error:
            self._error = SoundError(f"{self.path.name} cannot be read ({error.strerror}).")

    def _next_start(self) -> int | None:
        """Wait for a seek and return its frame; None once the stream is closed."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._seek_request is not None)
            start, self._seek_request = self._seek_request, None
            return None if self._closed else start

    def _decode_from(self, start: int) -> None:
        process = _start_decoding(self.path, start / playback.SAMPLE_RATE)
        with self._change:
            self._process = process
            interrupted = self._interrupted()
        try:
            assert process.stdout is not None
            while not interrupted and (
                block := process.stdout.read(playback.DECODED_BLOCK_FRAMES * playback.FRAME_BYTES)
            ):
                interrupted = not self._store(block)
            if not interrupted:
                self._record_end(start, process.wait())
        finally:
            with self._change:
                self._process = None
            kill_and_close(process)

    def _interrupted(self) -> bool:
        return self._closed or self._seek_request is not None

    def _store(self, block: bytes) -> bool:
        """Put a block into the window once there is room; False after a seek or `close`."""
        import numpy as np

        whole = block[: len(block) - len(block) % playback.FRAME_BYTES]
        samples = np.frombuffer(whole, dtype=np.int16).reshape(-1, playback.CHANNELS)
        with self._change:
            self._change.wait_for(lambda: self._interrupted() or self._has_room(len(samples)))
            if self._interrupted():
                return False
            end = self._buffer_end + len(samples)
            self._window[np.arange(self._buffer_end, end) % playback.STREAM_WINDOW_FRAMES] = samples
            self._buffer_start = max(self._buffer_start, end - playback.STREAM_WINDOW_FRAMES)
            self._buffer_end = end
            return True

    def _has_room(self, frames: int) -> bool:
        oldest = self._buffer_end + frames - playback.STREAM_WINDOW_FRAMES
        return oldest <= self._wanted - playback.STREAM_BEHIND_FRAMES

    def _record_end(self, start: int, exit_status: int) -> None:
        with self._change:
            if self._interrupted():
                return
            if self._buffer_end == start and (exit_status != 0 or start == 0):
                self._error = unreadable_error(self.path)
            self._end = self._buffer_end
