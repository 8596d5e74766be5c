"""Songs of notes as text: what models trained on MIDI (llama-midi) write, and how it is read.

After a title, the names of the columns and a blank line, each line is a note: `pitch duration
wait velocity instrument`, such as `71 1310 0 20 0`. Times are milliseconds; `wait` runs from this
note's onset to the next one's; velocity is a quarter of MIDI's; the instrument is a General MIDI
program or `drum`.
Source: the model card of llama-midi (dx2102).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scripts.music.band.chart import tonic_chord
from scripts.music.band.voicing import voice_chord
from scripts.music.midi import unit_seconds
from scripts.tables.plans import SongPlan
from scripts.tables.program import ModelError
from scripts.tables.sound import Arrangement, MidiNote, Track
from scripts.temporary import application, arranging, drumming, notation, note_lists


@dataclass(frozen=True)
class _ParsedNote:
    """A note as it was written: `start` and `length` in milliseconds, `program` None for drums."""

    start: int
    length: int
    pitch: int
    velocity: int
    program: int | None


def read_notes(text: str, plan: SongPlan) -> Arrangement:
    """Read a song of notes and end it on the tonic; lines that are no notes are skipped.

    The plan's instruments keep their players, others get one by how they play. Nothing is
    quantised. Raises ModelError when there is no note to play.
    """
    notes, now = _parse_notes(text)
    if not notes:
        raise ModelError(
            "The model wrote no notes that can be played; try again, or choose another in Options."
        )
    per_unit = unit_seconds(plan.tempo) * 1000
    # Where the last note waits for nothing, there must still be time to hear it.
    end = max(now / per_unit, notes[-1].start / per_unit + notation.METRES[plan.metre].beats[0])
    metre = notation.METRES[plan.metre]
    tracks = []
    for player, program, own in _notes_by_instrument(notes, plan):
        played = _to_midi_notes(own, per_unit, end, player)
        final = _final_notes(player, played, end, plan)
        kit = plan.band.kit if player == "drums" else program
        tracks.append(Track(player, kit, player == "drums", (*played, *final)))
    tracks.sort(key=lambda track: (arranging.PLAYERS.index(track.player), track.program))
    return Arrangement(plan.tempo, plan.metre, round(end) + metre.units, tuple(tracks))


def _parse_notes(text: str) -> tuple[list[_ParsedNote], int]:
    """Return the notes of a text and where its music ends, in milliseconds."""
    notes: list[_ParsedNote] = []
    now, limit = 0, application.LENGTH_SECONDS_RANGE[1] * 1000
    for match in map(note_lists.LINE_PATTERN.fullmatch, text.splitlines()):
        if match is None:
            continue
        pitch, length, velocity = int(match[1]), int(match[2]), int(match[4])
        program = None if match[5] == note_lists.DRUM else int(match[5])
        keys: Sequence[int] = note_lists.GM_DRUM_KEYS if program is None else range(128)
        if pitch in keys and length and velocity and (program is None or program < 128):
            loudness = min(127, 4 * velocity)
            notes.append(
                _ParsedNote(now, min(length, note_lists.LONGEST_READ_MS), pitch, loudness, program)
            )
        now += min(int(match[3]), note_lists.LONGEST_READ_MS)
        if now >= limit or len(notes) == note_lists.NOTES_AT_MOST:
            break
    return notes, min(now, limit)


def _notes_by_instrument(
    notes: Sequence[_ParsedNote], plan: SongPlan
) -> Iterator[tuple[str, int, list[_ParsedNote]]]:
    """Yield (player, program, notes) for the instruments with the most notes."""
    instruments: dict[tuple[str, int], list[_ParsedNote]] = {}
    for note in notes:
        if note.program is None:
            instrument = ("drums", 0)
        elif _is_bass(note.program, note.pitch, plan):
            instrument = ("bass", note.program)
        else:
            instrument = ("", note.program)
        instruments.setdefault(instrument, []).append(note)
    busiest = sorted(instruments.items(), key=lambda item: (-len(item[1]), item[0]))
    for (player, program), own in busiest[: note_lists.TRACKS_AT_MOST]:
        yield player or _player_of(program, own, plan), program, own


def _is_bass(program: int, pitch: int, plan: SongPlan) -> bool:
    """Whether a note is the bass's, by its program; a program that others share, too: by pitch."""
    band = plan.band
    shared = program in (band.melody, band.chords)
    if program == band.bass:
        return pitch <= note_lists.PLAYER_RANGES["bass"][1] or not shared
    return program in note_lists.GM_BASSES and not shared


def _player_of(program: int, notes: Sequence[_ParsedNote], plan: SongPlan) -> str:
    """Return "melody" or "chords" for an instrument: the plan's, else by pitch and texture."""
    if plan.band.melody != plan.band.chords:
        known = {plan.band.melody: "melody", plan.band.chords: "chords"}
        if program in known:
            return known[program]
    onsets = len({note.start for note in notes})
    mean = sum(note.pitch for note in notes) / len(notes)
    chordal = 1 - onsets / len(notes) >= note_lists.CHORDAL_SHARE
    return "chords" if chordal or mean < note_lists.PLAYER_RANGES["chords"][0] + 12 else "melody"


def _to_midi_notes(
    notes: Sequence[_ParsedNote], per_unit: float, end: float, player: str
) -> list[MidiNote]:
    """Return the notes in units, in order; keys do not overlap themselves, a bass is monophonic.

    `per_unit` is milliseconds in a unit, `end` is where the final notes begin (units).
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
        if room < note_lists.SHORTEST_UNITS:
            continue  # a shorter note would not end; of two bass notes at once the upper stays
        length = max(note_lists.SHORTEST_UNITS, note.length / per_unit)
        played.append(MidiNote(start, min(length, room), note.pitch, note.velocity))
        ends[string] = start
    return played[::-1]


def _final_notes(
    player: str, notes: Sequence[MidiNote], end: float, plan: SongPlan
) -> Iterator[MidiNote]:
    """Yield a player's final notes: the tonic near its last note, the tonic chord, or a stroke."""
    units = float(notation.METRES[plan.metre].units)
    last = notes[-1].pitch
    octave = range(max(0, last - 6), min(127, last + 6) + 1)
    nearest = [pitch for pitch in octave if pitch % 12 == plan.tonic % 12][:1] or [last]
    pitches = {
        "melody": nearest,
        "bass": nearest,
        "chords": voice_chord(tonic_chord(plan)),
        "drums": (drumming.DRUM_KEYS["kick"], drumming.DRUM_KEYS["crash"]),
    }
    for pitch in pitches[player]:
        yield MidiNote(end, units, pitch, note_lists.LANDING_VELOCITY)
