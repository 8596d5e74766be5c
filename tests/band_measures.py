"""Measures of a band's playing: ranges, clashes, motion, density, monotony, distance.

Used by tests/music/test_band.py, which states bounds, and tests/bench/band.py, which prints them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, combinations, pairwise

from scripts.music.arrangement import arrange
from scripts.music.band.chart import Passage, make_chart, passages
from scripts.music.harmony import chord_pitch_classes, span_at
from scripts.music.leadsheet import read_lead_sheet
from scripts.tables.notation import ChordBar, ChordSpan, Note, Units
from scripts.tables.plans import LeadSheet, SongPlan
from scripts.tables.sound import Arrangement, MidiNote
from scripts.temporary import arranging, notation
from tests.song_factory import plan, random_tune, style_book

Stroke = tuple[float, int]  # (place as a share of the bar, key)

NEAR = 0.3  # units within which a human's note still is on its place


@dataclass(frozen=True)
class Performance:
    """A song as it was planned and as it is played, section by section."""

    song: SongPlan
    played: Arrangement
    passages: tuple[Passage, ...]
    chords: tuple[tuple[float, float, frozenset[int]], ...]  # (start, end, pitch classes) of each

    def notes(self, *players: str) -> list[MidiNote]:
        found = [n for t in self.played.tracks if t.player in players for n in t.notes]
        return sorted(found, key=lambda note: note.start)

    def classes_at(self, place: float) -> frozenset[int]:
        index = bisect_right(self.chords, place, key=lambda chord: chord[0]) - 1
        return self.chords[max(0, index)][2]


@cache
def performance(style: str, seed: int, seconds: float = 180.0) -> Performance:
    song = plan(style, seed, seconds)
    sheet = read_lead_sheet(random_tune(song, seed), song)
    groove = style_book().grooves[song.band.groove]
    chart = make_chart(sheet, song, groove)
    sections = tuple(passages(chart))
    chords = tuple(
        (bar.start + span.start, bar.start + span.start + span.units,
         frozenset(chord_pitch_classes(span.chord)))
        for passage in sections for bar in passage.bars for span in bar.spans
    )  # fmt: skip
    return Performance(song, arrange(sheet, song, groove), sections, chords)


def out_of_range(found: Performance) -> int:
    """Return the notes outside of their instrument's range, or of what an amateur plays."""
    wrong = 0
    for track in found.played.tracks:
        low, high = (
            (27, 87)
            if track.drums
            else arranging.PROGRAM_RANGES.get(track.program, arranging.ANY_RANGE)
        )
        wrong += sum(not low - 2 <= note.pitch <= high for note in track.notes)
    return wrong


def strong_clashes(found: Performance, *players: str) -> tuple[int, int]:
    """Return (notes on strong beats that are foreign to their chord, notes on strong beats).

    A place is the notes' own after swing and human error; the ending is not counted.
    """
    metre = notation.METRES[found.song.metre]
    straight = found.chords[-1][1]
    wrong = total = 0
    for note in found.notes(*players):
        place = note.start % metre.units
        near = min(metre.strong, key=lambda strong: abs(place - strong))
        if abs(place - near) > NEAR or note.start > straight - 2 * metre.units:
            continue
        total += 1
        wrong += note.pitch % 12 not in found.classes_at(note.start + NEAR)
    return wrong, total


def rubbing(found: Performance, first: str, second: str) -> float:
    """Share of the first player's sounding time in which the second sounds a semitone or a minor
    ninth from it.
    """
    others = found.notes(second)
    starts = [note.start for note in others]
    time = rubbed = 0.0
    for note in found.notes(first):
        time += note.length
        for other in others[max(0, bisect_right(starts, note.start) - 24) :]:
            if other.start >= note.start + note.length:
                break
            shared = min(note.start + note.length, other.start + other.length) - max(
                note.start, other.start
            )
            if shared > 0.5 and abs(note.pitch - other.pitch) in (1, 13):
                rubbed += shared
    return rubbed / time if time else 0.0


def above_melody(found: Performance) -> float:
    """Share of chord notes struck above the melody note that sounds with them."""
    tune = [n for t in found.played.tracks if t.player == "melody" for n in t.notes]
    tune.sort(key=lambda note: note.start)
    starts = [note.start for note in tune]
    over = total = 0
    for note in found.notes("chords"):
        at = bisect_right(starts, note.start + NEAR) - 1
        if at >= 0 and tune[at].start + tune[at].length > note.start + NEAR:
            total += 1
            over += note.pitch > tune[at].pitch
    return over / total if total else 0.0


def voice_motion(found: Performance, player: str = "chords") -> float:
    """Mean semitones that a voice moves from one struck chord to the next different one."""
    blocks: list[tuple[float, list[int]]] = []
    for note in found.notes(player):
        if blocks and note.start - blocks[-1][0] < 1.0:
            blocks[-1][1].append(note.pitch)
        else:
            blocks.append((note.start, [note.pitch]))
    solid = [sorted(set(pitches)) for _, pitches in blocks if len(set(pitches)) >= 3]
    moves = [
        sum(min(abs(now - then) for then in before) for now in after) / len(after)
        for before, after in pairwise(solid)
        if before != after
    ]
    return sum(moves) / len(moves) if moves else 0.0


def density_by_energy(found: Performance, player: str = "drums") -> dict[int, float]:
    """Notes a bar of a player in sections of each energy; builds are their own kind."""
    notes = [note.start for note in found.notes(player)]
    counts: dict[int, list[float]] = defaultdict(list)
    for passage in found.passages:
        if passage.section.role in ("build", "solo"):
            continue
        inside = bisect_right(notes, passage.end - 0.2) - bisect_right(notes, passage.start - 0.2)
        counts[passage.energy].append(inside / len(passage.bars))
    return {energy: sum(c) / len(c) for energy, c in sorted(counts.items())}


def bars_of(found: Performance, player: str) -> list[frozenset[tuple[float, int]]]:
    """Each bar of a player as a set of (place on the grid, pitch)."""
    units = found.passages[0].units // len(found.passages[0].bars)
    bars: dict[int, set[tuple[float, int]]] = defaultdict(set)
    for note in found.notes(player):
        place = round(note.start * 2) / 2
        bars[int(place // units)].add((place % units, note.pitch))
    return [frozenset(bars[number]) for number in sorted(bars)]


def distinct_bars(found: Performance, player: str) -> float:
    """Share of a player's bars that are different from all the others."""
    bars = bars_of(found, player)
    return len(set(bars)) / len(bars) if bars else 1.0


def longest_loop(found: Performance, player: str) -> int:
    """How many bars in a row are the same."""
    longest = run = 0
    for before, after in pairwise(bars_of(found, player)):
        run = run + 1 if before == after else 0
        longest = max(longest, run)
    return longest + 1


def drum_print(found: Performance) -> Counter[Stroke]:
    """Return average strokes a bar by (place as a share of the bar, key)."""
    bars = bars_of(found, "drums")
    units = found.passages[0].units // len(found.passages[0].bars)
    strokes = Counter((round(place / units, 3), key) for bar in bars for place, key in bar)
    return Counter({what: count / max(1, len(bars)) for what, count in strokes.items()})


def distance(first: Counter[Stroke], second: Counter[Stroke]) -> float:
    """0 for the same drumming, 1 where no stroke is shared."""
    keys = first.keys() | second.keys()
    shared = sum(min(first[key], second[key]) for key in keys)
    most = sum(max(first[key], second[key]) for key in keys)
    return 1 - shared / most if most else 0.0


def nearest_pairs(prints: dict[str, Counter[Stroke]]) -> list[tuple[float, str, str]]:
    """Pairs of styles by the distance of their drumming, nearest first; empty ones left out."""
    drumming = {name: found for name, found in prints.items() if found}
    return sorted(
        (distance(drumming[one], drumming[two]), one, two)
        for one, two in combinations(sorted(drumming), 2)
    )


def clashes(sheet: LeadSheet) -> tuple[int, int, int]:
    """(notes that rub against their chord, appoggiaturas, all notes) on a melody's strong places.

    Both kinds are foreign to the chord; an appoggiatura is short and goes by step to a note of it.
    """
    rubbing = leaning = total = 0
    for name, bars in sheet.melody.items():
        for bar, chords in zip(bars, sheet.chords[name], strict=True):
            places = accumulate((note.units for note in bar), initial=0)
            for place, note, after in zip(places, bar, (*bar[1:], None)):
                if note.pitch is None or place not in notation.METRES[sheet.metre].strong:
                    continue
                total += 1
                if not _fits(note, span_at(chords, place)):
                    leans = after is not None and _leans(note, after, place, chords)
                    leaning += leans
                    rubbing += not leans
    return rubbing, leaning, total


def _leans(note: Note, after: Note, place: Units, chords: ChordBar) -> bool:
    """Whether a foreign note at a place of a bar is short and goes by step to one of its chord."""
    if note.pitch is None or after.pitch is None or note.units > 4:
        return False
    span = span_at(chords, place)
    near = 0 < abs(after.pitch - note.pitch) <= 2
    return near and span_at(chords, place + note.units) == span and _fits(after, span)


def _fits(note: Note, span: ChordSpan) -> bool:
    return note.pitch is not None and note.pitch % 12 in chord_pitch_classes(span.chord)
