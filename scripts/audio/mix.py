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

MIX_LEVEL = -16.5  # RMS of the finished song in dBFS; near -14 LUFS for a full band
_KNEE, _CEILING = 0.6, 0.88  # linear; the ceiling is -1.1 dBFS
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
    """Bring a mix to its level in place, fade its end and bend peaks under the ceiling."""
    import numpy as np

    level = active_level(song)
    if level is not None:
        song *= np.float32(10 ** ((MIX_LEVEL - level) / 20))
    fade = min(song.shape[1], int(_FADE_SECONDS * SAMPLE_RATE))
    song[:, -fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
    limit(song)
    return song


def limit(song: Stereo) -> None:
    """Bend what is louder than the knee towards the ceiling, in place: smooth, never past it."""
    import numpy as np

    room = _CEILING - _KNEE
    for channel in song:
        loud = np.abs(channel) > _KNEE
        peaks = channel[loud]
        over = (np.abs(peaks) - _KNEE) / room
        channel[loud] = np.sign(peaks) * (_KNEE + room * np.tanh(over))


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
