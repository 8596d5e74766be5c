"""Export a song: mix it to measure it, then master and encode it, then check the file's true peak.

An encoder's wave peaks higher than the one that it was given, by up to 2 dB. Where the file's true
peak (dBTP) passes the limit, the song is mastered again under a lower ceiling.

A short mix is kept in memory; a long one is made again instead, so that memory does not grow.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from scripts.media.ebur128 import true_peak
from scripts.render.encoder import encode, write_error
from scripts.render.mastering import MixAnalysis, apply_gain
from scripts.render.mix import Mix, MixSettings
from scripts.render.sampler import Sampler, TrackNotes
from scripts.render.tags import id3_frames, write_id3
from scripts.temporary import exporting, mastering, mixing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)


@dataclass(frozen=True)
class ExportTarget:
    """The file to make: `file_format` is a key of `FILE_FORMATS`, the cover a JPEG."""

    path: Path
    file_format: str
    tags: Mapping[str, str]
    cover: bytes | None = None


def export_song(
    tracks: Sequence[TrackNotes], sampler: Sampler, settings: MixSettings, target: ExportTarget
) -> Generator[float, None, None]:
    """Mix, master and encode a song; yield the share that is done.

    Raises SoundError where the encoder or the disk fails; then, and when the generator is closed,
    no file is left.
    """
    mix = Mix(tracks, sampler, settings)
    is_short = settings.frames <= mastering.MIX_KEPT_SECONDS * mixing.SAMPLE_RATE
    kept: list[Stereo] | None = [] if is_short else None
    analysis = MixAnalysis()
    for block in mix.blocks():
        analysis.add_block(block)
        if kept is not None:
            kept.append(block)
        yield mastering.MIXING_SHARE * analysis.frames / settings.frames
    kind = exporting.FILE_FORMATS[target.file_format]
    tag = id3_frames(target.tags, target.cover) if kind.id3 else b""
    info = {} if kind.id3 else target.tags
    ceiling, share = mastering.CEILING_DBFS, mastering.MIXING_SHARE
    for _ in range(mastering.MASTERING_TRIES):
        blocks: Iterable[Stereo] = mix.blocks() if kept is None else kept
        master = apply_gain(blocks, analysis.plan_gain(ceiling), kind.makeup_db)
        encoding = encode(master, target.path, target.file_format, info, len(tag))
        with closing(encoding):
            for frames in encoding:
                done = frames / settings.frames
                share = max(share, mastering.MIXING_SHARE + (1 - mastering.MIXING_SHARE) * done)
                yield share
        peak = yield from _measured_peak(target.path, share)
        if peak is None or peak <= mastering.TRUE_PEAK_CEILING_DBTP:
            break
        ceiling -= peak - mastering.TRUE_PEAK_CEILING_DBTP + mastering.PEAK_MARGIN_DB
    if kind.id3:
        try:
            write_id3(target.path, tag)
        except OSError as error:
            target.path.unlink(missing_ok=True)
            raise write_error(target.path, target.file_format, str(error)) from error


def _measured_peak(path: Path, share: float) -> Generator[float, None, float | None]:
    """Return the true peak (dBTP) of a file that was just written; None where the meter fails.

    Yields `share` meanwhile. Closing the generator deletes the file.
    """
    measuring, is_measured = true_peak(path), False
    try:
        with closing(measuring):
            while True:
                try:
                    next(measuring)
                except StopIteration as ended:
                    is_measured = True
                    return cast("float | None", ended.value)
                yield share
    finally:
        if not is_measured:
            path.unlink(missing_ok=True)
