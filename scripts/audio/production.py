"""A song's notes to its finished file: heard once to be measured, then mastered and encoded.

A short song is mixed once and kept; a long one is mixed a second time instead, so that memory does
not grow with it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.audio.encoder import encode, unwritten
from scripts.audio.master import Survey, mastered
from scripts.audio.mix import Mix, Recording
from scripts.audio.sampler import Sampler, TrackNotes
from scripts.audio.tags import id3_frames, write_id3
from scripts.temporary import FILE_FORMATS, SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Stereo = NDArray[np.float32]  # shape (2, frames)

_KEPT_SECONDS = 300.0  # of a mix held in memory: 106 MB
_MIXED = 0.6  # the share of the work that is done when a song is mixed


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
    blocks: Iterable[Stereo] = mix.blocks() if kept is None else kept
    kind = FILE_FORMATS[release.form]
    finished = mastered(blocks, survey.gain(), kind.makeup_db)
    frames = id3_frames(release.tags, release.cover) if kind.id3 else b""
    info = {} if kind.id3 else release.tags
    encoding = encode(finished, release.path, release.form, info, len(frames))
    with closing(encoding):
        for done in encoding:
            yield _MIXED + (1 - _MIXED) * done / recording.frames
    if kind.id3:
        try:
            write_id3(release.path, frames)
        except OSError as error:
            release.path.unlink(missing_ok=True)
            raise unwritten(release.path, release.form, str(error)) from error
