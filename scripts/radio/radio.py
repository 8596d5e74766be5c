"""The radio: keeps new songs coming while others play. A state and `tick`, like the jukebox."""

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
    """Has songs written in `styles`: so many, or (None) until it is told to stop.

    `start` starts a writer. Once `ahead` new songs wait to be heard, writing rests; songs that
    were ordered by number are made without a rest.
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
        self._stopping: list[Writer] = []  # told to leave off
        self._asked = 0
        self._event: WriterEvent | None = None  # what it is at
        self.finished: list[SongRecord] = []
        self._notices: list[str] = []
        self.save_paces: Callable[[dict[str, list[float]]], None] = lambda _: None
        self.free_space: Callable[[], None] = lambda: None  # called when a song is finished

    @property
    def styles(self) -> str:
        return self._styles

    @property
    def songs(self) -> int | None:
        """How many songs are ordered; None for as many as there is time for."""
        return self._songs

    @property
    def state(self) -> RadioState:
        if self._writer is None:
            return RadioState.OFF
        return RadioState.WRITING if self._asked > len(self.finished) else RadioState.RESTING

    def toggle(self) -> None:
        """Start, with no number of songs, or stop: the song that is being written is dropped."""
        if self._writer is None:
            self._songs = None
            self.start()
        else:
            self._stop()

    def start(self) -> None:
        """Start writing, if that is not so already."""
        if self._writer is not None:
            return
        self._asked, self.finished, self._event = 0, [], None
        try:
            self._writer = self._start(self._styles)
        except UserError as error:
            self._notices.append(str(error))

    def tick(self, fresh_ahead: int) -> list[Path]:
        """Ask for the next song when it is time; return those finished since the last tick.

        `fresh_ahead` is how many new songs wait to be heard.
        """
        return [e.record.path for e in self.events(fresh_ahead) if isinstance(e, Finished)]

    def events(self, fresh_ahead: int = 0) -> list[WriterEvent]:
        """Do as `tick` does, and return all that has happened since the last time."""
        self._stopping = [writer for writer in self._stopping if writer.is_alive()]
        if self._writer is None:
            return []
        alive = self._writer.is_alive()
        events = self._writer.events()
        for event in events:
            self._note(event)
        if self._writer is None:
            return events
        if not alive:
            self._notices.append(radio_writing.WRITER_GONE)
            self._stop()
        elif self._songs is not None and len(self.finished) >= self._songs:
            self._stop()
        elif self._is_time(fresh_ahead):
            self._asked += 1
            self._writer.request_song()
        return events

    def close(self) -> None:
        """Stop writing, and see that no writer is left."""
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
        """The sentences that have gathered, once."""
        taken, self._notices = self._notices, []
        return taken

    def line(self) -> str:
        """What is being written and how far it is, in the seed's words; "" while it is off."""
        if self._writer is None:
            return ""
        if self.state is RadioState.RESTING:
            return f"Radio: {self._ahead} new songs wait to be heard, then more are written."
        number = len(self.finished) + 1
        percent = f"{getattr(self._event, 'fraction', 0.0):.0%}"
        if isinstance(self._event, Converting):
            form, into = (
                exporting.SONG_FORMATS[self._event.song_format],
                exporting.FILE_FORMATS[self._event.file_format].label,
            )
            return f"Converting song number {number} from {form} to {into}... {percent}"
        if isinstance(self._event, Loading):
            return f"Loading {self._event.model}... {percent}"
        return f'Producing "{self._styles}" themed song number {number}... {percent}'

    def _is_time(self, fresh_ahead: int) -> bool:
        if self._asked > len(self.finished):
            return False
        if self._songs is not None:
            return self._asked < self._songs
        return fresh_ahead < self._ahead

    def _note(self, event: WriterEvent) -> None:
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
