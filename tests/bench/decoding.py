"""What constraining a model costs: the app's loop beside free sampling and a bare decode loop.

    python tests/bench/decoding.py [--model GGUF] [--tokens 150] [--rounds 7] [--together 4]

All loops run in turn in one process, on the same prompt and as many tokens; ratios are medians of
the rounds. Run it with the environment's own Python (.venv) on a quiet machine: with as many
threads as cores, llama.cpp waits for whatever else runs.
"""

from __future__ import annotations

import argparse
import math
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from composing import plan  # noqa: E402

from scripts import models  # noqa: E402
from scripts.llm.decoding import Batch, tokens_of  # noqa: E402
from scripts.llm.line import draw, sampler_chain  # noqa: E402
from scripts.music.score import part_score  # noqa: E402
from scripts.prompts import build_job  # noqa: E402
from scripts.temporary import STARTER_MODEL, Sampling  # noqa: E402


class Feed:
    """The least of a line that a batch can feed: one token after another."""

    sequence = 0

    def __init__(self, tokens: list[int]) -> None:
        self.fed: list[int] = []
        self.tokens = tokens

    def pending(self) -> list[int]:
        return self.tokens[len(self.fed) :]


def gbnf_of(segment: str) -> str:
    """Return a segment's rules over and over in llama.cpp's own notation of grammars."""
    rules = []
    for line in segment.splitlines():
        name, body = line.split(": ", 1)
        quoted = re.split(r'("(?:[^"\\]|\\.)*")', body)
        quoted[::2] = [plain.replace("_", "-") for plain in quoted[::2]]
        rules.append(f"{name.replace('_', '-')} ::= {''.join(quoted)}")
    return "root ::= segment+\n" + "\n".join(rules) + "\n"


def gbnf_chain(model: Any, segment: str) -> Any:
    """Return a chain that llama.cpp's own grammar leads, and then samples like the app's."""
    from llama_cpp import LlamaGrammar
    from llama_cpp._internals import LlamaSampler

    how, chain = Sampling(seed=1), LlamaSampler()
    chain.add_grammar(model._model, LlamaGrammar.from_string(gbnf_of(segment), verbose=False))
    chain.add_min_p(how.min_p)
    chain.add_temp(how.temperature)
    chain.add_dist(how.seed)
    return chain


def loop(
    model: Any, prompt: list[int], count: int, sampled: bool = True, segment: str = ""
) -> float:
    """Return tokens a second of llama.cpp alone: bare, sampling, or under its own grammar."""
    import numpy

    batch = Batch(model._model, 1024, 1, model._threads)
    chain = gbnf_chain(model, segment) if segment else sampler_chain(model._model, Sampling(1))
    every = numpy.arange(batch.vocabulary)
    feed = Feed(list(prompt))
    while feed.pending():
        batch.decode([feed])  # type: ignore[list-item]
    before = time.perf_counter()
    for _ in range(count):
        token = draw(chain, batch.logits(-1), every) if sampled else prompt[-1]
        feed.tokens.append(token)
        batch.decode([feed])  # type: ignore[list-item]
    seconds = time.perf_counter() - before
    chain.close()
    batch.close()
    return count / seconds


def constrained(
    model: Any, songs: int, takes: int = 1, count: float = math.inf
) -> tuple[float, float, float]:
    """Return tokens that the model saw a second, seconds, and the points of the songs' parts.

    It stops after `count` tokens, so that the context is as long as the other loops'.
    """
    plans = [plan("Chill, Dubstep", seed, 150) for seed in range(songs)]
    jobs = [
        (build_job(song, model.profile, model.frame)[0], Sampling(seed=song.seed)) for song in plans
    ]
    judge = lambda seat, text: part_score(text, plans[seat])  # noqa: E731
    desk = model.desk(jobs, takes, judge)  # the other loops make their context beforehand, too
    feed, fed = desk._batch.decode, 0

    def counted(lines: Any) -> Any:
        nonlocal fed
        fed += sum(len(line.pending()) for line in lines)
        return feed(lines)

    desk._batch.decode = counted  # type: ignore[method-assign]
    lines = [line for song in desk._songs for line in song]
    whole = time.perf_counter()
    while any(len(line.pending()) > 8 for line in lines):  # the prompt is not what is measured
        desk.step()
    fed = 0
    before = time.perf_counter()
    while fed < count and not all(desk.finished(seat) for seat in range(songs)):
        desk.step()
    after = time.perf_counter()
    texts = [desk.text(seat) for seat in range(songs)]
    desk.close()
    points = (
        []
        if fed >= count
        else [
            part_score("[P:" + part, song)
            for song, text in zip(plans, texts)
            for part in text.split("[P:")[1:]
        ]
    )
    return fed / (after - before), after - whole, statistics.fmean(points or [0.0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "models" / STARTER_MODEL)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--together", type=int, default=4)
    parser.add_argument("--takes", type=int, nargs="*", default=[1, 4, 16])
    options = parser.parse_args()
    model = models.LoadedModel(models.describe(options.model, ROOT / "models"))
    job, _ = build_job(plan("Chill, Dubstep", 0, 150), model.profile, model.frame)
    prompt = tokens_of(model._model, job.prompt, job.add_bos)
    head = tokens_of(model._model, job.prompt + job.segments[0].lead_in, job.add_bos)
    loops: dict[str, Callable[[], float]] = {
        "bare decode loop": lambda: loop(model, prompt, options.tokens, False),
        "free sampling": lambda: loop(model, prompt, options.tokens),
        "llama.cpp's own grammar": lambda: loop(
            model, head, options.tokens, segment=job.segments[0].grammar
        ),
        "constrained (the app)": lambda: constrained(model, 1, count=options.tokens)[0],
    }
    rounds = [{name: run() for name, run in loops.items()} for _ in range(options.rounds)]
    base = [row["free sampling"] for row in rounds]
    for name in loops:
        speeds = [row[name] for row in rounds]
        ratio = statistics.median(speed / free for speed, free in zip(speeds, base))
        print(f"{name:24} {statistics.median(speeds):8.0f} tokens/s   {ratio:.2f} of free sampling")
    if options.together > 1:
        _, alone, _ = constrained(model, 1)
        _, side, _ = constrained(model, options.together)
        part = side / (alone * options.together)
        print(f"{options.together} songs together: {part:.2f} of the seconds in turn")
    for takes in options.takes:
        _, seconds, points = constrained(model, 3, takes)
        print(f"{takes:2} takes: {points:5.1f} points, {seconds / 3:.2f} s a song")


if __name__ == "__main__":
    main()
