"""Write ten songs with the app's own engine, one for each of ten styles, as ABC.

    python -m models.starter samples

The seeds are 1 to 10; nothing is selected.
"""

from __future__ import annotations

from argparse import Namespace

from models.starter.generation import read_styles
from models.starter.options import FILE_NAME, SONGS_NAME
from scripts import models
from scripts.llm.profiles import sampling_for
from scripts.music.leadsheet import read_lead_sheet, write_abc
from scripts.music.plan import plan_song
from scripts.music.style_blend import blend_styles
from scripts.music.style_parser import parse_styles
from scripts.prompts import build_job

STYLES = ("Celtic", "Waltz", "Lo-fi", "Jazz", "Rock", "Synthwave", "Blues", "Bossa Nova", "Baroque",
          "Flamenco")  # fmt: skip
SECONDS = 60.0


def run(options: Namespace) -> None:
    """Write the songs."""
    path = options.model or options.work / FILE_NAME
    book = read_styles()
    model = models.LoadedModel(models.describe(path, path.parent), 1)
    tunes = []
    for number, style in enumerate(STYLES, 1):
        plan = plan_song(blend_styles(parse_styles(style, book), book), book, SECONDS, number)
        job, _ = build_job(plan, model.profile)
        text = "".join(model.write(job, sampling_for(model.profile, number, 1.0)))
        abc = write_abc(read_lead_sheet(text, plan), plan, f"Llm-Music-Gen Starter, for {style}")
        tunes.append(abc.replace("X:1\n", f"X:{number}\n", 1))
    (options.out or options.work / SONGS_NAME).write_text("\n".join(tunes), encoding="utf-8")
