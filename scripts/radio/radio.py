"""The radio: has new songs written while others play. A state and `tick`, like the jukebox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.radio.process import Writer
from scripts.tables.program import UserError
from scripts.tables.radio import Failed, Measured, Noticed, RadioState, WriterEvent
from scripts.tables.songs import Converting, Finished, Loading, SongRecord, Writing
from scripts.temporary import exporting, radio_writing

StartWriter = Callable[[str], Writer]


class Radio:
    """Has songs written in `styles`: `songs` of them, or until it is stopped (None).

    `start` starts a writer. Without a number, writing pauses while `ahead` new songs are unplayed.
    """

    def __init__(
        self,
        start: StartWriter,
        styles: str,
        songs: int | None = None,
        ahead: int = radio_writing.RADIO_SONGS_AHEAD,
    ) -> None:
        self._start = start
        self._styles = styles
        self._songs = songs
        self._ahead = ahead
        self._writer: Writer | None = None
        self._stopping: list[Writer] = []  # asked to stop, may not have ended
        self._requested = 0  # songs, of the present writer
        self._event: WriterEvent | None = None  # the last that tells progress
        self.finished: list[SongRecord] = []
        self._notices: list[str] = []
        self.save_paces: Callable[[dict[str, list[float]]], None] = lambda _: None
        self.free_space: Callable[[], None] = lambda: None  # called after every song

    @property
    def styles(self) -> str:
        return self._styles

    @property
    def songs(self) -> int | None:
        """The number of songs ordered; None for writing until it is stopped."""
        return self._songs

    @property
    def state(self) -> RadioState:
        if self._writer is None:
            return RadioState.OFF
        return RadioState.WRITING if self._requested > len(self.finished) else RadioState.RESTING

    def toggle(self) -> None:
        """Start, without a number of songs, or stop and drop the unfinished song."""
        if self._writer is None:
            self._songs = None
            self.start()
        else:
            self._stop()

    def start(self) -> None:
        """Start a writer if none is running; a failure becomes a notice."""
        if self._writer is not None:
            return
        self._requested, self.finished, self._event = 0, [], None
        try:
            self._writer = self._start(self._styles)
        except UserError as error:
            self._notices.append(str(error))

    def tick(self, fresh_ahead: int) -> list[Path]:
        """Request the next song if it is due; return the songs finished since the last tick.

        `fresh_ahead` is the number of new songs that are not played yet.
        """
        return [e.record.path for e in self.events(fresh_ahead) if isinstance(e, Finished)]

    def events(self, fresh_ahead: int = 0) -> list[WriterEvent]:
        """Do what `tick` does, and return all events since the last call."""
        self._stopping = [writer for writer in self._stopping if writer.is_alive()]
        if self._writer is None:
            return []
        alive = self._writer.is_alive()
        events = self._writer.events()
        for event in events:
            self._handle(event)
        if self._writer is None:
            return events
        if not alive:
            self._notices.append(radio_writing.WRITER_GONE)
            self._stop()
        elif self._songs is not None and len(self.finished) >= self._songs:
            self._stop()
        elif self._is_due(fresh_ahead):
            self._requested += 1
            self._writer.request_song()
        return events

    def close(self) -> None:
        """Stop writing, and wait until all writers have ended."""
        self._stop()
        for writer in self._stopping:
            writer.close()
        self._stopping.clear()

    def _stop(self) -> None:
        writer, self._writer, self._event = self._writer, None, None
        if writer is not None:
            writer.stop()
            self._stopping = [*(w for w in self._stopping if w.is_alive()), writer]

    def take_notices(self) -> list[str]:
        """Return the notices since the last call, and clear them."""
        notices, self._notices = self._notices, []
        return notices

    def line(self) -> str:
        """Return the status line: what is written and its progress; "" while it is off."""
        if self._writer is None:
            return ""
        if self.state is RadioState.RESTING:
            return f"Radio: {self._ahead} new songs wait to be heard, then more are written."
        number = len(self.finished) + 1
        percent = f"{getattr(self._event, 'fraction', 0.0):.0%}"
        if isinstance(self._event, Converting):
            source = exporting.SONG_FORMATS[self._event.song_format]
            target = exporting.FILE_FORMATS[self._event.file_format].label
            return f"Converting song number {number} from {source} to {target}... {percent}"
        if isinstance(self._event, Loading):
            return f"Loading {self._event.model}... {percent}"
        return f'Producing "{self._styles}" themed song number {number}... {percent}'

    def _is_due(self, fresh_ahead: int) -> bool:
        """Return whether the next song is to be requested: one at a time."""
        if self._requested > len(self.finished):
            return False
        if self._songs is not None:
            return self._requested < self._songs
        return fresh_ahead < self._ahead

    def _handle(self, event: WriterEvent) -> None:
        """Update state and notices by an event of the writer."""
        if isinstance(event, (Loading, Writing, Converting)):
            self._event = event
        elif isinstance(event, Finished):
            self._event = None
            self.finished.append(event.record)
            self.free_space()
        elif isinstance(event, Measured):
            self.save_paces(event.paces)
        elif isinstance(event, Noticed):
            self._notices.append(event.sentence)
        elif isinstance(event, Failed):
            self._notices.append(event.sentence)
            self._stop()
