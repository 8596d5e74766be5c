"""An example of four bars for prompts: in the dialect, in the metre and mode of the song.

Its chords are others than the song's: over the same chords a small model copies the notes.

A motif, the motif over the next chord, a bar that rises to the high point, and a cadence: chord
tones on strong places, steps between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from scripts.music.harmony import (
    chord_pitch_classes,
    chord_symbol,
    dialect_pitch,
    melody_pitch_classes,
    plain_chord,
    span_at,
    written_tonic,
)
from scripts.music.leadsheet import with_abc_marks
from scripts.music.rhythm import triplet_length
from scripts.tables.notation import Chord, ChordBar, ChordSpan, MelodyBar, Metre, Mode, Note, Units
from scripts.tables.plans import PartPlan, SongPlan
from scripts.temporary import melody_rules, notation, prompting


def example_text(plan: SongPlan) -> str:
    """Return four bars in the metre and mode of a plan, such as `"C"E4G4c8|...||`."""
    metre, mode = notation.METRES[plan.metre], notation.MODES[plan.mode]
    chords = example_chords(plan)
    bars = example_bars(metre, mode, chords, plan.parts[0])
    return "|".join(_write_bar(bar, spans) for bar, spans in zip(bars, chords)) + "||"


def example_chords(plan: SongPlan) -> list[ChordBar]:
    """Return a loop of the mode's own chords that has the least in common with the song's."""
    mode, units = notation.MODES[plan.mode], notation.METRES[plan.metre].units
    loops = [[_triad(mode, degree) for degree in loop] for loop in prompting.EXAMPLE_LOOPS]
    without_dim = [loop for loop in loops if all(chord.quality != "dim" for chord in loop)]

    def shared_roots(loop: list[Chord]) -> int:
        return sum(
            bar[0].chord.root == loop[number % len(loop)].root
            for part in plan.parts
            for number, bar in enumerate(part.bars)
        )

    return [(ChordSpan(0, units, chord),) for chord in min(without_dim, key=shared_roots)]


def _triad(mode: Mode, degree: int) -> Chord:
    """Return the triad on a degree (from 0) of a mode, in the written key."""
    root, third, fifth = ((mode.steps * 2)[degree + step] for step in (0, 2, 4))
    minor, narrow = (third - root) % 12 == 3, (fifth - root) % 12 == 6
    return Chord((written_tonic(mode) + root) % 12, "dim" if narrow else "m" if minor else "")


def example_bars(
    metre: Metre, mode: Mode, chords: list[ChordBar], part: PartPlan
) -> list[MelodyBar]:
    """Return a bar of melody for each bar of chords; the same arguments give the same bars.

    `part` gives the density and the range (MIDI, written key).
    """
    places = [
        (number, place, units)
        for number, spans in enumerate(chords)
        for place, units in _figures(number, len(chords), metre, spans, part)
    ]
    centre = _centre(part, mode)
    pitches: list[int] = []
    for index, (number, place, _) in enumerate(places):
        chord = span_at(chords[number], place).chord
        height = centre + _height(number, place, metre)
        last = index == len(places) - 1
        if last or place in metre.strong or place in {span.start for span in chords[number]}:
            before = pitches[-1] if pitches else None
            pitches.append(_chord_tone(chord, height, part, before, mode if last else None))
        else:
            pitches.append(_step(pitches[-1], chord, height, part))
    bars: list[list[Note]] = [[] for _ in chords]
    for (number, _, units), pitch in zip(places, pitches):
        bars[number].append(Note(pitch, units))
    if part.ties and bars[0][-1].units <= notation.LONGEST_TIED and len(bars) > 1:
        bars[0][-1] = replace(bars[0][-1], pitch=bars[1][0].pitch, tied=True)
    return [tuple(bar) for bar in bars]


def _figures(
    number: int, bars: int, metre: Metre, spans: ChordBar, part: PartPlan
) -> Iterator[tuple[Units, Units]]:
    """Yield the place and length (units) of a bar's notes; in one bar of four a triplet."""
    wanted = number % 4 == prompting.EXAMPLE_TRIPLET_BAR
    for place, units in _rhythm(number, bars, metre, spans, part.density):
        written = triplet_length(place, span_at(spans, place), part, metre) if wanted else 0
        if written and units == written * notation.TRIPLET_TIME:
            third = Fraction(units, notation.TRIPLET_NOTES)
            yield from ((place + third * note, third) for note in range(notation.TRIPLET_NOTES))
            wanted = False
        else:
            yield place, units


def _rhythm(
    number: int, bars: int, metre: Metre, spans: ChordBar, density: int
) -> Iterator[tuple[int, int]]:
    """Yield the place and length (units) of a bar's notes: motif, motif, motif varied, ending."""
    motif, varied, ending = prompting.EXAMPLE_RHYTHMS[metre.name]
    lengths = ending if number == bars - 1 else varied if number % 4 == 2 else motif
    shortest = min(melody_rules.DENSITY_LENGTHS[density])
    starts = {span.start for span in spans}
    place, held = 0, 0
    for index, units in enumerate(lengths):
        held += units
        end = place + held
        if held < shortest and end < metre.units and end not in starts:
            continue  # too short for this density: joined to the next note
        halves = (
            density >= prompting.EXAMPLE_LIVELY_DENSITY
            and units == held == 4
            and index % 2
            and number < bars - 1
        )
        for length in (held // 2, held // 2) if halves else _cut(place, held, starts):
            yield place, length
            place += length
        held = 0


def _cut(place: int, units: int, starts: set[int]) -> Iterator[int]:
    """Yield the lengths of a note cut where chords start inside it: a note ends with its chord."""
    for start in sorted(starts):
        if place < start < place + units:
            yield start - place
            units -= start - place
            place = start
    yield units


def _centre(part: PartPlan, mode: Mode) -> int:
    """Return the tonic from which a melody that rises by an octave stays in the range."""
    wanted = (part.low + part.high) // 2 - 4
    return wanted - (wanted - written_tonic(mode) + 6) % 12 + 6


def _height(number: int, place: Units, metre: Metre) -> float:
    """Return the height that the melody aims at, in semitones above the centre."""
    start = prompting.EXAMPLE_HEIGHTS[number % len(prompting.EXAMPLE_HEIGHTS)]
    end = prompting.EXAMPLE_HEIGHTS[(number + 1) % len(prompting.EXAMPLE_HEIGHTS)]
    done = float(place / metre.units)
    arch = 4.0 * done * (1 - done)  # rises and falls back within the bar
    return start + float((end - start) * place / metre.units) + 2.5 * arch


def _chord_tone(
    chord: Chord, height: float, part: PartPlan, before: int | None, home: Mode | None
) -> int:
    """Return the chord tone nearest the height, not that of `before` if there is another.

    With `home` (for the last note) it is the tonic, or the root where the chord has no tonic.
    """
    classes = set(chord_pitch_classes(chord))
    if home is not None:
        classes &= {written_tonic(home)} if written_tonic(home) in classes else {chord.root}
    tones = [midi for midi in range(part.low, part.high + 1) if midi % 12 in classes]
    fresh = [midi for midi in tones if midi != before] or tones
    return min(fresh, key=lambda midi: (abs(midi - height), midi))


def _step(before: int, chord: Chord, height: float, part: PartPlan) -> int:
    """Return the note a scale step from the one before, towards the height."""
    scale = melody_pitch_classes(chord)
    tones = [midi for midi in range(part.low, part.high + 1) if midi % 12 in scale]
    above = min((midi for midi in tones if midi > before), default=before)
    below = max((midi for midi in tones if midi < before), default=before)
    return above if below == before or (height >= before and above != before) else below


def _write_bar(bar: MelodyBar, spans: ChordBar) -> str:
    """Write a bar in the dialect, with chord symbols."""
    symbols: dict[Units, str] = {
        span.start: f'"{chord_symbol(plain_chord(span.chord))}"' for span in spans
    }
    text = ""
    place: Units = 0
    for note, before, after in with_abc_marks(bar):
        assert note.pitch is not None
        text += symbols.get(place, "") + before + dialect_pitch(note.pitch) + after
        place += note.units
    return text
