"""From a model's text to a song in the output folder: reads the style book, arranges, exports."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.files import partial_files, whole_or_nothing
from scripts.music.harmony import key_name, key_words
from scripts.music.style_reader import read_style_book
from scripts.music.styles import StyleBook
from scripts.tables.plans import SongPlan
from scripts.tables.program import Paths, Session, SoundError, UserError
from scripts.tables.songs import SongJob, SongRecord
from scripts.tables.sound import SectionNotes
from scripts.temporary import application, exporting, mixing, notation

if TYPE_CHECKING:
    from scripts.render.sampler import Sampler


def load_style_book(path: Path) -> StyleBook:
    """Read `data/styles.json` and the grooves file beside it; grooves in the former override.

    Raises UserError where one of them is missing or cannot be used.
    """
    document = _read_json(path)
    if isinstance(document, dict) and document.get("styles"):
        file = _read_json(path.with_name(application.GROOVES_NAME))
        bundled = file.get("grooves") if isinstance(file, dict) else None
        own = document.get("grooves")
        if not isinstance(bundled, dict):
            raise UserError(
                f"data/{application.GROOVES_NAME} has no grooves; restore it from the download."
            )
        document["grooves"] = {**bundled, **(own if isinstance(own, dict) else {})}
    return read_style_book(document)


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise UserError(f"data/{path.name} is missing; restore it from the download.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"data/{path.name} cannot be read ({error}); restore it.") from error


def prepare_output(paths: Paths) -> None:
    """Create the output folders, check that they are writable, and delete stale partial files.

    Raises SoundError when the folder cannot be created or written to.
    """
    probe = paths.output / f".probe{application.PARTIAL_SUFFIX}"
    try:
        paths.scores.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(b"x" * 4096)
        finally:
            probe.unlink(missing_ok=True)
        for partial in partial_files(paths.output, paths.scores):
            if time.time() - partial.stat().st_mtime > exporting.STALE_PARTIAL_SECONDS:
                partial.unlink()
    except OSError as error:
        raise SoundError(
            f"Songs cannot be kept in {paths.output} ({error.strerror}); check that the folder "
            "may be written to and the disk is not full."
        ) from error


def open_sampler(session: Session) -> Sampler:
    """Return a sampler with the chosen soundfont and tuning; a warning becomes a notice.

    Raises SoundError where no soundfont can be used.
    """
    from scripts.render.sampler import Sampler
    from scripts.render.soundfont_choice import open_chosen

    font, warning = open_chosen(session.settings.soundfont, session.paths.data)
    if warning and warning not in session.notices:
        session.notices.append(warning)
    return Sampler(font, session.settings.tuning)


def file_stem(title: str, paths: Paths) -> str:
    """Return a file name without suffix for a title: legal, and not used by any song or score.

    Names are compared without case, as on Windows. In a deep folder the name is cut to Windows'
    limit on the length of paths.
    """
    available = (
        exporting.PATH_CHARACTERS_AT_MOST
        - len(str(paths.scores.absolute()))
        - exporting.NAME_ROOM_CHARACTERS
    )
    legal = legal_name(legal_name(title)[: max(available, exporting.NAME_CHARACTERS_AT_LEAST)])
    folders = [folder for folder in (paths.output, paths.scores) if folder.is_dir()]
    taken = {entry.name.casefold() for folder in folders for entry in folder.iterdir()}
    number, stem = 1, legal
    while any(f"{stem}{suffix}".casefold() in taken for suffix in exporting.SUFFIXES_OF_A_SONG):
        number += 1
        stem = f"{legal} {number}"
    return stem


def legal_name(title: str) -> str:
    """Return a title as a legal file name, without suffix, on Windows and Linux.

    Source: Microsoft, "Naming Files, Paths, and Namespaces"; Linux allows 255 bytes.
    """
    legal = "".join(c for c in title if c not in exporting.FORBIDDEN_IN_NAMES and c.isprintable())
    encoded = legal[: exporting.NAME_CHARACTERS_AT_MOST].encode("utf-8")
    short = encoded[: exporting.NAME_BYTES_AT_MOST].decode("utf-8", "ignore")
    legal = short.strip(" .") or "Song"
    # To Windows "con .txt" is the console, too, and "COM¹" the first serial port.
    device = unicodedata.normalize("NFKC", legal.partition(".")[0]).strip().upper()
    return f"Song {legal}" if device in exporting.RESERVED_NAMES else legal


def convert(
    job: SongJob, book: StyleBook, paths: Paths, sampler: Sampler
) -> Generator[float, None, SongRecord]:
    """Render a model's text to `output/<title>.mp3` and write its scores; yield the fraction done.

    The MIDI file holds exactly the notes that the sampler plays. The files get their names at the
    end, the song last; after an error, or when the generator is closed, none of them is left.
    """
    from scripts.music.midi import midi_bytes, song_seconds
    from scripts.music.sequencer import Sequencer
    from scripts.render.cover import draw_cover
    from scripts.render.encoder import check_disk_space
    from scripts.render.export import ExportTarget, export_song
    from scripts.render.mix import mix_settings
    from scripts.render.track_notes import track_notes

    plan = job.plan
    sections, score = _READERS[job.song_format](job, book)
    sequencer = Sequencer(plan.tempo, plan.metre)
    for section in sections:
        sequencer.add(section)
        yield 0.05
    song = sequencer.finish()
    settings = mix_settings(plan, song_seconds(song), follows_form=job.song_format == "abc")
    yield 0.1
    tracks = track_notes(song)
    stem = file_stem(plan.title, paths)
    target = paths.output / f"{stem}{exporting.FILE_FORMATS[job.file_format].suffix}"
    files = {
        paths.scores / f"{stem}{exporting.SCORE_SUFFIXES[job.song_format]}": score.encode("utf-8"),
        paths.scores / f"{stem}.mid": midi_bytes(song, plan.title),
        paths.scores / f"{stem}.json": song_record_json(job),
    }
    check_disk_space(paths.output, settings.seconds, job.file_format)
    with _atomic_output(target, files) as partial:
        tags = song_tags(plan, stem, job.model)
        export_target = ExportTarget(partial, job.file_format, tags, draw_cover(tracks, plan))
        with closing(export_song(tracks, sampler, settings, export_target)) as fractions:
            for fraction in fractions:
                yield 0.1 + 0.88 * fraction
    key = key_words(plan.tonic, notation.MODES[plan.mode])
    return SongRecord(target, stem, key, plan.tempo, settings.frames / mixing.SAMPLE_RATE)


def _arrange_abc(job: SongJob, book: StyleBook) -> tuple[Iterable[SectionNotes], str]:
    """Read a lead sheet in ABC and arrange it; return its sections and the ABC file to write."""
    from scripts.music.arrangement import arrange_sections
    from scripts.music.leadsheet import read_lead_sheet, write_abc

    plan, sheet = job.plan, read_lead_sheet(job.text, job.plan)
    sections = arrange_sections(sheet, plan, book.grooves[plan.band.groove])
    return sections, write_abc(sheet, plan, job.model)


def _arrange_note_list(job: SongJob, book: StyleBook) -> tuple[Iterable[SectionNotes], str]:
    """Read a note list, which holds the whole band; return it as one section and the text file."""
    from scripts.music.note_list import read_notes
    from scripts.music.note_list_grammar import title_line

    played = read_notes(job.text, job.plan)
    return [SectionNotes(0, played.units, played.tracks)], f"{title_line(job.plan)}\n{job.text}"


# Key of `SONG_FORMATS` -> the function that reads a model's text.
_READERS = {"abc": _arrange_abc, "notes": _arrange_note_list}


@contextmanager
def _atomic_output(target: Path, files: dict[Path, bytes]) -> Iterator[Path]:
    """Like `whole_or_nothing`, but raise SoundError instead of OSError."""
    try:
        with whole_or_nothing(target, files) as partial:
            yield partial
    except OSError as error:
        raise SoundError(
            f"The song could not be kept in {target.parent} ({error.strerror}); check that the "
            "disk is not full and the folder may be written to."
        ) from error


def song_tags(plan: SongPlan, title: str, model: str) -> dict[str, str]:
    """Return the tags of a song; the comment holds the seed that makes it again."""
    made_by = f"{application.NAME} {application.VERSION}"
    return {
        "title": title,
        "artist": model,
        "album": exporting.ALBUM,
        "genre": plan.request,
        "TBPM": str(round(plan.tempo)),
        "date": str(time.localtime().tm_year),
        "TKEY": _tag_key(plan),
        "comment": f"Made by {made_by}; model {model}; seed {plan.seed}",
    }


def _tag_key(plan: SongPlan) -> str:
    """Return the key in the form of ID3's TKEY: the tonic, and `m` where the third is minor."""
    mode = notation.MODES[plan.mode]
    return key_name(plan.tonic, mode).removesuffix(mode.abc) + ("" if 4 in mode.steps else "m")


def song_record_json(job: SongJob) -> bytes:
    """Return the JSON record of how a song was made, enough to make it again."""
    document = {
        "app": f"{application.NAME} {application.VERSION}",
        "model": job.model,
        "seed": job.plan.seed,
        "order": dict(job.made_with),
        "plan": asdict(job.plan),
        "text": job.text,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
