"""Infer a tune's chords: a hidden Markov model that is fitted to tunes with chords.

Its states are the chords of the Nottingham tunes on the white keys. A chord emits the notes above
it (by interval over its root, weighted by length and beat), and follows the chord before it with
one probability at a bar line and another within a bar. The Viterbi algorithm finds the likeliest
sequence of chords.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from models.starter.dialect import METRES, MODES, NATURAL, QUALITIES, REST, SIGN, Bar, Chord, Song

SYMBOL = re.compile(r"\(?\s*([A-G])([#b]?)\s?(m(?!aj)|dim|d|a|)(\d.*|/.*|maj.*|)\)?")

RARE = 20  # a chord seen less often is no state
STRONG = 2.0  # weight of a note struck where a chord may stand
EMISSION_SCALE = 0.25  # of a note's log probability, for each unit (sixteenth) of its length
TONIC_BONUS = 1.0  # log odds added to the tonic in modes that the fitted tunes lack

Array = npt.NDArray[np.float64]
PitchWeights = Array  # (12,): how much of each pitch class sounds


def read_symbol(text: str) -> Chord | None:
    """Simplify a chord symbol to its triad ("D7/f+" -> D); None if it is other text."""
    match = SYMBOL.fullmatch(text.strip())
    if not match:
        return None
    letter, sign, quality, _ = match.groups()
    root = (NATURAL[letter] + SIGN[sign]) % 12
    return root, {"d": "dim", "dim": "dim", "m": "m"}.get(quality, "")


def starts(metre: str) -> tuple[int, ...]:
    """Return the units of a bar at which a chord may stand."""
    middle = METRES[metre][1]
    return (0, middle) if middle else (0,)


def pitch_weights(bar: Bar, metre: str) -> list[PitchWeights]:
    """Weigh the melody's pitch classes in each part of a bar that can have its own chord."""
    edges = starts(metre)
    rows = [np.zeros(12) for _ in edges]
    unit = 0
    for pitch, length in bar.notes:
        for here in range(unit, unit + length):
            if pitch != REST:
                row = sum(here >= edge for edge in edges) - 1
                rows[row][pitch % 12] += STRONG if here in edges else 1.0
        unit += length
    return rows


def chord_row(song: Song) -> list[Chord]:
    """Return the chord at each place where a chord may stand."""
    row = []
    for bar in song.bars():
        held = bar.chords[0][1]
        for edge in starts(song.metre):
            held = dict(bar.chords).get(edge, held)
            row.append(held)
    return row


def set_chords(song: Song, row: list[Chord]) -> None:
    """Write chords into the song; within a bar only a change, and only where a note starts."""
    edges = starts(song.metre)
    for number, bar in enumerate(song.bars()):
        held = row[number * len(edges) : (number + 1) * len(edges)]
        onsets, unit = set(), 0
        for _, length in bar.notes:
            onsets.add(unit)
            unit += length
        bar.chords = [(0, held[0])]
        if len(held) > 1 and held[1] != held[0] and edges[1] in onsets:
            bar.chords.append((edges[1], held[1]))


@dataclass
class ChordModel:
    """The fitted model; all tables hold log probabilities."""

    chords: list[Chord]
    emission: dict[str, Array]  # quality -> (12,), by interval over the root
    first: dict[str, Array] = field(default_factory=dict)  # mode -> (S,)
    at_bar: dict[str, Array] = field(default_factory=dict)  # mode -> (S, S), from -> to
    in_bar: dict[str, Array] = field(default_factory=dict)

    def likelihood(self, weights: PitchWeights) -> Array:
        """Return (S,): each chord's scaled log probability of the notes."""
        rows = [np.roll(self.emission[quality], root) for root, quality in self.chords]
        scores: Array = EMISSION_SCALE * np.array(rows) @ weights
        return scores

    def tables(self, mode: str) -> tuple[Array, Array, Array]:
        """Return first, at_bar, in_bar; a mode that was not fitted takes those of all tunes."""
        if mode in self.first:
            return self.first[mode], self.at_bar[mode], self.in_bar[mode]
        tonic = (MODES[mode][1], "m" if mode in ("dorian", "phrygian") else "")
        lean = np.array([TONIC_BONUS * (chord == tonic) for chord in self.chords])
        return self.first["all"] + 2 * lean, self.at_bar["all"] + lean, self.in_bar["all"]

    def infer(self, rows: list[PitchWeights], metre: str, mode: str) -> list[Chord]:
        """Return the likeliest chords (Viterbi), one for each row of pitch weights."""
        first, at_bar, in_bar = self.tables(mode)
        tonic_last = np.array([1.0 * (root == MODES[mode][1]) for root, _ in self.chords])
        score, back = first + self.likelihood(rows[0]), []
        for number, row in enumerate(rows[1:], 1):
            step = score[:, None] + (in_bar if number % len(starts(metre)) else at_bar)
            back.append(step.argmax(axis=0))
            score = step.max(axis=0) + self.likelihood(row)
        path = [int((score + tonic_last).argmax())]
        for pointers in reversed(back):
            path.append(int(pointers[path[-1]]))
        return [self.chords[state] for state in reversed(path)]


def log_rows(counts: Array, smoothing: float) -> Array:
    """Turn counts into log probabilities along the last axis, smoothed by the column sums."""
    prior = counts.reshape(-1, counts.shape[-1]).sum(axis=0) + 1.0
    counts = counts + smoothing * prior / prior.sum()
    logs: Array = np.log(counts / counts.sum(axis=-1, keepdims=True))
    return logs


def fit(songs: list[Song]) -> ChordModel:
    """Count chords, chord changes and the notes above chords in songs with their own chords."""
    seen = Counter(chord for song in songs for chord in chord_row(song))
    chords = sorted(chord for chord, count in seen.items() if count >= RARE)
    number = {chord: i for i, chord in enumerate(chords)}
    modes = ["all", *sorted({song.mode for song in songs})]
    size = len(chords)
    first = {mode: np.zeros(size) for mode in modes}
    change = {(mode, at): np.zeros((size, size)) for mode in modes for at in (0, 1)}
    notes = {quality: np.ones(12) for quality in QUALITIES}
    for song in songs:
        row = chord_row(song)
        rows = [w for bar in song.bars() for w in pitch_weights(bar, song.metre)]
        for (root, quality), weights in zip(row, rows):
            notes[quality] += np.roll(weights, -root)
        states = [number.get(chord) for chord in row]
        for mode in ("all", song.mode):
            if states[0] is not None:
                first[mode][states[0]] += 1
            for i, (a, b) in enumerate(pairwise(states), 1):
                if a is not None and b is not None:
                    change[mode, int(i % len(starts(song.metre)) > 0)][a, b] += 1
    fitted = [mode for mode in modes if first[mode].sum() >= RARE]
    return ChordModel(
        chords,
        {quality: log_rows(table, 0) for quality, table in notes.items()},
        {mode: log_rows(first[mode], 5) for mode in fitted},
        {mode: log_rows(change[mode, 0], 5) for mode in fitted},
        {mode: log_rows(change[mode, 1], 5) for mode in fitted},
    )


def agreement(harmony: ChordModel, songs: list[Song]) -> tuple[float, float]:
    """Return how often the inferred chord is the song's own, and shares two notes with it."""
    same = alike = total = 0
    for song in songs:
        rows = [w for bar in song.bars() for w in pitch_weights(bar, song.metre)]
        for mine, theirs in zip(harmony.infer(rows, song.metre, song.mode), chord_row(song)):
            tones = [{(root + i) % 12 for i in QUALITIES[q]} for root, q in (mine, theirs)]
            same += mine == theirs
            alike += len(tones[0] & tones[1]) >= 2
            total += 1
    return same / total, alike / total
