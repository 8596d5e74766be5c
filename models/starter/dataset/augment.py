"""Data augmentation: songs in other metres and modes, which are rare in print.

Every rule is what an arranger does: a major tune played in Mixolydian, a jig barred in 12/8, a
waltz played in 7/8. Notes keep their order and their chords; nothing is invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from functools import partial
from itertools import pairwise

from models.starter.dialect import (
    HIGHEST,
    LOWEST,
    METRES,
    MODES,
    REST,
    Bar,
    Chord,
    Note,
    Song,
    centring_shift,
    sounding_pitches,
)

WHITE = (0, 2, 4, 5, 7, 9, 11)
LEAST_DIATONIC = 0.97  # share of notes in the scale, for a song that is moved to another mode
SUNG = ("song", "air", "hymn")  # kinds that stand in any metre

TimeMap = Callable[[int], int]  # from a unit of the old bar to its place in the new one


# --- Modes -----------------------------------------------------------------------------------


def white_step(pitch: int) -> int:
    """Count white keys from C-1 up; a black key counts as the white one below it."""
    return pitch // 12 * 7 + sum(key <= pitch % 12 for key in WHITE) - 1


def white_pitch(step: int) -> int:
    """Return the pitch of a white key."""
    return step // 7 * 12 + WHITE[step % 7]


def triad_on(chord: Chord, by: int) -> Chord:
    """Move a chord by so many white keys, and return the triad of white keys there."""
    low = white_step(60 + chord[0]) + by
    root, third, fifth = (white_pitch(low + step) for step in (0, 2, 4))
    quality = "dim" if fifth - root == 6 else "m" if third - root == 3 else ""
    return root % 12, quality


def replace_diminished(chord: Chord, notes: Iterable[int]) -> Chord:
    """Replace a diminished triad by the triad a third below or above that fits the notes better."""
    root, quality = chord
    if quality != "dim":
        return chord
    below, above = triad_on(chord, -2), triad_on(chord, 2)
    extra = white_pitch(white_step(60 + root) - 2) % 12  # the note that `below` adds
    seventh = white_pitch(white_step(60 + root) + 6) % 12  # the note that `above` adds
    classes = [note % 12 for note in notes]
    return below if classes.count(extra) > classes.count(seventh) else above


def is_diatonic(song: Song) -> bool:
    """Say whether a song keeps to the white keys, and its chords to their triads."""
    pitches = song.pitches()
    inside = sum(pitch % 12 in WHITE for pitch in pitches) >= LEAST_DIATONIC * len(pitches)
    chords = [chord for bar in song.bars() for _, chord in bar.chords]
    return inside and all(chord == triad_on(chord, 0) for chord in chords)


def to_mode(song: Song, mode: str) -> Song | None:
    """Return a song in another mode: every scale degree becomes the same degree there."""
    by = white_step(MODES[mode][1]) - white_step(MODES[song.mode][1])
    parts = []
    for part in song.parts:
        moved = []
        for bar in part:
            notes = [(p if p == REST else white_pitch(white_step(p) + by), x) for p, x in bar.notes]
            sounding = [p for p, _ in notes if p != REST]
            chords = [(u, replace_diminished(triad_on(c, by), sounding)) for u, c in bar.chords]
            moved.append(Bar(notes, chords))
        parts.append(moved)
    return centred(Song(song.metre, mode, parts, song.kind))


def centred(song: Song) -> Song | None:
    """Transpose a song by octaves to the middle of the range; None if it is too wide."""
    shift = centring_shift(song.pitches()) if song.pitches() else None
    return None if shift is None else by_octaves(song, shift)


def by_octaves(song: Song, shift: int) -> Song | None:
    """Transpose a song by whole octaves, given in semitones; None if it leaves the range."""
    pitches = song.pitches()
    if min(pitches) + shift < LOWEST or max(pitches) + shift > HIGHEST:
        return None
    parts = [
        [
            Bar([(p if p == REST else p + shift, x) for p, x in bar.notes], bar.chords)
            for bar in part
        ]
        for part in song.parts
    ]
    return Song(song.metre, song.mode, parts, song.kind)


# --- Metres ----------------------------------------------------------------------------------


def retimed(bar: Bar, units: int, times: TimeMap) -> Bar | None:
    """Move every onset of a bar to its new place; None if two onsets would coincide."""
    places, place = [], 0
    for _, length in bar.notes:
        places.append(times(place))
        place += length
    ends = [*places[1:], units]
    if any(end <= start for start, end in zip(places, ends)):
        return None
    notes = [(pitch, end - start) for (pitch, _), start, end in zip(bar.notes, places, ends)]
    return Bar(notes, [(times(unit), chord) for unit, chord in bar.chords])


def joined(first: Bar, second: Bar, units: int, middle: int) -> Bar | None:
    """Join two bars into one; the second chord stays if it is another."""
    if len(first.chords) > 1 or len(second.chords) > 1:
        return None
    bar = Bar(first.notes + second.notes, [first.chords[0]])
    if second.chords[0][1] != first.chords[0][1]:
        bar.chords.append((middle, second.chords[0][1]))
    return bar


def halves(bar: Bar, half: int) -> list[Bar] | None:
    """Cut a bar in two; None if a note crosses the middle."""
    sides: list[list[Note]] = [[], []]
    place = 0
    for pitch, length in bar.notes:
        if place < half < place + length:
            return None
        sides[place >= half].append((pitch, length))
        place += length
    held = bar.chords[-1][1]
    return [Bar(sides[0], [bar.chords[0]]), Bar(sides[1], [(0, held)])]


def swung(unit: int) -> int:
    """Map a beat of two eighths to a quarter and an eighth: 4/4 to 12/8, 3/4 to 9/8."""
    return unit // 4 * 6 + (0, 2, 4, 5)[unit % 4]


def five(unit: int) -> int:
    """Double the second beat of four: 4/4 to 5/4."""
    return unit if unit < 4 else 4 + (unit - 4) * 2 if unit < 8 else unit + 4


# (Old metre, new metre) -> where each unit goes.
STRETCHED: dict[tuple[str, str], TimeMap] = {
    ("4/4", "12/8"): swung,
    ("3/4", "9/8"): swung,
    ("4/4", "5/4"): five,
    ("3/4", "7/8"): lambda unit: unit,  # the last note is held by an eighth
}


def to_metre(song: Song, metre: str) -> Song | None:
    """Return a song in another metre; None if that cannot be done."""
    units, middle = METRES[metre]
    parts = []
    for part in song.parts:
        bars: list[Bar | None] = []
        if times := STRETCHED.get((song.metre, metre)):
            bars = [retimed(bar, units, times) for bar in part]
        elif METRES[song.metre][0] * 2 == units and len(part) % 2 == 0:
            pairs = zip(part[::2], part[1::2])
            bars = [joined(first, second, units, middle) for first, second in pairs]
        elif METRES[song.metre][0] == units * 2:
            cut = [halves(bar, units) for bar in part]
            bars = [bar for pair in cut if pair for bar in pair] if all(cut) else []
        if len(bars) < 4 or None in bars:
            return None
        parts.append([bar for bar in bars if bar])
    return Song(metre, song.mode, parts, song.kind if song.kind in SUNG else "")


# --- Registers and speed ---------------------------------------------------------------------


def thinned(song: Song) -> Song:
    """Remove the notes between the eighths; if there are none, those between the beats."""
    shortest = min(length for bar in song.bars() for _, length in bar.notes)
    grid = 2 if shortest < 2 else 4 if METRES[song.metre][0] % 4 == 0 else 2
    parts = [[thin_bar(bar, grid) for bar in part] for part in song.parts]
    return Song(song.metre, song.mode, parts, song.kind if song.kind in SUNG else "")


def thin_bar(bar: Bar, grid: int) -> Bar:
    """Keep the notes that start on the grid or with a chord; each lasts until the next."""
    place, kept = 0, []
    starts = {unit for unit, _ in bar.chords}
    for pitch, length in bar.notes:
        if place % grid == 0 or place in starts:
            kept.append((place, pitch))
        place += length
    ends = [start for start, _ in kept[1:]] + [place]
    return Bar([(pitch, end - start) for (start, pitch), end in zip(kept, ends)], bar.chords)


# --- The whole set ----------------------------------------------------------------------------

# (new mode or metre, those it may be made from, how many songs at most). Training reads a quarter
# of them in each epoch (dataloader.py).
MODE_TARGETS = (
    ("minor", ("major",), 2000), ("dorian", ("minor", "major"), 1600),
    ("mixolydian", ("major",), 1200), ("lydian", ("major",), 1000),
    ("phrygian", ("minor", "major"), 1600),
)  # fmt: skip
METRE_TARGETS = (
    ("12/8", ("6/8", "4/4"), 1500), ("5/4", ("4/4",), 1000), ("7/8", ("3/4",), 1000),
    ("9/8", ("3/4",), 600), ("2/4", ("4/4",), 900),
)  # fmt: skip
OCTAVE_TARGET, THINNED_TARGET = 1800, 1800


def take(
    songs: list[Song], make: Callable[[Song], Song | None], most: int, rng: random.Random
) -> list[Song]:
    """Make up to `most` songs from songs in random order."""
    made: list[Song] = []
    for song in rng.sample(songs, len(songs)):
        if len(made) == most:
            break
        new = make(song)
        if new is not None and len(sounding_pitches(new.bars())) >= len(new.bars()):
            made.append(new)
    return made


def augment(songs: list[Song], seed: int) -> list[Song]:
    """Return all augmented songs; the same arguments give the same songs."""
    rng = random.Random(seed)
    pure = [song for song in songs if is_diatonic(song)]
    made: list[Song] = []
    for mode, sources, most in MODE_TARGETS:
        origin = [song for song in pure if song.mode in sources]
        made += take(origin, partial(to_mode, mode=mode), most, rng)
    for metre, sources, most in METRE_TARGETS:
        origin = [song for song in songs + made if song.metre in sources]
        for one, share in pairwise_share(sources, most):
            group = [song for song in origin if song.metre == one]
            made += take(group, partial(to_metre, metre=metre), share, rng)

    def shift(song: Song) -> Song | None:
        return by_octaves(song, rng.choice((-12, 12)))

    made += take(songs + made, shift, OCTAVE_TARGET, rng)
    made += take(songs, thinned, THINNED_TARGET, rng)
    return made


def pairwise_share(sources: tuple[str, ...], most: int) -> list[tuple[str, int]]:
    """Divide a number among sources as evenly as possible."""
    edges = [most * i // len(sources) for i in range(len(sources) + 1)]
    return [(one, high - low) for one, (low, high) in zip(sources, pairwise(edges))]
