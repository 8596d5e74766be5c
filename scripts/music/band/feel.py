"""How people play: swing, a player's place before or behind the beat, small errors, phrases."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sin

from scripts.music.band.layout import Chart, Passage, chance
from scripts.temporary import BUILD_ROLES, DRUM_KEYS, MidiNote

_DRIFT = 0.05  # units of standard deviation: a hundredth of a beat is felt, five are heard
_DRIFT_MOST = 0.12
_WANDER = 0.7  # how much of the last note's error stays in the next: people drift, dice jump
_UNEVEN = 8.0  # velocity
_ARC = 0.06  # by how much a phrase of four bars swells and ebbs
_BUILD_FROM, _BUILD_TO = 0.85, 1.15  # factors on velocity, from a build's start to its end
_BACKBEAT = frozenset({DRUM_KEYS["snare"], DRUM_KEYS["rim"], DRUM_KEYS["clap"]})


def humanised(
    notes: Sequence[MidiNote], chart: Chart, passage: Passage, player: str, units: int
) -> tuple[MidiNote, ...]:
    """Return notes as a person plays them, in order of time, all within the passage.

    The seed throws the dice. `units` is how long the passage is.
    """
    rng = chance(chart, passage, f"feel {player}")
    human = chart.plan.humanise
    pocket = chart.groove.pocket
    own, snare = pocket.get(player, 0.0), pocket.get("snare", 0.0)
    last = passage.start + units - 0.01
    wander = 0.0
    played = []
    for note in sorted(notes, key=_by_time):
        start, end = note.start, note.start + note.length
        if not note.even:
            start, end = (swung(place, passage.start, chart) for place in (start, end))
        wander = _WANDER * wander + rng.gauss(0, _DRIFT)
        late = own + (snare if player == "drums" and note.pitch in _BACKBEAT else 0.0)
        late += max(-_DRIFT_MOST, min(_DRIFT_MOST, wander)) * human
        velocity = note.velocity * _arc(note.start, chart, passage)
        velocity += rng.gauss(0, _UNEVEN) * human
        played.append(
            MidiNote(
                min(last, max(float(passage.start), start + late)),
                max(0.2, end - start),
                note.pitch,
                max(1, min(127, round(velocity))),
                note.even,
            )
        )
    return tuple(sorted(played, key=_by_time))


def _by_time(note: MidiNote) -> tuple[float, int]:
    return note.start, note.pitch


def _arc(place: float, chart: Chart, passage: Passage) -> float:
    """Return the factor of a phrase's swell, loudest in its third bar, or of a build's growth."""
    if passage.section.role in BUILD_ROLES:
        return _BUILD_FROM + (_BUILD_TO - _BUILD_FROM) * (place - passage.start) / passage.units
    phrase = 4 * chart.metre.units
    return 1.0 + _ARC * (sin(pi * ((place - passage.start) % phrase) / phrase) - 0.5)


def swung(place: float, origin: float, chart: Chart) -> float:
    """Move a place so that the first of two eighths (or sixteenths) takes `swing` of them.

    Only beats of four units swing. `origin` is a bar line before the place.
    """
    swing, pair = chart.plan.swing, 2 * chart.groove.swung
    if swing == 0.5 or chart.metre.beats[0] != 4:
        return place
    count, within = divmod(place - origin, pair)
    half, long = pair / 2, pair * swing
    if within <= half:
        moved = within * long / half
    else:
        moved = long + (within - half) * (pair - long) / half
    return origin + count * pair + moved
