"""From an MP3 or WAV file to 16-bit stereo samples at 44.1 kHz, as a stream of constant memory.

ffmpeg does the decoding, as a process whose output is a pipe: it waits by itself when nobody
reads on, so a song of hours costs no more memory than a short one.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.media.duration import duration_seconds
from scripts.media.ffmpeg import broken, ffmpeg_path, input_arguments
from scripts.processes import start_process
from scripts.temporary import PLAY_CHANNELS, PLAY_RATE, SoundError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]  # shape (frames, 2)

FRAME_BYTES = PLAY_CHANNELS * 2
BLOCK_FRAMES = PLAY_RATE // 10
WINDOW_FRAMES = PLAY_RATE * 30  # what a stream holds: 5 MB
BEHIND_FRAMES = PLAY_RATE * 8  # kept behind the reader, who may read again to change the volume

# --- Decoding ------------------------------------------------------------------------------------


def _start_decoding(path: Path, start_seconds: float) -> subprocess.Popen[bytes]:
    command = [ffmpeg_path(), "-nostdin", "-v", "quiet", *input_arguments(path, start_seconds)]
    command += ["-map", "0:a:0", "-f", "s16le", "-ac", str(PLAY_CHANNELS), "-ar", str(PLAY_RATE)]
    try:
        return start_process(
            [*command, "-"], stdout=subprocess.PIPE, bufsize=BLOCK_FRAMES * FRAME_BYTES
        )
    except OSError as error:
        raise SoundError(f"The sound decoder did not start ({error}).") from error


def _finish(process: subprocess.Popen[bytes]) -> None:
    """End the process if it still runs, and give its pipe back."""
    process.kill()
    if process.stdout:
        with contextlib.suppress(OSError):
            process.stdout.close()
    process.wait()


def decode_blocks(path: Path, start_seconds: float = 0.0) -> Iterator[bytes]:
    """Yield a song's samples from `start_seconds` on: 16-bit stereo, 0.1 s at a time.

    Raises SoundError when the file holds no sound or ffmpeg is missing.
    """
    process = _start_decoding(path, start_seconds)
    try:
        assert process.stdout is not None
        heard = False
        while block := process.stdout.read(BLOCK_FRAMES * FRAME_BYTES):
            heard = True
            yield block[: len(block) - len(block) % FRAME_BYTES]
        if not heard and (process.wait() != 0 or start_seconds <= 0):
            raise broken(path)
    finally:
        _finish(process)


def decode_all(path: Path, start_seconds: float = 0.0) -> Samples:
    """Decode a whole song into one array of shape (frames, 2); a minute takes 10.6 MB.

    Raises SoundError as `decode_blocks` does.
    """
    import numpy as np

    data = b"".join(decode_blocks(path, start_seconds))
    return np.frombuffer(data, dtype=np.int16).reshape(-1, PLAY_CHANNELS)


# --- A song as a stream --------------------------------------------------------------------------


class SongStream:
    """A song that is decoded in the background, some 20 s ahead of who reads it.

    Holds a window of `WINDOW_FRAMES`; `seek` moves it. Reading never waits: what is not decoded
    yet, or no longer held, is simply not in the answer.
    """

    def __init__(self, path: Path, start_frame: int = 0) -> None:
        import numpy as np

        self.path = path
        self._window = np.zeros((WINDOW_FRAMES, PLAY_CHANNELS), dtype=np.int16)
        self._low = self._high = self._wanted = start_frame
        self._asked: int | None = start_frame
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
        """The song's length in frames: what its header says, until the end has been seen."""
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
            if not self._low <= frame <= self._high:
                self._low = self._high = frame
                self._asked = frame
                if self._process:
                    self._process.kill()
            self._change.notify_all()

    def ready(self, frame: int) -> int:
        """How many frames from `frame` on can be read at once."""
        with self._change:
            return max(0, self._high - frame) if frame >= self._low else 0

    def read(self, frame: int, count: int) -> Samples:
        """Return up to `count` frames from `frame` on; fewer, or none, where they are not held."""
        import numpy as np

        with self._change:
            if not self._low <= frame < self._high:
                return np.zeros((0, PLAY_CHANNELS), dtype=np.int16)
            places = np.arange(frame, min(frame + count, self._high)) % WINDOW_FRAMES
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
            # A file without a readable header can still be played: then only the bar stays empty.
            with contextlib.suppress(SoundError):
                self._estimate = int(duration_seconds(self.path) * PLAY_RATE)
            while (start := self._next_start()) is not None:
                self._decode_from(start)
        except SoundError as error:
            self._error = error
        except OSError as error:
            self._error = SoundError(f"{self.path.name} cannot be read ({error.strerror}).")

    def _next_start(self) -> int | None:
        """Wait until somebody asks for another place in the song; None when it is closed."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._asked is not None)
            start, self._asked = self._asked, None
            return None if self._closed else start

    def _decode_from(self, start: int) -> None:
        process = _start_decoding(self.path, start / PLAY_RATE)
        with self._change:
            self._process = process
            interrupted = self._interrupted()
        try:
            assert process.stdout is not None
            while not interrupted and (block := process.stdout.read(BLOCK_FRAMES * FRAME_BYTES)):
                interrupted = not self._store(block)
            if not interrupted:
                self._note_end(start, process.wait())
        finally:
            with self._change:
                self._process = None
            _finish(process)

    def _interrupted(self) -> bool:
        return self._closed or self._asked is not None

    def _store(self, block: bytes) -> bool:
        """Put a block into the window when there is room; False if it is no longer wanted."""
        import numpy as np

        whole = block[: len(block) - len(block) % FRAME_BYTES]
        samples = np.frombuffer(whole, dtype=np.int16).reshape(-1, PLAY_CHANNELS)
        with self._change:
            self._change.wait_for(lambda: self._interrupted() or self._has_room(len(samples)))
            if self._interrupted():
                return False
            places = np.arange(self._high, self._high + len(samples)) % WINDOW_FRAMES
            self._window[places] = samples
            self._high += len(samples)
            self._low = max(self._low, self._high - WINDOW_FRAMES)
            return True

    def _has_room(self, frames: int) -> bool:
        return self._high + frames - WINDOW_FRAMES <= self._wanted - BEHIND_FRAMES

    def _note_end(self, start: int, exit_status: int) -> None:
        with self._change:
            if self._interrupted():
                return
            if self._high == start and (exit_status != 0 or start == 0):
                self._error = broken(self.path)
            self._end = self._high
