"""Songs that are pure tones, so that a recording tells which of them was heard, and when."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
LEVEL = 8000
STEP_OF_TONE = 2 * np.pi * 441 / RATE  # of a tone of level 1, from frame to frame
WINDOW_SECONDS = 0.05


def make_song(path: Path, frequency: float, seconds: float) -> Path:
    """Write a tone of `LEVEL` as WAV, or as MP3 by the file's ending."""
    import imageio_ffmpeg

    times = np.arange(round(seconds * RATE)) / RATE
    tone = (LEVEL * np.sin(2 * np.pi * frequency * times)).astype("<i2")
    plain = path.with_suffix(".wav") if path.suffix == ".wav" else path.with_suffix(".tmp")
    with wave.open(str(plain), "wb") as song:
        song.setnchannels(2)
        song.setsampwidth(2)
        song.setframerate(RATE)
        song.writeframes(np.repeat(tone, 2).tobytes())
    if path.suffix != ".wav":
        import subprocess

        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-f", "wav"]
        subprocess.run([*command, "-i", str(plain), "-b:a", "128k", str(path)], check=True)
        plain.unlink()
    return path


def read_recording(path: Path) -> NDArray[np.float64]:
    """The left channel of a recording; its header may be that of a file never finished."""
    with wave.open(str(path), "rb") as song:
        channels, data = song.getnchannels(), song.readframes(song.getnframes())
    whole = len(data) // (2 * channels) * 2 * channels
    return np.frombuffer(data[:whole], "<i2").reshape(-1, channels)[:, 0].astype(float)


def loudness(samples: NDArray[np.float64]) -> float:
    """Root mean square as a part of a full tone's."""
    return float(np.sqrt((samples**2).mean()) / (LEVEL / np.sqrt(2)))


def what_was_heard(samples: NDArray[np.float64]) -> list[tuple[int, float, float]]:
    """Stretches of one tone as (frequency, seconds, loudness); frequency 0 is silence."""
    size = round(WINDOW_SECONDS * RATE)
    heard: list[tuple[int, float, list[float]]] = []
    for start in range(0, len(samples) - size, size):
        part = samples[start : start + size]
        loud = loudness(part)
        spectrum = np.abs(np.fft.rfft(part * np.hanning(size)))
        tone = int(np.argmax(spectrum)) * round(1 / WINDOW_SECONDS) if loud > 0.02 else 0
        if heard and heard[-1][0] == tone:
            heard[-1] = (tone, heard[-1][1] + WINDOW_SECONDS, [*heard[-1][2], loud])
        else:
            heard.append((tone, WINDOW_SECONDS, [loud]))
    return [(tone, seconds, float(np.median(loud))) for tone, seconds, loud in heard]
