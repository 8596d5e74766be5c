"""Mastering: measure a mix, then apply one planned gain with a look-ahead limiter.

The plan knows the whole song, so the limiter's gain is reduced before a peak comes: nothing is
clipped, and the integrated loudness reaches its target.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scripts.render.lufs import integrated_loudness, k_weighted_powers
from scripts.temporary import mastering

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)
    Gain = NDArray[np.float32]  # shape (steps,)


class MixAnalysis:
    """A mix, measured block by block: its peak in each gain step, and its loudness."""

    def __init__(self) -> None:
        import numpy as np

        self.frames = 0
        self._peaks = array("f")
        self._powers: list[NDArray[np.float64]] = []
        self._rest: Stereo = np.zeros((2, 0), np.float32)

    def add_block(self, block: Stereo) -> None:
        """Measure the next block; all but the last are whole steps long."""
        import numpy as np

        self.frames += block.shape[1]
        starts = np.arange(0, block.shape[1], mastering.GAIN_STEP_FRAMES)
        levels = np.maximum(block.max(axis=0), -block.min(axis=0))
        np.maximum(levels[:-1], np.abs(_intersample_values(block)).max(axis=0), out=levels[:-1])
        self._peaks.frombytes(np.maximum.reduceat(levels, starts).astype(np.float32).tobytes())
        sound = np.concatenate([self._rest, block], axis=1)
        self._powers.append(k_weighted_powers(sound))
        self._rest = sound[:, sound.shape[1] // mastering.TENTH_FRAMES * mastering.TENTH_FRAMES :]

    def plan_gain(self, ceiling_db: float = mastering.CEILING_DBFS) -> GainPlan:
        """Return the gain that brings the song to its target, and no peak above the ceiling.

        The limiter takes loudness away; the gain is raised until what comes out is loud enough.
        """
        import numpy as np

        peaks: Gain = np.frombuffer(self._peaks, np.float32)
        powers = np.concatenate([*self._powers, np.zeros(0)])
        loudness = integrated_loudness(powers)
        if loudness is None:
            return GainPlan(peaks, 0.0, ceiling_db)
        wanted = mastering.LOUDNESS_TARGET_LUFS - loudness
        for _ in range(mastering.GAIN_ROUNDS):
            plan = GainPlan(peaks, min(wanted, mastering.GAIN_AT_MOST_DB), ceiling_db)
            reached = integrated_loudness(powers * plan.power_gains(len(powers)))
            missing = 0.0 if reached is None else mastering.LOUDNESS_TARGET_LUFS - reached
            if abs(missing) < mastering.GAIN_TOLERANCE_LU:
                break
            wanted = plan.wanted_db + missing
        return plan


class GainPlan:
    """The gain of a whole song, step by step: `wanted_db`, and less around its peaks.

    Only the peaks are held (5 MB an hour); the gain is computed where it is asked for.
    """

    def __init__(
        self, peaks: Gain, wanted_db: float, ceiling_db: float = mastering.CEILING_DBFS
    ) -> None:
        self._peaks, self.wanted_db, self.ceiling_db = peaks, wanted_db, ceiling_db

    def steps(self, first: int, last: int) -> Gain:
        """Return the gain (linear) at the start of the steps `first` to `last - 1`.

        Past the song's end it stays constant.
        """
        import numpy as np

        begin = max(0, first - mastering.LIMITER_CONTEXT_STEPS)
        end = last + mastering.LIMITER_CONTEXT_STEPS
        peaks = self._peaks[begin:end]
        if end > len(self._peaks):
            peaks = np.append(peaks, np.float32(0.0))  # the last step leads into silence
        gain = limiter_gain(peaks, self.wanted_db, self.ceiling_db)[first - begin : last - begin]
        return np.pad(gain, (0, last - first - len(gain)), mode="edge")

    def power_gains(self, tenths: int) -> NDArray[np.float64]:
        """Return the factor by which the gain changes the power of each tenth of a second."""
        import numpy as np

        found = [np.zeros(0)]
        for begin in range(0, tenths, mastering.TENTHS_AT_ONCE):
            end = min(begin + mastering.TENTHS_AT_ONCE, tenths)
            edges = np.arange(begin, end + 1) * mastering.STEPS_IN_TENTH
            first, last = int(edges[0]), int(edges[-1]) + 1
            squares = self.steps(first, last).astype(np.float64) ** 2
            energy = np.concatenate([[0.0], np.cumsum(squares)])
            at_edges = np.interp(edges - first, np.arange(len(energy)), energy)
            found.append(np.diff(at_edges) / mastering.STEPS_IN_TENTH)
        return np.concatenate(found)


def _intersample_values(block: Stereo) -> Stereo:
    """Return the wave half-way between its samples (2x oversampling), where it may peak higher."""
    import numpy as np

    frames = block.shape[1] - 1
    margin = len(mastering.HALF_SAMPLE_SINC) - 1
    padded = np.pad(block, ((0, 0), (margin, margin)))
    between = np.zeros((len(block), max(0, frames)), np.float32)
    for distance, weight in enumerate(mastering.HALF_SAMPLE_SINC):
        left, right = margin - distance, margin + 1 + distance
        both = padded[:, left : left + frames] + padded[:, right : right + frames]
        between += both * np.float32(weight)
    return between


def limiter_gain(peaks: Gain, wanted_db: float, ceiling_db: float = mastering.CEILING_DBFS) -> Gain:
    """Return `wanted_db` as a linear gain at each step's start, reduced around peaks.

    `peaks` are linear, one for each step. With the gain, interpolated within each step, no peak
    passes the ceiling. The reduction is held for the look-ahead on either side of a peak, and
    smoothed by a moving average of the same width.
    """
    import numpy as np

    full, ceiling = np.float32(10 ** (wanted_db / 20)), np.float32(10 ** (ceiling_db / 20))
    allowed = np.minimum(1.0, ceiling / np.maximum(peaks * full, ceiling)).astype(np.float32)
    if allowed.min() >= 1:
        return np.full(len(peaks), full)
    edges = np.minimum(allowed, np.append(np.float32(1.0), allowed[:-1]))
    held = _sliding_minimum(edges)
    reach = mastering.LIMITER_LOOKAHEAD_STEPS
    width = 2 * reach + 1
    sums = np.cumsum(np.pad(held, (reach + 1, reach), mode="edge"), dtype=np.float64)
    smooth = ((sums[width:] - sums[:-width]) / width).astype(np.float32)
    gain: Gain = np.minimum(smooth, edges) * full
    return gain


def _sliding_minimum(values: Gain) -> Gain:
    """Return the lowest value within the look-ahead on either side of each."""
    import numpy as np

    width = 2 * mastering.LIMITER_LOOKAHEAD_STEPS + 1
    lowest = np.pad(values, mastering.LIMITER_LOOKAHEAD_STEPS, constant_values=1.0)
    covered = 1
    while covered < width:  # the minimum of two overlapping windows is that of both
        step = min(covered, width - covered)
        lowest = np.minimum(lowest[:-step], lowest[step:])
        covered += step
    return lowest


def apply_gain(
    blocks: Iterable[Stereo], gain: GainPlan, makeup_db: float = 0.0
) -> Iterator[Stereo]:
    """Yield a mix's blocks with its planned gain applied, and an encoder's makeup gain."""
    import numpy as np

    first = 0
    makeup = np.float32(10 ** (makeup_db / 20))
    slope = np.linspace(0, 1, mastering.GAIN_STEP_FRAMES, endpoint=False, dtype=np.float32)
    for block in blocks:
        steps = -(-block.shape[1] // mastering.GAIN_STEP_FRAMES)
        here = gain.steps(first, first + steps + 1) * makeup
        curve = (here[:-1, None] + np.diff(here)[:, None] * slope).reshape(-1)
        yield block * curve[: block.shape[1]].astype(np.float32, copy=False)
        first += steps
