"""How long an MP3 lasts, by the header of its first frame."""

from __future__ import annotations

from pathlib import Path

# MPEG audio sample rates by version bits (ISO 11172-3, 13818-3).
MP3_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
XING_MARKS = (b"Xing", b"Info")


def mp3_seconds(path: Path) -> float | None:
    """Return the length by the Xing header's count of frames, or None where there is none.

    Raises OSError.
    """
    frame = _first_frame(path)
    header = _frame_header(frame)
    mark = next((frame.find(name) for name in XING_MARKS if name in frame), -1)
    if header is None or mark < 0 or len(frame) < mark + 12 or not frame[mark + 7] & 1:
        return None
    samples_per_frame, rate = header
    return int.from_bytes(frame[mark + 8 : mark + 12], "big") * samples_per_frame / rate


def _first_frame(path: Path) -> bytes:
    """Return the first bytes behind the ID3 tags, if there are any."""
    with path.open("rb") as song:
        start = song.read(10)
        offset = 0
        if start[:3] == b"ID3" and len(start) == 10:
            size = start[6] << 21 | start[7] << 14 | start[8] << 7 | start[9]
            offset = 10 + size
        song.seek(offset)
        return song.read(256)


def _frame_header(frame: bytes) -> tuple[int, int] | None:
    """Return samples per frame and sample rate of a layer III frame, or None if it is not one."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0 or frame[1] >> 1 & 3 != 1:
        return None
    version, rate_index = frame[1] >> 3 & 3, frame[2] >> 2 & 3
    if version not in MP3_RATES or rate_index == 3 or frame[2] >> 4 in (0, 15):
        return None
    return (1152 if version == 3 else 576), MP3_RATES[version][rate_index]
