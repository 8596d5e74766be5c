"""The drummer: a groove's rows by energy, turns at phrase ends, fills, builds and crashes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence

from scripts.music.band.chart import (
    Bar,
    Chart,
    Passage,
    Pitches,
    PlayedNotes,
    beat_positions,
    player_rng,
)
from scripts.music.band.fills import fill_for, fill_notes
from scripts.music.band.kit import drum_key
from scripts.tables.sound import MidiNote
from scripts.temporary import arranging, drumming

Rows = Mapping[str, Sequence[str]]


def play_drums(
    chart: Chart, passage: Passage, melody: Sequence[MidiNote], last_pitches: Pitches
) -> PlayedNotes:
    """Play the drums of a passage."""
    if not chart.groove.drums:
        return [], last_pitches
    if passage.section.role in arranging.BUILD_ROLES:
        return list(_build_roll(chart, passage)), last_pitches
    if not passage.plays("drums"):
        return list(_soft_pulse(chart, passage)), last_pitches
    rng = player_rng(chart, passage, "drums")
    rows = rows_by_energy(chart, passage.energy)
    fill = fill_for(chart, passage, rng)
    notes: list[MidiNote] = []
    for bar in passage.bars:
        last = bar.number == len(passage.bars) - 1
        stop = chart.metre.units - fill.units if last and fill else chart.metre.units
        turned = _varied(_rows_of_bar(chart, passage, bar, rows, rng), chart, bar, rng)
        notes += _bar(chart, passage, bar, turned, stop, rng)
        if last and fill:
            notes += fill_notes(chart, passage, bar, fill)
    return _with_crash(chart, passage, notes), last_pitches


def rows_by_energy(chart: Chart, energy: int) -> Rows:
    """Return the rows for an energy: up to 2 the light ones, 3 the groove's own, 4 the full."""
    groove = chart.groove
    if energy <= 2:
        return groove.light or _lightened(groove.drums, chart.plan.band.kit)
    if energy < 4:
        return groove.drums
    rows = {**groove.drums, **groove.full}
    if "ride" in groove.full and chart.plan.band.kit not in drumming.ELECTRONIC_KITS:
        rows.pop("hat", None)  # one hand cannot play both
    return rows


def _lightened(drums: Rows, kit: int) -> dict[str, Sequence[str]]:
    """Leave out loud drums and ghost strokes; move the snare's strokes to the rim."""
    light: dict[str, Sequence[str]] = {}
    stick = "rim" if kit not in drumming.ELECTRONIC_KITS else "snare"
    for name, rows in drums.items():
        if name in drumming.LOUD_DRUMS and len(drums) > 2:
            continue
        plain = [row.translate(drumming.QUIET_STROKES) for row in rows]
        if name in drumming.PULSE_DRUMS:
            plain = [row.replace("o", ".") for row in plain]
        target = stick if name == "snare" and "rim" not in drums else name
        if any(set(row) - {"."} for row in plain):
            light[target] = plain
    return light


def _rows_of_bar(chart: Chart, passage: Passage, bar: Bar, rows: Rows, rng: random.Random) -> Rows:
    """Return a bar's rows, a variant of each drum's; where a phrase ends, the groove's turn."""
    number = bar.number + passage.section.variation
    free = "drums" in chart.groove.free
    chosen = {
        name: (rng.choice(lines) if free else lines[number % len(lines)],)
        for name, lines in rows.items()
        if lines
    }
    if bar.number % drumming.PHRASE_BARS == drumming.PHRASE_BARS - 1 and passage.energy > 1:
        turn = {
            name: (lines[number // drumming.PHRASE_BARS % len(lines)],)
            for name, lines in chart.groove.turn.items()
            if lines and (name in chosen or passage.energy > 2)
        }
        chosen |= turn
    return chosen


def _varied(rows: Rows, chart: Chart, bar: Bar, rng: random.Random) -> Rows:
    """Add a soft stroke now and then, at a phrase's end more often, so that bars differ."""
    phrase_ends = bar.number % drumming.PHRASE_BARS == drumming.PHRASE_BARS - 1
    turned = phrase_ends and set(chart.groove.turn) & set(rows)
    odds = drumming.VARIED_AT_PHRASE_END if phrase_ends else drumming.VARIED_ELSEWHERE
    if turned or rng.random() > odds:
        return rows
    here = [*rows, *chart.groove.drums]
    name = next((name for name in drumming.ANSWERING_DRUMS if name in here), None)
    row = rows[name][0] if name and name in rows else "." * chart.metre.units
    half = len(row) // 2
    free = [p for p in range(half, len(row)) if row[p] == "." and p not in chart.metre.strong]
    if name is None or not free:
        return rows
    place = rng.choice(free[-3:] if phrase_ends else free)
    sign = "o" if phrase_ends else "g"
    return {**rows, name: (row[:place] + sign + row[place + 1 :],)}


def _bar(
    chart: Chart, passage: Passage, bar: Bar, rows: Rows, stop: int, rng: random.Random
) -> Iterator[MidiNote]:
    """Yield the strokes of a bar; from `stop` (units) on only of drums that go on under a fill."""
    time = chart.groove.times.get(passage.section.role, "")
    scale = passage.velocity("drums") / 100
    for name, (row, *_) in rows.items():
        if name in drumming.TIME_FEEL_DRUMS:
            row = _in_time_feel(row, time, bar.number)
        end = len(row) if name in drumming.KEPT_IN_FILLS else stop
        key = drum_key(name, chart.plan.band.kit, chart.plan.tonic)
        for place, sign in enumerate(row[:end]):
            if sign != ".":
                factor = scale * _velocity_variation(place, name, rng)
                yield from stroke_notes(sign, bar.start + place, key, factor)


def _in_time_feel(row: str, time: str, number: int) -> str:
    """Return bar `number`'s row in half time (two bars for one) or double time (one for two)."""
    if time == "double":
        return row[::2] + row[::2]
    if time == "half":
        half = len(row) // 2
        part = row[half * (number % 2) : half * (number % 2) + half]
        return "".join(sign + "." for sign in part).ljust(len(row), ".")
    return row


def _velocity_variation(place: int, name: str, rng: random.Random) -> float:
    """Return a random factor on a stroke's velocity; that of hats and shakers follows the beat."""
    if name in ("hat", "ride", "shaker", "maracas", "cabasa"):
        return (1.0, 0.82, 0.92, 0.8)[place % 4] * rng.uniform(0.92, 1.06)
    return rng.uniform(0.95, 1.03)


def stroke_notes(sign: str, place: float, key: int, scale: float) -> Iterator[MidiNote]:
    """Yield the strokes of a sign: one, or the two or three of a roll.

    `scale` is a factor on the velocity.
    """
    offsets = drumming.ROLL_OFFSETS.get(sign, (0.0,))
    for number, offset in enumerate(offsets):
        velocity = drumming.DRUM_VELOCITY[sign] * scale * (1.0 if number == 0 else 0.85)
        length = drumming.STROKE_UNITS / len(offsets)
        yield MidiNote(place + offset, length, key, max(1, min(127, round(velocity))))


def _soft_pulse(chart: Chart, passage: Passage) -> Iterator[MidiNote]:
    """Yield a soft pulse in the second half of a quiet passage that a louder one follows."""
    after = passage.after
    name = next((name for name in drumming.PULSE_DRUMS if chart.groove.drums.get(name)), None)
    if after is None or after.energy < 2 or name is None or len(passage.bars) < 2:
        return
    if passage.section.role in arranging.THIN_ROLES and after.energy < 3:
        return
    rng = player_rng(chart, passage, "drums")
    rows = chart.groove.drums[name]
    for bar in passage.bars[len(passage.bars) // 2 :]:
        row = rows[bar.number % len(rows)].replace("g", ".").replace("X", "o").replace("x", "o")
        yield from _bar(chart, passage, bar, {name: (row,)}, chart.metre.units, rng)
    fill = fill_for(chart, passage, rng)
    if fill:
        yield from fill_notes(chart, passage, passage.bars[-1], fill)


def _build_roll(chart: Chart, passage: Passage) -> Iterator[MidiNote]:
    """Yield a roll that gets denser and louder until the gap, over a kick that stops before it."""
    kit, tonic = chart.plan.band.kit, chart.plan.tonic
    roll = drum_key(chart.groove.roll, kit, tonic)
    kick = drum_key("kick", kit, tonic)
    until = passage.end - passage.gap
    place = float(passage.start)
    while place < until - 0.01:
        done = (place - passage.start) / passage.units
        spacing = [units for share, units in drumming.ROLL_STAGES if share <= done][-1]
        velocity = round(48 + 68 * done)
        yield MidiNote(place, min(drumming.STROKE_UNITS, spacing), roll, velocity)
        place += spacing
    for bar in passage.bars[: max(1, len(passage.bars) * 3 // 4)]:
        for beat in beat_positions(chart.metre):
            yield MidiNote(bar.start + beat, drumming.STROKE_UNITS, kick, 88)


def _with_crash(chart: Chart, passage: Passage, notes: list[MidiNote]) -> list[MidiNote]:
    """Add a crash with a kick where a full part begins; hats and ride make room for it."""
    before = passage.before
    if passage.energy < 3 or before is None or chart.groove.fills not in drumming.CRASH_FILLS:
        return notes
    if before.part == passage.section.part and before.energy >= passage.energy:
        return notes
    kit, tonic = chart.plan.band.kit, chart.plan.tonic
    hats = {drum_key(name, kit, tonic) for name in ("hat", "open", "ride")}
    crash, kick = (drum_key(name, kit, tonic) for name in ("crash", "kick"))
    kept = [n for n in notes if n.start != passage.start or n.pitch not in hats | {kick}]
    start = float(passage.start)
    scale = arranging.VELOCITY_BY_ENERGY[passage.energy]
    return [
        MidiNote(start, drumming.STROKE_UNITS, kick, round(110 * scale)),
        MidiNote(start, 4.0, crash, round(100 * scale)),
        *kept,
    ]
