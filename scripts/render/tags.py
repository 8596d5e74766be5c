"""The tags of an MP3, in ID3v2.3, the version that Windows reads.

ffmpeg leaves padding at the start of the file, and our tag is written over it: ffmpeg itself puts
a comment where Windows does not look, and takes a cover from a file only.
Source: M. Nilsson, "ID3 tag version 2.3.0", 1999.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scripts.temporary import exporting


def id3_frames(tags: Mapping[str, str], cover: bytes | None) -> bytes:
    """Return the frames of a tag: texts, the comment, and a JPEG as the front cover."""
    frames = [
        _frame(frame, exporting.ID3_UTF_16 + tags[name].encode("utf-16"))
        for name, frame in exporting.ID3_FRAMES.items()
        if tags.get(name)
    ]
    if tags.get("comment"):
        no_name = "".encode("utf-16") + b"\0\0"
        content = b"eng" + no_name + tags["comment"].encode("utf-16")
        frames.append(_frame("COMM", exporting.ID3_UTF_16 + content))
    if cover is not None:
        content = b"image/jpeg\0" + exporting.ID3_FRONT_COVER + b"\0" + cover
        frames.append(_frame("APIC", exporting.ID3_LATIN_1 + content))
    return b"".join(frames)


def _frame(name: str, content: bytes) -> bytes:
    return name.encode("ascii") + len(content).to_bytes(4, "big") + b"\0\0" + content


def write_id3(path: Path, frames: bytes) -> None:
    """Write frames over the tag at the start of an MP3; the rest of it becomes padding.

    Raises OSError where the tag is too small.
    """
    with path.open("r+b") as song:
        head = song.read(exporting.ID3_HEADER_BYTES)
        size = sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0)))
        if head[:4] != b"ID3\x03" or size < len(frames):
            raise OSError("the encoder left no room for the tags")
        song.write(frames.ljust(size, b"\0"))
