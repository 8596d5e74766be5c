"""Readers of songs that share nothing with the app's own: what is written is what they find."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from scripts.music.harmony import transposition
from scripts.music.leadsheet import read_lead_sheet, write_abc
from scripts.music.midi import unit_seconds
from scripts.tables.plans import LeadSheet, SongPlan
from scripts.temporary import notation

_SIGN = re.compile(r"\"[^\"]*\"|\(3|-|[_^]?[A-Ga-gz][,']*(\d*)")
_SLACK = 0.11  # of a unit: how far a wait of notes may be off the grid


def abc_bar_lengths(text: str) -> Iterator[Fraction | None]:
    """Yield the length of every bar of a song's text in sixteenths; None for one unreadable."""
    for bar in re.split(r"\|+", re.sub(r"\[P:.\]", "", text))[:-1]:
        total, left = Fraction(0), 0
        for sign in _SIGN.finditer(bar):
            if sign[0] == "(3":
                left = 3 if not left else 99
            elif sign[1] is not None:
                total += int(sign[1] or 1) * (Fraction(2, 3) if left else 1)
                left = max(0, left - 1)
        yield total if not left and not _SIGN.sub("", bar) else None


def note_bar_lengths(text: str, song: SongPlan) -> Iterator[Fraction | None]:
    """Yield the length of every bar of a song of notes in sixteenths, by the waits of its lines.

    A wait counts as the nearest of the grid's places, thirds of units among them.
    """
    unit, units, place = (
        unit_seconds(song.tempo) * 1000,
        notation.METRES[song.metre].units,
        Fraction(0),
    )
    for line in text.splitlines():
        wait = int(line.split(" ")[2]) / unit
        exact = [Fraction(round(wait * size), size) for size in (1, 3)]
        near = [grid for grid in exact if abs(float(grid) - wait) <= _SLACK]
        if not near:
            yield None
            return
        place += near[0]
        if place >= units:
            yield place
            place = Fraction(0)
    if place:
        yield place


def sounding(sheet: LeadSheet, name: str) -> Iterator[tuple[float, int, float]]:
    """Yield (place, pitch, units) of what is heard of a part: ties joined."""
    place = begun = held = Fraction(0)
    for note in (note for bar in sheet.melody[name] for note in bar):
        if note.pitch is not None:
            begun = begun if held else place
            held += note.units
            if not note.tied:
                yield float(begun), note.pitch, float(held)
                held = Fraction(0)
        place += note.units


def played_by_abc2midi(abc: str) -> Any:
    """What abc2midi plays of one tune: symusic's Score in ticks. Raises ValueError with its words.

    It is the program within symusic, called by itself: symusic would call it through a shell, with
    a whole path, which a Windows user's folder may be too difficult for.
    """
    import symusic

    program = Path(symusic.__file__).parent / "bin" / f"abc2midi{'.exe' * (os.name == 'nt')}"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "tune.abc").write_text(abc, encoding="utf-8", newline="\n")
        words = [str(program), "tune.abc", "-o", "tune.mid"]
        done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)
        made = Path(folder, "tune.mid")
        if done.returncode or not made.exists():
            raise ValueError(done.stdout.decode("utf-8", "replace")[-500:])
        return symusic.Score(made)


def abc2midi_hears(text: str, song: SongPlan) -> bool:
    """Whether abc2midi plays the ABC that is kept as it was written."""
    sheet = read_lead_sheet(text, song)
    fields, key, tune = re.split(r"^(K:.*\n)", write_abc(sheet, song, "tests"), flags=re.MULTILINE)
    # abc2midi swings what it takes for a hornpipe.
    head = re.sub(r"^[PR]:.*\n", "", fields, flags=re.MULTILINE) + key
    bodies = re.split(r"^P:([A-Z])$\n", tune, flags=re.MULTILINE)[1:]
    shift = transposition(song.tonic, notation.MODES[song.mode])
    # One part at a time, without chord symbols: only the melody is compared.
    for name, body in zip(bodies[::2], bodies[1::2]):
        score = played_by_abc2midi(head + re.sub(r'"[^"]*"', "", body))
        unit = score.ticks_per_quarter / 4
        # As arrays: a note of symusic's build for Windows does not tell its start one by one.
        arrays = [track.notes.numpy() for track in score.tracks]
        heard = sorted(
            (time / unit, pitch - shift, duration / unit)
            for notes in arrays
            for time, pitch, duration in zip(
                *(notes[name].tolist() for name in ("time", "pitch", "duration"))
            )
        )
        written = list(sounding(sheet, name))
        near = len(heard) == len(written) and all(
            pitch == other and abs(start - place) < 0.1 and abs(length - units) < 0.1
            for (start, pitch, length), (place, other, units) in zip(heard, written)
        )  # it is a tick late
        if not near:
            return False
    return True
