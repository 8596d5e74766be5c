"""Make MIDI of the Mutopia Project's plainly free scores with LilyPond.

    python -m models.starter mutopia --scores MutopiaProject/ftp --lilypond FOLDER --out OUT

FOLDER has bin/lilypond and bin/convert-ly (`pip install lilypond`, 2.25.12). OUT gets a folder for
each composer and manifest.tsv, a line for each MIDI file. Scores in the public domain or under
Creative Commons Attribution are taken; whatever says ShareAlike or NonCommercial is not. What
fails, or takes longer than TIMEOUT, is left out. A second run goes on where the first stopped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.processes import Console, kill_and_close, start_process

TIMEOUT = 40  # seconds a score
LARGEST = 200_000  # characters of a score with all that it includes
MOST_FILES = 60  # in a work's folder: more is an opera
MOST_SCORES = 14  # of one folder
BATCH = 40  # scores that are converted to today's syntax at once

# Operas and oratorios; studies; and what the corpus has from elsewhere.
SKIPPED = re.compile(
    r"LullyJB|RameauJP|CharpentierMA|PorporaN|MonteverdiC|HanonCL|CzernyC|KoppraschG|Kruetzer|SittH"
    r"|ArbanJB|MontePd|JanequinC|TitelouzeJ|BanchieriA|LassusOd|GesualdoC|PresJd"  # and part-music
    r"|JPM\d|J95\d"  # Japanese tunes for koto and shamisen, in none of the dialect's modes
    r"|BachJS/BWV(2[5-9]\d|3\d\d|4[0-3]\d)\b"
)
FIRST = re.compile(
    r"Traditional|Anonymous|FosterSC|JoplinS|GruberFX|style *= *\"(Hymn|Folk|Song)", re.I
)
SECOND = re.compile(
    r"march|waltz|valse|walzer|minuet|menuet|polka|mazurk|gavott|bourr|danc|landler|ländler"
    r"|rag\b|sarabande|style *= *\"(Dance|Jazz|Popular)"
    r"|instrument *= *\"[^\"]*(guitar|lute|violin|flute|recorder|mandolin|voice)",
    re.I,
)  # fmt: skip
PART = re.compile(
    r"violin|viola|vln|vla|vlc|cell|cello|bass|flut|oboe|clar|fagot|bassoon|horn|corn|tromp|trump|tromb|timp"
    r"|soprano|alto|tenor|part\b|continuo",
    re.I,
)  # fmt: skip
STUDY = re.compile(
    r"fug[aeh]|\bfugue|ricercar|[ck]anon|toccat|[eé]tude|stud(y|ies|ium)|[uü]bung|exerc", re.I
)
LOW = re.compile(
    r"bass|viola|vla|cello|vlc|fagot|bassoon|continuo|timp|bone|alto|tenor|bari|tuba|sax|horn(?!pipe)|corn|perc|drum",
    re.I,
)  # fmt: skip
FIELD = re.compile(r"^[ \t]*(\w+)[ \t]*=[ \t]*", re.M)
INCLUDE = re.compile(r'^[^%\n]*\\include\s+"([^"]+)"', re.M)
UNFREE = re.compile(
    r"share[\s-]*alike|by-sa|non-?commercial|by-nc|no-?deriv|all rights reserved", re.I
)
SETTINGS = Path(__file__).with_name("melody_midi.ily").resolve()


@dataclass
class Score:
    """A LilyPond file, and what it says of itself."""

    path: Path
    text: str  # with all that it includes
    licence: str

    def field(self, name: str) -> str:
        """Return a field of the header if it is plain text, or ""."""
        match = re.search(rf'^[ \t]*{name}[ \t]*=[^"\n]*"([^"\n]*)"', self.text, re.M)
        return match[1].strip() if match else ""

    def order(self) -> tuple[int, int]:
        """Return the sort key of the queue: tunes before pieces, small before large."""
        where = f"{self.path}\n{self.text}"
        late = 0 if FIRST.search(where) else 1 if SECOND.search(where) else 2
        return late, len(self.text)


def read_text(path: Path) -> str:
    """Read a file as UTF-8, or else as Latin-1."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def with_includes(path: Path, seen: set[Path]) -> str:
    """Return a file's text with that of all files it includes; add their paths to `seen`."""
    text = read_text(path)
    for name in INCLUDE.findall(text):
        other = (path.parent / name).resolve()
        if other.is_file() and other not in seen:
            seen.add(other)
            text += "\n" + with_includes(other, seen)
    return text


def licence_of(text: str) -> str:
    """Return the free licence that a header states, or ""."""
    if UNFREE.search(text):
        return ""
    found: dict[str, list[str]] = {}
    fields = list(FIELD.finditer(text))
    for field, after in zip(fields, [*fields[1:], None]):
        if field[1] in ("license", "licence", "mutopialicense", "copyright"):
            value = text[field.end() : after.start() if after else field.end() + 2000]
            name = plain_licence(value[:2000])
            if name:
                found.setdefault("copyright" if field[1] == "copyright" else "license", []).append(
                    name
                )
    names = found.get("license") or found.get("copyright") or []
    return min(names, default="")  # where two are named, CC BY, which asks for more


def plain_licence(value: str) -> str:
    """Return the free licence that a field states, or ""."""
    if match := re.search(r"Creative Commons Attribution\s*(\d\.\d)?", value):
        return f"CC BY {match[1] or '(no version)'}"
    if re.search(r"public\s*domain|domaine public", value, re.I):
        return "Public Domain"
    if re.search(r"\bCC0\b|publicdomain/zero", value):
        return "CC0"
    return ""


def find_scores(root: Path) -> Iterator[Score]:
    """Yield the scores that may be used and that make MIDI."""
    folders = sorted({path.parent for path in root.rglob("*.ly")})
    for folder in folders:
        name = str(folder.relative_to(root))
        top = next((p for p in (folder, *folder.parents) if p.name.endswith("-lys")), folder)
        if SKIPPED.search(name) or sum(1 for _ in top.rglob("*.*ly*")) > MOST_FILES:
            continue
        included: set[Path] = set()
        texts = {path: with_includes(path, included) for path in sorted(folder.glob("*.ly"))}
        scores = [
            Score(path, text, licence)
            for path, text in texts.items()
            if path.resolve() not in included
            and re.search(r"\\midi\b", text)
            and not LOW.search(path.stem)
            and not STUDY.search(f"{path} {Score(path, text, '').field('mutopiatitle')}")
            and len(text) <= LARGEST
            and (licence := licence_of(text))
        ]
        whole = [score for score in scores if not PART.search(score.path.stem)]
        yield from (whole or scores)[:MOST_SCORES]


def work_folder(path: Path, root: Path) -> Path:
    """Return the folder that holds all files that a score includes."""
    return next((p for p in path.parents if p.name.endswith("-lys") and p != root), path.parent)


def convert(folders: set[Path], root: Path, copy: Path, binaries: Path) -> None:
    """Copy folders, and update their files to the syntax of today's LilyPond."""
    files = []
    for folder in folders:
        target = copy / folder.relative_to(root)
        shutil.copytree(folder, target, dirs_exist_ok=True, ignore_dangling_symlinks=True)
        for path in target.rglob("*"):
            if path.suffix in (".ly", ".ily", ".lyi", ".lyp"):
                path.write_text(read_text(path), encoding="utf-8")
                files.append(str(path))
    command = [str(binaries / "bin/convert-ly"), "-e", *files]
    start_process(command, Console.SHARED).wait()


def render_midi(score: Score, root: Path, copy: Path, binaries: Path) -> list[Path]:
    """Run LilyPond on a score; return the MIDI files that it made."""
    path = copy / score.path.relative_to(root)
    command = [str(binaries / "bin/lilypond"), "-s", "-dno-print-pages", "-dno-point-and-click",
               f"-dinclude-settings={SETTINGS}", "-o", str(path.with_suffix("")),
               str(path)]  # fmt: skip
    before = set(path.parent.glob("*.mid*"))
    with start_process(command, Console.SHARED, cwd=path.parent) as process:
        try:
            process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            kill_and_close(process)
            return []
    return sorted(set(path.parent.glob("*.mid*")) - before)


def collect_midi(score: Score, files: list[Path], root: Path, out: Path) -> None:
    """Move a score's MIDI files to `out`, and write their lines of the manifest."""
    name = score.path.relative_to(root)
    composer = name.parts[0]
    piece = work_folder(score.path, root).name.removesuffix("-lys")
    title = score.field("mutopiatitle") or score.field("title")
    lines = ""
    for number, midi in enumerate(files):
        target = out / composer / f"{piece}--{score.path.stem}--{number}.mid"
        target.parent.mkdir(exist_ok=True)
        shutil.move(midi, target)
        row = (str(target.relative_to(out)), title, composer, score.licence,
               score.field("mutopiainstrument"), score.field("style"), str(name))  # fmt: skip
        lines += "\t".join(cell.replace("\t", " ") for cell in row) + "\n"
    with (out / "manifest.tsv").open("a", encoding="utf-8") as file:
        file.write(lines)


def run(options: Namespace) -> None:
    """Find scores, convert them, make MIDI, and write the manifest."""
    root, out = options.scores.resolve(), options.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    tried = out / "tried.txt"
    done = set(tried.read_text(encoding="utf-8").split("\n")) if tried.exists() else set()
    scores = sorted(find_scores(root), key=Score.order)
    scores = [score for score in scores if str(score.path.relative_to(root)) not in done]
    print(f"{len(scores)} scores to play", flush=True)
    for first in range(0, len(scores), BATCH):
        batch = scores[first : first + BATCH]
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder)
            convert({work_folder(s.path, root) for s in batch}, root, copy, options.lilypond)
            for score in batch:
                files = render_midi(score, root, copy, options.lilypond)
                collect_midi(score, files, root, out)
                with tried.open("a", encoding="utf-8") as file:
                    file.write(f"{score.path.relative_to(root)}\n")
        print(first + len(batch), flush=True)
