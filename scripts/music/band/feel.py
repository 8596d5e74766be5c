"""How people play: swing, a player's place before or behind the beat, small errors, phrases."""

from __future__ import annotations

from collections.abc import Sequence
from math import pi, sin

from scripts.music.band.chart import Chart, Passage, player_rng
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging, drumming


def humanise(
    notes: Sequence[MidiNote], chart: Chart, passage: Passage, player: str, units: int
) -> tuple[MidiNote, ...]:
    """Return notes as a person plays them, in order of time, all within the passage.

    The seed throws the dice. `units` is how long the passage is.
    """
    rng = player_rng(chart, passage, f"feel {player}")
    human = chart.plan.humanise
    pocket = chart.groove.pocket
    own, snare = pocket.get(player, 0.0), pocket.get("snare", 0.0)
    last = passage.start + units - 0.01
    wander = 0.0
    played = []
    for note in sorted(notes, key=_by_time):
        start, end = note.start, note.start + note.length
        if not note.straight:
            start, end = (apply_swing(place, passage.start, chart) for place in (start, end))
        wander = arranging.DRIFT_CORRELATION * wander + rng.gauss(0, arranging.TIMING_DRIFT_UNITS)
        late = own + (snare if player == "drums" and note.pitch in drumming.BACKBEAT_KEYS else 0.0)
        late += (
            max(-arranging.TIMING_DRIFT_AT_MOST, min(arranging.TIMING_DRIFT_AT_MOST, wander))
            * human
        )
        velocity = note.velocity * _phrase_dynamics(note.start, chart, passage)
        velocity += rng.gauss(0, arranging.VELOCITY_DEVIATION) * human
        played.append(
            MidiNote(
                min(last, max(float(passage.start), start + late)),
                max(0.2, end - start),
                note.pitch,
                max(1, min(127, round(velocity))),
                note.straight,
            )
        )
    return tuple(sorted(played, key=_by_time))


def _by_time(note: MidiNote) -> tuple[float, int]:
    return note.start, note.pitch


def _phrase_dynamics(place: float, chart: Chart, passage: Passage) -> float:
    """Return the factor of a phrase's swell, loudest in its third bar, or of a build's growth."""
    if passage.section.role in arranging.BUILD_ROLES:
        return (
            arranging.BUILD_VELOCITY_FROM
            + (arranging.BUILD_VELOCITY_TO - arranging.BUILD_VELOCITY_FROM)
            * (place - passage.start)
            / passage.units
        )
    phrase = 4 * chart.metre.units
    return 1.0 + arranging.PHRASE_SWELL * (
        sin(pi * ((place - passage.start) % phrase) / phrase) - 0.5
    )


def apply_swing(place: float, origin: float, chart: Chart) -> float:
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
