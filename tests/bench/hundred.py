"""Songs over all styles, from the starter model: loudness, peaks, silence, clashes, and how far the
styles lie apart; every figure within its bounds.

    python tests/bench/hundred.py [--songs 100] [--length 0.7] [--first 0] [--takes 16]

Exits with 1 where a bound is passed. Run it with the environment's own Python (.venv).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pretty_midi  # noqa: E402

from scripts import models, prompts, utility  # noqa: E402
from scripts.music.leadsheet import read_lead_sheet  # noqa: E402
from scripts.music.plan import plan_song  # noqa: E402
from scripts.music.style_blend import blend_styles  # noqa: E402
from scripts.music.style_parser import parse_styles  # noqa: E402
from scripts.music.take_score import score_part  # noqa: E402
from scripts.render.track_notes import open_soundfont  # noqa: E402
from scripts.tables.models import WritingJob  # noqa: E402
from scripts.tables.plans import SongPlan  # noqa: E402
from scripts.tables.program import Paths  # noqa: E402
from scripts.tables.songs import SongJob  # noqa: E402
from scripts.temporary import application  # noqa: E402
from tests.band_measures import clashes  # noqa: E402
from tests.ffmpeg_meter import decoded, measure_file  # noqa: E402

# What must hold of every song: (name, lowest, highest).
BOUNDS = (
    ("LUFS", -14.5, -13.5), ("true peak, dBTP", -30.0, -1.0), ("silence, share", 0.0, 0.12),
    ("clashes, share", 0.0, 0.0), ("appoggiaturas, share", 0.0, 0.5),
)  # fmt: skip
SILENT_DBFS = -60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--length", type=float, default=0.7, help="minutes")
    parser.add_argument("--first", type=int, default=0, help="how many songs to pass over")
    parser.add_argument("--takes", type=int, default=16, help="of which the best is kept")
    options = parser.parse_args()
    book = utility.load_style_book(ROOT / "data" / "styles.json")
    model = models.LoadedModel(
        models.describe(ROOT / "models" / application.STARTER_MODEL, ROOT / "models"), 1
    )
    sampler = open_soundfont(ROOT / "data" / "FluidR3Mono_GM.sf3")
    styles, rows = sorted(book.styles), []
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths.under(ROOT, Path(folder))
        utility.prepare_output(paths)
        for number in range(options.first, options.first + options.songs):
            style = styles[number % len(styles)]
            seed = number + 1
            plan = plan_song(
                blend_styles(parse_styles(style, book), book), book, options.length * 60, seed
            )
            job = prompts.build_job(plan, model.profile, model.frame, {})[0]
            text = written(model, plan, job, options.takes)
            rows.append(song_figures(plan, text, book, paths, sampler))
            shown = {k: round(v, 2) for k, v in rows[-1].items() if isinstance(v, float)}
            print(f"{number + 1:3} {style:18}", json.dumps(shown), flush=True)
    model.close()
    sys.exit(report(rows))


def written(model: models.LoadedModel, plan: SongPlan, job: WritingJob, takes: int) -> str:
    """Return a song's text as the app has it written."""
    sampling = models.sampling_for(model.profile, plan.seed, 1.0)
    decoder = model.open_decoder(
        [(job, sampling)], takes, lambda _, text: score_part(text, plan, job.prompt)
    )
    try:
        while not decoder.finished(0):
            decoder.step()
        return decoder.text(0)
    finally:
        decoder.close()


def song_figures(plan: Any, text: str, book: Any, paths: Paths, sampler: Any) -> dict[str, Any]:
    """Convert one song and measure the finished MP3."""
    begun = time.perf_counter()
    conversion = utility.convert(SongJob(plan, text, "abc", "bench"), book, paths, sampler)
    try:
        while True:
            next(conversion)
    except StopIteration as finished:
        record = finished.value
    spent = time.perf_counter() - begun
    heard, sound = measure_file(record.path), decoded(record.path)
    tenths = sound[:, : sound.shape[1] // 4410 * 4410].reshape(2, -1, 4410)
    power = 10 * np.log10((tenths**2).mean(axis=(0, 2)) + 1e-12)
    rubbing, leaning, strong = clashes(read_lead_sheet(text, plan))
    band = pretty_midi.PrettyMIDI(str(paths.scores / f"{record.path.stem}.mid")).instruments
    strokes = [note for instrument in band if instrument.is_drum for note in instrument.notes]
    record.path.unlink()
    return {
        "style": plan.leading, "LUFS": heard.loudness, "true peak, dBTP": heard.peak,
        "silence, share": float((power < SILENT_DBFS).mean()),
        "clashes, share": rubbing / max(1, strong),
        "appoggiaturas, share": leaning / max(1, strong), "tempo": float(plan.tempo),
        "times as fast as real time": record.seconds / spent,
        "programs": (plan.band.melody, plan.band.chords, plan.band.bass),
        "groove": plan.band.groove,
        "drums": frozenset((note.pitch, round(note.start * plan.tempo / 15) % 16)
                           for note in strokes),
    }  # fmt: skip


def report(rows: list[dict[str, Any]]) -> int:
    """Print the spread of every figure; return 1 where a bound is passed."""
    failed = 0
    for name, low, high in BOUNDS:
        values = [row[name] for row in rows]
        outside = [row["style"] for row in rows if not low <= row[name] <= high]
        spread = (
            f"{min(values):8.2f} to {max(values):8.2f}, median {statistics.median(values):8.2f}"
        )
        print(f"{name:26} {spread}; bounds {low:g} to {high:g}; outside: {outside}")
        failed |= bool(outside)
    speeds = [row["times as fast as real time"] for row in rows]
    print(f"{'times as fast as real time':26} median {statistics.median(speeds):8.1f}")
    by_style = defaultdict(list)
    for row in rows:
        by_style[row["style"]].append(row)
    tempos = {
        style: statistics.mean(r["tempo"] for r in group) for style, group in by_style.items()
    }
    programs = Counter(program for row in rows for program in row["programs"])
    print(f"tempo by style: {min(tempos.values()):.0f} to {max(tempos.values()):.0f}; "
          f"{len(programs)} instruments, the commonest in {max(programs.values()) / len(rows):.0%} "
          f"of the songs; {len({row['groove'] for row in rows})} grooves")  # fmt: skip
    alike = Counter(row["drums"] for row in rows if row["drums"])
    print(f"drum patterns: {len(alike)} different ones in {sum(alike.values())} songs with drums")
    failed |= len(programs) < 20 or max(tempos.values()) < 1.6 * min(tempos.values())
    return int(failed)


if __name__ == "__main__":
    main()
