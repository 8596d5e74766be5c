"""The jukebox: a state and `tick`. It plays a folder in a loop and tells a screen what to show.

Nothing here waits, draws or looks at a clock: whoever owns it calls `tick(now)` some ten times a
second and hands it what keys mean.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

from scripts.audio.countdown import Countdown
from scripts.audio.facts import Facts
from scripts.audio.library import Library, Song
from scripts.audio.meter import band_levels
from scripts.audio.notices import Notices
from scripts.audio.player import Player
from scripts.audio.playlist import Playlist
from scripts.audio.programme import Programme
from scripts.audio.shelf import Shelf
from scripts.audio.turntable import Decode, Turntable
from scripts.audio.volume import Volume
from scripts.temporary import (
    DECODE_STALL_SECONDS,
    DEVICE_RETRY_SECONDS,
    KEEP_SECONDS,
    METER_FRAMES,
    PAST_SONGS,
    PLAY_RATE,
    PREVIOUS_RESTARTS_AFTER_SECONDS,
    RESCAN_SECONDS,
    SEEK_SECONDS,
    UPCOMING_SONGS,
    VOLUME_STEP,
    JukeboxAction,
    JukeboxMemory,
    JukeboxSnapshot,
    JukeboxState,
    SoundError,
)


class Jukebox:
    """Plays the library's songs through the player, for ever; `decode` opens a song's file.

    `volume` is in percent. A file that cannot be played is left out, with a notice, until it
    changes. It goes on where `memory` says that it stopped and notes there what is to be kept;
    `keep` is called when that should reach the disk.
    """

    def __init__(
        self,
        library: Library,
        player: Player,
        decode: Decode,
        volume: int = 80,
        playlist: Playlist | None = None,
        memory: JukeboxMemory | None = None,
        facts: Facts | None = None,
        keep: Callable[[], object] = lambda: None,
    ) -> None:
        self._player = player
        self._turntable = Turntable(decode)
        self._memory = memory or JukeboxMemory()
        self._facts = facts or Facts(library.folder, self._memory.facts, threaded=False)
        self._keep = keep
        self._shelf = Shelf(library.folder, self._memory.deleted)
        self._playlist = playlist or Playlist()
        self._programme = Programme(library, self._playlist, self._shelf, self._memory)
        self._volume = Volume(player, self._facts, volume)
        self._state = JukeboxState.IDLE
        self._resuming = True  # until the first song has started
        self._song: Song | None = None
        self._past: deque[str] = deque(maxlen=PAST_SONGS)
        self._place = 0  # frame to go on from, while paused or without a device
        self._notices = Notices()
        self._now = 0.0
        self._rescan_at = self._retry_at = float("-inf")
        self._keep_at = float("inf")
        self._fed_at = 0.0  # when there was last something to play
        self._countdown = Countdown(self._playlist, self._facts, self._programme.is_playable)
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
            JukeboxAction.LOUDER: lambda: self._volume.change(VOLUME_STEP, self._song),
            JukeboxAction.SOFTER: lambda: self._volume.change(-VOLUME_STEP, self._song),
            JukeboxAction.MUTE: lambda: self._volume.mute(self._song),
            JukeboxAction.SHUFFLE: self._playlist.shuffle,
            JukeboxAction.REPEAT: self._repeat,
            JukeboxAction.FAVOURITE: self._favour,
            JukeboxAction.DELETE: self._ask_to_delete,
            JukeboxAction.UNDELETE: self._undelete,
            JukeboxAction.METER: self._meter,
        }

    @property
    def volume(self) -> int:
        """The volume in percent, to be kept for the next time."""
        return self._volume.percent

    @property
    def question(self) -> str:
        """What is asked and waits for `answer`, or ""."""
        return self._shelf.question

    @property
    def fresh_ahead(self) -> int:
        """How many songs that were made welcome are still to be played."""
        return self._playlist.welcome_ahead()

    def tick(self, now: float) -> None:
        """Do what is due at `now` (seconds, only ever more): look for songs, start the next."""
        self._now = now
        if told := self._shelf.tick(now):
            self.say(told)
            self._rescan_at = now
        if now >= self._rescan_at:
            self._rescan_at = now + RESCAN_SECONDS
            self._rescan()
        if act := self._ticks.get(self._state):
            act()
        if now >= self._keep_at:
            self._remember()

    def act(self, action: JukeboxAction) -> bool:
        """Do what a key means; False if that is not the jukebox's to do."""
        handler = self._actions.get(action)
        if handler:
            handler()
            self._countdown.renew()
        return handler is not None

    def answer(self, yes: bool) -> None:
        """Answer the question that is open."""
        song = self._shelf.answer(yes)
        if song and song == self._song:
            self._player.stop()
            self._finish()
        if song:
            self._turntable.forget_next(song)

    def welcome(self, path: Path) -> None:
        """Let a song that has just been made come next; the first one is played at once."""
        self._playlist.welcome(path)
        self._rescan_at = float("-inf")
        if self._resuming:
            self._memory.song, self._memory.seconds = path.name, 0.0

    def say(self, notice: str) -> None:
        """Show a sentence for a while."""
        self._notices.say(notice, self._now)

    def spares(self, path: Path) -> bool:
        """Whether a song must stay: it plays, comes soon, or is a favourite."""
        soon = [song.path for song in (self._song, *self._coming(UPCOMING_SONGS)) if song]
        return path in soon or path.name in self._memory.favourites

    def snapshot(self) -> JukeboxSnapshot:
        """What the screen shows now."""
        coming = self._coming(UPCOMING_SONGS)
        duration = self._turntable.source.frames if self._turntable.source else 0
        position = min(self._position(), duration or self._position())
        left = self._countdown.seconds(self._now)
        rest = max(0, duration - position) / PLAY_RATE
        return JukeboxSnapshot(
            state=self._state,
            song=self._song.name if self._song else "",
            position_seconds=position / PLAY_RATE,
            duration_seconds=duration / PLAY_RATE,
            upcoming=tuple(song.name for song in coming),
            notice=self._standing_notice(),
            volume=self._volume.percent,
            muted=self._volume.muted,
            shuffled=self._playlist.shuffled,
            repeating=self._memory.repeating,
            songs=len(self._playlist),
            past=tuple(self._past),
            favourite=self._song is not None and self._song.path.name in self._memory.favourites,
            question=self.question,
            levels=self._levels(),
            left_seconds=None if left is None or not duration else left + rest,
        )

    def close(self) -> None:
        """Note where it stopped, fall silent, and let go of the files and the device."""
        self._remember()
        self._facts.close()
        self._player.close()
        self._turntable.take_off()
        self._turntable.forget_next()
        self._state, self._song = JukeboxState.IDLE, None

    # --- Keys --------------------------------------------------------------------------------

    def _pause_or_go_on(self) -> None:
        if self._state is JukeboxState.PLAYING:
            self._player.stop()
            self._place = self._player.position()
            self._state = JukeboxState.PAUSED
            self._keep_at = self._now
        elif self._state is JukeboxState.PAUSED:
            self._play_from(self._place)

    def _next(self) -> None:
        if song := self._programme.step(1):
            self._start(song)

    def _previous(self) -> None:
        begun = self._position() > PREVIOUS_RESTARTS_AFTER_SECONDS * PLAY_RATE
        if self._turntable.source and begun:
            self._play_from(0)
        elif song := self._programme.step(-1):
            self._start(song)

    def _seek(self, seconds: float) -> None:
        source, states = self._turntable.source, (JukeboxState.PLAYING, JukeboxState.PAUSED)
        if source is None or self._state not in states:
            return
        place = max(0, self._position() + round(seconds * PLAY_RATE))
        if source.frames and place >= source.frames:
            self._next()
        elif self._state is JukeboxState.PAUSED:
            self._place = place
        else:
            self._play_from(place)

    def _repeat(self) -> None:
        self._memory.repeating = not self._memory.repeating

    def _favour(self) -> None:
        if self._song:
            self._memory.favourites ^= {self._song.path.name}
            self._remember()

    def _ask_to_delete(self) -> None:
        if self._song:
            self._shelf.ask(self._song)

    def _undelete(self) -> None:
        self.say(self._shelf.bring_back())
        self._rescan_at = self._now
        self._remember()

    def _meter(self) -> None:
        self._memory.metered = not self._memory.metered

    # --- What a tick does --------------------------------------------------------------------

    def _rescan(self) -> None:
        changed, skipped = self._programme.look()
        self._notices.skipped(skipped, self._now)
        if self._state in (JukeboxState.NO_SONGS, JukeboxState.ALL_BAD):
            self._state = JukeboxState.IDLE
        if changed:
            self._countdown.renew()
            self._want_facts()

    def _start_next(self) -> None:
        song = self._programme.first(self._song, self._resuming)
        frame = round(self._memory.seconds * PLAY_RATE) if self._resuming and song else 0
        if song := song or self._programme.step(1):
            self._start(song, frame)
            return
        self._song = None
        self._turntable.forget_next()
        none_there = len(self._programme) == 0
        self._state = JukeboxState.NO_SONGS if none_there else JukeboxState.ALL_BAD

    def _watch(self) -> None:
        """Look after the song that plays: broken, over, or time to decode the next one."""
        source = self._turntable.source
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
        if self._song:
            self._volume.follow_facts(self._song)
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
        for song in self._coming(1):
            try:
                if self._turntable.prepare(song):
                    self._want_facts()
            except SoundError as error:
                self._leave_out(song, error)

    def _want_facts(self) -> None:
        soon = [*([self._song] if self._song else []), *self._coming(2)]
        self._facts.want(self._programme.songs or (), soon)

    def _remember(self) -> None:
        """Note where it stands, for the next time, and have it kept."""
        if self._song and not self._resuming:
            self._memory.song = self._song.path.name
            self._memory.seconds = round(self._position() / PLAY_RATE, 2)
        self._programme.note()
        self._keep()
        self._keep_at = self._now + KEEP_SECONDS

    # --- Songs -------------------------------------------------------------------------------

    def _start(self, song: Song, frame: int = 0) -> None:
        """Play a song, from its beginning or a frame; one that cannot be opened is left out."""
        if self._song and self._song is not song:
            self._past.appendleft(self._song.name)
        self._song, self._resuming = song, False
        try:
            before = self._turntable.put_on(song)
        except SoundError as error:
            self._give_up(error)
            return
        self._fed_at = self._now
        self._play_from(frame)
        if before:
            before.close()
        self._keep_at = self._now + 1.0
        self._countdown.renew()
        self._want_facts()

    def _play_from(self, frame: int) -> None:
        if self._turntable.source is None:
            return
        try:
            self._player.play(self._turntable.source, frame, self._volume.right_for(self._song))
            if self._state is JukeboxState.NO_DEVICE:
                self.say("The audio device is back.")
            self._state = JukeboxState.PLAYING
        except SoundError as error:
            self._lose_device(error, frame)

    def _finish(self) -> None:
        self._turntable.take_off()
        self._state = JukeboxState.IDLE

    def _give_up(self, error: SoundError) -> None:
        """Leave the present song and go on with the next one, at the next tick."""
        if self._song:
            self._leave_out(self._song, error)
        if self._turntable.source:
            self._player.stop()
        self._finish()

    def _leave_out(self, song: Song, error: SoundError) -> None:
        self._programme.leave_out(song)
        self.say(f"Skipped: {error}")

    def _lose_device(self, error: SoundError, frame: int | None = None) -> None:
        self._place = self._position() if frame is None else frame
        self._retry_at = self._now + DEVICE_RETRY_SECONDS
        self._state = JukeboxState.NO_DEVICE
        self.say(str(error))

    # --- What is so --------------------------------------------------------------------------

    def _coming(self, count: int) -> list[Song]:
        return self._programme.coming(count, self._song)

    def _position(self) -> int:
        if self._state is JukeboxState.PLAYING:
            return self._player.position()
        waiting = (JukeboxState.PAUSED, JukeboxState.NO_DEVICE)
        return self._place if self._state in waiting else 0

    def _levels(self) -> tuple[float, ...]:
        if not self._memory.metered:
            return ()
        playing = self._state is JukeboxState.PLAYING
        return band_levels(self._player.heard(METER_FRAMES if playing else 0))

    def _song_name(self) -> str:
        return self._song.name if self._song else ""

    def _standing_notice(self) -> str:
        folder = self._programme.folder_name
        if self._state is JukeboxState.NO_SONGS:
            return f"There are no songs in {folder} yet: generate some first."
        if self._state is JukeboxState.ALL_BAD:
            return f"None of the {len(self._programme)} songs in {folder} can be played."
        return self._notices.standing(self._now, self._state is JukeboxState.NO_DEVICE)
