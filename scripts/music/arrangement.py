"""Arrange a lead sheet for a band; the players are in `scripts/music/band/`.

Pure: the plan's seed is the only source of chance. Times are in units (sixteenths) from the start
of the song.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from scripts.music.band.bass import play_bass
from scripts.music.band.chart import Chart, Passage, Pitches, PlayedNotes, make_chart, passages
from scripts.music.band.comping import play_chords
from scripts.music.band.counter import play_counter
from scripts.music.band.drums import play_drums
from scripts.music.band.endings import apply_ending, final_notes, ritardando_units
from scripts.music.band.feel import humanise
from scripts.music.band.melody import has_soloist, play_melody
from scripts.music.band.pad import play_pad
from scripts.music.grooves import Groove
from scripts.tables.plans import LeadSheet, SongPlan
from scripts.tables.sound import Arrangement, MidiNote, SectionNotes, Track
from scripts.temporary import arranging, structure

_PlayerFunction = Callable[[Chart, Passage, Sequence[MidiNote], Pitches], PlayedNotes]
_ACCOMPANISTS: Mapping[str, _PlayerFunction] = {
    "counter": play_counter,
    "chords": play_chords,
    "pad": play_pad,
    "bass": play_bass,
    "drums": play_drums,
}


def arrange(sheet: LeadSheet, plan: SongPlan, groove: Groove) -> Arrangement:
    """Arrange the whole lead sheet; the same arguments give the same notes."""
    sections = list(arrange_sections(sheet, plan, groove))
    last = sections[-1]
    tracks = tuple(
        Track(
            track.player,
            track.program,
            track.drums,
            tuple(note for section in sections for note in section.tracks[number].notes),
        )
        for number, track in enumerate(last.tracks)
    )
    return Arrangement(plan.tempo, plan.metre, last.start + last.units, tracks)


def arrange_sections(sheet: LeadSheet, plan: SongPlan, groove: Groove) -> Iterator[SectionNotes]:
    """Yield the notes of the song section by section, and of its ending.

    Memory does not grow with the song's length; the same arguments give the same notes.
    """
    chart = make_chart(sheet, plan, groove)
    last_pitches: dict[str, Pitches] = dict.fromkeys(arranging.PLAYERS, ())
    end = 0
    for passage in passages(chart):
        extra = ritardando_units(chart, passage)
        played = _play_section(chart, passage, last_pitches)
        end = passage.end + extra
        yield SectionNotes(passage.start, passage.units + extra, _tracks(chart, played, passage))
    notes = {
        player: final_notes(chart, player, end, last_pitches[player])
        for player in arranging.PLAYERS
    }
    yield SectionNotes(
        end, structure.ENDING_BARS * chart.metre.units, _tracks_in_band_order(chart, notes)
    )


def _play_section(
    chart: Chart, passage: Passage, last_pitches: dict[str, Pitches]
) -> dict[str, Sequence[MidiNote]]:
    """Return each player's notes in a passage; set `last_pitches` to those each ends on."""
    line, extra = play_melody(chart, passage)
    last_pitches["melody"] = (line[-1].pitch,) if line else last_pitches["melody"]
    lead_player = arranging.SOLO if has_soloist(chart, passage) else "melody"
    played: dict[str, Sequence[MidiNote]] = {lead_player: [*line, *extra]}
    for player, play in _ACCOMPANISTS.items():
        notes, last_pitches[player] = play(
            chart, passage, line if passage.has_melody else (), last_pitches[player]
        )
        played[player] = _silence_gap(notes, passage)
    return played


def _silence_gap(notes: Sequence[MidiNote], passage: Passage) -> Sequence[MidiNote]:
    """Cut the notes at the silence before a drop, if the passage has one."""
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
    """Return the tracks of a passage, humanised, and with the song's ending applied."""
    units = passage.units
    humanised_notes = {
        player: apply_ending(
            humanise(
                notes, chart, passage, "melody" if player == arranging.SOLO else player, units
            ),
            chart,
            passage,
        )
        for player, notes in played.items()
    }
    return _tracks_in_band_order(chart, humanised_notes)


def _tracks_in_band_order(
    chart: Chart, notes: Mapping[str, Sequence[MidiNote]]
) -> tuple[Track, ...]:
    """Return a track for each player of the band in the order of `PLAYERS`.

    A soloist on another instrument is a second melody track.
    """
    band = chart.plan.band
    instruments = (
        ("melody", "melody", band.melody),
        (arranging.SOLO, "melody", band.solo if band.solo != band.melody else None),
        ("counter", "counter", band.counter),
        ("chords", "chords", band.chords),
        ("pad", "pad", band.pad),
        ("bass", "bass", band.bass),
        ("drums", "drums", band.kit),
    )
    return tuple(
        Track(player, program, player == "drums", tuple(notes.get(source, ())))
        for source, player, program in instruments
        if program is not None
    )
