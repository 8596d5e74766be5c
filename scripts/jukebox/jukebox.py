"""The jukebox: a state machine that plays a folder in a loop.

Nothing here waits, draws or reads a clock: the owner calls `tick(now)` often, passes what keys mean
to `act`, and draws `snapshot`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from scripts.jukebox.library import Library, Song
from scripts.jukebox.notices import Notices
from scripts.jukebox.play_queue import PlayQueue
from scripts.jukebox.playlist import Playlist
from scripts.jukebox.preloader import OpenSource, Preloader
from scripts.jukebox.remaining_time import RemainingTime
from scripts.jukebox.song_analysis import SongAnalysis
from scripts.jukebox.trash import Trash
from scripts.jukebox.volume import Volume
from scripts.playback.meter import band_levels
from scripts.playback.player import Player
from scripts.tables.jukebox import JukeboxAction, JukeboxSnapshot, JukeboxState, SavedJukeboxState
from scripts.tables.program import SoundError
from scripts.temporary import application, listening, playback


class Jukebox:
    """Plays the library's songs through the player in an endless loop.

    `decode` opens a song's file; `volume` is in percent. A file that cannot be played is skipped,
    with a notice, until it changes. Playback resumes where `saved` says that it stopped; `saved`
    is updated in place, and `save` is called when it should be written to disk.
    """

    def __init__(
        self,
        library: Library,
        player: Player,
        decode: OpenSource,
        volume: int = 80,
        playlist: Playlist | None = None,
        saved: SavedJukeboxState | None = None,
        analysis: SongAnalysis | None = None,
        save: Callable[[], object] = lambda: None,
    ) -> None:
        self._player = player
        self._preloader = Preloader(decode)
        self._saved = saved or SavedJukeboxState()
        self._analysis = analysis or SongAnalysis(
            library.folder, self._saved.measurements, threaded=False
        )
        self._save = save
        self._trash = Trash(library.folder, self._saved.deleted)
        self._playlist = playlist or Playlist()
        self._queue = PlayQueue(library, self._playlist, self._trash, self._saved)
        self._volume = Volume(player, self._analysis, volume)
        self._state = JukeboxState.IDLE
        self._resuming = True  # until the first song has started
        self._song: Song | None = None
        self._past: deque[str] = deque(maxlen=listening.PAST_SONGS)
        self._resume_frame = 0  # where to resume, while paused or without a device
        self._notices = Notices()
        self._now = 0.0
        self._rescan_at = self._retry_at = float("-inf")
        self._save_at = float("inf")
        self._last_data_at = 0.0  # when decoded samples were last there to play
        self._remaining_time = RemainingTime(
            self._playlist, self._analysis, self._queue.is_playable
        )
        self._ticks = {
            JukeboxState.IDLE: self._start_next,
            JukeboxState.PLAYING: self._monitor,
            JukeboxState.NO_DEVICE: self._retry_device,
        }
        self._actions: dict[JukeboxAction, Callable[[], None]] = {
            JukeboxAction.PAUSE: self._pause_or_go_on,
            JukeboxAction.NEXT: self._next,
            JukeboxAction.PREVIOUS: self._previous,
            JukeboxAction.BACKWARD: lambda: self._seek(-listening.SEEK_SECONDS),
            JukeboxAction.FORWARD: lambda: self._seek(listening.SEEK_SECONDS),
            JukeboxAction.LOUDER: lambda: self._volume.change(listening.VOLUME_STEP, self._song),
            JukeboxAction.SOFTER: lambda: self._volume.change(-listening.VOLUME_STEP, self._song),
            JukeboxAction.MUTE: lambda: self._volume.mute(self._song),
            JukeboxAction.SHUFFLE: self._playlist.shuffle,
            JukeboxAction.REPEAT: self._toggle_repeat,
            JukeboxAction.FAVOURITE: self._toggle_favourite,
            JukeboxAction.DELETE: self._ask_to_delete,
            JukeboxAction.UNDELETE: self._undelete,
            JukeboxAction.METER: self._toggle_meter,
        }

    @property
    def volume(self) -> int:
        """The volume in percent, to be saved by the owner."""
        return self._volume.percent

    @property
    def question(self) -> str:
        """The question that waits for `answer`, or ""."""
        return self._trash.question

    @property
    def new_songs_ahead(self) -> int:
        """How many songs that were passed to `play_next` have not been played yet."""
        return self._playlist.new_songs_ahead()

    def tick(self, now: float) -> None:
        """Do what is due at `now` (seconds, never less than before): rescan, start songs, save."""
        self._now = now
        if notice := self._trash.tick(now):
            self.say(notice)
            self._rescan_at = now
        if now >= self._rescan_at:
            self._rescan_at = now + listening.RESCAN_SECONDS
            self._rescan()
        if act := self._ticks.get(self._state):
            act()
        if now >= self._save_at:
            self._save_state()

    def act(self, action: JukeboxAction) -> bool:
        """Carry out a key's action; return False if it is not the jukebox's."""
        handler = self._actions.get(action)
        if handler:
            handler()
            self._remaining_time.invalidate()
        return handler is not None

    def answer(self, yes: bool) -> None:
        """Answer the open question; any answer closes it."""
        song = self._trash.answer(yes)
        if song and song == self._song:
            self._player.stop()
            self._finish()
        if song:
            self._preloader.discard_next(song)

    def play_next(self, path: Path) -> None:
        """Queue a new song as the next; before anything has played, it is played first."""
        self._playlist.play_next(path)
        self._rescan_at = float("-inf")
        if self._resuming:
            self._saved.song, self._saved.seconds = path.name, 0.0

    def say(self, notice: str) -> None:
        """Show a notice for a while."""
        self._notices.say(notice, self._now)

    def is_protected(self, path: Path) -> bool:
        """Whether a song must not be deleted: it plays, comes soon, or is a favourite."""
        soon = [
            song.path for song in (self._song, *self._upcoming(application.UPCOMING_SONGS)) if song
        ]
        return path in soon or path.name in self._saved.favourites

    def snapshot(self) -> JukeboxSnapshot:
        """Return what the screen shows now."""
        upcoming = self._upcoming(application.UPCOMING_SONGS)
        duration = self._preloader.source.frames if self._preloader.source else 0
        position = min(self._position(), duration or self._position())
        left = self._remaining_time.seconds(self._now)
        rest = max(0, duration - position) / playback.SAMPLE_RATE
        return JukeboxSnapshot(
            state=self._state,
            song=self._song.name if self._song else "",
            position_seconds=position / playback.SAMPLE_RATE,
            duration_seconds=duration / playback.SAMPLE_RATE,
            upcoming=tuple(song.name for song in upcoming),
            notice=self._standing_notice(),
            volume=self._volume.percent,
            muted=self._volume.muted,
            shuffled=self._playlist.shuffled,
            repeating=self._saved.repeating,
            songs=len(self._playlist),
            past=tuple(self._past),
            favourite=self._song is not None and self._song.path.name in self._saved.favourites,
            question=self.question,
            levels=self._levels(),
            left_seconds=None if left is None or not duration else left + rest,
        )

    def close(self) -> None:
        """Save where it stopped, fall silent, and close the files and the device."""
        self._save_state()
        self._analysis.close()
        self._player.close()
        self._preloader.unload()
        self._preloader.discard_next()
        self._state, self._song = JukeboxState.IDLE, None

    # --- Keys --------------------------------------------------------------------------------

    def _pause_or_go_on(self) -> None:
        if self._state is JukeboxState.PLAYING:
            self._player.stop()
            self._resume_frame = self._player.position()
            self._state = JukeboxState.PAUSED
            self._save_at = self._now
        elif self._state is JukeboxState.PAUSED:
            self._play_from(self._resume_frame)

    def _next(self) -> None:
        if song := self._queue.step(1):
            self._start(song)

    def _previous(self) -> None:
        begun = self._position() > listening.PREVIOUS_RESTARTS_AFTER_SECONDS * playback.SAMPLE_RATE
        if self._preloader.source and begun:
            self._play_from(0)
        elif song := self._queue.step(-1):
            self._start(song)

    def _seek(self, seconds: float) -> None:
        source, states = self._preloader.source, (JukeboxState.PLAYING, JukeboxState.PAUSED)
        if source is None or self._state not in states:
            return
        place = max(0, self._position() + round(seconds * playback.SAMPLE_RATE))
        if source.frames and place >= source.frames:
            self._next()
        elif self._state is JukeboxState.PAUSED:
            self._resume_frame = place
        else:
            self._play_from(place)

    def _toggle_repeat(self) -> None:
        self._saved.repeating = not self._saved.repeating

    def _toggle_favourite(self) -> None:
        if self._song:
            self._saved.favourites ^= {self._song.path.name}
            self._save_state()

    def _ask_to_delete(self) -> None:
        if self._song:
            self._trash.ask(self._song)

    def _undelete(self) -> None:
        self.say(self._trash.restore())
        self._rescan_at = self._now
        self._save_state()

    def _toggle_meter(self) -> None:
        self._saved.metered = not self._saved.metered

    # --- What a tick does --------------------------------------------------------------------

    def _rescan(self) -> None:
        changed, skipped = self._queue.rescan()
        self._notices.skipped(skipped, self._now)
        if self._state in (JukeboxState.NO_SONGS, JukeboxState.ALL_BAD):
            self._state = JukeboxState.IDLE
        if changed:
            self._remaining_time.invalidate()
            self._schedule_analysis()

    def _start_next(self) -> None:
        song = self._queue.first(self._song, self._resuming)
        frame = round(self._saved.seconds * playback.SAMPLE_RATE) if self._resuming and song else 0
        if song := song or self._queue.step(1):
            self._start(song, frame)
            return
        self._song = None
        self._preloader.discard_next()
        none_there = len(self._queue) == 0
        self._state = JukeboxState.NO_SONGS if none_there else JukeboxState.ALL_BAD

    def _monitor(self) -> None:
        """Check the song that plays: broken, over, stalled, or time to preload the next one."""
        source = self._preloader.source
        assert source is not None
        if source.error:
            self._skip_broken(source.error)
            return
        try:
            done = self._player.is_done()
        except SoundError as error:
            self._lose_device(error)
            return
        if source.ready(self._player.position()) or source.end is not None:
            self._last_data_at = self._now
        if self._song:
            self._volume.update_loudness(self._song)
        if done:
            self._finish()
            self._start_next()
        elif self._now - self._last_data_at > listening.DECODE_STALL_SECONDS:
            self._skip_broken(SoundError(f"{self._song_name()} does not go on."))
        elif self._last_data_at == self._now:
            self._look_ahead()

    def _retry_device(self) -> None:
        if self._now >= self._retry_at:
            self._play_from(self._resume_frame)

    def _look_ahead(self) -> None:
        """Preload the next song, so that it starts without a gap."""
        for song in self._upcoming(1):
            try:
                if self._preloader.preload(song):
                    self._schedule_analysis()
            except SoundError as error:
                self._exclude(song, error)

    def _schedule_analysis(self) -> None:
        soon = [*([self._song] if self._song else []), *self._upcoming(2)]
        self._analysis.schedule(self._queue.songs or (), soon)

    def _save_state(self) -> None:
        """Update `saved` with the present song and position, and save it."""
        if self._song and not self._resuming:
            self._saved.song = self._song.path.name
            self._saved.seconds = round(self._position() / playback.SAMPLE_RATE, 2)
        self._queue.save_order()
        self._save()
        self._save_at = self._now + listening.SAVE_STATE_SECONDS

    # --- Songs -------------------------------------------------------------------------------

    def _start(self, song: Song, frame: int = 0) -> None:
        """Play a song from `frame`; skip it if it cannot be opened."""
        if self._song and self._song is not song:
            self._past.appendleft(self._song.name)
        self._song, self._resuming = song, False
        try:
            before = self._preloader.load(song)
        except SoundError as error:
            self._skip_broken(error)
            return
        self._last_data_at = self._now
        self._play_from(frame)
        if before:
            before.close()
        self._save_at = self._now + 1.0
        self._remaining_time.invalidate()
        self._schedule_analysis()

    def _play_from(self, frame: int) -> None:
        if self._preloader.source is None:
            return
        try:
            self._player.play(self._preloader.source, frame, self._volume.percent_for(self._song))
            if self._state is JukeboxState.NO_DEVICE:
                self.say("The audio device is back.")
            self._state = JukeboxState.PLAYING
        except SoundError as error:
            self._lose_device(error, frame)

    def _finish(self) -> None:
        self._preloader.unload()
        self._state = JukeboxState.IDLE

    def _skip_broken(self, error: SoundError) -> None:
        """Exclude the present song; the next tick starts another."""
        if self._song:
            self._exclude(self._song, error)
        if self._preloader.source:
            self._player.stop()
        self._finish()

    def _exclude(self, song: Song, error: SoundError) -> None:
        self._queue.exclude(song)
        self.say(f"Skipped: {error}")

    def _lose_device(self, error: SoundError, frame: int | None = None) -> None:
        self._resume_frame = self._position() if frame is None else frame
        self._retry_at = self._now + listening.DEVICE_RETRY_SECONDS
        self._state = JukeboxState.NO_DEVICE
        self.say(str(error))

    # --- Queries -----------------------------------------------------------------------------

    def _upcoming(self, count: int) -> list[Song]:
        return self._queue.upcoming(count, self._song)

    def _position(self) -> int:
        if self._state is JukeboxState.PLAYING:
            return self._player.position()
        waiting = (JukeboxState.PAUSED, JukeboxState.NO_DEVICE)
        return self._resume_frame if self._state in waiting else 0

    def _levels(self) -> tuple[float, ...]:
        if not self._saved.metered:
            return ()
        playing = self._state is JukeboxState.PLAYING
        return band_levels(self._player.recent_samples(listening.METER_FRAMES if playing else 0))

    def _song_name(self) -> str:
        return self._song.name if self._song else ""

    def _standing_notice(self) -> str:
        folder = self._queue.folder_name
        if self._state is JukeboxState.NO_SONGS:
            return f"There are no songs in {folder} yet: generate some first."
        if self._state is JukeboxState.ALL_BAD:
            return f"None of the {len(self._queue)} songs in {folder} can be played."
        return self._notices.current(self._now, self._state is JukeboxState.NO_DEVICE)
