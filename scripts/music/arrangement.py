"""From a lead sheet to a band: the door to the players in `scripts/music/band/`.

Pure: the plan's seed is the only source of chance. Times are in units (sixteenths) from the start
of the song.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from scripts.music.band.bass import play_bass
from scripts.music.band.comping import comp
from scripts.music.band.counter import answer
from scripts.music.band.drums import drum
from scripts.music.band.endings import brought_to_end, extra_units, last_notes
from scripts.music.band.feel import humanised
from scripts.music.band.layout import Chart, Passage, Pitches, Played, chart_for, passages
from scripts.music.band.melody import sing, soloist
from scripts.music.band.pad import hold
from scripts.music.grooves import Groove
from scripts.music.plan import ENDING_BARS
from scripts.temporary import (
    PLAYERS,
    Arrangement,
    LeadSheet,
    MidiNote,
    SongPlan,
    Stretch,
    Track,
)

_SOLO = "solo"  # the soloist has a seat of its own, and the melody's notes when it is its turn
_Player = Callable[[Chart, Passage, Sequence[MidiNote], Pitches], Played]
_ACCOMPANISTS: Mapping[str, _Player] = {
    "counter": answer,
    "chords": comp,
    "pad": hold,
    "bass": play_bass,
    "drums": drum,
}


def arrange(sheet: LeadSheet, plan: SongPlan, groove: Groove) -> Arrangement:
    """Give the lead sheet a band; the same arguments give the same notes."""
    stretches = list(perform(sheet, plan, groove))
    last = stretches[-1]
    tracks = tuple(
        Track(
            seat.player,
            seat.program,
            seat.drums,
            tuple(note for stretch in stretches for note in stretch.tracks[number].notes),
        )
        for number, seat in enumerate(last.tracks)
    )
    return Arrangement(plan.tempo, plan.metre, last.start + last.units, tracks)


def perform(sheet: LeadSheet, plan: SongPlan, groove: Groove) -> Iterator[Stretch]:
    """Yield the song section by section, and its ending, as the band plays them.

    Memory does not grow with the song's length; the same arguments give the same notes.
    """
    chart = chart_for(sheet, plan, groove)
    left: dict[str, Pitches] = dict.fromkeys(PLAYERS, ())
    end = 0
    for passage in passages(chart):
        extra = extra_units(chart, passage)
        played = _play(chart, passage, left)
        end = passage.end + extra
        yield Stretch(passage.start, passage.units + extra, _tracks(chart, played, passage))
    notes = {player: last_notes(chart, player, end, left[player]) for player in PLAYERS}
    yield Stretch(end, ENDING_BARS * chart.metre.units, _seated(chart, notes))


def _play(
    chart: Chart, passage: Passage, left: dict[str, Pitches]
) -> dict[str, Sequence[MidiNote]]:
    """Return what every seat plays in a passage; `left` moves on to where the players end."""
    line, extra = sing(chart, passage)
    left["melody"] = (line[-1].pitch,) if line else left["melody"]
    singer = _SOLO if soloist(chart, passage) else "melody"
    played: dict[str, Sequence[MidiNote]] = {singer: [*line, *extra]}
    for player, play in _ACCOMPANISTS.items():
        notes, left[player] = play(chart, passage, line if passage.sung else (), left[player])
        played[player] = _before_the_gap(notes, passage)
    return played


def _before_the_gap(notes: Sequence[MidiNote], passage: Passage) -> Sequence[MidiNote]:
    """Silence everybody where the passage holds its breath before a drop."""
    if not passage.gap:
        return notes
    end = passage.end - passage.gap
    return [
        MidiNote(note.start, min(note.length, end - note.start), note.pitch, note.velocity)
        for note in notes
        if note.start < end - 0.1
    ]


def _tracks(
    chart: Chart, played: Mapping[str, Sequence[MidiNote]], passage: Passage
) -> tuple[Track, ...]:
    units = passage.units
    human = {
        seat: brought_to_end(
            humanised(notes, chart, passage, "melody" if seat == _SOLO else seat, units),
            chart,
            passage,
        )
        for seat, notes in played.items()
    }
    return _seated(chart, human)


def _seated(chart: Chart, notes: Mapping[str, Sequence[MidiNote]]) -> tuple[Track, ...]:
    """Return a track for everybody in the band, in the order of `PLAYERS`."""
    band = chart.plan.band
    seats = (
        ("melody", "melody", band.melody),
        (_SOLO, "melody", band.solo if band.solo != band.melody else None),
        ("counter", "counter", band.counter),
        ("chords", "chords", band.chords),
        ("pad", "pad", band.pad),
        ("bass", "bass", band.bass),
        ("drums", "drums", band.kit),
    )
    return tuple(
        Track(player, program, player == "drums", tuple(notes.get(seat, ())))
        for seat, player, program in seats
        if program is not None
    )
