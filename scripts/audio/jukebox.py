"""The jukebox: a state and `tick`. It plays a folder in a loop and tells a screen what to show.

Nothing here waits, draws or looks at a clock: whoever owns it calls `tick(now)` some ten times a
second and hands it what keys mean.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from scripts.audio.deck import Source
from scripts.audio.library import Library, Playlist, Song
from scripts.audio.player import Player
from scripts.temporary import (
    DECODE_STALL_SECONDS,
    DEVICE_RETRY_SECONDS,
    NOTICE_SECONDS,
    PLAY_RATE,
    PREVIOUS_RESTARTS_AFTER_SECONDS,
    RESCAN_SECONDS,
    SEEK_SECONDS,
    UPCOMING_SONGS,
    VOLUME_RANGE,
    VOLUME_STEP,
    JukeboxAction,
    JukeboxSnapshot,
    JukeboxState,
    SoundError,
)

Decode = Callable[[Path], Source]


class Jukebox:
    """Plays the library's songs through the player, for ever; `decode` opens a song's file.

    `volume` is in percent. A file that cannot be played is left out, with a notice, until it
    changes.
    """

    def __init__(
        self,
        library: Library,
        player: Player,
        decode: Decode,
        volume: int = 80,
        playlist: Playlist | None = None,
    ) -> None:
        self._library = library
        self._player = player
        self._decode = decode
        self._playlist = playlist or Playlist()
        self._volume = volume
        self._muted = False
        self._repeating = False
        self._state = JukeboxState.IDLE
        self._song: Song | None = None
        self._source: Source | None = None
        self._ahead: tuple[Song, Source] | None = None  # the next song, being decoded
        self._bad: dict[Path, Song] = {}
        self._place = 0  # frame to go on from, while paused or without a device
        self._notice, self._notice_until = "", 0.0
        self._now = 0.0
        self._rescan_at = self._retry_at = float("-inf")
        self._fed_at = 0.0  # when there was last something to play
        self._ticks = {
            JukeboxState.IDLE: self._start_next,
            JukeboxState.PLAYING: self._watch,
            JukeboxState.NO_DEVICE: self._retry_device,
        }
        self._actions: dict[JukeboxAction, Callable[[], None]] = {
            JukeboxAction.PAUSE: self._pause_or_go_on,
            JukeboxAction.NEXT: self._next,
            JukeboxAction.PREVIOUS: self._previous,
            JukeboxAction.BACKWARD: lambda: self._seek(-SEEK_SECONDS),
            JukeboxAction.FORWARD: lambda: self._seek(SEEK_SECONDS),
            JukeboxAction.LOUDER: lambda: self._change_volume(VOLUME_STEP),
            JukeboxAction.SOFTER: lambda: self._change_volume(-VOLUME_STEP),
            JukeboxAction.MUTE: self._mute,
            JukeboxAction.SHUFFLE: self._shuffle,
            JukeboxAction.REPEAT: self._repeat,
        }

    @property
    def volume(self) -> int:
        """The volume in percent, to be kept for the next time."""
        return self._volume

    def tick(self, now: float) -> None:
        """Do what is due at `now` (seconds, only ever more): look for songs, start the next."""
        self._now = now
        if now >= self._rescan_at:
            self._rescan_at = now + RESCAN_SECONDS
            self._rescan()
        if act := self._ticks.get(self._state):
            act()

    def act(self, action: JukeboxAction) -> bool:
        """Do what a key means; False if that is not the jukebox's to do."""
        handler = self._actions.get(action)
        if handler:
            handler()
        return handler is not None

    def snapshot(self) -> JukeboxSnapshot:
        """What the screen shows now."""
        coming = self._coming(UPCOMING_SONGS)
        duration = self._source.frames if self._source else 0
        return JukeboxSnapshot(
            state=self._state,
            song=self._song.name if self._song else "",
            position_seconds=min(self._position(), duration or self._position()) / PLAY_RATE,
            duration_seconds=duration / PLAY_RATE,
            upcoming=tuple(song.name for song in coming),
            notice=self._standing_notice(),
            volume=self._volume,
            muted=self._muted,
            shuffled=self._playlist.shuffled,
            repeating=self._repeating,
            songs=len(self._playlist),
        )

    def close(self) -> None:
        """Fall silent and let go of the files and the device."""
        self._player.close()
        self._let_go()
        self._drop_ahead()
        self._state, self._song = JukeboxState.IDLE, None

    # --- Keys --------------------------------------------------------------------------------

    def _pause_or_go_on(self) -> None:
        if self._state is JukeboxState.PLAYING:
            self._player.stop()
            self._place = self._player.position()
            self._state = JukeboxState.PAUSED
        elif self._state is JukeboxState.PAUSED:
            self._play_from(self._place)

    def _next(self) -> None:
        if song := self._playlist.step(1, self._is_playable):
            self._start(song)

    def _previous(self) -> None:
        if self._source and self._position() > PREVIOUS_RESTARTS_AFTER_SECONDS * PLAY_RATE:
            self._play_from(0)
        elif song := self._playlist.step(-1, self._is_playable):
            self._start(song)

    def _seek(self, seconds: float) -> None:
        if self._source is None or self._state not in (JukeboxState.PLAYING, JukeboxState.PAUSED):
            return
        place = max(0, self._position() + round(seconds * PLAY_RATE))
        if self._source.frames and place >= self._source.frames:
            self._next()
        elif self._state is JukeboxState.PAUSED:
            self._place = place
        else:
            self._play_from(place)

    def _change_volume(self, by: int) -> None:
        lowest, highest = VOLUME_RANGE
        self._volume = min(highest, max(lowest, self._volume + by))
        self._muted = False
        self._player.set_volume(self._volume)

    def _mute(self) -> None:
        self._muted = not self._muted
        self._player.set_volume(self._loudness())

    def _shuffle(self) -> None:
        self._playlist.shuffle()

    def _repeat(self) -> None:
        self._repeating = not self._repeating

    # --- What a tick does --------------------------------------------------------------------

    def _rescan(self) -> None:
        songs = self._library.scan().songs
        self._playlist.update(songs)
        there = {song.path: song for song in songs}
        self._bad = {path: song for path, song in self._bad.items() if there.get(path) == song}
        if self._state in (JukeboxState.NO_SONGS, JukeboxState.ALL_BAD):
            self._state = JukeboxState.IDLE

    def _start_next(self) -> None:
        if self._repeating and self._song and self._is_playable(self._song):
            self._start(self._song)
        elif song := self._playlist.step(1, self._is_playable):
            self._start(song)
        else:
            self._song = None
            self._drop_ahead()
            none_there = len(self._playlist) == 0
            self._state = JukeboxState.NO_SONGS if none_there else JukeboxState.ALL_BAD

    def _watch(self) -> None:
        """Look after the song that plays: broken, over, or time to decode the next one."""
        source = self._source
        assert source is not None
        if source.error:
            self._give_up(source.error)
            return
        try:
            done = self._player.is_done()
        except SoundError as error:
            self._lose_device(error)
            return
        if source.ready(self._player.position()) or source.end is not None:
            self._fed_at = self._now
        if done:
            self._finish()
            self._start_next()
        elif self._now - self._fed_at > DECODE_STALL_SECONDS:
            self._give_up(SoundError(f"{self._song_name()} does not go on."))
        elif self._fed_at == self._now:
            self._look_ahead()

    def _retry_device(self) -> None:
        if self._now >= self._retry_at:
            self._play_from(self._place)

    def _look_ahead(self) -> None:
        """Have the next song decoded, so that it starts at once."""
        if self._ahead and (error := self._ahead[1].error):
            self._leave_out(self._ahead[0], error)
            self._drop_ahead()
        coming = self._coming(1)
        if not coming or (self._ahead and self._ahead[0] == coming[0]):
            return
        self._drop_ahead()
        try:
            self._ahead = (coming[0], self._decode(coming[0].path))
        except SoundError as error:
            self._leave_out(coming[0], error)

    # --- Songs -------------------------------------------------------------------------------

    def _start(self, song: Song) -> None:
        """Play a song from its beginning; one that cannot be opened is left out."""
        self._song = song
        try:
            source = self._opened(song)
        except SoundError as error:
            self._give_up(error)
            return
        before, self._source = self._source, source
        self._fed_at = self._now
        self._play_from(0)
        if before:
            before.close()

    def _opened(self, song: Song) -> Source:
        if self._ahead and self._ahead[0] == song and not self._ahead[1].error:
            source, self._ahead = self._ahead[1], None
            return source
        return self._decode(song.path)

    def _play_from(self, frame: int) -> None:
        if self._source is None:
            return
        try:
            self._player.play(self._source, frame, self._loudness())
            self._state = JukeboxState.PLAYING
        except SoundError as error:
            self._lose_device(error, frame)

    def _finish(self) -> None:
        self._let_go()
        self._state = JukeboxState.IDLE

    def _give_up(self, error: SoundError) -> None:
        """Leave the present song and go on with the next one, at the next tick."""
        if self._song:
            self._leave_out(self._song, error)
        if self._source:
            self._player.stop()
        self._finish()

    def _leave_out(self, song: Song, error: SoundError) -> None:
        self._bad[song.path] = song
        self._say(f"Skipped: {error}")

    def _lose_device(self, error: SoundError, frame: int | None = None) -> None:
        self._place = self._position() if frame is None else frame
        self._retry_at = self._now + DEVICE_RETRY_SECONDS
        self._state = JukeboxState.NO_DEVICE
        self._say(str(error))

    def _let_go(self) -> None:
        if self._source:
            self._source.close()
        self._source = None

    def _drop_ahead(self) -> None:
        if self._ahead:
            self._ahead[1].close()
        self._ahead = None

    # --- What is so --------------------------------------------------------------------------

    def _is_playable(self, song: Song) -> bool:
        return self._bad.get(song.path) != song

    def _coming(self, count: int) -> list[Song]:
        if self._repeating and self._song and self._is_playable(self._song):
            return [self._song] * count
        return self._playlist.following(count, self._is_playable)

    def _position(self) -> int:
        if self._state is JukeboxState.PLAYING:
            return self._player.position()
        waiting = (JukeboxState.PAUSED, JukeboxState.NO_DEVICE)
        return self._place if self._state in waiting else 0

    def _loudness(self) -> int:
        return 0 if self._muted else self._volume

    def _song_name(self) -> str:
        return self._song.name if self._song else ""

    def _say(self, notice: str) -> None:
        self._notice, self._notice_until = notice, self._now + NOTICE_SECONDS

    def _standing_notice(self) -> str:
        folder = self._library.folder.name
        if self._state is JukeboxState.NO_SONGS:
            return f"There are no songs in {folder} yet: generate some first."
        if self._state is JukeboxState.ALL_BAD:
            return f"None of the {len(self._playlist)} songs in {folder} can be played."
        lasting = self._state is JukeboxState.NO_DEVICE or self._now < self._notice_until
        return self._notice if lasting else ""
