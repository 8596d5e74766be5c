"""What makes playing human: swing, a place before or behind the beat, small errors, phrases."""

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

    The same seed gives the same errors. `units` is the length of the passage with a ritardando.
    """
    rng = player_rng(chart, passage, f"feel {player}")
    amount = chart.plan.humanise
    pocket = chart.groove.pocket
    pocket_units, snare_units = pocket.get(player, 0.0), pocket.get("snare", 0.0)
    last = passage.start + units - 0.01
    most = arranging.TIMING_DRIFT_AT_MOST
    drift = 0.0
    played = []
    for note in sorted(notes, key=_by_time):
        start, end = note.start, note.start + note.length
        if not note.straight:
            start, end = (apply_swing(place, passage.start, chart) for place in (start, end))
        drift = arranging.DRIFT_CORRELATION * drift + rng.gauss(0, arranging.TIMING_DRIFT_UNITS)
        is_backbeat = player == "drums" and note.pitch in drumming.BACKBEAT_KEYS
        late = pocket_units + (snare_units if is_backbeat else 0.0)
        late += max(-most, min(most, drift)) * amount
        velocity = note.velocity * _phrase_dynamics(note.start, chart, passage)
        velocity += rng.gauss(0, arranging.VELOCITY_DEVIATION) * amount
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
    """Return a factor on velocity: a phrase's swell, loudest in its middle, or a build's rise."""
    if passage.section.role in arranging.BUILD_ROLES:
        rise = arranging.BUILD_VELOCITY_TO - arranging.BUILD_VELOCITY_FROM
        return arranging.BUILD_VELOCITY_FROM + rise * (place - passage.start) / passage.units
    phrase = 4 * chart.metre.units
    wave = sin(pi * ((place - passage.start) % phrase) / phrase)
    return 1.0 + arranging.PHRASE_SWELL * (wave - 0.5)


def apply_swing(place: float, origin: float, chart: Chart) -> float:
    """Return a place (units) moved so that the first of two eighths or sixteenths is longer.

    The plan's `swing` is its share of both. Only beats of four units swing. `origin` is a bar line
    before the place.
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
