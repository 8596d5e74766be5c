"""The grammar of a song of notes: legal lines that add up to the plan's bars.

`note_list.py` describes the lines, and reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from math import ceil, floor

from scripts.music.harmony import chord_pitch_classes, transposition
from scripts.music.midi import unit_seconds
from scripts.music.phrases import part_around
from scripts.music.plan import bar_seconds
from scripts.music.rhythm import triplet_length
from scripts.tables.models import Segment, WritingJob
from scripts.tables.notation import Chord, ChordBar, ChordSpan, Metre, Units
from scripts.tables.plans import PartPlan, Section, SongPlan
from scripts.temporary import (
    arranging,
    drumming,
    melody_rules,
    notation,
    note_lists,
    phrasing,
    structure,
)


def title_line(plan: SongPlan) -> str:
    """Return the first line of a prompt: the song's title and the user's words."""
    return " ".join(f"{plan.title} ({plan.request})".split())


def notes_job(plan: SongPlan, prompt: str = "") -> WritingJob:
    """Return the job of a song of notes; `prompt` is a filled template, else the model's own."""
    asked = prompt or f"{title_line(plan)}\n{note_lists.COLUMNS}"
    segments = note_segments(plan)
    return WritingJob(asked.strip() + "\n\n", segments, len(segments), song_format="notes")


def note_segments(plan: SongPlan) -> tuple[Segment, ...]:
    """Return a segment for each bar of the form; a bar like an earlier one is a copy.

    Bars are alike that have their place in a cell of the same letter, chord and players in common.
    """
    segments: list[Segment] = []
    parts = {part.name: part for part in plan.parts}
    written: dict[tuple[str, str, int, ChordBar, tuple[str, ...]], int] = {}
    for section in plan.form:
        part = parts[section.part]
        players = _players(plan, section)
        for number in range(section.first_bar, section.first_bar + section.bars):
            place = number % len(part.bars)
            cell, within = divmod(place, notation.BARS_PER_CELL)
            bar = part.bars[place]
            key = (part.name, part.cells[cell], within, bar, players)
            first = written.setdefault(key, len(segments))
            if first < len(segments):
                segments.append(Segment(grammar="", lead_in="", bar_line="", copy_of=first))
            else:
                around = part_around(part, place, phrasing.GUARDED_REACH)
                ending = (part.cells[-1], notation.BARS_PER_CELL - 1, part.bars[-1])
                if (part.cells[cell], within, bar) != ending:
                    around = replace(around, closing=None)
                grammar = _bar_grammar(bar, players, around, plan)
                segments.append(Segment(grammar=grammar, lead_in="", bar_line=""))
    return tuple(segments)


def _players(plan: SongPlan, section: Section) -> tuple[str, ...]:
    """Return who plays in a section: bass and drums are silent where it is quiet."""
    playing = {
        "melody": structure.ROLES[section.role].melody,
        "chords": True,
        "bass": section.energy > 1,
        "drums": section.energy > 1 and bool(plan.band.drums),
    }
    return tuple(player for player in arranging.PLAYERS if playing.get(player))


def _bar_grammar(bar: ChordBar, players: Sequence[str], part: PartPlan, plan: SongPlan) -> str:
    """Return the rules of one bar: a rule for each place where an onset may be.

    An onset is some notes with wait 0 and one that waits for the next place; waits lie near the
    grid, so that the bar is as long as its metre says. Simultaneous notes are of the chord; only
    the melody's note that waits may be any of the scale, and not on a strong place. With
    `part.closing` the melody's final note has that pitch class, and starts at the last beat.
    """
    metre = notation.METRES[plan.metre]
    lengths = _wait_units(plan, part.density)
    rests_at = metre.units
    if part.closing is not None and "melody" in players:
        rests_at -= metre.beats[-1]
        bar = _split_bar(bar, rests_at)
    rules = ["segment: place0"]
    for number, span in enumerate(bar):
        used: set[Units] = set()
        for place in range(span.start, span.start + span.units):
            waits = _waits_from(place, span, lengths)
            used.update(waits)
            strong = place in metre.strong or place == span.start
            ends = [_waiting_line(number, place, n, strong, metre) for n in waits]
            written = triplet_length(place, span, part, metre)
            third = Fraction(written * notation.TRIPLET_TIME, notation.TRIPLET_NOTES)
            if third >= _shortest_units(plan):
                used.add(third)
                after = _waiting_line(
                    number, place + written * notation.TRIPLET_TIME - third, third, False, metre
                )
                ends.append(f"{_waiting_line(number, place, third, strong)} rest{place}")
                rules.append(
                    f"rest{place}: {_waiting_line(number, place + third, third, False)} {after}"
                )
            head = (
                _downbeat(number, players)
                if place == 0
                else _simultaneous_notes(number, place, metre)
            )
            head = f"HOME {head}" if place == rests_at else head
            rules.append(f"place{place}: {head} ({' | '.join(ends)})")
        playing = players if span.start < rests_at else [p for p in players if p != "melody"]
        rules += _line_rules(number, span, sorted(used), playing, part, plan)
    if rests_at < metre.units:
        rules.append(f"HOME: /{_final_note_pattern(bar[-1], part, plan)}/")
    return "\n".join(rules) + "\n"


def _split_bar(bar: ChordBar, place: int) -> ChordBar:
    """Return a bar whose last chord is split at a place, so that no onset waits across it."""
    last = bar[-1]
    if last.start == place:
        return bar
    head = ChordSpan(last.start, place - last.start, last.chord)
    return (*bar[:-1], head, ChordSpan(place, last.start + last.units - place, last.chord))


def _waiting_line(
    chord: int, place: Units, units: Units, strong: bool, metre: Metre | None = None
) -> str:
    """Return the name of the line that waits `units`; with a metre, also of the place after it."""
    kind = "down" if place == 0 else "strong" if strong else "weak"
    after = place + units
    goes_on = metre is not None and after < metre.units
    return f"{kind}{chord}_{_label(units)}" + (f" place{after}" if goes_on else "")


def _label(units: Units) -> str:
    """Return a number of units as it may stand in the name of a rule."""
    return str(units).replace("/", "_")


def _downbeat(chord: int, players: Sequence[str]) -> str:
    """Return the first onset of a bar without its last line; the whole band plays there."""
    lines = {"bass": f"ROOT{chord}", "chords": f"CHORDS{chord}{{1,3}}"}
    lines["drums"] = f"DRUMS{chord}{{0,3}}"
    return " ".join(line for player, line in lines.items() if player in players)


def _simultaneous_notes(chord: int, place: int, metre: Metre) -> str:
    """Return an onset inside a bar without its last line; beats may have more notes."""
    on_beat = place in accumulate(metre.beats, initial=0)
    return f"now{chord}{{0,{note_lists.NOTES_ON_BEAT if on_beat else note_lists.NOTES_OFF_BEAT}}}"


def _line_rules(
    number: int,
    span: ChordSpan,
    waits: Sequence[Units],
    players: Sequence[str],
    part: PartPlan,
    plan: SongPlan,
) -> list[str]:
    """Return the rules of the lines over a chord: without a wait, and with each of `waits`."""
    tones = _concert_tones(span.chord, plan)
    lines = {player.upper(): _line_pattern(player, tones, part, plan) for player in players}
    rules = [f"now{number}: " + " | ".join(f"{name}{number}" for name in lines)]
    if "bass" in players:
        lines["ROOT"] = _line_pattern("bass", tones[:1], part, plan)
    rules += [f"{name}{number}: /{line.replace('@', '0')}/" for name, line in lines.items()]
    lines.pop("ROOT", None)
    down = "MELODY" if "melody" in players else "CHORDS"
    if "melody" in players:
        lines["SCALE"] = _line_pattern("melody", _scale(plan), part, plan)
    for units in waits:
        label = _label(units)
        named = {name: f"{name}{number}_{label}" for name in lines}
        wait = _wait_pattern(units, plan)
        rules += [f"{named[name]}: /{line.replace('@', wait)}/" for name, line in lines.items()]
        strong = " | ".join(rule for name, rule in named.items() if name != "SCALE")
        rules.append(f"down{number}_{label}: {named[down]}")
        rules.append(f"strong{number}_{label}: {strong}")
        rules.append(f"weak{number}_{label}: {' | '.join(named.values())}")
    return rules


def _scale(plan: SongPlan) -> tuple[int, ...]:
    """Return the pitch classes of the concert key."""
    return tuple((plan.tonic + step) % 12 for step in notation.MODES[plan.mode].steps)


def _concert_tones(chord: Chord, plan: SongPlan) -> tuple[int, ...]:
    """Return the diatonic notes of a chord as concert pitch classes, the lowest first."""
    shift = transposition(plan.tonic, notation.MODES[plan.mode])
    scale = _scale(plan)
    tones = tuple((tone + shift) % 12 for tone in chord_pitch_classes(chord))
    return tuple(tone for tone in tones if tone in scale) or scale


def _final_note_pattern(span: ChordSpan, part: PartPlan, plan: SongPlan) -> str:
    """Return the pattern of the melody's final note, which fills most of its beat or more."""
    assert part.closing is not None
    tones = _concert_tones(span.chord, plan)
    closing = (part.closing + transposition(plan.tonic, notation.MODES[plan.mode])) % 12
    home = (closing,) if closing in tones else tones[:1]
    rests = round(note_lists.LAST_NOTE_SHARE * span.units * _unit_ms(plan))
    return _line_pattern("melody", home, part, plan, rests).replace("@", "0")


def _line_pattern(
    player: str,
    tones: Sequence[int],
    part: PartPlan,
    plan: SongPlan,
    shortest: int = note_lists.SHORTEST_MS,
) -> str:
    """Return the pattern of a player's lines; `@` stands for the wait. `shortest` is in ms."""
    band = plan.band
    longest = round(bar_seconds(notation.METRES[plan.metre], plan.tempo) * 1000)
    if player == "drums":
        keys = sorted(drumming.DRUM_KEYS[drum] for drum in band.drums)
        longest, instrument = note_lists.DRUM_LONGEST_MS, note_lists.DRUM
    else:
        low, high = _player_range(player, part, plan)
        keys = [pitch for pitch in range(low, high + 1) if pitch % 12 in tones]
        instrument = str({"melody": band.melody, "chords": band.chords, "bass": band.bass}[player])
    duration = number_pattern(shortest, min(longest, note_lists.LONGEST_MS))
    velocity = number_pattern(*note_lists.VELOCITY_QUARTERS)
    return f"({'|'.join(map(str, keys))}) {duration} @ {velocity} {instrument}\\n"


def _player_range(player: str, part: PartPlan, plan: SongPlan) -> tuple[int, int]:
    """Return a player's lowest and highest pitch (MIDI, concert key)."""
    if player != "melody":
        return note_lists.PLAYER_RANGES[player]
    shift = transposition(plan.tonic, notation.MODES[plan.mode]) + 12 * plan.band.melody_octave
    return part.low + shift, part.high + shift


def _wait_units(plan: SongPlan, density: int) -> list[int]:
    """Return the lengths that waits may have (units), from the shortest playable one."""
    shortest = _shortest_units(plan)
    odd = shortest <= 1  # without sixteenths there is no way back from an odd place
    lengths = melody_rules.DENSITY_LENGTHS[density]
    return [units for units in lengths if units >= shortest and (odd or units % 2 == 0)]


def _shortest_units(plan: SongPlan) -> float:
    """Return the shortest wait (units): with the tolerance off, it is still playable."""
    return note_lists.SHORTEST_MS / _unit_ms(plan) / (1 - note_lists.WAIT_TOLERANCE)


def _waits_from(place: int, span: ChordSpan, lengths: Sequence[int]) -> list[int]:
    """Return the waits that may follow a place: none goes on past the chord."""
    left = span.start + span.units - place
    fitting = [units for units in lengths if units <= left]
    if place % 2:
        fitting = [units for units in fitting if units % 2]
    return fitting or [left]


def _wait_pattern(units: Units, plan: SongPlan) -> str:
    """Return the pattern of a wait in milliseconds: `units`, give or take the tolerance."""
    exact, slack = float(units) * _unit_ms(plan), note_lists.WAIT_TOLERANCE * _unit_ms(plan)
    return number_pattern(max(note_lists.SHORTEST_MS, ceil(exact - slack)), floor(exact + slack))


def _unit_ms(plan: SongPlan) -> float:
    return unit_seconds(plan.tempo) * 1000


def number_pattern(low: int, high: int) -> str:
    """Return a regular expression of the whole numbers from `low` to `high`, both included."""
    spans = []
    while low <= high:
        top = min(high, 10 ** len(str(low)) - 1)
        spans.append(_same_digits_pattern(str(low), str(top)))
        low = top + 1
    return f"({'|'.join(spans)})"


def _same_digits_pattern(low: str, high: str) -> str:
    """Return the pattern between two numbers of as many digits."""
    if len(low) == 1:
        return f"[{low}-{high}]"
    if low[0] == high[0]:
        return low[0] + _same_digits_pattern(low[1:], high[1:])
    rest = len(low) - 1
    spans = [low[0] + _same_digits_pattern(low[1:], "9" * rest)]
    if int(high[0]) - int(low[0]) > 1:
        spans.append(f"[{int(low[0]) + 1}-{int(high[0]) - 1}]" + "[0-9]" * rest)
    spans.append(high[0] + _same_digits_pattern("0" * rest, high[1:]))
    return f"({'|'.join(spans)})"
