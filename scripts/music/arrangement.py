"""From a lead sheet to a band: melody, chords, bass and drums by the style's groove.

Pure: the plan's seed is the only source of chance. Times are in units (sixteenths) from the
start of the song.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from scripts.music.grooves import Groove
from scripts.music.harmony import chord_pitch_classes, span_at, transposition
from scripts.music.plan import ENDING_BARS
from scripts.temporary import (
    DRUM_KEYS,
    DRUM_VELOCITY,
    METRES,
    MODES,
    QUALITIES,
    ROLES,
    Arrangement,
    Chord,
    ChordBar,
    LeadSheet,
    Metre,
    MidiNote,
    Section,
    SongPlan,
    Track,
    Units,
)

_CHORD_RANGE = (53, 76)  # where voicings lie: below most melodies, above the bass
_BASS_RANGE = (28, 47)  # E1 to B2: a bass guitar's lower strings
_VELOCITY_BY_ENERGY = {1: 0.72, 2: 0.85, 3: 0.95, 4: 1.0}
_LIGHT_DRUMS = {"kick", "rim", "hat", "ride", "pedal", "shaker", "maracas", "triangle", "clave",
                "woodblock", "tambourine"}  # fmt: skip
_BASS_DEGREE = {"1": 0, "3": 1, "5": 2, "6": 9, "7": 3, "8": 12}
_GAP = 0.15  # units that a struck note ends before the next, so that repeated notes are heard


@dataclass(frozen=True)
class _Bar:
    """One bar of the song as it will sound."""

    index: int
    start: int
    section: Section
    chords: ChordBar
    next_chord: Chord
    melody_bar: int
    last_of_section: bool
    first_of_section: bool

    @property
    def energy(self) -> int:
        return self.section.energy


def arrange(sheet: LeadSheet, plan: SongPlan, groove: Groove) -> Arrangement:
    """Give the lead sheet a band; the same arguments give the same notes."""
    metre = METRES[plan.metre]
    bars = _lay_out(sheet, plan, metre)
    ending = len(bars) * metre.units
    rng = random.Random(plan.seed)
    players: dict[str, Callable[[], list[MidiNote]]] = {
        "melody": lambda: _melody(sheet, plan, bars, ending),
        "chords": lambda: _chords(plan, groove, bars, ending, metre),
        "bass": lambda: _bass(plan, groove, bars, ending, metre),
        "drums": lambda: _drums(groove, bars, ending, metre),
    }
    programs = {
        "melody": plan.band.melody,
        "chords": plan.band.chords,
        "bass": plan.band.bass,
        "drums": plan.band.kit,
    }
    feel = _Feel(plan.swing, plan.humanise, metre, rng)
    tracks = tuple(
        Track(name, programs[name], name == "drums", feel.play(play(), name == "drums"))
        for name, play in players.items()
    )
    return Arrangement(plan.tempo, plan.metre, ending + ENDING_BARS * metre.units, tracks)


def _lay_out(sheet: LeadSheet, plan: SongPlan, metre: Metre) -> list[_Bar]:
    """Unroll the form into bars."""
    places = [(section, number) for section in plan.form for number in range(section.bars)]
    bars = []
    for index, (section, number) in enumerate(places):
        chords = sheet.chords[section.part]
        here = chords[(section.first_bar + number) % len(chords)]
        if index + 1 < len(places):
            following, after = places[index + 1]
            ahead = sheet.chords[following.part]
            next_chord = ahead[(following.first_bar + after) % len(ahead)][0].chord
        else:
            next_chord = tonic_chord(plan)
        bars.append(
            _Bar(
                index,
                index * metre.units,
                section,
                here,
                next_chord,
                (section.first_bar + number) % len(chords),
                number == section.bars - 1,
                number == 0,
            )
        )
    return bars


def tonic_chord(plan: SongPlan) -> Chord:
    """Return the chord on which the song ends, in the written key."""
    mode = MODES[plan.mode]
    root = "C D EF G A B".index(mode.white_tonic)
    return Chord(root, "" if 4 in mode.steps else "m")


# --- Melody ----------------------------------------------------------------------------------


def _melody(sheet: LeadSheet, plan: SongPlan, bars: Sequence[_Bar], ending: int) -> list[MidiNote]:
    metre = METRES[plan.metre]
    shift = transposition(plan.tonic, MODES[plan.mode]) + _octave(sheet, plan)
    notes: list[MidiNote] = []
    tied_at: Units = -1  # where the last note, if it is tied, goes on
    for bar in bars:
        if not ROLES[bar.section.role].melody:
            continue
        place: Units = bar.start
        for note in sheet.melody[bar.section.part][bar.melody_bar]:
            if note.pitch is not None:
                pitch = note.pitch + shift
                if place == tied_at and notes[-1].pitch == pitch:
                    notes[-1] = replace(notes[-1], length=notes[-1].length + float(note.units))
                else:
                    accent = 8 if place - bar.start in metre.strong else 0
                    velocity = round((88 + accent) * _VELOCITY_BY_ENERGY[bar.energy])
                    length, even = float(note.units) - _GAP, isinstance(note.units, Fraction)
                    notes.append(MidiNote(float(place), length, pitch, velocity, even))
                tied_at = place + note.units if note.tied else -1
            place += note.units
    return notes + _last_note(plan, notes, ending, metre, shift)


def _octave(sheet: LeadSheet, plan: SongPlan) -> int:
    """Return the octaves, in semitones, that bring the melody into a singer's reach.

    A key far from the written one would otherwise send it below the chords or out of hearing.
    """
    shift = transposition(plan.tonic, MODES[plan.mode])
    pitches = [n.pitch for bars in sheet.melody.values() for bar in bars for n in bar if n.pitch]
    wanted = 71 + 12 * plan.band.melody_octave  # B4, or an octave from it
    mean = sum(pitches) / len(pitches) + shift if pitches else wanted
    return 12 * round((wanted - mean) / 12)


def _last_note(
    plan: SongPlan, notes: Sequence[MidiNote], ending: int, metre: Metre, shift: int
) -> list[MidiNote]:
    """Land on the tonic nearest to where the melody was."""
    before = notes[-1].pitch if notes else 72
    tonic = (tonic_chord(plan).root + shift) % 12
    pitch = min((p for p in range(48, 96) if p % 12 == tonic), key=lambda p: abs(p - before))
    return [MidiNote(ending, metre.units - _GAP, pitch, 84)]


# --- Chords ----------------------------------------------------------------------------------


def voice(chord: Chord, shift: int, before: Sequence[int]) -> tuple[int, ...]:
    """Return MIDI pitches for a chord, as near as can be to the voicing before.

    Rootless where the chord has five notes (the bass has the root); every inversion within the
    chord range is tried.
    """
    intervals = QUALITIES[chord.quality]
    classes = [(chord.root + interval + shift) % 12 for interval in intervals]
    if len(classes) > 4:
        classes = classes[1:]
    candidates = list(_voicings(classes))
    centre = before or (60, 64, 67)
    return min(candidates, key=lambda notes: (_movement(notes, centre), notes))


def _voicings(classes: Sequence[int]) -> list[tuple[int, ...]]:
    low, high = _CHORD_RANGE
    found = []
    for bottom in range(low, low + 15):
        if bottom % 12 not in classes:
            continue
        notes = [bottom]
        for pitch in range(bottom + 1, high + 1):
            if pitch % 12 in classes and pitch % 12 not in {note % 12 for note in notes}:
                notes.append(pitch)
        if len(notes) == len(set(classes)):
            found.append(tuple(notes))
    return found


def _movement(notes: Sequence[int], before: Sequence[int]) -> int:
    """Return how far the outer voices and the centre move, in semitones."""
    centre = round(sum(notes) / len(notes) - sum(before) / len(before))
    return abs(notes[0] - before[0]) + abs(notes[-1] - before[-1]) + abs(centre)


def _chords(
    plan: SongPlan, groove: Groove, bars: Sequence[_Bar], ending: int, metre: Metre
) -> list[MidiNote]:
    shift = transposition(plan.tonic, MODES[plan.mode])
    notes: list[MidiNote] = []
    before: tuple[int, ...] = ()
    for bar in bars:
        pattern = groove.chords[bar.index % len(groove.chords)]
        if bar.energy == 1:
            pattern = "x" + "-" * (metre.units - 1)
        loudness = 78 * _VELOCITY_BY_ENERGY[bar.energy]
        for span in bar.chords:
            before = voice(span.chord, shift, before)
            for place, length, sign in _strokes(pattern, span.start, span.units):
                played = before if sign == "x" else _arpeggio(before, int(sign))
                velocity = round(loudness * (1.05 if place in metre.strong else 0.95))
                notes += [
                    MidiNote(bar.start + place, length - _GAP, pitch, velocity) for pitch in played
                ]
    final = voice(tonic_chord(plan), shift, before)
    return notes + [MidiNote(ending, metre.units - _GAP, pitch, 80) for pitch in final]


def _strokes(pattern: str, start: int, units: int) -> list[tuple[int, int, str]]:
    """Return (place, length, sign) of what a pattern strikes within a chord's span.

    A note that the pattern holds over from before the span is struck anew at its start: the chord
    under it has changed.
    """
    strokes = []
    place = start
    stop = start + units
    while place < stop:
        sign = pattern[place]
        if sign == "-" and place == start:
            sign = pattern[:place].rstrip("-.")[-1:] or "x"
        if sign in "-.":
            place += 1
            continue
        end = place + 1
        while end < stop and pattern[end] == "-":
            end += 1
        strokes.append((place, end - place, sign))
        place = end
    return strokes


def _arpeggio(voicing: Sequence[int], number: int) -> tuple[int, ...]:
    """Return one note of a broken chord: 1 is the lowest, past the top it goes on an octave up."""
    octave, index = divmod(number - 1, len(voicing))
    return (voicing[index] + 12 * octave,)


# --- Bass ------------------------------------------------------------------------------------


def _bass(
    plan: SongPlan, groove: Groove, bars: Sequence[_Bar], ending: int, metre: Metre
) -> list[MidiNote]:
    shift = transposition(plan.tonic, MODES[plan.mode])
    notes: list[MidiNote] = []
    for bar in bars:
        if bar.energy == 1:
            continue
        pattern = groove.bass[bar.index % len(groove.bass)]
        velocity = round(96 * _VELOCITY_BY_ENERGY[bar.energy])
        for number, span in enumerate(bar.chords):
            last = number == len(bar.chords) - 1
            following = bar.next_chord if last else bar.chords[number + 1].chord
            for place, length, sign in _strokes(pattern, span.start, span.units):
                pitch = bass_pitch(span.chord, following, sign, shift)
                notes.append(MidiNote(bar.start + place, length - _GAP, pitch, velocity))
    root = bass_pitch(tonic_chord(plan), tonic_chord(plan), "1", shift)
    return [*notes, MidiNote(ending, metre.units - _GAP, root, 96)]


def bass_pitch(chord: Chord, following: Chord, sign: str, shift: int) -> int:
    """Return the MIDI pitch of a bass sign: a degree of the chord, or `a`, a step to the next."""
    low, _ = _BASS_RANGE
    root = low + (chord.root + shift - low) % 12
    if sign == "a":
        target = low + (following.root + shift - low) % 12
        return target - 1 if target > low else target + 1
    if sign == "x":
        return root
    degree = _BASS_DEGREE[sign]
    intervals = QUALITIES[chord.quality]
    if sign in "68":
        return root + degree
    if degree >= len(intervals):
        return root + 12  # a triad has no seventh: the octave stands in
    if sign == "5":
        degree = next((i for i, step in enumerate(intervals) if step in (6, 7, 8)), 0)
    return root + intervals[degree]


# --- Drums -----------------------------------------------------------------------------------


def _drums(groove: Groove, bars: Sequence[_Bar], ending: int, metre: Metre) -> list[MidiNote]:
    notes: list[MidiNote] = []
    for bar in bars:
        if bar.energy == 1:
            continue
        fill = bar.last_of_section and bar.energy > 1
        half = fill and bool(groove.fill)
        notes += _drum_bar(groove.drums, bar, light=bar.energy == 2, half=half)
        if fill:
            notes += _drum_bar(groove.fill, bar)
        if bar.first_of_section and bar.energy >= 3 and groove.drums:
            notes.append(MidiNote(bar.start, 2, DRUM_KEYS["crash"], 88))
    if groove.drums:
        notes.append(MidiNote(ending, 2, DRUM_KEYS["kick"], 104))
        notes.append(MidiNote(ending, 4, DRUM_KEYS["crash"], 84))
    return notes


def _drum_bar(
    patterns: Mapping[str, tuple[str, ...]], bar: _Bar, light: bool = False, half: bool = False
) -> list[MidiNote]:
    """Return one bar of drums; `light` leaves out the loud ones, `half` makes room for a fill."""
    notes = []
    scale = _VELOCITY_BY_ENERGY[bar.energy]
    for drum, lines in patterns.items():
        if not lines or (light and drum not in _LIGHT_DRUMS):
            continue
        line = lines[bar.index % len(lines)]
        stop = len(line) // 2 if half and drum not in ("kick", "hat", "ride") else len(line)
        for place, sign in enumerate(line[:stop]):
            if sign != ".":
                velocity = round(DRUM_VELOCITY[sign] * scale)
                notes.append(MidiNote(bar.start + place, 1, DRUM_KEYS[drum], velocity))
    return notes


# --- Feel ------------------------------------------------------------------------------------


@dataclass
class _Feel:
    """Swing and human timing: moves notes off the grid and varies how hard they are struck."""

    swing: float
    humanise: float
    metre: Metre
    rng: random.Random

    def play(self, notes: Sequence[MidiNote], drums: bool) -> tuple[MidiNote, ...]:
        """Return the notes as played, in order of time."""
        played = [self._touch(note) for note in sorted(notes, key=lambda n: (n.start, n.pitch))]
        return tuple(sorted(played, key=lambda n: (n.start, n.pitch)))

    def _touch(self, note: MidiNote) -> MidiNote:
        start, end = note.start, note.start + note.length
        if not note.even:
            start, end = self.swung(start), self.swung(end)
        # A hundredth of a beat is felt, five are heard: sixteenths move by at most 0.12 units.
        drift = self.rng.gauss(0, 0.05) * self.humanise
        start = max(0.0, start + max(-0.12, min(0.12, drift)))
        velocity = note.velocity + self.rng.gauss(0, 9) * self.humanise
        return MidiNote(
            start, max(0.25, end - start), note.pitch, max(1, min(127, round(velocity)))
        )

    def swung(self, place: float) -> float:
        """Move a place so that a beat's first eighth takes `swing` of the beat."""
        if self.metre.beats[0] != 4:
            return place
        beat, within = divmod(place, 4)
        long = 4 * self.swing
        moved = within * long / 2 if within <= 2 else long + (within - 2) * (4 - long) / 2
        return beat * 4 + moved


def clashes(sheet: LeadSheet) -> tuple[int, int]:
    """Return (notes on strong places that are not in the chord, notes on strong places)."""
    metre = METRES[sheet.metre]
    wrong = total = 0
    for name, bars in sheet.melody.items():
        for bar, chords in zip(bars, sheet.chords[name], strict=True):
            place: Units = 0
            for note in bar:
                if note.pitch is not None and place in metre.strong:
                    chord = span_at(chords, place).chord
                    total += 1
                    wrong += note.pitch % 12 not in chord_pitch_classes(chord)
                place += note.units
    return wrong, total
