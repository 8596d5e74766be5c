"""Have a model write songs in the app's own engine, as an evaluation asks for them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.starter import dialect
from models.starter.dialect import METRES, MODES, Bar, Song, density, read_song
from models.starter.metrics import mean_pitch
from scripts import models
from scripts.llm.decoding_sequence import tokenize
from scripts.llm.profiles import sampling_for
from scripts.music.cadence import plan_cadences
from scripts.music.grammar_literals import chord_symbol_literal, length_literal
from scripts.music.plan import plan_song
from scripts.music.style_blend import blend_styles
from scripts.music.style_parser import parse_styles
from scripts.music.style_reader import read_style_book
from scripts.music.styles import StyleBook
from scripts.prompts import build_job
from scripts.tables.models import Sampling, WritingJob
from scripts.tables.notation import Chord, ChordBar, ChordSpan
from scripts.tables.plans import PartPlan, PhrasePlan, Section, SongPlan

DATA = Path(__file__).resolve().parents[2] / "data"
REACH = 10  # semitones around a part's mean pitch that a plan allows
BATCH = 8  # songs written side by side
OPEN_LENGTHS = (1, 2, 3, 4, 6, 8, 12, 16)  # of notes in the open grammar, in sixteenths
PROFILE_SAMPLING: Mapping[str, Any] = {}  # nothing else than the profile has
CHANCE = Sampling(0, temperature=1000.0, min_p=0.0)  # draws evenly from all that is legal
STRUCTURE = ('"', "|", "[")
LONGEST = 1024  # tokens of a tune, in loss()


def read_styles() -> StyleBook:
    """Return the app's style book."""
    documents = [json.loads((DATA / name).read_text(encoding="utf-8"))
                 for name in ("styles.json", "grooves.json")]  # fmt: skip
    return read_style_book({**documents[0], "grooves": documents[1]["grooves"]})


def default_plan() -> SongPlan:
    """Return a plan of the style book, to fill what a tune does not say, such as the band."""
    book = read_styles()
    return plan_song(blend_styles(parse_styles("Celtic", book), book), book, 60.0, 1)


def chord_bar(bar: Bar, metre: str) -> ChordBar:
    """Return a bar's chords in the form of a plan."""
    ends = [unit for unit, _ in bar.chords[1:]] + [METRES[metre][0]]
    return tuple(ChordSpan(unit, end - unit, Chord(*chord))
                 for (unit, chord), end in zip(bar.chords, ends))  # fmt: skip


def phrases_of(part: list[Bar], metre: str) -> tuple[PhrasePlan, ...]:
    """Return the density and mean pitch of each phrase of a real part."""
    phrases = [part[i : i + dialect.BARS_PER_LINE]
               for i in range(0, len(part), dialect.BARS_PER_LINE)]  # fmt: skip
    return tuple(
        PhrasePlan(dialect.notes_per_quarter(phrase, metre),
                   mean_pitch(phrase) or dialect.CENTRE)
        for phrase in phrases
    )  # fmt: skip


def plan_from(song: Song, frame: SongPlan, seed: int, even: bool = False) -> SongPlan:
    """Return a plan that asks for a tune like `song`, without planned repeats of cells.

    `frame` fills what a tune does not say; `seed` draws the final note. An `even` plan has one
    density and range for each part and any final note, as in the app before it planned phrases.
    """
    parts = []
    for letter, part in zip(dialect.PARTS, song.parts):
        mean = round(mean_pitch(part))
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
    return plan if even else plan_cadences(plan)


def open_rules(bars: tuple[ChordBar, ...], metre: str, line: str) -> str:
    """Return the grammar (Lark) of a cell that asks for whole bars and the chords only."""
    units = METRES[metre][0]
    pitches = [f'"{dialect.write_pitch(m)}"' for m in range(dialect.LOWEST, dialect.HIGHEST + 1)]
    rules = [f"P: {' | '.join(pitches)}"]

    def at(number: int, place: int) -> str:
        if place < units:
            return f"{chord_symbol_literal(bars[number], place)}at{number}_{place}"
        return f'"{line}"' if number + 1 == len(bars) else f'"|" {at(number + 1, 0)}'

    for number, bar in enumerate(bars):
        for place in range(units):
            end = next(s.start + s.units for s in bar if s.start <= place < s.start + s.units)
            lengths = [x for x in OPEN_LENGTHS if x <= end - place]
            options = [f"P {length_literal(x)}{at(number, place + x)}" for x in lengths]
            options += [f'"z" {length_literal(x)}{at(number, place + x)}' for x in lengths if x > 1]
            rules.append(f"at{number}_{place}: {' | '.join(options)}")
    return "\n".join([f"segment: {at(0, 0)}", *rules]) + "\n"


def with_open_grammar(job: WritingJob, plan: SongPlan) -> WritingJob:
    """Return a writing job under the open grammar."""
    cells = [(part.bars[i : i + 2]) for part in plan.parts for i in range(0, len(part.bars), 2)]
    segments = [replace(segment, grammar=open_rules(cell, plan.metre, segment.bar_line))
                for segment, cell in zip(job.segments, cells)]  # fmt: skip
    return replace(job, segments=tuple(segments))


class Generator:
    """A loaded model that writes the songs of plans, and measures the loss of real songs."""

    def __init__(self, path: Path) -> None:
        self.model = models.LoadedModel(models.describe(path, path.parent), 1)
        self.profile = self.model.profile

    def jobs(self, plans: list[SongPlan], open_grammar: bool) -> list[WritingJob]:
        """Return the writing jobs of plans."""
        jobs = [build_job(plan, self.profile)[0] for plan in plans]
        return (
            [with_open_grammar(job, plan) for job, plan in zip(jobs, plans)]
            if open_grammar
            else jobs
        )

    def write(
        self, plans: list[SongPlan], open_grammar: bool, seed: int, chance: bool = False,
        sampling: Mapping[str, Any] = PROFILE_SAMPLING,
    ) -> list[Song]:  # fmt: skip
        """Write the songs of all plans, BATCH at a time.

        By `chance` each token is drawn evenly from the legal ones. `sampling` are fields of
        `Sampling` that replace the profile's.
        """
        songs = []
        jobs = self.jobs(plans, open_grammar)
        for start in range(0, len(plans), BATCH):
            some = jobs[start : start + BATCH]
            how = [
                replace(CHANCE, seed=seed + start + i)
                if chance
                else replace(sampling_for(self.profile, seed + start + i, 1.0), **sampling)
                for i in range(len(some))
            ]
            decoder = self.model.open_decoder(list(zip(some, how)))
            while not all(decoder.finished(slot) for slot in range(len(some))):
                decoder.step()
            for slot, plan in enumerate(plans[start : start + BATCH]):
                songs.append(song_of(decoder.text(slot), plan))
            decoder.close()
        return songs

    def loss(self, songs: list[Song]) -> float:
        """Return the mean loss on real tunes, in nats a note.

        Chord symbols, bar lines and fields are given, as in the app; only the tokens of notes
        count, divided by the notes without rests.
        """
        import llama_cpp

        path = str(self.model.info.path)
        model = llama_cpp.Llama(path, n_ctx=LONGEST, n_threads=1, logits_all=True, verbose=False)
        total = notes = 0.0
        for song in songs:
            ids, counted = [model.token_bos()], [False]
            for chunk in self.chunks(song):
                more = tokenize(model._model, chunk, False)
                ids += more
                counted += [not chunk.startswith(STRUCTURE)] * len(more)
            ids, counted = ids[:LONGEST], counted[:LONGEST]
            model.reset()
            model.eval(ids)
            logits = np.array(model.scores[: len(ids) - 1], dtype=np.float64)
            said = logits[np.arange(len(ids) - 1), ids[1:]] - np.logaddexp.reduce(logits, axis=1)
            total -= float(said[np.array(counted[1:])].sum())
            notes += len(song.pitches())
        model.close()
        return total / notes

    def chunks(self, song: Song) -> list[str]:
        """Return a tune's text in the model's own dialect, cut at chords, bar lines and fields."""
        text = dialect.write_song(song)
        cues = self.profile.control_codes
        if cues is None:
            text = dialect.CUE.sub("", text)
            text = text.replace("[P:A]", f"[N:{density(song.bars(), song.metre)}][P:A]", 1)
        elif not cues.repeated:
            text = re.sub(r"\[[NH]:\d+\]", "", text).replace("[E:", "[B:")
            for letter, part in zip(dialect.PARTS, song.parts):
                high = cues.lowest - 1 + dialect.bucket(mean_pitch(part), cues.heights)
                cue = f"[P:{letter}][N:{density(part, song.metre)}][H:{high}]"
                text = text.replace(f"[P:{letter}]", cue)
        return [chunk for chunk in dialect.STRUCTURE.split(text) if chunk]


def song_of(text: str, plan: SongPlan) -> Song:
    """Return the song that was written for a plan."""
    return read_song(f"[R:{plan.kind}][M:{plan.metre}][K:{MODES[plan.mode][0]}]{text}")
