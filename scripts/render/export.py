"""A song's notes to its finished file: heard once to be measured, then mastered and encoded.

The file is heard, too: an encoder's wave swings higher than the one that it was given, by up to two
decibels. Where it passes the ceiling, the song is mastered again, that much lower at its peaks.

A short song is mixed once and kept; a long one is mixed a second time instead, so that memory does
not grow with it.
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
    """Where a song goes and what is told in it: `form` is a key of `FILE_FORMATS`, the cover a
    JPEG.
    """

    path: Path
    file_format: str
    tags: Mapping[str, str]
    cover: bytes | None = None


def export_song(
    tracks: Sequence[TrackNotes], sampler: Sampler, recording: MixSettings, release: ExportTarget
) -> Generator[float, None, None]:
    """Mix, master and encode a song; yield the share that is done.

    Raises SoundError when the encoder or the disk does not do its part; then, and when this is
    closed, the file is not there.
    """
    mix = Mix(tracks, sampler, recording)
    kept: list[Stereo] | None = (
        [] if recording.frames <= mastering.MIX_KEPT_SECONDS * mixing.SAMPLE_RATE else None
    )
    survey = MixAnalysis()
    for block in mix.blocks():
        survey.add_block(block)
        if kept is not None:
            kept.append(block)
        yield mastering.MIXING_SHARE * survey.frames / recording.frames
    kind = exporting.FILE_FORMATS[release.file_format]
    frames = id3_frames(release.tags, release.cover) if kind.id3 else b""
    info = {} if kind.id3 else release.tags
    ceiling, done = mastering.CEILING_DBFS, 0.0
    for _ in range(mastering.MASTERING_TRIES):
        blocks: Iterable[Stereo] = mix.blocks() if kept is None else kept
        finished = apply_gain(blocks, survey.plan_gain(ceiling), kind.makeup_db)
        encoding = encode(finished, release.path, release.file_format, info, len(frames))
        with closing(encoding):
            for heard in encoding:
                done = max(done, heard / recording.frames)
                yield mastering.MIXING_SHARE + (1 - mastering.MIXING_SHARE) * done
        peak = yield from _measured_peak(
            release.path, mastering.MIXING_SHARE + (1 - mastering.MIXING_SHARE) * done
        )
        if peak is None or peak <= mastering.TRUE_PEAK_CEILING_DBTP:
            break
        ceiling -= peak - mastering.TRUE_PEAK_CEILING_DBTP + mastering.PEAK_MARGIN_DB
    if kind.id3:
        try:
            write_id3(release.path, frames)
        except OSError as error:
            release.path.unlink(missing_ok=True)
            raise write_error(release.path, release.file_format, str(error)) from error


def _measured_peak(path: Path, done: float) -> Generator[float, None, float | None]:
    """Return the true peak of a file that was just written, or None where the meter cannot tell;
    yield `done` meanwhile. Closing this deletes the file.
    """
    measuring, heard = true_peak(path), False
    try:
        with closing(measuring):
            while True:
                try:
                    next(measuring)
                except StopIteration as ended:
                    heard = True
                    return cast("float | None", ended.value)
                yield done
    finally:
        if not heard:
            path.unlink(missing_ok=True)
