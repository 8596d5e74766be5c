"""Threads, takes and parallel songs for a model on this machine, by its measured pace.

A model's pace, the seconds of a decoding step with 1, 4 and 16 sequences, is measured once and
saved with the settings. What depends on it then stays the same: the same order makes the same
songs.
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

Pace = Sequence[float]  # seconds of a step for each of `PACE_SEQUENCES`, as far as measured


class BenchmarkSequence:
    """A bare sequence for measuring: decodes the tokens that are appended to it."""

    def __init__(self, tokens: Sequence[int], sequence: int = 0) -> None:
        self.sequence = sequence
        self.cached_tokens: list[int] = []
        self.tokens = list(tokens)

    def pending_tokens(self) -> list[int]:
        """Return the tokens that are not decoded yet."""
        return self.tokens[len(self.cached_tokens) :]


def default_threads(size_bytes: int) -> int:
    """Return one thread for a tiny model, else one for each physical core.

    More are slower, as all threads wait for each other at every step. The number of threads does
    not change the output (measured: the logits are the same to the bit).
    """
    import psutil

    if size_bytes < decoding.TINY_MODEL_BYTES:
        return 1
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def set_passive_thread_waiting() -> None:
    """Let llama.cpp's OpenMP threads sleep while they wait, after a short spin.

    By default they spin, and where another program needs a core, the spinning thread takes it from
    the one it waits for. Measured with 2 threads on 2 cores, Gemma 270M, for a token: alone 13 ms
    with either (18 to 23 ms if they sleep at once); beside a busy program 140 to 380 ms spinning,
    30 to 70 ms sleeping. OpenMP reads the variables once, when llama.cpp is first imported; values
    that the user has set stay.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "300")  # GNU OpenMP: overrides OMP_WAIT_POLICY
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # other runtimes


def pace_key(info: ModelInfo, threads: int) -> str:
    """Return the key of a model's pace in the settings; `threads` 0 is the default number."""
    return f"{info.path.name} {info.size_bytes} {threads or default_threads(info.size_bytes)}"


def measure_pace(model: Any, threads: int) -> Iterator[float]:
    """Yield the seconds of a decoding step for each of `PACE_SEQUENCES`.

    `model` is llama_cpp's internal LlamaModel. Each figure is the shortest of some steps: the one
    that other programs disturbed least. After `PACE_SECONDS_AT_MOST` the rest is left out.
    """
    spent = 0.0
    for count in decoding.PACE_SEQUENCES:
        if spent > decoding.PACE_SECONDS_AT_MOST:
            return
        context = DecodingContext(model, decoding.PACE_CONTEXT, count, threads)
        sequences = [BenchmarkSequence([1], number) for number in range(count)]
        steps = []
        for _ in range(decoding.PACE_STEPS + 1):  # the first is a warm-up
            before = time.perf_counter()
            context.decode(sequences)
            context.logits(count - 1)
            steps.append(time.perf_counter() - before)
            for sequence in sequences:
                sequence.tokens.append(1)
        context.close()
        spent += sum(steps)
        yield min(steps[1:])


def step_seconds(pace: Pace, sequences: int) -> float:
    """Return the seconds of a step with so many sequences, by linear interpolation.

    Beyond the last measurement it is extrapolated. A pace of one measurement counts as
    proportional: it promises no gain from several sequences.
    """
    known = list(zip(decoding.PACE_SEQUENCES, pace))
    if len(known) < 2:
        return pace[0] * sequences
    below, above = next((two for two in pairwise(known) if sequences <= two[1][0]), known[-2:])
    slope = (above[1] - below[1]) / (above[0] - below[0])
    return max(below[1], below[1] + slope * (sequences - below[0]))


def seconds_for(pace: Pace, takes: int) -> float:
    """Return the estimated seconds to write a song of usual length in so many takes."""
    return decoding.STEPS_PER_SONG * (step_seconds(pace, takes) + takes * decoding.SAMPLING_SECONDS)


def takes_within(pace: Pace, seconds: float) -> int:
    """Return the most takes of `TAKES_OFFERED` that fit in these seconds a song; at least 1."""
    return max((n for n in decoding.TAKES_OFFERED if seconds_for(pace, n) <= seconds), default=1)


def takes_for(settings: Settings, pace: Pace) -> int:
    """Return the takes of each part: the user's number, or as many as `take_seconds` allow."""
    return settings.takes or takes_within(pace, settings.take_seconds)


def parallel_songs(pace: Pace, takes: int, songs: int) -> int:
    """Return how many songs of an order to decode in parallel; 1 where that saves too little."""
    alone = step_seconds(pace, takes)

    def pays(count: int) -> bool:
        fits = count * takes <= decoding.SEQUENCES_AT_MOST
        return (
            fits
            and step_seconds(pace, count * takes) < decoding.TOGETHER_TIME_SHARE * count * alone
        )

    return max((n for n in range(2, min(songs, decoding.SONGS_TOGETHER) + 1) if pays(n)), default=1)
