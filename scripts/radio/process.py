"""The program's side of the writer process: start it, send requests, receive events, end it."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol

from scripts.files import partial_files
from scripts.processes import start_dialogue
from scripts.radio.messages import from_line
from scripts.radio.writer import WriterRequest
from scripts.tables.program import Session, UserError
from scripts.tables.radio import WriterEvent
from scripts.tables.songs import Converting
from scripts.temporary import radio_writing

PROGRAM = Path(__file__).resolve().parent.parent.parent


class Writer(Protocol):
    """Writes songs on request, in the background."""

    def request_song(self) -> None:
        """Request one more song."""

    def events(self) -> list[WriterEvent]:
        """Return the events since the last call, without waiting."""

    def is_alive(self) -> bool:
        """Return whether more events can come."""

    def stop(self) -> None:
        """Ask it to stop, without waiting; an unfinished song leaves no files."""

    def close(self) -> None:
        """Stop it, and wait until it has ended."""


class WriterProcess:
    """A `Writer` in a separate process, which ends with this one, even if this one is killed."""

    def __init__(self, request: WriterRequest) -> None:
        """Start the process and send the request. Raises UserError where it cannot be started."""
        self._output = Path(request.output)
        self._queue: queue.SimpleQueue[WriterEvent] = queue.SimpleQueue()
        self._converting = False
        try:
            self._process = start_dialogue(
                [sys.executable, "-c", radio_writing.WRITER_CODE, str(PROGRAM)]
            )
        except OSError as error:
            raise UserError(f"Songs cannot be written while others play ({error}).") from error
        self._listener = threading.Thread(target=self._listen, name="writer", daemon=True)
        self._listener.start()
        self._send(request.to_line())

    def request_song(self) -> None:
        self._send("song\n")

    def events(self) -> list[WriterEvent]:
        found = []
        with suppress(queue.Empty):
            while True:
                found.append(self._queue.get_nowait())
        for event in found:
            self._converting = isinstance(event, Converting)
        return found

    def is_alive(self) -> bool:
        # After its end the last events may still be unread.
        return self._process.poll() is None or self._listener.is_alive()

    def stop(self) -> None:
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()

    def close(self) -> None:
        """Stop it; after `WRITER_STOP_SECONDS` (longer while it converts) kill it and clean up."""
        self.events()
        self.stop()
        seconds = radio_writing.WRITER_STOP_SECONDS
        if self._converting:
            seconds = radio_writing.WRITER_CONVERT_SECONDS
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            self._clean_up()
        self._listener.join(1.0)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # it has ended: `is_alive` says so
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines, suppress(OSError, ValueError):
            for line in lines:
                if (event := from_line(line)) is not None:
                    self._queue.put(event)

    def _clean_up(self) -> None:
        """Remove the partial files that a killed process may have left."""
        for partial in partial_files(self._output, self._output / "scores"):
            with suppress(OSError):
                partial.unlink()


def start_writer(session: Session, styles: str, seed: int) -> WriterProcess:
    """Start a process that writes songs in these styles with a session's settings.

    Frees the session's own model, as two might not fit in memory. Raises UserError.
    """
    if session.model is not None:
        session.model.close()
        session.model = None
    settings = asdict(replace(session.settings))
    paths = session.paths
    return WriterProcess(WriterRequest(str(paths.root), str(paths.output), settings, styles, seed))
