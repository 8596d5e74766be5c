"""Stems to one stereo song: balance by measured level, pan, fade, and a ceiling that holds.

The synthesizer knows no volume or pan controllers, so balance is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scripts.temporary import SAMPLE_RATE, STEM_LEVELS, STEM_PANS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)
    Gain = NDArray[np.float32]  # shape (steps,)

MIX_LEVEL = -16.5  # RMS of the finished song in dBFS; near -14 LUFS for a full band
_CEILING = 0.84  # linear, -1.5 dBFS: an MP3 swings a little higher than what it was made of
_LIMITER_BLOCK = 64  # samples that share a step of the limiter's gain
_LIMITER_REACH = 44  # blocks before and after a peak over which the gain bends: 64 ms
_WINDOW = SAMPLE_RATE // 10
_SILENCE = 1e-4
_TAIL_SECONDS = 2.0
_FADE_SECONDS = 1.5


def mix_stems(
    stems: Iterable[tuple[str, Stereo]], gains: Mapping[str, float], seconds: float
) -> Stereo:
    """Mix stems to a song of `seconds` plus a decay that fades out.

    Each stem is brought to its player's level (dBFS, RMS while it sounds), so that a quiet
    instrument of the soundfont is heard as well as a loud one; `gains` are the style's own
    corrections in dB.
    """
    import numpy as np

    frames = int((seconds + _TAIL_SECONDS) * SAMPLE_RATE)
    song = np.zeros((2, frames), dtype=np.float32)
    for player, stem in stems:
        level = active_level(stem)
        if level is None:
            continue
        gain = 10 ** ((STEM_LEVELS[player] + gains.get(player, 0.0) - level) / 20)
        pan = STEM_PANS[player]
        length = min(frames, stem.shape[1])
        for channel, side in enumerate((1.0 - max(0.0, pan), 1.0 + min(0.0, pan))):
            song[channel, :length] += stem[channel, :length] * np.float32(gain * side)
    return finish(song)


def finish(song: Stereo) -> Stereo:
    """Bring a mix to its level in place, fade its end and turn peaks down under the ceiling."""
    import numpy as np

    level = active_level(song)
    if level is not None:
        song *= np.float32(10 ** ((MIX_LEVEL - level) / 20))
    fade = min(song.shape[1], int(_FADE_SECONDS * SAMPLE_RATE))
    song[:, -fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    limit(song)
    return song


def limit(song: Stereo) -> None:
    """Turn peaks down under the ceiling, in place, and bend the gain smoothly to them and back.

    The waveform keeps its shape. Cutting peaks off would make edges that an MP3 cannot hold: what
    is decoded from it then swings far over the ceiling.
    """
    import numpy as np

    block = _LIMITER_BLOCK
    count = -(-song.shape[1] // block)
    peaks = np.zeros(count, dtype=np.float32)
    for channel in song:
        loud = np.maximum.reduceat(np.abs(channel), np.arange(0, channel.size, block))
        np.maximum(peaks, loud, out=peaks)
    if not count or peaks.max() <= _CEILING:
        return
    gain = _smooth_gain(np.minimum(1.0, _CEILING / np.maximum(peaks, _CEILING)))
    slope = np.linspace(0, 1, block, endpoint=False, dtype=np.float32)
    for number in np.flatnonzero((gain[:-1] < 1) | (gain[1:] < 1)):
        step = gain[number] + (gain[number + 1] - gain[number]) * slope
        stretch = song[:, number * block : (number + 1) * block]
        stretch *= step[: stretch.shape[1]]


def _smooth_gain(wanted: Gain) -> Gain:
    """Return gains at the edges of blocks, nowhere above what either block beside them wants."""
    import numpy as np

    edges = np.minimum(np.append(wanted, 1.0), np.append(1.0, wanted))
    reach = _LIMITER_REACH
    width = 2 * reach + 1
    held = np.lib.stride_tricks.sliding_window_view(
        np.pad(edges, 2 * reach, constant_values=1.0), width
    ).min(axis=1)
    smooth: Gain = np.convolve(held, np.full(width, 1 / width), "valid").astype(np.float32)
    return np.minimum(smooth, edges)  # the mean of equals may be off by the last bit


def active_level(sound: Stereo) -> float | None:
    """Return the RMS in dBFS over the tenths of a second that sound; None for silence."""
    import numpy as np

    usable = sound.shape[1] // _WINDOW * _WINDOW
    if not usable:
        return None
    blocks = sound[:, :usable].reshape(2, -1, _WINDOW)
    power = np.einsum("cbw,cbw->b", blocks, blocks) / (2 * _WINDOW)
    active = power[power > max(_SILENCE**2, float(power.max()) * 1e-4)]
    return None if not active.size else float(10 * np.log10(active.mean()))
