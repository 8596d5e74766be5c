"""How long an MP3 lasts, by the Xing header in its first frame."""

from __future__ import annotations

from pathlib import Path

from scripts.temporary import media_files


def mp3_seconds(path: Path) -> float | None:
    """Return the length by the Xing header's count of frames; None where it has none.

    Raises OSError.
    """
    frame = _first_frame(path)
    header = _frame_header(frame)
    mark = next((frame.find(name) for name in media_files.XING_MARKS if name in frame), -1)
    if header is None or mark < 0 or len(frame) < mark + 12 or not frame[mark + 7] & 1:
        return None
    samples_per_frame, rate = header
    return int.from_bytes(frame[mark + 8 : mark + 12], "big") * samples_per_frame / rate


def _first_frame(path: Path) -> bytes:
    """Return the first 256 bytes after the ID3 tag, if there is one."""
    with path.open("rb") as song:
        start = song.read(10)
        offset = 0
        if start[:3] == b"ID3" and len(start) == 10:
            size = start[6] << 21 | start[7] << 14 | start[8] << 7 | start[9]
            offset = 10 + size
        song.seek(offset)
        return song.read(256)


def _frame_header(frame: bytes) -> tuple[int, int] | None:
    """Return samples per frame and sample rate (hertz) of a layer III frame; None for others."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0 or frame[1] >> 1 & 3 != 1:
        return None
    version, rate_index = frame[1] >> 3 & 3, frame[2] >> 2 & 3
    if version not in media_files.MP3_SAMPLE_RATES or rate_index == 3 or frame[2] >> 4 in (0, 15):
        return None
    return (1152 if version == 3 else 576), media_files.MP3_SAMPLE_RATES[version][rate_index]
