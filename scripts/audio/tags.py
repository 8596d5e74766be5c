"""What an MP3 tells about itself, in ID3v2.3, the version that Windows reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

# The tags of a song by ffmpeg's names -> frames. A year is TYER in version 2.3: `update_to_v23`
# makes it of the later TDRC.
_FRAMES = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "genre": "TCON", "date": "TDRC",
    "TBPM": "TBPM", "TKEY": "TKEY",
}  # fmt: skip
_FRONT_COVER = 3


def write_id3(path: Path, tags: Mapping[str, str], cover: bytes | None) -> None:
    """Put tags and a JPEG cover into an MP3, in place of those that it has. Raises OSError."""
    from mutagen import MutagenError, id3

    written = id3.ID3()
    for name, frame in _FRAMES.items():
        if tags.get(name):
            written.add(getattr(id3, frame)(encoding=1, text=[tags[name]]))
    if tags.get("comment"):
        # ffmpeg would write it where Windows does not look.
        written.add(id3.COMM(encoding=1, lang="eng", desc="", text=[tags["comment"]]))
    if cover is not None:
        written.add(id3.APIC(encoding=0, mime="image/jpeg", type=_FRONT_COVER, data=cover))
    written.update_to_v23()
    try:
        written.save(str(path), v2_version=3)
    except MutagenError as error:
        raise OSError(str(error)) from error
