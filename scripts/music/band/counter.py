"""The counter-line: it answers where the melody rests, leads guide tones, or plays a riff."""

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
    """Play the counter-line of a passage, as the groove and the melody have it."""
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
    """Return where the line gathers: under the melody, within the instrument's reach."""
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
    """Where the melody rests or holds: its last direction, and the pitch that it left or holds."""

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
    """Return a run by steps of the scale against the melody's direction, chord tones on strong
    places and at its end.
    """
    centre = _centre(chart, melody)
    low, high = max(_range(chart)[0], centre - 8), min(_range(chart)[1], centre + 8)
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
        length = (
            step - arranging.ARTICULATION_GAP
            if not last
            else min(4, rest.end - place) - arranging.ARTICULATION_GAP
        )
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
            rough = {
                (c + by) % 12
                for c in sustained_pitch_classes(melody, place, span.units)
                for by in (1, -1)
            }
            found = _guide_tones(span.chord, rough, low, high)
            here = _nearest_against(found, here, down)
            notes.append(
                MidiNote(float(place), span.units - arranging.ARTICULATION_GAP, here, velocity)
            )
    return notes, (here,)


def _falls(melody: Sequence[MidiNote], place: int) -> bool:
    """Whether the melody falls around a place."""
    at = bisect_left([note.start for note in melody], place)
    around = melody[max(0, at - 1) : at + 1]
    return len(around) == 2 and around[1].pitch < around[0].pitch


def _guide_tones(chord: Chord, rough: set[int], low: int, high: int) -> list[int]:
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


def _play_riff(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play the groove's riff on the chords: an arpeggio or an ostinato of electronic styles."""
    centre = min(_centre(chart, melody) + 6, 84)
    low = _range(chart)[0]
    velocity = _velocity(passage)
    rows = chart.groove.riff
    notes: list[MidiNote] = []
    for bar in passage.bars:
        row = rows[(bar.number + passage.section.variation) % len(rows)]
        for span in bar.spans:
            sung = sustained_pitch_classes(melody, bar.start + span.start, span.units)
            chord = enrich_chord(span.chord, "", passage.scale, sung)
            last_pitches = voice_chord(chord, "close", last_pitches, max(low + 14, centre), low)
            for stroke in strokes(row, span.start, span.units):
                pitch = (
                    arpeggio_pitch(last_pitches, stroke.sign)
                    if stroke.sign.isdigit()
                    else last_pitches[-1]
                )
                accent = 1.1 if stroke.place % 4 == 0 else 0.92
                place = float(bar.start + stroke.place)
                loud = round(velocity * accent)
                notes.append(
                    MidiNote(
                        place,
                        stroke.length - arranging.ARTICULATION_GAP,
                        _fold_into_range(pitch, chart),
                        loud,
                    )
                )
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
