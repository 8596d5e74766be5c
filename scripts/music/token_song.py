"""Songs of notes as text: what models trained on MIDI (llama-midi) write, and how it is read.

After a title, the names of the columns and a blank line comes a note in each line: `pitch duration
wait velocity instrument`, such as `71 1310 0 20 0`. Times are milliseconds; `wait` runs from this
note's onset to the next one's; velocity is a quarter of MIDI's; the instrument is a General MIDI
program or `drum`.
Source: the model card of llama-midi (dx2102).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.music.band.layout import tonic_chord
from scripts.music.band.voicing import voice
from scripts.music.midi import unit_seconds
from scripts.temporary import (
    DRUM_KEYS,
    LENGTH_SECONDS_RANGE,
    METRES,
    PLAYERS,
    Arrangement,
    MidiNote,
    ModelError,
    SongPlan,
    Track,
)

COLUMNS = "pitch duration wait velocity instrument"
DRUM = "drum"
RANGES = {"chords": (48, 76), "bass": (28, 50)}  # MIDI; the melody's is the plan's
_LINE = re.compile(
    r"[ \t]*(\d{1,3})[ \t]+(\d{1,6})[ \t]+(\d{1,6})[ \t]+(\d{1,3})[ \t]+(\d{1,3}|drum)\s*",
    re.ASCII,
)
_LONGEST_MS = 10_000  # of a note and of a wait, whatever a model says
_NOTES_AT_MOST = 20_000
_TRACKS_AT_MOST = 6
_SHORTEST_UNITS = 0.25
_GM_BASSES = range(32, 40)
_GM_DRUM_KEYS = range(27, 88)
_CHORDAL = 0.5  # the share of notes struck together from which an instrument plays chords
_LAND_VELOCITY = 84


@dataclass(frozen=True)
class _Written:
    """A note as it was written: `start` and `length` in milliseconds, `program` None for drums."""

    start: int
    length: int
    pitch: int
    velocity: int
    program: int | None


def read_notes(text: str, plan: SongPlan) -> Arrangement:
    """Read a song of notes and let it land on the tonic; what is no note is skipped.

    The band's instruments play where the plan has them, others where they sound best. Nothing is
    moved to the grid. Raises ModelError when there is no note to play.
    """
    notes, now = _written(text)
    if not notes:
        raise ModelError(
            "The model wrote no notes that can be played; try again, or choose another in Options."
        )
    per_unit = unit_seconds(plan.tempo) * 1000
    # Where the last note waits for nothing, there must still be time to hear it.
    end = max(now / per_unit, notes[-1].start / per_unit + METRES[plan.metre].beats[0])
    metre = METRES[plan.metre]
    tracks = []
    for player, program, own in _seated(notes, plan):
        played = _playable(own, per_unit, end, player)
        landing = _landing(player, played, end, plan)
        kit = plan.band.kit if player == "drums" else program
        tracks.append(Track(player, kit, player == "drums", (*played, *landing)))
    tracks.sort(key=lambda track: (PLAYERS.index(track.player), track.program))
    return Arrangement(plan.tempo, plan.metre, round(end) + metre.units, tuple(tracks))


def _written(text: str) -> tuple[list[_Written], int]:
    """Return the notes of a text and where its music ends, in milliseconds."""
    notes: list[_Written] = []
    now, limit = 0, LENGTH_SECONDS_RANGE[1] * 1000
    for match in map(_LINE.fullmatch, text.splitlines()):
        if match is None:
            continue
        pitch, length, velocity = int(match[1]), int(match[2]), int(match[4])
        program = None if match[5] == DRUM else int(match[5])
        keys: Sequence[int] = _GM_DRUM_KEYS if program is None else range(128)
        if pitch in keys and length and velocity and (program is None or program < 128):
            loudness = min(127, 4 * velocity)
            notes.append(_Written(now, min(length, _LONGEST_MS), pitch, loudness, program))
        now += min(int(match[3]), _LONGEST_MS)
        if now >= limit or len(notes) == _NOTES_AT_MOST:
            break
    return notes, min(now, limit)


def _seated(notes: Sequence[_Written], plan: SongPlan) -> Iterator[tuple[str, int, list[_Written]]]:
    """Yield (player, program, notes) for the instruments with the most notes."""
    seats: dict[tuple[str, int], list[_Written]] = {}
    for note in notes:
        if note.program is None:
            seat = ("drums", 0)
        elif _is_bass(note.program, note.pitch, plan):
            seat = ("bass", note.program)
        else:
            seat = ("", note.program)
        seats.setdefault(seat, []).append(note)
    busiest = sorted(seats.items(), key=lambda item: (-len(item[1]), item[0]))
    for (player, program), own in busiest[:_TRACKS_AT_MOST]:
        yield player or _player_of(program, own, plan), program, own


def _is_bass(program: int, pitch: int, plan: SongPlan) -> bool:
    """Tell a bass by its program; one that plays above as well is a bass where it is low."""
    band = plan.band
    shared = program in (band.melody, band.chords)
    if program == band.bass:
        return pitch <= RANGES["bass"][1] or not shared
    return program in _GM_BASSES and not shared


def _player_of(program: int, notes: Sequence[_Written], plan: SongPlan) -> str:
    """Choose melody or chords: as the plan has it, else by how low and how full it plays."""
    if plan.band.melody != plan.band.chords:
        known = {plan.band.melody: "melody", plan.band.chords: "chords"}
        if program in known:
            return known[program]
    onsets = len({note.start for note in notes})
    mean = sum(note.pitch for note in notes) / len(notes)
    chordal = 1 - onsets / len(notes) >= _CHORDAL
    return "chords" if chordal or mean < RANGES["chords"][0] + 12 else "melody"


def _playable(
    notes: Sequence[_Written], per_unit: float, end: float, player: str
) -> list[MidiNote]:
    """Return the notes in units, in order; a key is struck once at a time, a bass plays one note.

    `per_unit` is milliseconds in a unit, `end` where the song lands (units).
    """
    ordered = sorted(
        {(note.start, note.pitch): note for note in notes}.values(),
        key=lambda note: (note.start, note.pitch),
    )
    played = []
    ends: dict[int, float] = {}  # string (a pitch, or the bass's only one) -> its next onset
    for note in reversed(ordered):
        string = 0 if player == "bass" else note.pitch
        start = note.start / per_unit
        room = ends.get(string, end) - start
        if room < _SHORTEST_UNITS:
            continue  # a shorter note would not end; of two bass notes at once the upper stays
        length = max(_SHORTEST_UNITS, note.length / per_unit)
        played.append(MidiNote(start, min(length, room), note.pitch, note.velocity))
        ends[string] = start
    return played[::-1]


def _landing(
    player: str, notes: Sequence[MidiNote], end: float, plan: SongPlan
) -> Iterator[MidiNote]:
    """Yield what a player ends with: the tonic near where it was, the chord, a last stroke."""
    units = float(METRES[plan.metre].units)
    last = notes[-1].pitch
    octave = range(max(0, last - 6), min(127, last + 6) + 1)
    nearest = [pitch for pitch in octave if pitch % 12 == plan.tonic % 12][:1] or [last]
    pitches = {
        "melody": nearest,
        "bass": nearest,
        "chords": voice(tonic_chord(plan)),
        "drums": (DRUM_KEYS["kick"], DRUM_KEYS["crash"]),
    }
    for pitch in pitches[player]:
        yield MidiNote(end, units, pitch, _LAND_VELOCITY)
