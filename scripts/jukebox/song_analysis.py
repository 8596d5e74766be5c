"""Measure length and loudness of a folder's songs, once each, in the background."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from scripts.jukebox import song_loudness
from scripts.jukebox.library import Song
from scripts.media.duration import duration_seconds
from scripts.tables.jukebox import SongMeasurements
from scripts.tables.program import SoundError
from scripts.temporary import listening, mastering


class SongAnalysis:
    """Adds to `measurements`, by file name; `schedule` sets which songs come first.

    Songs with a score in the folder's `scores` are our own: their loudness is known. With
    `normalise=False` no loudness is measured, and every gain is 1. With `threaded=False` the
    owner calls `analyse_next` (tests do).
    """

    def __init__(
        self,
        folder: Path,
        measurements: dict[str, SongMeasurements],
        normalise: bool = True,
        threaded: bool = True,
    ) -> None:
        self._scores = folder / "scores"
        self._measurements = measurements
        self._normalise = normalise
        self._threaded = threaded
        self._songs: Sequence[Song] = ()
        self._next = 0  # index of the first song whose length may be unknown
        self._priority: Sequence[Song] = ()
        self._closed = False
        self._change = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._worker: threading.Thread | None = None
        self.version = 0  # goes up with each measurement

    def get(self, song: Song) -> SongMeasurements | None:
        """Return a song's measurements, None if there are none of its present file."""
        found = self._measurements.get(song.path.name)
        if found and (found.size, found.changed) == (song.size, song.changed):
            return found
        return None

    def gain(self, song: Song) -> float:
        """Return the factor that makes a song as loud as the others; 1.0 until it is measured."""
        return song_loudness.loudness_gain(self.get(song)) if self._normalise else 1.0

    def schedule(self, songs: Sequence[Song], soon: Sequence[Song]) -> None:
        """Measure the loudness of the songs that play `soon`, then the lengths of `songs`."""
        with self._change:
            if songs is not self._songs:
                self._songs, self._next = songs, 0
            self._priority = soon
            self._change.notify_all()
            if self._threaded and self._worker is None and not self._closed:
                self._worker = threading.Thread(target=self._run, name="song-analysis", daemon=True)
                self._worker.start()

    def close(self) -> None:
        """Stop measuring."""
        with self._change:
            self._closed = True
            if self._process:
                self._process.kill()
            self._change.notify_all()
        if self._worker:
            self._worker.join(2.0)

    def analyse_next(self) -> bool:
        """Make one measurement; False if there was none left to make."""
        with self._change:
            task = self._next_task()
        if task is None:
            return False
        song, loud = task
        measured = self._with_loudness(song) if loud else self._with_length(song)
        with self._change:
            if not self._closed:
                self._measurements[song.path.name] = measured
                self.version += 1
        return True

    def _run(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or self._next_task() is not None)
                if self._closed:
                    return
            self.analyse_next()
            with self._change:
                self._change.wait_for(lambda: self._closed, listening.ANALYSIS_PAUSE_SECONDS)

    def _next_task(self) -> tuple[Song, bool] | None:
        """Return the next song to measure and whether for its loudness; None if all are done."""
        for song in self._priority if self._normalise else ():
            found = self.get(song)
            if found is None or found.loudness is None:
                return song, True
        while self._next < len(self._songs):
            if self.get(self._songs[self._next]) is None:
                return self._songs[self._next], False
            self._next += 1
        return None

    def _with_length(self, song: Song) -> SongMeasurements:
        seconds = 0.0
        with suppress(SoundError):
            seconds = duration_seconds(song.path)
        return SongMeasurements(song.size, song.changed, seconds)

    def _with_loudness(self, song: Song) -> SongMeasurements:
        known = self.get(song) or self._with_length(song)
        # The defaults give a gain of 1: for our own songs, and for what cannot be measured.
        level, peak = mastering.LOUDNESS_TARGET_LUFS, 0.0
        if not (self._scores / f"{song.path.stem}.json").is_file():
            with suppress(SoundError):
                level, peak = song_loudness.measure_loudness(song.path, self._process_started)
        with self._change:
            self._process = None
        return replace(known, loudness=level, peak=peak)

    def _process_started(self, process: subprocess.Popen[bytes]) -> None:
        with self._change:
            self._process = process
            if self._closed:
                process.kill()
