"""A thousand songs from random models: wrong bars, unreadable texts and crashes are counted.

    python tests/bench/thousand.py [--songs 1000] [--first 0] [--at-once 25]

Every tiny GGUF of the tests (random weights, the real keys, special tokens and chat templates)
writes in turn, over all styles and all metres, with and without triplets and ties, at every
density. Bars are measured by a reader that shares nothing with the app's own; the ABC of every
tenth song is played by abc2midi and compared. Each `--at-once` songs run in a process of their
own, so that a crash is counted and not the end. Run it with the environment's own Python (.venv).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from scripts import models  # noqa: E402
from scripts.music.form import song_bars  # noqa: E402
from scripts.music.leadsheet import read_lead_sheet  # noqa: E402
from scripts.music.note_list import read_notes  # noqa: E402
from scripts.prompts import build_job  # noqa: E402
from scripts.tables.plans import SongPlan  # noqa: E402
from scripts.tables.program import UserError  # noqa: E402
from scripts.temporary import notation, structure  # noqa: E402
from tests import tiny_gguf  # noqa: E402
from tests.reference_readers import abc2midi_hears, abc_bar_lengths, note_bar_lengths  # noqa: E402
from tests.song_factory import plan, style_book, with_metre, with_ornaments  # noqa: E402

MODELS = tiny_gguf.WRITERS
HEARD_EVERY = 10


def song_number(number: int) -> SongPlan:
    """Return the plan of a song of the thousand: the odd numbers in a metre of their own."""
    styles, metres = sorted(style_book().styles), list(notation.METRES)
    turn = number // len(MODELS)
    song = plan(styles[turn % len(styles)], number, 20 + number % 40)
    if number % 2:
        song = with_metre(song, metres[turn % len(metres)])
    song = with_ornaments(song) if turn % 3 else song
    shift = turn % 5 + 1 if turn % 2 else 0
    if not shift:
        return song
    parts = (replace(part, density=shift, phrases=()) for part in song.parts)
    return replace(song, parts=tuple(parts))


def write(number: int, folder: Path) -> dict[str, Any]:
    """Write one song; return what was found of it."""
    tiny, song = MODELS[number % len(MODELS)], song_number(number)
    seed = number // (len(MODELS) * 20)  # other weights now and then
    path = folder / f"{tiny.name} {seed}.gguf"
    if not path.exists():
        tiny_gguf.build(path, tiny, seed)
    found: dict[str, Any] = {"number": number, "model": tiny.name, "style": song.leading}
    found |= {"metre": song.metre, "bars": 0, "wrong": 0, "problem": "", "misheard": False}
    model = models.LoadedModel(models.describe(path, folder), 1)
    try:
        job, _ = build_job(song, model.profile, model.frame)
        how = models.sampling_for(model.profile, number, 1.0)
        text = "".join(model.write(job, how))
        if model.profile.song_format == "notes":
            lengths = list(note_bar_lengths(text, song))
            expected = song_bars(song.form) - structure.ENDING_BARS
            read_notes(text, song)
        else:
            lengths, expected = list(abc_bar_lengths(text)), song.written_bars
            read_lead_sheet(text, song)
            found["misheard"] = number % HEARD_EVERY == 0 and not abc2midi_hears(text, song)
        wrong = sum(length != notation.METRES[song.metre].units for length in lengths)
        found |= {"bars": expected, "wrong": wrong + abs(expected - len(lengths))}
    except UserError as error:
        found["problem"] = str(error)
    finally:
        model.close()
    return found


def work(first: int, songs: int) -> None:
    """Write some songs and print a line of JSON for each: what a process of its own does."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + songs):
            print("FOUND" + json.dumps(write(number, Path(folder))), flush=True)


def found_by_others(first: int, songs: int, at_once: int) -> Iterator[dict[str, Any]]:
    """Yield what processes find; a crash is a song with a problem, and the next go on."""
    number, end = first, first + songs
    while number < end:
        count = min(at_once, end - number)
        line = [sys.executable, __file__, "--work", str(number), "--songs", str(count)]
        done = subprocess.run(line, capture_output=True, text=True)
        rows = [json.loads(row[5:]) for row in done.stdout.splitlines() if row[:5] == "FOUND"]
        yield from rows
        number += len(rows)
        if len(rows) < count:
            yield {"number": number, "crash": done.returncode, "said": done.stderr[-500:]}
            number += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--at-once", type=int, default=25)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        work(options.work, options.songs)
        return
    total: Counter[str] = Counter()
    kinds: dict[str, set[str]] = {"model": set(), "style": set(), "metre": set()}
    for row in found_by_others(options.first, options.songs, options.at_once):
        total["songs"] += 1
        total["bars"] += row.get("bars", 0)
        total["wrong bars"] += row.get("wrong", 0)
        total["unreadable songs"] += bool(row.get("problem"))
        total["misheard by abc2midi"] += row.get("misheard", False)
        total["crashes"] += "crash" in row
        for kind, seen in kinds.items():
            seen.add(row.get(kind, ""))
        if row.get("wrong") or row.get("problem") or row.get("misheard") or "crash" in row:
            print(row, flush=True)
    print(", ".join(f"{name}: {count}" for name, count in total.items()))
    print(", ".join(f"{len(seen)} {kind}s" for kind, seen in kinds.items()))


if __name__ == "__main__":
    main()
