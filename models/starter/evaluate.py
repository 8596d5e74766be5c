"""Measure starter models beside real tunes, in the app's own engine.

    python evaluate.py --work work --model Llm-Music-Gen-Starter.Q8_0.gguf [--beside OTHER.gguf]

Every held-out tune becomes a plan: its kind, metre, mode, chords, parts, and how dense and how
high each phrase is; the note to close on is drawn as the app draws it. The models write that song
anew; "chance" draws evenly from all that is legal. Two grammars lead them. The open one asks for
whole bars and the chords, and no more: any pitch, any length. The app's own has chord tones where
the metre is strong, or notes that lean on one, the lengths of the density, and the closing note.

Songs of several seeds are measured as one heap: half of what small samples differ by is noise. How
much noise is left in the real tunes themselves say two columns: one half of them beside the other,
and the new model's songs of one seed, as if they were the real ones, beside those of the others.
That is as near as anything can come that writes exactly like the tunes it is compared with.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np

from models.starter import dialect
from models.starter import metrics
from models.starter.dialect import METRES, MODES, Bar, Song, density, read_song
from scripts import models
from scripts.llm.line import tokens_of
from scripts.llm.profiles import sampling_for
from scripts.music.closing import close_song
from scripts.music.grammar import number_of, symbol_at
from scripts.music.phrases import whole_part
from scripts.music.plan import plan_song
from scripts.music.style_reader import read_style_book
from scripts.music.words import understand
from scripts.prompts import build_job
from scripts.temporary import (
    Chord,
    ChordBar,
    ChordSpan,
    PartPlan,
    PhrasePlan,
    Sampling,
    Section,
    SongPlan,
    WritingJob,
)

DATA = Path(__file__).resolve().parents[2] / "data"
REACH = 10  # semitones around a part's mean that a plan allows
SEED_STEP = 1000  # from one writing of all songs to the next
TOGETHER = 8  # songs written side by side
LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16)  # in the open grammar
DENSITIES, MIDDLES = (1, 2, 3, 4, 5), (66, 69, 71, 74, 76)  # what is asked for, in turn
HEIGHT_LEVELS = (65.0, 67.5, 70.0, 72.5, 75.0)  # edges of what counts as the height asked for
NO_DIALS: Mapping[str, float] = {}
CHANCE = Sampling(0, temperature=1000.0, min_p=0.0)
STRUCTURE = ('"', "|", "[")


def any_plan() -> SongPlan:
    """Return a plan of the style book, of which the band and the like are kept."""
    documents = [json.loads((DATA / name).read_text(encoding="utf-8"))
                 for name in ("styles.json", "grooves.json")]  # fmt: skip
    book = read_style_book({**documents[0], "grooves": documents[1]["grooves"]})
    return plan_song(understand("Celtic", book), book, 60.0, 1)


def chord_bar(bar: Bar, metre: str) -> ChordBar:
    """Return a bar's chords as a plan has them."""
    ends = [unit for unit, _ in bar.chords[1:]] + [METRES[metre][0]]
    return tuple(ChordSpan(unit, end - unit, Chord(*chord))
                 for (unit, chord), end in zip(bar.chords, ends))  # fmt: skip


def phrases_of(part: list[Bar], metre: str) -> tuple[PhrasePlan, ...]:
    """Return how dense and how high each phrase of a real part is."""
    phrases = [part[i : i + dialect.BARS_PER_LINE]
               for i in range(0, len(part), dialect.BARS_PER_LINE)]  # fmt: skip
    return tuple(
        PhrasePlan(dialect.per_quarter(phrase, metre),
                   metrics.mean_height(phrase) or dialect.CENTRE)
        for phrase in phrases
    )  # fmt: skip


def plan_of(song: Song, frame: SongPlan, seed: int, even: bool = False) -> SongPlan:
    """Make a plan that asks for a tune like this one; no cell of it is a copy by plan.

    `seed` draws the closing note. An `even` plan has the same density and height throughout, and
    any end: what the app asked for before it planned phrases.
    """
    parts = []
    for letter, part in zip(dialect.PARTS, song.parts):
        mean = round(metrics.mean_height(part))
        low, high = max(dialect.LOWEST, mean - REACH), min(dialect.HIGHEST, mean + REACH)
        cells = "".join(chr(97 + cell) for cell in range((len(part) + 1) // 2))
        chords = tuple(chord_bar(bar, song.metre) for bar in part)
        phrases = () if even else phrases_of(part, song.metre)
        many = density(part, song.metre)
        parts.append(PartPlan(letter, chords, cells, many, low, high, phrases=phrases))
    kind = song.kind or "song"
    form = tuple(Section("verse", part.name, 0, len(part.bars), 2) for part in parts)
    plan = replace(
        frame, metre=song.metre, mode=song.mode, kind=kind, parts=tuple(parts), form=form, seed=seed
    )
    return plan if even else close_song(plan)


def open_grammar(bars: tuple[ChordBar, ...], metre: str, line: str) -> str:
    """Return the rules of a cell with nothing asked but its length and its chords."""
    units = METRES[metre][0]
    pitches = [f'"{dialect.write_pitch(m)}"' for m in range(dialect.LOWEST, dialect.HIGHEST + 1)]
    rules = [f"P: {' | '.join(pitches)}"]

    def at(number: int, place: int) -> str:
        if place < units:
            return f"{symbol_at(bars[number], place)}at{number}_{place}"
        return f'"{line}"' if number + 1 == len(bars) else f'"|" {at(number + 1, 0)}'

    for number, bar in enumerate(bars):
        for place in range(units):
            end = next(s.start + s.units for s in bar if s.start <= place < s.start + s.units)
            lengths = [x for x in LENGTHS if x <= end - place]
            options = [f"P {number_of(x)}{at(number, place + x)}" for x in lengths]
            options += [f'"z" {number_of(x)}{at(number, place + x)}' for x in lengths if x > 1]
            rules.append(f"at{number}_{place}: {' | '.join(options)}")
    return "\n".join([f"segment: {at(0, 0)}", *rules]) + "\n"


def opened(job: WritingJob, plan: SongPlan) -> WritingJob:
    """Return a job under the open grammar."""
    cells = [(part.bars[i : i + 2]) for part in plan.parts for i in range(0, len(part.bars), 2)]
    segments = [replace(segment, grammar=open_grammar(cell, plan.metre, segment.line))
                for segment, cell in zip(job.segments, cells)]  # fmt: skip
    return replace(job, segments=tuple(segments))


class Writer:
    """A loaded model that writes plans' songs and measures the loss of real ones."""

    def __init__(self, path: Path) -> None:
        self.model = models.LoadedModel(models.describe(path, path.parent), 1)
        self.profile = self.model.profile

    def jobs(self, plans: list[SongPlan], free: bool) -> list[WritingJob]:
        """Return what the model is asked."""
        jobs = [build_job(plan, self.profile)[0] for plan in plans]
        return [opened(job, plan) for job, plan in zip(jobs, plans)] if free else jobs

    def write(
        self, plans: list[SongPlan], free: bool, seed: int, chance: bool = False,
        dials: Mapping[str, float] = NO_DIALS,
    ) -> list[Song]:  # fmt: skip
        """Write all plans' songs, some of them side by side.

        `dials` are fields of `Sampling` that are set otherwise than the profile has them.
        """
        songs = []
        jobs = self.jobs(plans, free)
        for start in range(0, len(plans), TOGETHER):
            some = jobs[start : start + TOGETHER]
            how = [
                replace(CHANCE, seed=seed + start + i)
                if chance
                else replace(sampling_for(self.profile, seed + start + i, 1.0), **dials)
                for i in range(len(some))
            ]
            desk = self.model.desk(list(zip(some, how)))
            while not all(desk.finished(seat) for seat in range(len(some))):
                desk.step()
            for seat, plan in enumerate(plans[start : start + TOGETHER]):
                songs.append(song_of(desk.text(seat), plan))
            desk.close()
        return songs

    def loss(self, songs: list[Song]) -> float:
        """Return nats for each note of real tunes, given what the app dictates.

        Chord symbols, bar lines and cues are fed, as in the app; only the tokens of notes count.
        """
        import llama_cpp

        path = str(self.model.info.path)
        model = llama_cpp.Llama(path, n_ctx=1024, n_threads=1, logits_all=True, verbose=False)
        total = notes = 0.0
        for song in songs:
            ids, counted = [model.token_bos()], [False]
            for chunk in self.chunks(song):
                more = tokens_of(model._model, chunk, False)
                ids += more
                counted += [not chunk.startswith(STRUCTURE)] * len(more)
            ids, counted = ids[:1024], counted[:1024]
            model.reset()
            model.eval(ids)
            logits = np.array(model.scores[: len(ids) - 1], dtype=np.float64)
            said = logits[np.arange(len(ids) - 1), ids[1:]] - np.logaddexp.reduce(logits, axis=1)
            total -= float(said[np.array(counted[1:])].sum())
            notes += len(song.pitches())
        model.close()
        return total / notes

    def chunks(self, song: Song) -> list[str]:
        """Cut a tune's text, in the dialect of the model, at its structure."""
        text = dialect.write_song(song)
        cues = self.profile.cues
        if cues is None:
            text = dialect.CUE.sub("", text)
            text = text.replace("[P:A]", f"[N:{density(song.bars(), song.metre)}][P:A]", 1)
        elif not cues.repeated:
            text = re.sub(r"\[[NH]:\d+\]", "", text).replace("[E:", "[B:")
            for letter, part in zip(dialect.PARTS, song.parts):
                high = cues.lowest - 1 + dialect.bucket(metrics.mean_height(part), cues.heights)
                cue = f"[P:{letter}][N:{density(part, song.metre)}][H:{high}]"
                text = text.replace(f"[P:{letter}]", cue)
        return [chunk for chunk in dialect.STRUCTURE.split(text) if chunk]


def song_of(text: str, plan: SongPlan) -> Song:
    """Read what was written."""
    return read_song(f"[R:{plan.kind}][M:{plan.metre}][K:{MODES[plan.mode][0]}]{text}")


def facts(songs: list[Song], real: list[Song], memory: metrics.Memory) -> dict[str, float]:
    """Measure a column of songs."""
    same, alike, lag = metrics.repeats(songs)
    rest, home = metrics.cadences(songs)
    copied = [memory.longest(song) for song in songs]
    return {
        "chord tones on strong beats": metrics.chord_share(songs),
        **metrics.distances(songs, real),
        "bars that return": same,
        "rhythms that return": alike,
        "usual lag in bars": lag,
        "parts that come to rest": rest,
        "songs that end on the tonic": home,
        "range in semitones": metrics.ambitus(songs),
        "longest copied run in bars, mean": fmean(copied),
        "longest copied run in bars, most": max(copied),
    }


def all_of(heaps: list[list[Song]]) -> list[Song]:
    """Return the songs of all heaps."""
    return [song for heap in heaps for song in heap]


def apart(heaps: list[list[Song]]) -> dict[str, float]:
    """Return how far heaps lie from each other: each beside all others, in the mean."""
    found: dict[str, list[float]] = {}
    for here in heaps:
        others = all_of([heap for heap in heaps if heap is not here])
        for name, value in metrics.distances(others, here).items():
            found.setdefault(name, []).append(value)
    return {name: fmean(values) for name, values in found.items()}


def as_dense(part: PartPlan, level: int) -> PartPlan:
    """Return a part of another density; its phrases differ by as much as before."""
    here, there = whole_part(part), whole_part(replace(part, density=level))
    factor = there.density / here.density
    phrases = (replace(phrase, density=phrase.density * factor) for phrase in part.phrases)
    return replace(part, density=level, phrases=tuple(phrases))


def as_high(part: PartPlan, middle: int) -> PartPlan:
    """Return a part around another height (MIDI)."""
    up = middle - whole_part(part).height
    phrases = (replace(phrase, height=phrase.height + up) for phrase in part.phrases)
    return replace(part, low=middle - REACH, high=middle + REACH, phrases=tuple(phrases))


def levelled(plan: SongPlan) -> SongPlan:
    """Return a plan whose phrases differ around the middle of their part's density and range."""
    parts = []
    for part in plan.parts:
        if part.phrases:
            middle = whole_part(part)
            many = middle.density / fmean(phrase.density for phrase in part.phrases)
            up = middle.height - fmean(phrase.height for phrase in part.phrases)
            phrases = (PhrasePlan(one.density * many, one.height + up) for one in part.phrases)
            part = replace(part, phrases=tuple(phrases))
        parts.append(part)
    return replace(plan, parts=tuple(parts))


def control(
    writer: Writer, plans: list[SongPlan], free: bool, seed: int, dials: Mapping[str, float]
) -> dict[str, float]:
    """Ask for every density and every height, and see what comes.

    "Followed" is the bucket asked for or a neighbour; "told apart" compares each part of a plan
    asked thin (1, 2) and dense (4, 5), or low (2, 3) and high (5, 6).
    """
    asks: dict[str, list[Callable[[PartPlan], PartPlan]]] = {
        "density": [lambda part, n=n: as_dense(part, n) for n in DENSITIES],
        "height": [lambda part, m=m: as_high(part, m) for m in MIDDLES],
    }
    found: dict[str, float] = {}
    for what, changes in asks.items():
        got = []
        for change in changes:
            level = map(levelled, plans)
            changed = [replace(plan, parts=tuple(map(change, plan.parts))) for plan in level]
            songs = writer.write(changed, free, seed, dials=dials)
            got.append([amount(part, song.metre, what) for song in songs for part in song.parts])
        edges = dialect.DENSITY_EDGES if what == "density" else HEIGHT_LEVELS
        wanted = DENSITIES if what == "density" else [dialect.bucket(m, edges) for m in MIDDLES]
        off = [
            abs(dialect.bucket(one, edges) - ask) for ask, row in zip(wanted, got) for one in row
        ]
        apart = [a < b for low in (0, 1) for high in (3, 4) for a, b in zip(got[low], got[high])]
        found[f"{what}, as asked"] = fmean(far == 0 for far in off)
        found[f"{what}, followed"] = fmean(far <= 1 for far in off)
        found[f"{what}, told apart"] = fmean(apart)
    return found


def amount(part: list[Bar], metre: str, what: str) -> float:
    """Return notes per quarter note, or the mean pitch."""
    if what == "density":
        return dialect.per_quarter(part, metre)
    return metrics.mean_height(part)


def show(table: dict[str, dict[str, float]]) -> None:
    """Print columns side by side."""
    names = list(dict.fromkeys(name for column in table.values() for name in column))
    print(f"{'':36}" + "".join(f"{name:>16}" for name in table))
    for name in names:
        cells = (column.get(name) for column in table.values())
        print(f"{name:36}" + "".join(f"{'':>16}" if c is None else f"{c:16.3f}" for c in cells))
    print(flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--model", type=Path, default=Path("Llm-Music-Gen-Starter.Q8_0.gguf"))
    parser.add_argument("--beside", type=Path, action="append", default=[],
                        help="another model to stand beside it")  # fmt: skip
    parser.add_argument("--tunes", type=int, default=0, help="so many of the held-out ones; 0: all")
    parser.add_argument("--asks", type=int, default=16, help="tunes for the control's accuracy")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="how often each song is written")
    parser.add_argument("--temperature", type=float, help="instead of the profile's own")
    parser.add_argument("--min-p", type=float, help="instead of the profile's own")
    parser.add_argument("--even", action="store_true", help="plans without phrases and closings")
    parser.add_argument("--grammar", choices=["open", "app"], help="one of them; otherwise both")
    options = parser.parse_args()
    given = {"temperature": options.temperature, "min_p": options.min_p}
    dials = {name: value for name, value in given.items() if value is not None}
    seeds = [options.seed + SEED_STEP * number for number in range(options.seeds)]
    songs = {name: [read_song(line) for line in (options.work / f"{name}.txt").read_text().split()]
             for name in ("train", "made", "valid")}  # fmt: skip
    memory = metrics.Memory(songs["train"] + songs["made"])
    real, frame = songs["valid"][: options.tunes or None], any_plan()
    plans = {
        seed: [plan_of(song, frame, seed + number, options.even)
               for number, song in enumerate(real)] for seed in seeds
    }  # fmt: skip
    writers = {f"beside {number}": Writer(path) for number, path in enumerate(options.beside, 1)}
    writers["new"] = Writer(options.model)

    def heaps(writer: Writer, free: bool, chance: bool = False) -> list[list[Song]]:
        return [writer.write(plans[seed], free, seed, chance, dials) for seed in seeds]

    show({name: {"nats a note": w.loss(songs["valid"])} for name, w in writers.items()})
    half = len(real) // 2
    for grammar in (options.grammar,) if options.grammar else ("open", "app"):
        free = grammar == "open"
        print("The open grammar" if free else "The app's grammar")
        table = {"held out": facts(real, real, memory)}
        table["half of them"] = facts(real[:half], real[half:], memory)
        table["chance"] = facts(all_of(heaps(writers["new"], free, chance=True)), real, memory)
        written = {name: heaps(writer, free) for name, writer in writers.items()}
        for name, songs_of_seeds in written.items():
            table[name] = facts(all_of(songs_of_seeds), real, memory)
        if len(seeds) > 1:
            table["new to itself"] = apart(written["new"])
        show(table)
        some = plans[seeds[0]][: options.asks]
        show({name: control(writer, some, free, seeds[0], dials)
              for name, writer in writers.items()})  # fmt: skip


if __name__ == "__main__":
    main()
