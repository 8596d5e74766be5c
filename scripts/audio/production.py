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

from scripts.audio.encoder import encode, unwritten
from scripts.audio.master import Survey, mastered
from scripts.audio.mix import Mix, Recording
from scripts.audio.sampler import Sampler, TrackNotes
from scripts.audio.tags import id3_frames, write_id3
from scripts.media.ebur128 import true_peak
from scripts.temporary import (
    CEILING_DB,
    FILE_FORMATS,
    HIGHEST_DBTP,
    SAMPLE_RATE,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)

_KEPT_SECONDS = 300.0  # of a mix held in memory: 106 MB
_MIXED = 0.6  # the share of the work that is done when a song is mixed
_TRIES = 4  # of mastering; the second does nearly always
_MARGIN_DB = 0.3  # so much lower than what was too high, for not all of it comes down


@dataclass(frozen=True)
class Release:
    """Where a song goes and what is told in it: `form` is a key of `FILE_FORMATS`, the cover a
    JPEG.
    """

    path: Path
    form: str
    tags: Mapping[str, str]
    cover: bytes | None = None


def produce(
    tracks: Sequence[TrackNotes], sampler: Sampler, recording: Recording, release: Release
) -> Generator[float, None, None]:
    """Mix, master and encode a song; yield the share that is done.

    Raises SoundError when the encoder or the disk does not do its part; then, and when this is
    closed, the file is not there.
    """
    mix = Mix(tracks, sampler, recording)
    kept: list[Stereo] | None = [] if recording.frames <= _KEPT_SECONDS * SAMPLE_RATE else None
    survey = Survey()
    for block in mix.blocks():
        survey.hear(block)
        if kept is not None:
            kept.append(block)
        yield _MIXED * survey.frames / recording.frames
    kind = FILE_FORMATS[release.form]
    frames = id3_frames(release.tags, release.cover) if kind.id3 else b""
    info = {} if kind.id3 else release.tags
    ceiling, done = CEILING_DB, 0.0
    for _ in range(_TRIES):
        blocks: Iterable[Stereo] = mix.blocks() if kept is None else kept
        finished = mastered(blocks, survey.gain(ceiling), kind.makeup_db)
        encoding = encode(finished, release.path, release.form, info, len(frames))
        with closing(encoding):
            for heard in encoding:
                done = max(done, heard / recording.frames)
                yield _MIXED + (1 - _MIXED) * done
        peak = yield from _peak(release.path, _MIXED + (1 - _MIXED) * done)
        if peak is None or peak <= HIGHEST_DBTP:
            break
        ceiling -= peak - HIGHEST_DBTP + _MARGIN_DB
    if kind.id3:
        try:
            write_id3(release.path, frames)
        except OSError as error:
            release.path.unlink(missing_ok=True)
            raise unwritten(release.path, release.form, str(error)) from error


def _peak(path: Path, done: float) -> Generator[float, None, float | None]:
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
