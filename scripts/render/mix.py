"""The band to one stereo sound, block by block: balance, space and movement, as the style has it.

Each track is brought to its player's level by measurement, so that a quiet instrument of the
soundfont is heard as well as a loud one. What is held between blocks does not grow with the song.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.render.effects import Echo, MovingLowPass, TapeEmulation, ducking_gain, saturate
from scripts.render.filters import Convolver, biquad, impulse_response_of
from scripts.render.lufs import track_loudness
from scripts.render.reverb import impulse_response
from scripts.render.sampler import Sampler, TrackNotes
from scripts.tables.plans import SongPlan
from scripts.tables.sound import ChannelStrip, SoundDesign
from scripts.temporary import drumming, mixing, notation, synthesis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Sound = NDArray[np.float32]  # shape (1 or 2, frames)
    Stereo = NDArray[np.float32]  # shape (2, frames)
    Times = NDArray[np.float64]  # seconds


Span = tuple[float, float]  # seconds


@dataclass(frozen=True)
class MixSettings:
    """What a mix must know of a song beside its notes.

    `seconds` is the song without its decay, `tempo` quarter notes a minute, `gains` the style's
    own corrections in dB by player. `builds` and `drops` are spans of seconds: where a sweep
    opens and where a bass wobbles.
    """

    seconds: float
    tempo: float
    design: SoundDesign
    gains: Mapping[str, float]
    seed: int
    builds: tuple[Span, ...] = ()
    drops: tuple[Span, ...] = ()

    @property
    def frames(self) -> int:
        space = mixing.REVERB_PRESETS.get(self.design.space)
        tail = max(mixing.DRY_TAIL_SECONDS, 0.8 * space.decay if space else 0.0)
        return int((self.seconds + tail) * mixing.SAMPLE_RATE)


def mix_settings(plan: SongPlan, seconds: float, follows_form: bool = True) -> MixSettings:
    """Return what a mix must know of a plan's song; a song of notes has no form to follow."""
    builds: tuple[Span, ...] = ()
    drops: tuple[Span, ...] = ((0.0, seconds),)
    if follows_form:
        builds, drops = role_spans(plan, ("build",)), role_spans(plan, ("drop", "chorus"))
    return MixSettings(seconds, plan.tempo, plan.sound, plan.mix, plan.seed, builds, drops)


def role_spans(plan: SongPlan, roles: Sequence[str]) -> tuple[Span, ...]:
    """Return when sections of some roles sound, in seconds."""
    bar = notation.METRES[plan.metre].units * 15.0 / plan.tempo
    spans, now = [], 0.0
    for section in plan.form:
        after = now + section.bars * bar
        if section.role in roles:
            spans.append((now, after))
        now = after
    return tuple(spans)


class Mix:
    """A song's tracks at a desk: `blocks` plays it from the start, as often as it is asked to."""

    def __init__(
        self, tracks: Sequence[TrackNotes], sampler: Sampler, recording: MixSettings
    ) -> None:
        self._tracks, self._sampler, self.settings = tracks, sampler, recording
        self._levels = [self._level(track) for track in tracks]

    def blocks(self) -> Iterator[Stereo]:
        """Yield the song in blocks of `BLOCK_FRAMES`, the last one shorter; not yet mastered."""
        design = self.settings.design
        kicks = kick_times(self._tracks)
        strips = [
            _Channel(self._sampler, track, level, self.settings, kicks)
            for track, level in zip(self._tracks, self._levels)
            if level is not None
        ]
        space = mixing.REVERB_PRESETS.get(design.space) if design.reverb > 0 else None
        room = Convolver(impulse_response(space), mixing.BLOCK_FRAMES) if space else None
        echo = Echo(60 / self.settings.tempo * mixing.ECHO_BEATS, mixing.ECHO_FEEDBACK)
        low_end = _MonoBass(driven=bool(design.drive or design.wobble))
        tape = (
            TapeEmulation(design.lofi, self.settings.seed, mixing.BLOCK_FRAMES)
            if design.lofi
            else None
        )
        for place in range(0, self.settings.frames, mixing.BLOCK_FRAMES):
            size = min(mixing.BLOCK_FRAMES, self.settings.frames - place)
            block = low_end.process(self._sum_channels(strips, place, size, echo, room))
            if tape is not None:
                block = tape.process(block)
            _fade_out(block, place, self.settings.frames)
            yield block

    def _sum_channels(
        self, strips: Sequence[_Channel], place: int, size: int, echo: Echo, room: Convolver | None
    ) -> Stereo:
        """Return one block of all strips, with what the room and the echo answer."""
        import numpy as np

        design = self.settings.design
        low = np.zeros((2, size), np.float32)  # bass and drums stay where they are
        wide = np.zeros((2, size), np.float32)
        to_room, to_echo = np.zeros((2, 1, size), np.float32)
        for strip in strips:
            strip.add(place, low if strip.strip.keeps_lows else wide, to_room, to_echo)
        if design.delay > 0:
            repeats = echo.process(to_echo) * np.float32(0.6 * design.delay)
            wide += repeats
            to_room += 0.25 * design.reverb * (repeats[:1] + repeats[1:])
        if room is not None:
            wide += room.process(to_room) * np.float32(mixing.REVERB_RETURN_GAIN * design.reverb)
        if design.width != 1:
            middle = 0.5 * (wide[0] + wide[1])
            side = np.float32(0.5 * design.width) * (wide[0] - wide[1])
            wide[0], wide[1] = middle + side, middle - side
        wide += low
        return wide

    def _level(self, track: TrackNotes) -> float | None:
        """Return how loud a track is while it sounds (dB), by hearing some of it."""
        import numpy as np

        stem = self._sampler.stem(track, channel_strip(track).low_cut)
        if not len(track.starts):
            return None
        places = np.linspace(0, len(track.starts) - 1, mixing.LEVEL_PROBES).astype(int)
        heard = []
        for second in sorted({float(track.starts[place]) for place in places}):
            stem.seek(int(second * mixing.SAMPLE_RATE))
            heard.append(stem.render(int(mixing.LEVEL_PROBE_SECONDS * mixing.SAMPLE_RATE)))
        return track_loudness(heard)


def channel_strip(track: TrackNotes) -> ChannelStrip:
    """Return a player's place in the mix; who has none of his own stands where the melody does."""
    return mixing.CHANNEL_STRIPS.get(track.player, mixing.CHANNEL_STRIPS["melody"])


class _Channel:
    """One track's way through the desk."""

    def __init__(
        self,
        sampler: Sampler,
        track: TrackNotes,
        level: float,
        recording: MixSettings,
        kicks: Times,
    ) -> None:
        import numpy as np

        self.strip: ChannelStrip = channel_strip(track)
        self._settings, self._kicks = recording, kicks
        wanted = self.strip.level + recording.gains.get(track.player, 0.0)
        self._gain = np.float32(10 ** ((wanted - level) / 20))
        self._source = self._chain(sampler, track, 10 ** (level / 20))
        self._delayed: NDArray[np.float32] = np.zeros(mixing.WIDEN_FRAMES_AT_MOST, np.float32)

    def _chain(self, sampler: Sampler, track: TrackNotes, level: float) -> Callable[[int], Sound]:
        """Return what gives the next frames: the stem, and what moves in it."""
        design, is_bass = self._settings.design, track.player == "bass"
        source: Callable[[int], Sound] = sampler.stem(track, self.strip.low_cut).render
        drive = design.drive * self.strip.drive
        if is_bass and design.wobble:
            drive = max(drive, 0.8 * design.wobble)  # a wobble needs overtones to take away
        if drive > 0:
            source = _saturated_source(source, level, drive)
        if is_bass and design.wobble and self._settings.drops:
            source = MovingLowPass(source, wobble_cutoff(self._settings), quality=2.2).render
        if design.sweep and self._settings.builds and not self.strip.keeps_lows:
            source = MovingLowPass(source, sweep_cutoff(self._settings), quality=1.1).render
        return source

    def add(self, place: int, bus: Stereo, to_room: Sound, to_echo: Sound) -> None:
        """Add the next block to its bus and to what room and echo hear."""
        import numpy as np

        sound = self._source(bus.shape[1]) * self._gain
        pump = self._settings.design.pump * self.strip.sidechain
        if pump > 0:
            recovery = 0.9 * 60 / self._settings.tempo
            sound = sound * ducking_gain(self._kicks, place, bus.shape[1], pump, recovery)
        middle = sound[0] if len(sound) == 1 else 0.5 * (sound[0] + sound[1])
        pan = self.strip.pan
        for channel, side in enumerate((1.0 - max(0.0, pan), 1.0 + min(0.0, pan))):
            bus[channel] += sound[channel % len(sound)] * np.float32(side)
        if self.strip.widen_frames:
            self._widen(middle, bus)
        to_room[0] += middle * np.float32(self.strip.reverb_send)
        if self.strip.delay_send:
            to_echo[0] += middle * np.float32(self.strip.delay_send)

    def _widen(self, middle: NDArray[np.float32], bus: Stereo) -> None:
        """Add a late copy to the left and take it from the right: wide, and gone in mono.

        Source: H. Lauridsen, 1954.
        """
        import numpy as np

        late = np.concatenate([self._delayed, middle])
        self._delayed = late[-mixing.WIDEN_FRAMES_AT_MOST :]
        copy = late[mixing.WIDEN_FRAMES_AT_MOST - self.strip.widen_frames :][
            : len(middle)
        ] * np.float32(0.5)
        bus[0] += copy
        bus[1] -= copy


def _saturated_source(
    source: Callable[[int], Sound], level: float, drive: float
) -> Callable[[int], Sound]:
    return lambda frames: saturate(source(frames), level, drive)


class _MonoBass:
    """The lowest octaves in the middle, where a record carries them and small speakers add them up.

    A driven wave that is not symmetrical leaves its zero: that is brought back, too.
    """

    def __init__(self, driven: bool) -> None:
        self._side = Convolver(_high_pass(*mixing.SIDE_HIGH_PASSES), mixing.BLOCK_FRAMES)
        lowest = (synthesis.LOWEST_HERTZ, 0.7071)
        self._middle = Convolver(_high_pass(lowest), mixing.BLOCK_FRAMES) if driven else None

    def process(self, sound: Stereo) -> Stereo:
        """Return the next frames, at most a block."""
        import numpy as np

        middle, side = sound[:1] + sound[1:], sound[:1] - sound[1:]
        if self._middle is not None:
            middle = self._middle.process(middle)
        side = self._side.process(side)
        return np.concatenate([middle + side, middle - side]) * np.float32(0.5)


def _high_pass(*filters: tuple[float, float]) -> Sound:
    """Return the impulse of high passes one after the other: (hertz, quality) of each."""
    responses = [biquad("high", 1 << 15, hertz, quality) for hertz, quality in filters]
    return impulse_response_of(responses, 1 << 13)[None]


def kick_times(tracks: Sequence[TrackNotes]) -> Times:
    """Return when the bass drum is struck, in seconds, in order."""
    import numpy as np

    struck = [
        track.starts[np.isin(track.keys, drumming.KICK_KEYS)] for track in tracks if track.drums
    ]
    return np.unique(np.concatenate([*struck, np.zeros(0)]))


def wobble_cutoff(recording: MixSettings) -> Callable[[Times], Times]:
    """Return the cutoff of a wobbling bass: each half bar of four swings at a rate of its own."""
    import numpy as np

    beat = 60 / recording.tempo
    rng = random.Random(recording.seed)
    riff = [rng.choice(mixing.WOBBLES_PER_BEAT) for _ in range(8)]
    depth = recording.design.wobble
    low, high = mixing.WOBBLE_HERTZ
    rest = low * (high / low) ** 0.62

    def cutoff(times: Times) -> Times:
        rates = np.array(riff)[(times / (2 * beat)).astype(int) % len(riff)]
        swing = 0.5 - 0.5 * np.cos(2 * np.pi * (times / beat * rates % 1))
        moving = high * (low / high) ** (depth * (1 - swing))
        cutoffs: Times = np.where(_inside(times, recording.drops), moving, rest)
        return cutoffs

    return cutoff


def sweep_cutoff(recording: MixSettings) -> Callable[[Times], Times]:
    """Return the cutoff that opens through each build, and is open everywhere else."""
    import numpy as np

    low, high = mixing.SWEEP_HERTZ

    def cutoff(times: Times) -> Times:
        hertz = np.full(len(times), mixing.OPEN_FILTER_HERTZ)
        for start, end in recording.builds:
            inside = (times >= start) & (times < end)
            done = (times[inside] - start) / (end - start)
            hertz[inside] = low * (high / low) ** done
        return hertz

    return cutoff


def _inside(times: Times, spans: Sequence[Span]) -> NDArray[np.bool_]:
    import numpy as np

    found = np.zeros(len(times), bool)
    for start, end in spans:
        found |= (times >= start) & (times < end)
    return found


def _fade_out(block: Stereo, place: int, frames: int) -> None:
    """Fade what of a block lies in the song's last moments, in place."""
    import numpy as np

    fade = int(mixing.FADE_SECONDS * mixing.SAMPLE_RATE)
    start = max(0, frames - fade - place)
    if start < block.shape[1]:
        left = frames - place - np.arange(start, block.shape[1])
        block[:, start:] *= (np.minimum(left, fade) / fade).astype(np.float32) ** 2
