"""What constraining a model costs: the app's loop beside free sampling and a bare decode loop.

    python tests/bench/decoding.py [--model GGUF] [--tokens 150] [--rounds 7] [--together 4]

All loops run in turn in one process, on the same prompt and as many tokens; ratios are medians of
the rounds. "The mask, token by token" is free sampling under a grammar and nothing else: what
constraining costs. "The app" also decodes in blocks what the plan forces and what returns, which
costs less than sampling it: so it may pass 1. Run it with the environment's own Python (.venv).
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

now = time.process_time if "--processor" in sys.argv else time.perf_counter
ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from scripts import models  # noqa: E402
from scripts.llm.decoding_context import DecodingContext  # noqa: E402
from scripts.llm.decoding_sequence import tokenize  # noqa: E402
from scripts.llm.throughput import BenchmarkSequence  # noqa: E402
from scripts.llm.token_sampler import sampler_chain  # noqa: E402
from scripts.music.take_score import score_part  # noqa: E402
from scripts.prompts import build_job  # noqa: E402
from scripts.tables.models import Sampling  # noqa: E402
from scripts.temporary import application  # noqa: E402
from tests.song_factory import plan  # noqa: E402


def gbnf_of(segment: str) -> str:
    """Return a segment's rules over and over in llama.cpp's own notation of grammars."""
    rules = []
    for line in segment.splitlines():
        name, body = line.split(": ", 1)
        quoted = re.split(r'("(?:[^"\\]|\\.)*")', body)
        quoted[::2] = [plain.replace("_", "-") for plain in quoted[::2]]
        rules.append(f"{name.replace('_', '-')} ::= {''.join(quoted)}")
    return "root ::= segment+\n" + "\n".join(rules) + "\n"


def gbnf_chain(model: models.LoadedModel, segment: str) -> Any:
    """Return a chain that llama.cpp's own grammar leads, and then samples like the app's."""
    from llama_cpp._internals import LlamaSampler
    from llama_cpp.llama_grammar import LlamaGrammar

    how, chain = Sampling(seed=1), LlamaSampler()
    chain.add_grammar(model._model, LlamaGrammar.from_string(gbnf_of(segment), verbose=False))
    chain.add_min_p(how.min_p)
    chain.add_temp(how.temperature)
    chain.add_dist(how.seed)
    return chain


def loop(
    model: models.LoadedModel,
    prompt: list[int],
    count: int,
    sampled: bool = True,
    segment: str = "",
) -> float:
    """Return tokens a second of llama.cpp alone: bare, sampling, or under its own grammar."""
    import numpy

    context = DecodingContext(model._model, 1024, 1, model._threads)
    chain = gbnf_chain(model, segment) if segment else sampler_chain(model._model, Sampling(1))
    every = numpy.arange(context.vocabulary_size)
    sequence = BenchmarkSequence(prompt)
    while sequence.pending_tokens():
        context.decode([sequence])
    before = now()
    for _ in range(count):
        token = context.sampler.sample(chain, context.logits(-1), every) if sampled else prompt[-1]
        sequence.tokens.append(token)
        context.decode([sequence])
    seconds = now() - before
    chain.close()
    context.close()
    return count / seconds


def masked_loop(model: models.LoadedModel, prompt: list[int], count: int, segment: str) -> float:
    """Return tokens a second with the app's own mask and sampler, each token by itself.

    It is `loop` with the one difference that a grammar leads: what the mask costs, and no more.
    """
    context = DecodingContext(model._model, 1024, 1, model._threads)
    chain = sampler_chain(model._model, Sampling(1))
    matcher = context.matcher(f"start: segment+\n{segment}", model._tokenizer)
    sequence = BenchmarkSequence(prompt)
    while sequence.pending_tokens():
        context.decode([sequence])
    before = now()
    for _ in range(count):
        allowed = context.sampler.allowed_tokens(matcher)
        token = context.sampler.sample(chain, context.logits(-1), allowed)
        assert matcher.consume_token(token)
        sequence.tokens.append(token)
        context.decode([sequence])
    seconds = now() - before
    chain.close()
    context.close()
    return count / seconds


def constrained(
    model: models.LoadedModel,
    songs: int,
    takes: int = 1,
    count: float = math.inf,
    first: int = 0,
    length: float = 150,
) -> tuple[float, float, float]:
    """Return tokens that the model saw a second, seconds, and the points of the songs' parts.

    It stops after `count` tokens, so that the context is as long as the other loops'.
    """
    plans = [plan("Chill, Dubstep", seed, length) for seed in range(first, first + songs)]
    jobs = [
        (build_job(song, model.profile, model.frame)[0], Sampling(seed=song.seed)) for song in plans
    ]
    decoder = model.open_decoder(jobs, takes, lambda song, text: score_part(text, plans[song]))
    decode, decoded = decoder._context.decode, 0

    def counted(pending: Any) -> Any:
        nonlocal decoded
        decoded += sum(len(sequence.pending_tokens()) for sequence in pending)
        return decode(pending)

    context: Any = decoder._context
    context.decode = counted
    sequences = [take for song in decoder._sequences_by_song for take in song]
    whole = now()
    # The prompt is not what is measured.
    while any(len(sequence.pending_tokens()) > 8 for sequence in sequences):
        decoder.step()
    decoded = 0
    before = now()
    while decoded < count and not all(decoder.finished(song) for song in range(songs)):
        decoder.step()
    after = now()
    texts = [decoder.text(song) for song in range(songs)]
    decoder.close()
    points = (
        []
        if decoded >= count
        else [
            score_part("[P:" + part, song)
            for song, text in zip(plans, texts)
            for part in text.split("[P:")[1:]
        ]
    )
    return decoded / (after - before), after - whole, statistics.fmean(points or [0.0])


def decoding(model: models.LoadedModel, tokens: int, rounds: int) -> None:
    """Print the loops side by side; every ratio is the median of those of the rounds."""
    job, _ = build_job(plan("Chill, Dubstep", 0, 150), model.profile, model.frame)
    segment = job.segments[0].grammar
    prompt = tokenize(model._model, job.prompt, job.add_bos)
    head = tokenize(model._model, job.prompt + job.segments[0].lead_in, job.add_bos)
    loops: dict[str, Callable[[], float]] = {
        "bare decode loop": lambda: loop(model, prompt, tokens, False),
        "free sampling": lambda: loop(model, prompt, tokens),
        "the mask, token by token": lambda: masked_loop(model, head, tokens, segment),
        "llama.cpp's own grammar": lambda: loop(model, head, tokens, segment=segment),
        "the app, with its blocks": lambda: constrained(model, 1, count=tokens)[0],
    }
    table = [{name: run() for name, run in loops.items()} for _ in range(rounds)]
    print(f"{'':26}{'tokens/s':>9}{'of free':>9}{'of bare':>9}")
    for name in loops:
        ratios = [
            statistics.median(row[name] / row[base] for row in table)
            for base in ("free sampling", "bare decode loop")
        ]
        speed = statistics.median(row[name] for row in table)
        print(f"{name:26}{speed:9.0f}{ratios[0]:9.2f}{ratios[1]:9.2f}", flush=True)


def together(model: models.LoadedModel, songs: int, rounds: int) -> None:
    """Print how long songs last side by side beside the same songs one after another."""
    ratios = []
    for turn in range(rounds):
        seconds = {}
        for one in (False, True) if turn % 2 else (True, False):  # neither is always the first
            firsts = range(turn * songs, (turn + 1) * songs, 1 if one else songs)
            runs = [constrained(model, 1 if one else songs, first=first) for first in firsts]
            seconds[one] = sum(lasted for _, lasted, _ in runs)
        ratios.append(seconds[True] / seconds[False])
    told = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"{songs} songs side by side: {statistics.median(ratios):.2f} times as fast ({told})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=ROOT / "models" / application.STARTER_MODEL)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--together", type=int, default=4, help="songs; 0 leaves it out")
    parser.add_argument("--takes", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--songs", type=int, default=6, help="for each number of takes")
    parser.add_argument("--length", type=float, default=150, help="seconds of those songs")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument(
        "--processor", action="store_true", help="processor time: for one thread on a busy machine"
    )
    options = parser.parse_args()
    info = models.describe(options.model, options.model.parent)
    model = models.LoadedModel(info, options.threads)
    pace = list(model.measure_pace())
    print("pace:", ", ".join(f"{seconds * 1000:.2f} ms" for seconds in pace))
    if options.rounds:
        decoding(model, options.tokens, options.rounds)
    if options.together > 1:
        together(model, options.together, max(1, options.rounds))
    for takes in options.takes:
        rows = [
            constrained(model, 1, takes, first=seed, length=options.length)
            for seed in range(options.songs)
        ]
        points = statistics.fmean(points for _, _, points in rows)
        seconds = statistics.median(seconds for _, seconds, _ in rows)
        about = models.seconds_for(pace, takes)
        print(
            f"{takes:2} takes: {points:5.1f} points, {seconds:.2f} s a song (told: {about:.2f})",
            flush=True,
        )


if __name__ == "__main__":
    main()
