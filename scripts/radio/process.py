"""The writing process as the program holds it: started, asked, listened to, ended."""

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
    """Writes songs as they are asked for."""

    def request_song(self) -> None:
        """Ask for one more song."""

    def events(self) -> list[WriterEvent]:
        """What has happened since this was asked last; never waits."""

    def is_alive(self) -> bool:
        """Whether it can still write."""

    def stop(self) -> None:
        """Leave off, soon; the song that is being written leaves no trace."""

    def close(self) -> None:
        """See that it has left off."""


class WriterProcess:
    """A `Writer` in a process of its own, which ends when this one does, however it ends."""

    def __init__(self, request: WriterRequest) -> None:
        """Start it. Raises UserError where the system starts no process."""
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
        # What it said at its end is still to be read.
        return self._process.poll() is None or self._listener.is_alive()

    def stop(self) -> None:
        if self._process.stdin:
            with suppress(OSError):
                self._process.stdin.close()

    def close(self) -> None:
        """End it: by itself if it is quick about it, else by force."""
        self.events()
        self.stop()
        try:
            seconds = (
                radio_writing.WRITER_CONVERT_SECONDS
                if self._converting
                else radio_writing.WRITER_STOP_SECONDS
            )
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            self._clean_up()
        self._listener.join(1.0)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # it is gone: `is_alive` tells
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines, suppress(OSError, ValueError):
            for line in lines:
                if (event := from_line(line)) is not None:
                    self._queue.put(event)

    def _clean_up(self) -> None:
        """Remove what a killed process may have left half made."""
        for left in partial_files(self._output, self._output / "scores"):
            with suppress(OSError):
                left.unlink()


def start_writer(session: Session, styles: str, seed: int) -> WriterProcess:
    """Start a process that writes songs in these styles for a session.

    The session's own model is freed: two of them might not fit into memory.
    """
    if session.model is not None:
        session.model.close()
        session.model = None
    settings = asdict(replace(session.settings))
    paths = session.paths
    return WriterProcess(WriterRequest(str(paths.root), str(paths.output), settings, styles, seed))
