"""From an MP3 or WAV file to 16-bit stereo samples at 44.1 kHz, as a stream of constant memory.

ffmpeg does the decoding, as a process whose output is a pipe: it waits by itself when nobody
reads on, so a song of hours costs no more memory than a short one.
"""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.temporary import PLAY_CHANNELS, PLAY_RATE, SoundError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.int16]  # shape (frames, 2)

FRAME_BYTES = PLAY_CHANNELS * 2
BLOCK_FRAMES = PLAY_RATE // 10
WINDOW_FRAMES = PLAY_RATE * 30  # what a stream holds: 5 MB
BEHIND_FRAMES = PLAY_RATE * 8  # kept behind the reader, who may read again to change the volume
FFMPEG_START_SECONDS = 10.0

# Only real sound files: a playlist in the disguise of an MP3 must not make ffmpeg open others.
INPUT_LIMITS = (
    "-protocol_whitelist", "file",
    "-format_whitelist", "mp3,wav,w64,aiff,flac,ogg,aac,mov,matroska,asf",
)  # fmt: skip

# --- ffmpeg --------------------------------------------------------------------------------------


def ffmpeg_path() -> str:
    """Return the ffmpeg that comes with imageio-ffmpeg.

    Raises SoundError when it is missing.
    """
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError, OSError) as error:
        raise SoundError(
            "The sound decoder (ffmpeg) is missing: run requisites.py to install it again."
        ) from error


def process_options() -> dict[str, Any]:
    """Options for Popen: no console window on Windows, no share in Ctrl-C elsewhere."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def input_arguments(path: Path, start_seconds: float) -> list[str]:
    """Return what makes ffmpeg read a song, and nothing else, from a second on."""
    seek = ["-ss", f"{start_seconds:.6f}"] if start_seconds > 0 else []
    # "file:" keeps a name with a colon or a leading dash from being read as anything else.
    return [*INPUT_LIMITS, *seek, "-i", f"file:{path.absolute()}"]


def _start_decoding(path: Path, start_seconds: float) -> subprocess.Popen[bytes]:
    command = [ffmpeg_path(), "-nostdin", "-v", "quiet", *input_arguments(path, start_seconds)]
    command += ["-map", "0:a:0", "-f", "s16le", "-ac", str(PLAY_CHANNELS), "-ar", str(PLAY_RATE)]
    try:
        return subprocess.Popen(
            [*command, "-"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=BLOCK_FRAMES * FRAME_BYTES,
            **process_options(),
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


def broken(path: Path) -> SoundError:
    """The one sentence for a file that holds no sound."""
    if not path.exists():
        return SoundError(f"{path.name} is no longer there.")
    return SoundError(f"{path.name} holds no sound that can be read.")


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


# --- How long a song is --------------------------------------------------------------------------

# MPEG audio sample rates by version bits (ISO 11172-3, 13818-3).
MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
XING_MARKS = (b"Xing", b"Info")


def duration_seconds(path: Path) -> float:
    """Return how long a song lasts, from its header where that says it, else from ffmpeg.

    Raises SoundError when neither can tell.
    """
    try:
        seconds = _wav_seconds(path) if path.suffix.lower() == ".wav" else _mp3_seconds(path)
    except (OSError, EOFError, wave.Error):
        seconds = None
    return seconds if seconds is not None else _ffmpeg_seconds(path)


def _wav_seconds(path: Path) -> float | None:
    with wave.open(str(path), "rb") as song:
        frames = min(song.getnframes(), path.stat().st_size // max(1, _wav_frame_bytes(song)))
        return frames / song.getframerate() if frames and song.getframerate() else None


def _wav_frame_bytes(song: wave.Wave_read) -> int:
    return song.getnchannels() * song.getsampwidth()


def _mp3_seconds(path: Path) -> float | None:
    """Length by the Xing header's count of frames, or None where the first frame has none."""
    with path.open("rb") as song:
        start = song.read(10)
        offset = 0
        if start[:3] == b"ID3" and len(start) == 10:
            size = start[6] << 21 | start[7] << 14 | start[8] << 7 | start[9]
            offset = 10 + size
        song.seek(offset)
        frame = song.read(256)
    header = _mp3_header(frame)
    mark = next((frame.find(name) for name in XING_MARKS if name in frame), -1)
    if header is None or mark < 0 or len(frame) < mark + 12 or not frame[mark + 7] & 1:
        return None
    samples_per_frame, rate = header
    return int.from_bytes(frame[mark + 8 : mark + 12], "big") * samples_per_frame / rate


def _mp3_header(frame: bytes) -> tuple[int, int] | None:
    """Samples per frame and sample rate of a layer III frame, or None if it is not one."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0 or frame[1] >> 1 & 3 != 1:
        return None
    version, rate_index = frame[1] >> 3 & 3, frame[2] >> 2 & 3
    if version not in MP3_RATES or rate_index == 3 or frame[2] >> 4 in (0, 15):
        return None
    return (1152 if version == 3 else 576), MP3_RATES[version][rate_index]


def _ffmpeg_seconds(path: Path) -> float:
    command = [ffmpeg_path(), "-nostdin", "-hide_banner", *input_arguments(path, 0.0)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=FFMPEG_START_SECONDS,
            check=False,
            **process_options(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise broken(path) from error
    found = re.search(rb"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", done.stderr)
    if not found or b"Audio:" not in done.stderr:
        raise broken(path)
    hours, minutes, seconds = (float(part) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


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
