"""How a model uses this machine: threads, takes and songs side by side, by what was measured.

How long a step lasts with one, four and sixteen lines of text (a model's pace) is measured once
and kept with the settings, so that what is decided by it stays decided: the same order makes the
same songs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from scripts.llm.decoding_context import DecodingContext
from scripts.tables.models import ModelInfo
from scripts.tables.program import Settings
from scripts.temporary import decoding

Pace = Sequence[float]  # seconds of a step with each number of `PACE_LINES`, as far as measured


class BenchmarkSequence:
    """The least of a line that a batch can feed: one token after another, as they are appended."""

    def __init__(self, tokens: Sequence[int], sequence: int = 0) -> None:
        self.sequence = sequence
        self.cached_tokens: list[int] = []
        self.tokens = list(tokens)

    def pending_tokens(self) -> list[int]:
        """Return the tokens that the model has not seen."""
        return self.tokens[len(self.cached_tokens) :]


def default_threads(size_bytes: int) -> int:
    """Return one thread for a tiny model, else one for each physical core.

    More only get in each other's way: they wait for one another at every step. The number does
    not change what is written (measured: the logits are the same to the bit).
    """
    import psutil

    if size_bytes < decoding.TINY_MODEL_BYTES:
        return 1
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def set_passive_thread_waiting() -> None:
    """Have llama.cpp's threads wait for each other asleep after a short look.

    By itself OpenMP waits in a loop; where another program wants a core, the loop keeps the very
    thread that is waited for from it. Measured with 2 threads on 2 cores, Gemma 270M, a token:
    alone 13 ms both ways (18 to 23 ms where they sleep at once); beside a busy program 140 to
    380 ms looping, 30 to 70 ms sleeping. OpenMP reads this once, when llama.cpp is first imported;
    what the user has set stays.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "300")  # GNU's; it goes before the next
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # everybody else's


def pace_key(info: ModelInfo, threads: int) -> str:
    """Return the name under which a model's pace is kept."""
    return f"{info.path.name} {info.size_bytes} {threads or default_threads(info.size_bytes)}"


def measure_pace(model: Any, threads: int) -> Iterator[float]:
    """Yield the shortest of some steps (seconds) with each number of `PACE_LINES`.

    `model` is an internal LlamaModel. A slow one is measured with fewer lines. The shortest is
    what the machine can do when nothing else runs.
    """
    spent = 0.0
    for count in decoding.PACE_SEQUENCES:
        if spent > decoding.PACE_SECONDS_AT_MOST:
            return
        batch = DecodingContext(model, decoding.PACE_CONTEXT, count, threads)
        lines = [BenchmarkSequence([1], number) for number in range(count)]
        steps = []
        for _ in range(decoding.PACE_STEPS + 1):  # the first also makes ready
            before = time.perf_counter()
            batch.decode(lines)
            batch.logits(count - 1)
            steps.append(time.perf_counter() - before)
            for line in lines:
                line.tokens.append(1)
        batch.close()
        spent += sum(steps)
        yield min(steps[1:])


def step_seconds(pace: Pace, lines: int) -> float:
    """Return how long a step with so many lines lasts; past what was measured it goes on straight.

    A pace of one measure alone promises no gain from writing side by side.
    """
    known = list(zip(decoding.PACE_SEQUENCES, pace))
    if len(known) < 2:
        return pace[0] * lines
    here, there = next((two for two in pairwise(known) if lines <= two[1][0]), known[-2:])
    slope = (there[1] - here[1]) / (there[0] - here[0])
    return max(here[1], here[1] + slope * (lines - here[0]))


def seconds_for(pace: Pace, takes: int) -> float:
    """Return about how long a song of usual length is written in so many takes."""
    return decoding.STEPS_PER_SONG * (step_seconds(pace, takes) + takes * decoding.SAMPLING_SECONDS)


def takes_within(pace: Pace, seconds: float) -> int:
    """Return the most takes of a song that are written within so many seconds; at least one."""
    return max((n for n in decoding.TAKES_OFFERED if seconds_for(pace, n) <= seconds), default=1)


def takes_for(settings: Settings, pace: Pace) -> int:
    """Return how many takes of each part are written: as chosen, or as many as the time allows."""
    return settings.takes or takes_within(pace, settings.take_seconds)


def parallel_songs(pace: Pace, takes: int, songs: int) -> int:
    """Return how many songs of an order are written side by side: none where it does not pay."""
    alone = step_seconds(pace, takes)

    def pays(count: int) -> bool:
        fits = count * takes <= decoding.SEQUENCES_AT_MOST
        return fits and step_seconds(pace, count * takes) < decoding.TOGETHER_TIME_SHARE * count * alone

    return max((n for n in range(2, min(songs, decoding.SONGS_TOGETHER) + 1) if pays(n)), default=1)
