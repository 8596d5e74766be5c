"""The counter-line: it answers where the melody rests, leads guide tones, or plays a riff."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import NamedTuple

from scripts.music.band.comping import arpeggio, heard, strokes
from scripts.music.band.development import chord_at, scale_steps
from scripts.music.band.layout import Chart, Passage, Pitches, Played, chance
from scripts.music.band.voicing import coloured, voice
from scripts.music.harmony import chord_pitch_classes
from scripts.temporary import (
    ANY_RANGE,
    GAP,
    PROGRAM_RANGES,
    Chord,
    MidiNote,
)

_BELOW = 8  # semitones under the melody's mean where a counter-line gathers
_ALONE = 67  # and where nobody sings
_ANSWER_ODDS = 0.75
_SHORTEST_REST, _LONGEST_ANSWER = 4, 8  # units
_HELD = 4  # units after which a long note of the melody leaves room
_FAST = 140  # quarter notes a minute above which answers go in quarters


def answer(chart: Chart, passage: Passage, tune: Sequence[MidiNote], left: Pitches) -> Played:
    """Play the counter-line of a passage, as the groove and the melody have it."""
    if chart.plan.band.counter is None or not passage.plays("counter"):
        return [], left
    kind = chart.groove.counter
    if not tune:
        kind = "riff" if chart.groove.riff else "guide"
    elif kind == "riff" and not chart.groove.riff:
        kind = "answer"
    return _KINDS[kind](chart, passage, tune, left)


def _reach(chart: Chart) -> tuple[int, int]:
    assert chart.plan.band.counter is not None
    return PROGRAM_RANGES.get(chart.plan.band.counter, ANY_RANGE)


def _centre(chart: Chart, tune: Sequence[MidiNote]) -> int:
    """Return where the line gathers: under the melody, within the instrument's reach."""
    low, high = _reach(chart)
    wanted = sum(n.pitch for n in tune) / len(tune) - _BELOW if tune else _ALONE
    return round(min(max(wanted, low + 6), high - 6))


def _velocity(passage: Passage) -> int:
    return round(passage.loudness("counter"))


# --- Answers in the melody's rests -----------------------------------------------------------


def _answers(chart: Chart, passage: Passage, tune: Sequence[MidiNote], left: Pitches) -> Played:
    rng = chance(chart, passage, "counter")
    step = 4 if chart.plan.tempo > _FAST else 2
    here = left[-1] if left else _centre(chart, tune)
    notes: list[MidiNote] = []
    for rest in _rests(passage, tune):
        if rng.random() > _ANSWER_ODDS:
            continue
        line = _run(chart, passage, rest, step, here, tune)
        notes += line
        here = line[-1].pitch if line else here
    return notes, (here,)


class _Rest(NamedTuple):
    """Where the melody rests or holds: its last direction, and the pitch that it left or holds."""

    start: int
    end: int
    direction: int
    held: int


def _rests(passage: Passage, tune: Sequence[MidiNote]) -> Iterator[_Rest]:
    direction = 1
    for number, note in enumerate(tune):
        after = tune[number + 1].start if number + 1 < len(tune) else passage.end - passage.gap
        if number and note.pitch != tune[number - 1].pitch:
            direction = 1 if note.pitch > tune[number - 1].pitch else -1
        begin = ceil((note.start + min(note.length, _HELD)) / 2) * 2
        end = min(int(after), begin + _LONGEST_ANSWER)
        if end - begin >= _SHORTEST_REST:
            yield _Rest(begin, end, direction, note.pitch)


def _run(
    chart: Chart,
    passage: Passage,
    rest: _Rest,
    step: int,
    here: int,
    tune: Sequence[MidiNote],
) -> list[MidiNote]:
    """Return a run by steps of the scale against the melody's direction, chord tones on strong
    places and at its end.
    """
    centre = _centre(chart, tune)
    low, high = max(_reach(chart)[0], centre - 8), min(_reach(chart)[1], centre + 8)
    velocity = _velocity(passage)
    steps = scale_steps(passage.scale)
    rough = {(rest.held + by) % 12 for by in (1, -1)}
    direction, pitch = -rest.direction, here
    notes: list[MidiNote] = []
    for place in range(rest.start, rest.end, step):
        last = place + step >= rest.end
        strong = (place - passage.start) % chart.metre.units in chart.metre.strong
        if notes and not low < pitch < high:
            direction = -direction
        if not notes or last or strong:
            tones = set(chord_pitch_classes(chord_at(passage, place)))
            pitch = _tone(tones - rough or tones, pitch + 2 * direction, low, high)
        else:
            pitch = steps[bisect_left(steps, pitch) + direction]
        length = step - GAP if not last else min(4, rest.end - place) - GAP
        notes.append(MidiNote(float(place), length, min(high, max(low, pitch)), velocity))
    return notes


def _tone(tones: set[int], near: int, low: int, high: int) -> int:
    """Return the note of some pitch classes nearest to a pitch, within a range."""
    found = [p for p in range(low, high + 1) if p % 12 in tones]
    return min(found, key=lambda pitch: (abs(pitch - near), pitch)) if found else near


# --- Guide tones -----------------------------------------------------------------------------


def _guide(chart: Chart, passage: Passage, tune: Sequence[MidiNote], left: Pitches) -> Played:
    """Lead thirds and sevenths from chord to chord by the smallest steps, against the melody."""
    centre = _centre(chart, tune)
    low, high = max(_reach(chart)[0], centre - 9), min(_reach(chart)[1], centre + 9)
    velocity = _velocity(passage)
    here = left[-1] if left else centre
    notes: list[MidiNote] = []
    for bar in passage.bars:
        for span in bar.spans:
            place = bar.start + span.start
            down = _falls(tune, place)
            rough = {(c + by) % 12 for c in heard(tune, place, span.units) for by in (1, -1)}
            found = _guides(span.chord, rough, low, high)
            here = _nearest_against(found, here, down)
            notes.append(MidiNote(float(place), span.units - GAP, here, velocity))
    return notes, (here,)


def _falls(tune: Sequence[MidiNote], place: int) -> bool:
    """Whether the melody falls around a place."""
    at = bisect_left([note.start for note in tune], place)
    around = tune[max(0, at - 1) : at + 1]
    return len(around) == 2 and around[1].pitch < around[0].pitch


def _guides(chord: Chord, rough: set[int], low: int, high: int) -> list[int]:
    """Return where a guide tone may stand: third or seventh, or what else does not rub."""
    classes = chord_pitch_classes(chord)
    guides = {classes[1], classes[min(3, len(classes) - 1)]}
    tones = guides - rough or set(classes) - rough or guides
    return [p for p in range(low, high + 1) if p % 12 in tones]


def _nearest_against(found: Sequence[int], here: int, melody_falls: bool) -> int:
    """Return the pitch nearest to where the line is, rather against the melody than with it."""
    contrary = 1 if melody_falls else -1
    return min(
        found, key=lambda p: (abs(p - here) - 0.5 * ((p - here) * contrary > 0), p), default=here
    )


# --- Riffs -----------------------------------------------------------------------------------


def _riff(chart: Chart, passage: Passage, tune: Sequence[MidiNote], left: Pitches) -> Played:
    """Play the groove's riff on the chords: an arpeggio or an ostinato of electronic styles."""
    centre = min(_centre(chart, tune) + 6, 84)
    low = _reach(chart)[0]
    velocity = _velocity(passage)
    rows = chart.groove.riff
    notes: list[MidiNote] = []
    for bar in passage.bars:
        row = rows[(bar.number + passage.section.variation) % len(rows)]
        for span in bar.spans:
            sung = heard(tune, bar.start + span.start, span.units)
            chord = coloured(span.chord, "", passage.scale, sung)
            left = voice(chord, "close", left, max(low + 14, centre), low)
            for stroke in strokes(row, span.start, span.units):
                pitch = arpeggio(left, stroke.sign) if stroke.sign.isdigit() else left[-1]
                accent = 1.1 if stroke.place % 4 == 0 else 0.92
                place = float(bar.start + stroke.place)
                loud = round(velocity * accent)
                notes.append(MidiNote(place, stroke.length - GAP, _fold(pitch, chart), loud))
    return notes, left


def _fold(pitch: int, chart: Chart) -> int:
    low, high = _reach(chart)
    while pitch > high:
        pitch -= 12
    while pitch < low:
        pitch += 12
    return pitch


_KINDS: dict[str, Callable[[Chart, Passage, Sequence[MidiNote], Pitches], Played]] = {
    "answer": _answers,
    "guide": _guide,
    "riff": _riff,
}
