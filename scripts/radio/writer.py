"""The writer process: reads requests from stdin, writes events to stdout.

The first line of stdin is a `WriterRequest`; each further line requests one song. At the end of
stdin, when the parent closes it or is gone, it stops, and an unfinished song leaves no files.
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
    """What the writer process is to do: paths, settings, styles, and the first song's seed."""

    root: str
    output: str
    settings: dict[str, Any]
    styles: str
    seed: int

    def to_line(self) -> str:
        return json.dumps(vars(self)) + "\n"


class RequestQueue:
    """Requests for songs from the input; a thread reads them and watches for the end of input."""

    def __init__(self, file: int) -> None:
        """Read the `WriterRequest` from a file descriptor and start listening for songs."""
        self._lines = _lines(file)
        self.request = WriterRequest(**json.loads(next(self._lines)))
        self.stopping = threading.Event()
        self._songs = threading.Semaphore(0)
        threading.Thread(target=self._listen, name="requests", daemon=True).start()

    def wait(self) -> bool:
        """Wait for the request of a song; False after the end of input."""
        self._songs.acquire()
        return not self.stopping.is_set()

    def _listen(self) -> None:
        for _ in self._lines:
            self._songs.release()
        self.stopping.set()
        self._songs.release()
        # A step of llama.cpp or the encoder may take a while; then the process is ended anyway.
        threading.Event().wait(radio_writing.WRITER_CONVERT_SECONDS)
        os._exit(1)


def _lines(file: int) -> Iterator[str]:
    """Yield the lines of a pipe, without a buffered reader, whose lock must be free at exit."""
    rest = b""
    while data := _read(file):
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode("utf-8") for line in lines)


def _read(file: int) -> bytes:
    try:
        return os.read(file, 4096)
    except OSError:
        return b""


def main() -> None:
    """Run the writer process from its first line of input to its end."""
    send = _take_over_stdout()
    requests = RequestQueue(_take_over_stdin())
    _lower_priority()
    session = _session(requests.request)
    log_to_file(session.paths.log)
    try:
        write_songs(requests, session, send)
    except UserError as error:
        send(Failed(str(error)))
    except Exception:
        logging.getLogger(__name__).exception("the writing process")
        send(Failed(f"The writing of songs failed; why is in data/{session.paths.log.name}."))
    logging.shutdown()
    os._exit(0)  # does not wait for threads of libraries


def write_songs(requests: RequestQueue, session: Session, send: SendEvent) -> None:
    """Write a song for each request, until the end of input.

    A song that fails with a ModelError is reported and written again with the next seed; after
    `WRITER_TRIES` failures in a row the error is raised.
    """
    book = utility.load_style_book(session.paths.style_book)
    styles = parse_styles(requests.request.styles, book)
    _reserve_core(session)
    known = dict(session.settings.paces)
    seed, made, failed = requests.request.seed, 0, 0
    while failed or requests.wait():
        order = SongOrder(styles, 1, seed)
        seed += 1
        try:
            _send_events(song_pipeline.make_songs(session, order, book), requests, made + 1, send)
            made, failed = made + 1, 0
        except ModelError as error:
            failed += 1
            if failed == radio_writing.WRITER_TRIES:
                raise
            send(Noticed(f"A song was not brought off: {error}"))
        for notice in session.notices:
            send(Noticed(notice))
        session.notices.clear()
        if session.settings.paces != known:
            known = dict(session.settings.paces)
            send(Measured(known))


def _send_events(
    song: Generator[Event, None, None], requests: RequestQueue, number: int, send: SendEvent
) -> None:
    """Send the events of a song as song `number`; cancel the song at the end of input."""
    with closing(song) as events:
        sent = None
        for event in events:
            if requests.stopping.is_set():
                return
            if not isinstance(event, Loading):
                event = replace(event, number=number)
            # A song has thousands of steps: send only those that change the percentage.
            progress = (type(event), int(100 * getattr(event, "fraction", 0)))
            if progress != sent:
                send(event)
            sent = progress


def _take_over_stdin() -> int:
    """Return a duplicate of stdin, and give libraries an empty stdin instead.

    While they load on Windows they query the type of their stdin, and for a pipe that call blocks
    for as long as another thread reads from it.
    """
    file = os.dup(0)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return file


def _take_over_stdout() -> SendEvent:
    """Return a function that sends events on stdout; discard what libraries write to 1 and 2."""
    file = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)

    def send(event: WriterEvent) -> None:
        with suppress(OSError, ValueError):  # the parent is gone: the input ends, too
            file.write(to_line(event))
            file.flush()

    return send


def _lower_priority() -> None:
    """Lower the process's priority, so that playback and other programs come first."""
    import psutil

    with suppress(psutil.Error, OSError):
        own = psutil.Process()
        if sys.platform == "win32":
            own.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            own.nice(own.nice() + radio_writing.WRITER_NICENESS)
    # With autogrouping Linux shares CPU time between sessions first, and niceness counts only
    # within one. This process is a session of its own: see sched(7), "The autogroup feature".
    with suppress(OSError, ValueError):
        starter = Path(f"/proc/{os.getppid()}/autogroup").read_text(encoding="ascii")
        niceness = int(starter.rpartition(" ")[2]) + radio_writing.WRITER_NICENESS
        Path("/proc/self/autogroup").write_text(str(niceness), encoding="ascii")


def _session(request: WriterRequest) -> Session:
    """Return the session of a request; it saves no settings, the parent does."""
    known = {field.name for field in fields(Settings)}
    settings = Settings(**{k: v for k, v in request.settings.items() if k in known})
    paths = Paths(Path(request.root), Path(request.output))
    return Session(paths, settings, saves_settings=False)


def _reserve_core(session: Session) -> None:
    """Use one thread less than the default, to leave a core to playback; a number set stays."""
    if session.settings.threads == 0:
        size = models.choose_model(session.settings, session.paths.models).size_bytes
        if size >= decoding.TINY_MODEL_BYTES:
            session.settings.threads = max(1, models.default_threads(size) - 1)
