"""The counter-line: answers in the melody's rests, guide tones, or a riff."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import NamedTuple

from scripts.music.band.chart import Chart, Passage, Pitches, PlayedNotes, player_rng
from scripts.music.band.comping import arpeggio_pitch, strokes, sustained_pitch_classes
from scripts.music.band.development import chord_at, scale_steps
from scripts.music.band.voicing import enrich_chord, voice_chord
from scripts.music.harmony import chord_pitch_classes
from scripts.tables.notation import Chord
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging


def play_counter(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play the counter-line of a passage, of the groove's kind where it suits the melody."""
    if chart.plan.band.counter is None or not passage.plays("counter"):
        return [], last_pitches
    kind = chart.groove.counter
    if not melody:
        kind = "riff" if chart.groove.riff else "guide"
    elif kind == "riff" and not chart.groove.riff:
        kind = "answer"
    return _KINDS[kind](chart, passage, melody, last_pitches)


def _range(chart: Chart) -> tuple[int, int]:
    assert chart.plan.band.counter is not None
    return arranging.PROGRAM_RANGES.get(chart.plan.band.counter, arranging.ANY_RANGE)


def _centre(chart: Chart, melody: Sequence[MidiNote]) -> int:
    """Return the pitch around which the line moves: under the melody, within the range."""
    low, high = _range(chart)
    wanted = (
        sum(n.pitch for n in melody) / len(melody) - arranging.COUNTER_BELOW_MELODY
        if melody
        else arranging.COUNTER_ALONE_PITCH
    )
    return round(min(max(wanted, low + 6), high - 6))


def _velocity(passage: Passage) -> int:
    return round(passage.velocity("counter"))


# --- Answers in the melody's rests -----------------------------------------------------------


def _play_answers(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    rng = player_rng(chart, passage, "counter")
    step = 4 if chart.plan.tempo > arranging.COUNTER_FAST_TEMPO else 2
    here = last_pitches[-1] if last_pitches else _centre(chart, melody)
    notes: list[MidiNote] = []
    for rest in _rests(passage, melody):
        if rng.random() > arranging.COUNTER_ANSWER_ODDS:
            continue
        line = _run(chart, passage, rest, step, here, melody)
        notes += line
        here = line[-1].pitch if line else here
    return notes, (here,)


class _Rest(NamedTuple):
    """Where the melody rests or holds a note: its last direction (1, -1), and its last pitch."""

    start: int
    end: int
    direction: int
    held: int


def _rests(passage: Passage, melody: Sequence[MidiNote]) -> Iterator[_Rest]:
    direction = 1
    for number, note in enumerate(melody):
        after = melody[number + 1].start if number + 1 < len(melody) else passage.end - passage.gap
        if number and note.pitch != melody[number - 1].pitch:
            direction = 1 if note.pitch > melody[number - 1].pitch else -1
        begin = ceil((note.start + min(note.length, arranging.COUNTER_HELD_UNITS)) / 2) * 2
        end = min(int(after), begin + arranging.COUNTER_LONGEST_ANSWER)
        if end - begin >= arranging.COUNTER_SHORTEST_REST:
            yield _Rest(begin, end, direction, note.pitch)


def _run(
    chart: Chart,
    passage: Passage,
    rest: _Rest,
    step: int,
    here: int,
    melody: Sequence[MidiNote],
) -> list[MidiNote]:
    """Return a run by steps of the scale, against the melody's direction.

    It has chord tones on strong places and at its end. `here` is the last pitch of the line.
    """
    centre = _centre(chart, melody)
    low, high = max(_range(chart)[0], centre - 8), min(_range(chart)[1], centre + 8)
    velocity = _velocity(passage)
    steps = scale_steps(passage.scale)
    clashing = {(rest.held + by) % 12 for by in (1, -1)}
    direction, pitch = -rest.direction, here
    notes: list[MidiNote] = []
    for place in range(rest.start, rest.end, step):
        last = place + step >= rest.end
        strong = (place - passage.start) % chart.metre.units in chart.metre.strong
        if notes and not low < pitch < high:
            direction = -direction
        if not notes or last or strong:
            tones = set(chord_pitch_classes(chord_at(passage, place)))
            pitch = _tone(tones - clashing or tones, pitch + 2 * direction, low, high)
        else:
            pitch = steps[bisect_left(steps, pitch) + direction]
        length = (min(4, rest.end - place) if last else step) - arranging.ARTICULATION_GAP
        notes.append(MidiNote(float(place), length, min(high, max(low, pitch)), velocity))
    return notes


def _tone(tones: set[int], near: int, low: int, high: int) -> int:
    """Return the note of some pitch classes nearest to a pitch, within a range."""
    found = [p for p in range(low, high + 1) if p % 12 in tones]
    return min(found, key=lambda pitch: (abs(pitch - near), pitch)) if found else near


# --- Guide tones -----------------------------------------------------------------------------


def _play_guide_tones(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Lead thirds and sevenths from chord to chord by the smallest steps, against the melody."""
    centre = _centre(chart, melody)
    low, high = max(_range(chart)[0], centre - 9), min(_range(chart)[1], centre + 9)
    velocity = _velocity(passage)
    here = last_pitches[-1] if last_pitches else centre
    notes: list[MidiNote] = []
    for bar in passage.bars:
        for span in bar.spans:
            place = bar.start + span.start
            down = _falls(melody, place)
            clashing = {
                (c + by) % 12
                for c in sustained_pitch_classes(melody, place, span.units)
                for by in (1, -1)
            }
            found = _guide_tones(span.chord, clashing, low, high)
            here = _nearest_against(found, here, down)
            length = span.units - arranging.ARTICULATION_GAP
            notes.append(MidiNote(float(place), length, here, velocity))
    return notes, (here,)


def _falls(melody: Sequence[MidiNote], place: int) -> bool:
    """Whether the melody falls around a place."""
    at = bisect_left([note.start for note in melody], place)
    around = melody[max(0, at - 1) : at + 1]
    return len(around) == 2 and around[1].pitch < around[0].pitch


def _guide_tones(chord: Chord, clashing: set[int], low: int, high: int) -> list[int]:
    """Return the pitches that a guide tone may have: third or seventh, or what does not clash."""
    classes = chord_pitch_classes(chord)
    guides = {classes[1], classes[min(3, len(classes) - 1)]}
    tones = guides - clashing or set(classes) - clashing or guides
    return [p for p in range(low, high + 1) if p % 12 in tones]


def _nearest_against(found: Sequence[int], here: int, melody_falls: bool) -> int:
    """Return the pitch nearest to `here`; of two, that against the melody's direction."""
    contrary = 1 if melody_falls else -1
    return min(
        found, key=lambda p: (abs(p - here) - 0.5 * ((p - here) * contrary > 0), p), default=here
    )


# --- Riffs -----------------------------------------------------------------------------------


def _play_riff(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play the groove's riff on the chords: an arpeggio or an ostinato."""
    centre = min(_centre(chart, melody) + 6, 84)
    low = _range(chart)[0]
    velocity = _velocity(passage)
    rows = chart.groove.riff
    notes: list[MidiNote] = []
    for bar in passage.bars:
        row = rows[(bar.number + passage.section.variation) % len(rows)]
        for span in bar.spans:
            sustained = sustained_pitch_classes(melody, bar.start + span.start, span.units)
            chord = enrich_chord(span.chord, "", passage.scale, sustained)
            last_pitches = voice_chord(chord, "close", last_pitches, max(low + 14, centre), low)
            for stroke in strokes(row, span.start, span.units):
                pitch = (
                    arpeggio_pitch(last_pitches, stroke.sign)
                    if stroke.sign.isdigit()
                    else last_pitches[-1]
                )
                accent = 1.1 if stroke.place % 4 == 0 else 0.92
                place = float(bar.start + stroke.place)
                length = stroke.length - arranging.ARTICULATION_GAP
                pitch = _fold_into_range(pitch, chart)
                notes.append(MidiNote(place, length, pitch, round(velocity * accent)))
    return notes, last_pitches


def _fold_into_range(pitch: int, chart: Chart) -> int:
    low, high = _range(chart)
    while pitch > high:
        pitch -= 12
    while pitch < low:
        pitch += 12
    return pitch


_KINDS: dict[str, Callable[[Chart, Passage, Sequence[MidiNote], Pitches], PlayedNotes]] = {
    "answer": _play_answers,
    "guide": _play_guide_tones,
    "riff": _play_riff,
}
