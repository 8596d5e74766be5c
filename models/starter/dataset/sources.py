"""The sources of tunes: where their files are, their licences, and how they name kinds of tune."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.starter.dataset.abc_reader import Tune, read_tune, split_tunes
from models.starter.dataset.midi_reader import read_manifest, read_midi
from models.starter.dataset.musicxml_reader import by_notes, read_score

# Word in an R: field, a title or a file name -> kind of the dialect; the first that fits wins.
KIND_WORDS = (
    ("slip jig", "slipjig"), ("slipjig", "slipjig"), ("jig", "jig"), ("slide", "slide"),
    ("strathspey", "strathspey"), ("reel", "reel"), ("hornpipe", "hornpipe"),
    ("hpps", "hornpipe"), ("clog", "hornpipe"), ("highland fling", "fling"), ("fling", "fling"),
    ("quick step", "march"), ("quickstep", "march"), ("march", "march"),
    ("waltz", "waltz"), ("morris", "morris"), ("slip", "slipjig"), ("air", "air"),
)  # fmt: skip

# Kind -> metres that it can have; where a tune's metre is another, its kind is left open.
KIND_METRES = {
    "jig": ("6/8",), "slipjig": ("9/8",), "slide": ("12/8", "6/8"), "reel": ("4/4", "2/4"),
    "hornpipe": ("4/4", "2/4"), "strathspey": ("4/4",), "fling": ("4/4", "2/4"),
    "waltz": ("3/4",), "march": ("2/4", "4/4", "6/8"),
}  # fmt: skip

# O'Neill's numbers up to which his chapters run (Music of Ireland, 1903).
ONEILL_CHAPTERS = ((625, "air"), (1115, "jig"), (1175, "slipjig"), (1555, "reel"),
                   (1800, "hornpipe"))  # fmt: skip


# Word in a title or style of the Mutopia Project -> kind of the dialect.
MUTOPIA_KINDS = (
    (r"waltz|waltzes|valses?|walzer|wals", "waltz"), (r"march|marche|marsch|marcia", "march"),
    (r"jig|gigue", "jig"), (r"reel", "reel"), (r"hornpipe", "hornpipe"), (r"hymn", "hymn"),
    (r"air|aria", "air"), (r"song|lied|voice", "song"),
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A collection: its name, where its files are under --data, and how to read it."""

    name: str
    pattern: str
    voices: tuple[str, ...] = ()  # melody first
    own_chords: bool = False
    title_tells_kind: bool = False
    kind: str = ""  # of all its tunes
    least_diatonic: float = 0.0  # share of notes in the scale; other tunes are left out
    melodic_only: bool = False  # leave out accompaniments and studies (melody_filter.py)
    movements: bool = False  # in several keys: tell major from minor by each section's notes


SOURCES = (
    Source("Nottingham", "nottingham/*.abc", own_chords=True),
    Source("Open Hymnal", "OpenHymnal.abc", ("S1V1", "S1V2", "S2V1", "S2V2"), kind="hymn"),
    Source("Bach chorales", "bach/bwv*.mxl", kind="hymn"),
    Source("O'Neill", "oneills1850/*.abc"),
    Source("Aird", "airdsAirs/*.abc", title_tells_kind=True),
    Source("Ryan", "ryansMammoth/*.abc", title_tells_kind=True),
    Source("Northumbrian Minstrelsy", "miscFolk/northumbrian*.abc"),
    Source("OpenScore Lieder", "lieder/**/*.mxl", kind="song", least_diatonic=0.93),
    Source("OpenScore String Quartets", "quartets/**/*.mxl", least_diatonic=0.95, movements=True),
    Source("Mutopia", "mutopia/*/*.mid", least_diatonic=0.93, melodic_only=True),
)


def find_kind(text: str) -> str:
    """Return the first kind that a text names, or ""."""
    text = text.lower()
    return next((kind for word, kind in KIND_WORDS if word in text), "")


def kind_of(source: Source, path: Path, tune: Tune) -> str:
    """Return a tune's kind from its R: field, its title, or its place in the collection."""
    if source.kind:
        return source.kind
    kind = find_kind(tune.fields.get("R", ""))
    if not kind and source.title_tells_kind:
        kind = find_kind(tune.fields.get("T", ""))
    if not kind and source.name == "Mutopia":
        words = f"{tune.fields['T']} {tune.fields['S']}".lower()
        kind = next((k for w, k in MUTOPIA_KINDS if re.search(rf"\b({w})\b", words)), "")
    if not kind and source.name == "Nottingham":
        kind = find_kind(path.stem)
    if not kind and source.name == "O'Neill" and (number := re.match(r"\d+", path.stem)):
        kind = next((k for last, k in ONEILL_CHAPTERS if int(number[0]) <= last), "")
    return kind


def is_free(source: Source, tune: Tune) -> bool:
    """Say whether a tune may be used: hymns and Mutopia's scores state their own licence."""
    credit = tune.fields.get("C", "").lower()
    if source.name == "Mutopia":
        # CC BY would want its names beside the weights.
        return credit in ("public domain", "cc0")
    if source.name != "Open Hymnal":
        return True
    whole = re.search(r"copyright:\s*public domain", credit)
    return bool(whole or re.search(r"music(?: and setting)?:? (?:is )?public domain", credit))


def add_harmony(melody: Tune, voice: Tune) -> None:
    """Add another voice's notes to the melody's measures, where both have the same lengths."""
    for ours, theirs in zip(melody.sections, voice.sections):
        if len(ours.measures) == len(theirs.measures):
            for measure, other in zip(ours.measures, theirs.measures):
                if measure.length() == other.length():
                    measure.harmony += other.notes


def read_file(source: Source, path: Path) -> Iterator[Tune]:
    """Yield the tunes of a file; leave out those that cannot be read."""
    if path.suffix == ".mxl":
        with path.open("rb") as file:
            for tune in read_score(file):
                yield by_notes(tune) if source.movements else tune
        return
    if path.suffix == ".mid":
        fields = read_manifest(path.parent.parent / "manifest.tsv").get(path.name, {})
        yield from read_midi(path, fields)
        return
    for lines in split_tunes(path.read_text(encoding="latin-1")):
        try:
            tune, *others = [read_tune(lines, voice) for voice in source.voices or (None,)]
        except ValueError:
            continue
        for voice in others:
            add_harmony(tune, voice)
        yield tune


def read_source(source: Source, data: Path) -> Iterator[tuple[str, Tune, str]]:
    """Yield kind, tune and the name of its work for each free tune under a folder.

    All tunes of one score are one work; in a tune book each tune is a work of its own.
    """
    for path in sorted(data.glob(f"**/{source.pattern}")):
        for number, tune in enumerate(read_file(source, path)):
            if is_free(source, tune):
                work = path.name if path.suffix in (".mxl", ".mid") else f"{path.name} {number}"
                yield kind_of(source, path, tune), tune, work
