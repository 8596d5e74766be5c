"""Measure GGUF files beside real tunes, in the app's own engine.

    python -m models.starter evaluate [--model FILE.gguf] [--beside OTHER.gguf] [--seeds 4]

Every held-out tune becomes a plan: its kind, metre, mode, chords and parts, and the density and
height of each phrase; the final note is drawn as the app draws it. The models write these songs
anew; "chance" draws evenly from all that is legal. There are two grammars. The open one asks for
whole bars and the chords only: any pitch, any length. The app's own grammar has chord tones on
strong beats, or notes that lean on one, the lengths of the density, and the final note.

Songs of several seeds are measured together, for half of the difference between small samples is
noise. Two columns show what noise is left: one half of the real tunes beside the other, and the
model's songs of one seed beside those of the other seeds ("new to itself"). Nothing can come
nearer to the real tunes than that, however well it writes.
"""

from __future__ import annotations

from argparse import Namespace
from statistics import fmean

from models.starter import metrics
from models.starter.control import control
from models.starter.dialect import Song, read_song, read_tunes
from models.starter.generation import Generator, default_plan, plan_from
from models.starter.options import FILE_NAME
from scripts.tables.plans import SongPlan

SEED_STEP = 1000  # from one seed of all songs to the next

Samples = list[list[Song]]  # for each seed the songs of all plans


def describe(songs: list[Song], real: list[Song], index: metrics.CopyIndex) -> dict[str, float]:
    """Return a column of the table: all metrics of some songs."""
    exact, in_rhythm, lag = metrics.repeat_shares(songs)
    at_rest, on_tonic = metrics.cadence_shares(songs)
    copied = [index.longest_copy(song) for song in songs]
    return {
        "chord tones on strong beats": metrics.chord_tone_share(songs),
        **metrics.distances(songs, real),
        "bars that return": exact,
        "rhythms that return": in_rhythm,
        "usual lag in bars": lag,
        "parts that come to rest": at_rest,
        "songs that end on the tonic": on_tonic,
        "range in semitones": metrics.mean_range(songs),
        "longest copied run in bars, mean": fmean(copied),
        "longest copied run in bars, most": max(copied),
    }


def joined(samples: Samples) -> list[Song]:
    """Return the songs of all seeds."""
    return [song for songs in samples for song in songs]


def distances_between_seeds(samples: Samples) -> dict[str, float]:
    """Return the mean distances of each seed's songs from those of all other seeds."""
    found: dict[str, list[float]] = {}
    for songs in samples:
        others = joined([other for other in samples if other is not songs])
        for name, value in metrics.distances(others, songs).items():
            found.setdefault(name, []).append(value)
    return {name: fmean(values) for name, values in found.items()}


def show(table: dict[str, dict[str, float]]) -> None:
    """Print columns side by side."""
    names = list(dict.fromkeys(name for column in table.values() for name in column))
    print(f"{'':36}" + "".join(f"{name:>16}" for name in table))
    for name in names:
        cells = (column.get(name) for column in table.values())
        print(f"{name:36}" + "".join(f"{'':>16}" if c is None else f"{c:16.3f}" for c in cells))
    print(flush=True)


class Evaluation:
    """The held-out tunes, their plans, and the models to compare."""

    def __init__(self, options: Namespace) -> None:
        self.options = options
        given = {"temperature": options.temperature, "min_p": options.min_p}
        self.sampling = {name: value for name, value in given.items() if value is not None}
        self.seeds = [options.seed + SEED_STEP * number for number in range(options.seeds)]
        train, augmented, self.held_out = (
            [read_song(tune) for tune in read_tunes(options.work / f"{name}.txt")]
            for name in ("train", "augmented", "valid")
        )
        self.index = metrics.CopyIndex(train + augmented)
        self.real = self.held_out[: options.tunes or None]
        self.plans = self.make_plans()
        paths = {f"beside {number}": path for number, path in enumerate(options.beside, 1)}
        paths["new"] = options.model or options.work / FILE_NAME
        self.generators = {name: Generator(path) for name, path in paths.items()}

    def make_plans(self) -> dict[int, list[SongPlan]]:
        """Return the plans of all tunes for each seed."""
        frame, even = default_plan(), self.options.even
        return {
            seed: [plan_from(song, frame, seed + number, even)
                   for number, song in enumerate(self.real)]
            for seed in self.seeds
        }  # fmt: skip

    def write(self, name: str, open_grammar: bool, chance: bool = False) -> Samples:
        """Have a model write all songs with every seed."""
        generator = self.generators[name]
        return [
            generator.write(self.plans[seed], open_grammar, seed, chance, self.sampling)
            for seed in self.seeds
        ]

    def show_loss(self) -> None:
        """Print every model's loss on the held-out tunes."""
        show({name: {"nats a note": generator.loss(self.held_out)}
              for name, generator in self.generators.items()})  # fmt: skip

    def show_metrics(self, open_grammar: bool) -> None:
        """Print the metrics of real tunes, of chance and of every model."""
        half = len(self.real) // 2
        table = {
            "held out": describe(self.real, self.real, self.index),
            "half of them": describe(self.real[:half], self.real[half:], self.index),
        }
        chance = joined(self.write("new", open_grammar, chance=True))
        table["chance"] = describe(chance, self.real, self.index)
        written = {name: self.write(name, open_grammar) for name in self.generators}
        for name, samples in written.items():
            table[name] = describe(joined(samples), self.real, self.index)
        if len(self.seeds) > 1:
            table["new to itself"] = distances_between_seeds(written["new"])
        show(table)

    def show_control(self, open_grammar: bool) -> None:
        """Print how well every model follows what it is asked for."""
        seed = self.seeds[0]
        plans = self.plans[seed][: self.options.control_tunes]
        show({name: control(generator, plans, open_grammar, seed, self.sampling)
              for name, generator in self.generators.items()})  # fmt: skip


def run(options: Namespace) -> None:
    """Measure and print."""
    evaluation = Evaluation(options)
    evaluation.show_loss()
    for grammar in (options.grammar,) if options.grammar else ("open", "app"):
        is_open = grammar == "open"
        print("The open grammar" if is_open else "The app's grammar")
        evaluation.show_metrics(is_open)
        evaluation.show_control(is_open)
