"""Draw a song's cover: its piano roll, in colours of its style."""

from __future__ import annotations

import colorsys
import io
import random
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scripts.render.sampler import TrackNotes
from scripts.tables.plans import SongPlan
from scripts.temporary import arranging, exporting

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Colour = tuple[int, int, int]


def draw_cover(tracks: Sequence[TrackNotes], plan: SongPlan) -> bytes:
    """Return a JPEG of the song's piano roll where the melody has the most notes.

    The same song has the same cover. Few beats are shown, so that it is clear at 64 pixels.
    """
    from PIL import Image, ImageDraw

    size = exporting.COVER_PIXELS * exporting.COVER_OVERSAMPLING
    rng = random.Random(plan.seed)
    palette = _palette(plan, rng)
    picture = _background(size, palette)
    draw = ImageDraw.Draw(picture, "RGBA")
    span = exporting.COVER_WINDOW_BEATS * 60 / plan.tempo
    start = _busiest_start(tracks, span)
    keys = _key_range([track for track in tracks if not track.drums], start, span)
    for player in ("pad", "chords", "counter", "bass", "melody"):
        notes = [track for track in tracks if track.player == player and not track.drums]
        colour = palette[1 + arranging.PLAYERS.index(player)]
        _draw_notes(draw, notes, (start, span), keys, size, colour)
    _draw_drums(draw, [t for t in tracks if t.drums], (start, span), size, palette[-1])
    pixels = (exporting.COVER_PIXELS, exporting.COVER_PIXELS)
    cover = picture.resize(pixels, Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    cover.save(buffer, "JPEG", quality=86, optimize=True)
    return buffer.getvalue()


def _palette(plan: SongPlan, rng: random.Random) -> list[Colour]:
    """Return the background's colour, then one for each player.

    The style gives the hue, the moods give the lightness, and `rng` the rest.
    """
    hue = zlib.crc32(plan.leading.casefold().encode()) % 360 / 360 + rng.uniform(-0.03, 0.03)
    light = sum(exporting.COVER_MOODS.get(word.casefold(), 0.0) for word in plan.words)
    light = max(-0.12, min(0.2, light))
    turn = rng.choice((0.08, -0.08, 0.42, 0.5, 0.58))
    ground = _colour(hue, 0.62, 0.17 + light)
    players = [
        _colour(hue + turn * step, 0.75, 0.62 + 0.1 * (number % 2) + 0.5 * light)
        for number, step in enumerate((1.0, 0.5, 0.15, -0.3, 0.8, -0.6))
    ]
    return [ground, *players]


def _colour(hue: float, saturation: float, light: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue % 1, max(0.05, min(0.9, light)), saturation)
    return round(255 * red), round(255 * green), round(255 * blue)


def _background(size: int, palette: Sequence[Colour]) -> Any:
    """Return a picture of `size` pixels a side, shaded from the first colour to a darker one."""
    from PIL import Image

    top, bottom = palette[0], tuple(value // 3 for value in palette[0])
    column = Image.new("RGB", (1, 256))
    for row in range(256):
        mixed = tuple(round(a + (b - a) * row / 255) for a, b in zip(top, bottom))
        column.putpixel((0, row), mixed)
    return column.resize((size, size), Image.Resampling.BICUBIC)


def _busiest_start(tracks: Sequence[TrackNotes], span: float) -> float:
    """Return the second from which on the most melody notes start within `span` seconds."""
    import numpy as np

    melody = [track.starts for track in tracks if track.player == "melody"]
    starts = np.sort(np.concatenate([*melody, np.zeros(0)]))
    if not len(starts):
        return 0.0
    counts = np.searchsorted(starts, starts + span) - np.arange(len(starts))
    return float(starts[counts.argmax()])


def _key_range(tracks: Sequence[TrackNotes], start: float, span: float) -> tuple[int, int]:
    """Return the lowest and the highest key of the window, at least two octaves apart."""
    import numpy as np

    sounding = [track.keys[_inside(track, start, span)] for track in tracks]
    keys = np.concatenate([*sounding, np.zeros(0, np.int64)])
    if not len(keys):
        return 48, 84
    low, high = int(keys.min()), int(keys.max())
    missing = max(0, 24 - (high - low))
    return low - missing // 2, high + missing - missing // 2


def _inside(track: TrackNotes, start: float, span: float) -> NDArray[np.bool_]:
    """Return which notes sound in the window."""
    return (track.starts < start + span) & (track.starts + track.lengths > start)


def _draw_notes(
    draw: Any,
    tracks: Sequence[TrackNotes],
    window: tuple[float, float],
    keys: tuple[int, int],
    size: int,
    colour: Colour,
) -> None:
    """Draw the notes of one player as bars: time to the right, pitch upwards.

    `window` is its start and length in seconds, `keys` the lowest and the highest key.
    """
    start, span = window
    low, high = keys
    edge, inner = exporting.COVER_MARGIN * size, (1 - 2 * exporting.COVER_MARGIN) * size
    for track in tracks:
        thick = (0.042 if track.player == "melody" else 0.026) * size
        for number in _inside(track, start, span).nonzero()[0]:
            left = (float(track.starts[number]) - start) / span
            right = left + float(track.lengths[number]) / span
            height = (int(track.keys[number]) - low) / (high - low)
            x1, x2 = (edge + max(0, min(1, x)) * inner for x in (left, right))
            y = edge + (1 - height) * (inner * exporting.COVER_ROLL_SHARE - thick)
            opacity = 160 + int(track.velocities[number]) * 95 // 127
            box = (x1, y, max(x2, x1 + thick) - 0.2 * thick, y + thick)
            draw.rounded_rectangle(box, thick / 2, fill=(*colour, opacity))


def _draw_drums(
    draw: Any, tracks: Sequence[TrackNotes], window: tuple[float, float], size: int, colour: Colour
) -> None:
    """Draw the drums as dots in three rows, the harder struck the bigger."""
    start, span = window
    edge, inner = exporting.COVER_MARGIN * size, (1 - 2 * exporting.COVER_MARGIN) * size
    top = exporting.COVER_ROLL_SHARE
    for track in tracks:
        for number in ((track.starts >= start) & (track.starts < start + span)).nonzero()[0]:
            row = exporting.COVER_DRUM_ROWS.get(int(track.keys[number]), 0)
            x = edge + (float(track.starts[number]) - start) / span * inner
            y = edge + inner * (top + (1 - top) * (0.35 + 0.325 * row))
            radius = (0.005 + 0.008 * int(track.velocities[number]) / 127 * (1 + row)) * size
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, 230))
