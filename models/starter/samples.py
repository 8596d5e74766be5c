"""Write ten songs with the app's own engine, one for each of ten styles, as ABC.

    python sheet.py --model Llm-Music-Gen-Starter.Q8_0.gguf --out ten_songs.abc

The seeds are 1 to 10 and nothing is picked by hand or by ear.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from scripts import models
from scripts.llm.profiles import sampling_for
from scripts.music.leadsheet import read_lead_sheet, write_abc
from scripts.music.plan import plan_song
from scripts.music.style_reader import read_style_book
from scripts.music.words import understand
from scripts.prompts import build_job

ROOT = Path(__file__).resolve().parents[2]
STYLES = ("Celtic", "Waltz", "Lo-fi", "Jazz", "Rock", "Synthwave", "Blues", "Bossa Nova", "Baroque",
          "Flamenco")  # fmt: skip
SECONDS = 60.0


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, default=Path("Llm-Music-Gen-Starter.Q8_0.gguf"))
    parser.add_argument("--out", type=Path, default=Path("ten_songs.abc"))
    options = parser.parse_args()
    documents = [json.loads((ROOT / "data" / name).read_text(encoding="utf-8"))
                 for name in ("styles.json", "grooves.json")]  # fmt: skip
    book = read_style_book({**documents[0], "grooves": documents[1]["grooves"]})
    model = models.LoadedModel(models.describe(options.model, options.model.parent), 1)
    tunes = []
    for number, style in enumerate(STYLES, 1):
        plan = plan_song(understand(style, book), book, SECONDS, number)
        job, _ = build_job(plan, model.profile)
        text = "".join(model.write(job, sampling_for(model.profile, number, 1.0)))
        abc = write_abc(read_lead_sheet(text, plan), plan, f"Llm-Music-Gen Starter, for {style}")
        tunes.append(abc.replace("X:1\n", f"X:{number}\n", 1))
    options.out.write_text("\n".join(tunes), encoding="utf-8")


if __name__ == "__main__":
    main()
