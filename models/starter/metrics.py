"""Metrics of tunes: the same for real tunes and for generated ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from itertools import pairwise
from statistics import fmean

from models.starter.dialect import METRES, MODES, QUALITIES, REST, Bar, Song, sounding_pitches

SEED_LENGTH = 8  # moves that two tunes must share before the run is followed further
WIDEST = 12  # semitones; wider intervals are counted together


def chord_at(bar: Bar, unit: int) -> tuple[int, ...]:
    """Return the pitch classes of the chord that sounds at a unit of a bar."""
    root, quality = next(chord for start, chord in reversed(bar.chords) if start <= unit)
    return tuple((root + step) % 12 for step in QUALITIES[quality])


def onsets(bar: Bar) -> list[tuple[int, int, int]]:
    """List (unit, pitch, length) of a bar's notes, without rests."""
    found, unit = [], 0
    for pitch, length in bar.notes:
        if pitch != REST:
            found.append((unit, pitch, length))
        unit += length
    return found


def chord_tone_share(songs: list[Song]) -> float:
    """Return the share of chord tones among notes that start on strong beats.

    Strong beats are the places where a chord may stand.
    """
    fitting = []
    for song in songs:
        middle = METRES[song.metre][1]
        for bar in song.bars():
            for unit, pitch, _ in onsets(bar):
                if unit in (0, middle):
                    fitting.append(pitch % 12 in chord_at(bar, unit))
    return fmean(fitting) if fitting else 0.0


def intervals(song: Song) -> list[int]:
    """List the melodic intervals in semitones, the widest counted as WIDEST."""
    return [max(-WIDEST, min(WIDEST, b - a)) for a, b in pairwise(song.pitches())]


def distance(mine: Iterable[Hashable], theirs: Iterable[Hashable]) -> float:
    """Return the total variation distance of two distributions: 0 the same, 1 nothing in common."""
    a, b = Counter(mine), Counter(theirs)
    total_a, total_b = sum(a.values()), sum(b.values())
    return sum(abs(a[k] / total_a - b[k] / total_b) for k in {*a, *b}) / 2


def distances(songs: list[Song], real: list[Song]) -> dict[str, float]:
    """Return the distances of intervals, lengths and pitch classes from those of real tunes."""
    of: dict[str, Callable[[list[Song]], list[int]]] = {
        "intervals": lambda some: [i for song in some for i in intervals(song)],
        "lengths": lambda some: [x for s in some for bar in s.bars() for _, _, x in onsets(bar)],
        "pitch classes": lambda some: [p % 12 for song in some for p in song.pitches()],
    }  # fmt: skip
    return {f"distance of {name}": distance(list_of(songs), list_of(real))
            for name, list_of in of.items()}  # fmt: skip


def repeat_shares(songs: list[Song]) -> tuple[float, float, int]:
    """Return the shares of bars that repeat one before, exactly and in rhythm, and the usual lag.

    The lag is the distance in bars to the last exact repetition.
    """
    same, alike, lags, total = 0, 0, Counter[int](), 0
    for song in songs:
        notes: dict[Hashable, int] = {}
        rhythms: set[Hashable] = set()
        for number, bar in enumerate(song.bars()):
            key, rhythm = tuple(bar.notes), tuple(length for _, length in bar.notes)
            if key in notes:
                same += 1
                lags[number - notes[key]] += 1
            alike += rhythm in rhythms
            notes[key] = number
            rhythms.add(rhythm)
            total += 1
    return same / total, alike / total, lags.most_common(1)[0][0] if lags else 0


def cadence_shares(songs: list[Song]) -> tuple[float, float]:
    """Return the shares of parts that end at rest, and of songs that end on the tonic.

    A part ends at rest if its last note is a chord tone of a quarter or more.
    """
    rests, home = [], []
    for song in songs:
        for part in song.parts:
            last = onsets(part[-1])
            unit, pitch, length = last[-1] if last else (0, -1, 0)
            rests.append(bool(last) and length >= 4 and pitch % 12 in chord_at(part[-1], unit))
        pitches = song.pitches()
        home.append(bool(pitches) and pitches[-1] % 12 == MODES[song.mode][1])
    return fmean(rests), fmean(home)


def mean_range(songs: list[Song]) -> float:
    """Return the mean distance in semitones from a song's lowest note to its highest."""
    return fmean(max(song.pitches()) - min(song.pitches()) for song in songs if song.pitches())


# --- Novelty -----------------------------------------------------------------------------------

Move = tuple[int, int]  # interval to the next note, units to its onset


def moves(song: Song) -> list[Move]:
    """List the moves from note to note, which are the same in any key; rests count as time."""
    notes, place = [], 0
    for bar in song.bars():
        notes += [(place + unit, pitch) for unit, pitch, _ in onsets(bar)]
        place += METRES[song.metre][0]
    return [(q - p, t - s) for (s, p), (t, q) in pairwise(notes)]


class CopyIndex:
    """The moves of all training tunes, to search for copied runs."""

    def __init__(self, songs: list[Song]) -> None:
        self.tunes = [moves(song) for song in songs]
        self.places: dict[tuple[Move, ...], list[tuple[int, int]]] = defaultdict(list)
        for number, tune in enumerate(self.tunes):
            for start in range(len(tune) - SEED_LENGTH + 1):
                self.places[tuple(tune[start : start + SEED_LENGTH])].append((number, start))

    def longest_copy(self, song: Song) -> float:
        """Return the length in bars of the longest run that a song shares with a training tune."""
        mine, best = moves(song), 0
        for start in range(len(mine) - SEED_LENGTH + 1):
            for number, place in self.places.get(tuple(mine[start : start + SEED_LENGTH]), ()):
                tune, end = self.tunes[number], SEED_LENGTH
                if start and place and mine[start - 1] == tune[place - 1]:
                    continue  # part of a run that was found at its beginning
                while mine[start + end : start + end + 1] == tune[place + end : place + end + 1]:
                    if start + end == len(mine):
                        break
                    end += 1
                best = max(best, sum(units for _, units in mine[start : start + end]))
        return best / METRES[song.metre][0]


def mean_pitch(part: list[Bar]) -> float:
    """Return the mean MIDI pitch of a part; 0 if it is silent."""
    return fmean(sounding_pitches(part)) if sounding_pitches(part) else 0.0
