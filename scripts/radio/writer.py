"""The writing process: reads what to write on its input, tells events on its output.

Its first line of input is the request; each further one asks for a song. When its input ends,
because it is told to stop or whoever started it is gone, it leaves off at once and leaves
nothing of the song that it was at.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from scripts import models, song_pipeline, utility
from scripts.music.style_parser import parse_styles
from scripts.radio.messages import to_line
from scripts.settings import log_to_file
from scripts.tables.program import ModelError, Paths, Session, Settings, UserError
from scripts.tables.radio import Failed, Measured, Noticed, WriterEvent
from scripts.tables.songs import Event, Loading, SongOrder
from scripts.temporary import decoding, radio_writing

SendEvent = Callable[[WriterEvent], None]


@dataclass(frozen=True)
class WriterRequest:
    """What the writing process is to do, as it goes through the pipe."""

    root: str
    output: str
    settings: dict[str, Any]
    styles: str
    seed: int

    def to_line(self) -> str:
        return json.dumps(vars(self)) + "\n"


class RequestQueue:
    """The songs that are asked for, one line of input each, and the end of input."""

    def __init__(self, file: int) -> None:
        self._lines = _lines(file)
        self.request = WriterRequest(**json.loads(next(self._lines)))
        self.stopping = threading.Event()
        self._songs = threading.Semaphore(0)
        threading.Thread(target=self._listen, name="asked", daemon=True).start()

    def wait(self) -> bool:
        """Wait until a song is asked for; False when no more will be."""
        self._songs.acquire()
        return not self.stopping.is_set()

    def _listen(self) -> None:
        for _ in self._lines:
            self._songs.release()
        self.stopping.set()
        self._songs.release()
        # A step of llama.cpp or the encoder may take its time, but not for ever.
        threading.Event().wait(radio_writing.WRITER_CONVERT_SECONDS)
        os._exit(1)


def _lines(file: int) -> Iterator[str]:
    """Lines of a pipe, read past Python's own buffers, which must not be held at the end."""
    held = b""
    while data := _read(file):
        *whole, held = (held + data).split(b"\n")
        yield from (line.decode("utf-8") for line in whole)


def _read(file: int) -> bytes:
    try:
        return os.read(file, 4096)
    except OSError:
        return b""


def main() -> None:
    """Run the writing process from its first line of input to its end."""
    tell = _take_over_stdout()
    asked = RequestQueue(_take_over_stdin())
    _lower_priority()
    session = _session(asked.request)
    log_to_file(session.paths.log)
    try:
        write_songs(asked, session, tell)
    except UserError as error:
        tell(Failed(str(error)))
    except Exception:
        logging.getLogger(__name__).exception("the writing process")
        tell(Failed(f"The writing of songs failed; why is in data/{session.paths.log.name}."))
    logging.shutdown()
    os._exit(0)  # threads of libraries are not waited for


def write_songs(asked: RequestQueue, session: Session, tell: SendEvent) -> None:
    """Write a song for each one that is asked for, until no more will be.

    A song that the model does not bring off is said and another one is written in its place; after
    `WRITER_TRIES` in a row it is the model, and its error is raised.
    """
    book = utility.load_style_book(session.paths.style_book)
    request = parse_styles(asked.request.styles, book)
    _reserve_core(session)
    known = dict(session.settings.paces)
    seed, made, failed = asked.request.seed, 0, 0
    while failed or asked.wait():
        order = SongOrder(request, 1, seed)
        seed += 1
        try:
            _pass_on(song_pipeline.make_songs(session, order, book), asked, made + 1, tell)
            made, failed = made + 1, 0
        except ModelError as error:
            failed += 1
            if failed == radio_writing.WRITER_TRIES:
                raise
            tell(Noticed(f"A song was not brought off: {error}"))
        for notice in session.notices:
            tell(Noticed(notice))
        session.notices.clear()
        if session.settings.paces != known:
            known = dict(session.settings.paces)
            tell(Measured(known))


def _pass_on(
    song: Generator[Event, None, None], asked: RequestQueue, number: int, tell: SendEvent
) -> None:
    """Tell what happens as a song is made; leave off when no more is wanted."""
    with closing(song) as events:
        told = None
        for event in events:
            if asked.stopping.is_set():
                return
            if not isinstance(event, Loading):
                event = replace(event, number=number)
            # Of a song's thousands of steps, those that move the bar.
            mark = (type(event), int(100 * getattr(event, "fraction", 0)))
            if mark != told:
                tell(event)
            told = mark


def _take_over_stdin() -> int:
    """Take the input for requests alone: libraries find an empty one in its place.

    On Windows they ask, as they load, what kind of file their input is, and there the answer
    waits for as long as a thread reads from that pipe.
    """
    file = os.dup(0)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    return file


def _take_over_stdout() -> SendEvent:
    """Take the output for events alone: what libraries write to it goes nowhere."""
    file = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)

    def tell(event: WriterEvent) -> None:
        with suppress(OSError, ValueError):  # nobody listens any more: the input ends as well
            file.write(to_line(event))
            file.flush()

    return tell


def _lower_priority() -> None:
    """Let whatever plays music, and every other program, go first."""
    import psutil

    with suppress(psutil.Error, OSError):
        own = psutil.Process()
        windows = sys.platform == "win32"
        own.nice(
            psutil.BELOW_NORMAL_PRIORITY_CLASS
            if windows
            else own.nice() + radio_writing.WRITER_NICENESS
        )
    # Where Linux shares time among sessions first, niceness within one counts for nothing, and
    # this process has a session of its own: see sched(7), "The autogroup feature".
    with suppress(OSError, ValueError):
        starter = Path(f"/proc/{os.getppid()}/autogroup").read_text(encoding="ascii")
        niceness = int(starter.rpartition(" ")[2]) + radio_writing.WRITER_NICENESS
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def _session(request: WriterRequest) -> Session:
    known = {field.name for field in fields(Settings)}
    settings = Settings(**{k: v for k, v in request.settings.items() if k in known})
    paths = Paths(Path(request.root), Path(request.output))
    return Session(paths, settings, saves_settings=False)


def _reserve_core(session: Session) -> None:
    """Leave a core to the player, where the number of threads is ours to choose."""
    if session.settings.threads == 0:
        size = models.choose_model(session.settings, session.paths.models).size_bytes
        if size >= decoding.TINY_MODEL_BYTES:
            session.settings.threads = max(1, models.default_threads(size) - 1)
