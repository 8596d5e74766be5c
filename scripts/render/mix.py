"""Mix a song's stems to stereo, block by block: channel strips, buses, reverb and delay.

Each stem is first brought to the level of its player's channel strip, which takes a measurement:
a quiet instrument of the soundfont is heard as well as a loud one. Strips feed two buses (one for
the lows, one that is widened) and send to reverb and delay, whose returns go to the wide bus.
What is held between blocks does not grow with the song.
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

    `seconds` is the song without its last decay, `tempo` quarter notes a minute, `gains` the
    style's corrections in dB by player. `builds` and `drops` are when a sweep opens and when the
    bass wobbles.
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
        """The length of the mix, with the last notes and the reverb dying away."""
        space = mixing.REVERB_PRESETS.get(self.design.space)
        tail = max(mixing.DRY_TAIL_SECONDS, 0.8 * space.decay if space else 0.0)
        return int((self.seconds + tail) * mixing.SAMPLE_RATE)


def mix_settings(plan: SongPlan, seconds: float, follows_form: bool = True) -> MixSettings:
    """Return the settings of a planned song, `seconds` long.

    One without `follows_form` (a model wrote its notes freely) has no builds, and wobbles all
    the time.
    """
    builds: tuple[Span, ...] = ()
    drops: tuple[Span, ...] = ((0.0, seconds),)
    if follows_form:
        builds, drops = role_spans(plan, ("build",)), role_spans(plan, ("drop", "chorus"))
    return MixSettings(seconds, plan.tempo, plan.sound, plan.mix, plan.seed, builds, drops)


def role_spans(plan: SongPlan, roles: Sequence[str]) -> tuple[Span, ...]:
    """Return when the sections of some roles sound."""
    bar = notation.METRES[plan.metre].units * 15.0 / plan.tempo
    spans, now = [], 0.0
    for section in plan.form:
        after = now + section.bars * bar
        if section.role in roles:
            spans.append((now, after))
        now = after
    return tuple(spans)


class Mix:
    """A song's tracks, mixed: `blocks` starts from the beginning at each call."""

    def __init__(
        self, tracks: Sequence[TrackNotes], sampler: Sampler, settings: MixSettings
    ) -> None:
        self._tracks, self._sampler, self.settings = tracks, sampler, settings
        self._levels = [self._stem_loudness(track) for track in tracks]

    def blocks(self) -> Iterator[Stereo]:
        """Yield the unmastered song in blocks of `BLOCK_FRAMES`; the last may be shorter."""
        design = self.settings.design
        kicks = kick_times(self._tracks)
        channels = [
            _Channel(self._sampler, track, level, self.settings, kicks)
            for track, level in zip(self._tracks, self._levels)
            if level is not None
        ]
        space = mixing.REVERB_PRESETS.get(design.space) if design.reverb > 0 else None
        reverb = Convolver(impulse_response(space), mixing.BLOCK_FRAMES) if space else None
        echo = Echo(60 / self.settings.tempo * mixing.ECHO_BEATS, mixing.ECHO_FEEDBACK)
        mono_bass = _MonoBass(driven=bool(design.drive or design.wobble))
        tape = None
        if design.lofi:
            tape = TapeEmulation(design.lofi, self.settings.seed, mixing.BLOCK_FRAMES)
        for start in range(0, self.settings.frames, mixing.BLOCK_FRAMES):
            size = min(mixing.BLOCK_FRAMES, self.settings.frames - start)
            block = mono_bass.process(self._sum_channels(channels, start, size, echo, reverb))
            if tape is not None:
                block = tape.process(block)
            _fade_out(block, start, self.settings.frames)
            yield block

    def _sum_channels(
        self,
        channels: Sequence[_Channel],
        start: int,
        size: int,
        echo: Echo,
        reverb: Convolver | None,
    ) -> Stereo:
        """Return one block of all channels and of the returns of delay and reverb."""
        import numpy as np

        design = self.settings.design
        low_bus = np.zeros((2, size), np.float32)  # not widened: bass and drums
        wide_bus = np.zeros((2, size), np.float32)
        reverb_send, delay_send = np.zeros((2, 1, size), np.float32)
        for channel in channels:
            bus = low_bus if channel.strip.keeps_lows else wide_bus
            channel.add(start, bus, reverb_send, delay_send)
        if design.delay > 0:
            repeats = echo.process(delay_send) * np.float32(0.6 * design.delay)
            wide_bus += repeats
            reverb_send += 0.25 * design.reverb * (repeats[:1] + repeats[1:])
        if reverb is not None:
            return_gain = np.float32(mixing.REVERB_RETURN_GAIN * design.reverb)
            wide_bus += reverb.process(reverb_send) * return_gain
        if design.width != 1:
            mid = 0.5 * (wide_bus[0] + wide_bus[1])
            side = np.float32(0.5 * design.width) * (wide_bus[0] - wide_bus[1])
            wide_bus[0], wide_bus[1] = mid + side, mid - side
        wide_bus += low_bus
        return wide_bus

    def _stem_loudness(self, track: TrackNotes) -> float | None:
        """Return a stem's loudness in LUFS while it sounds, from probes; None for silence."""
        import numpy as np

        stem = self._sampler.stem(track, channel_strip(track).low_cut)
        if not len(track.starts):
            return None
        notes = np.linspace(0, len(track.starts) - 1, mixing.LEVEL_PROBES).astype(int)
        probes = []
        for second in sorted({float(track.starts[note]) for note in notes}):
            stem.seek(int(second * mixing.SAMPLE_RATE))
            probes.append(stem.render(int(mixing.LEVEL_PROBE_SECONDS * mixing.SAMPLE_RATE)))
        return track_loudness(probes)


def channel_strip(track: TrackNotes) -> ChannelStrip:
    """Return the channel strip of a track's player: the melody's for one that has none."""
    return mixing.CHANNEL_STRIPS.get(track.player, mixing.CHANNEL_STRIPS["melody"])


class _Channel:
    """One track on its channel strip, at `level` LUFS before it."""

    def __init__(
        self,
        sampler: Sampler,
        track: TrackNotes,
        level: float,
        settings: MixSettings,
        kicks: Times,
    ) -> None:
        import numpy as np

        self.strip: ChannelStrip = channel_strip(track)
        self._settings, self._kicks = settings, kicks
        wanted = self.strip.level + settings.gains.get(track.player, 0.0)
        self._gain = np.float32(10 ** ((wanted - level) / 20))
        self._source = self._chain(sampler, track, 10 ** (level / 20))
        self._past: NDArray[np.float32] = np.zeros(mixing.WIDEN_FRAMES_AT_MOST, np.float32)

    def _chain(self, sampler: Sampler, track: TrackNotes, level: float) -> Callable[[int], Sound]:
        """Return the source of the next frames: the stem, then drive, wobble and sweep.

        `level` is the stem's, linear.
        """
        design, is_bass = self._settings.design, track.player == "bass"
        source: Callable[[int], Sound] = sampler.stem(track, self.strip.low_cut).render
        drive = design.drive * self.strip.drive
        if is_bass and design.wobble:
            drive = max(drive, 0.8 * design.wobble)  # the moving low-pass needs overtones to filter
        if drive > 0:
            source = _saturated_source(source, level, drive)
        if is_bass and design.wobble and self._settings.drops:
            source = MovingLowPass(source, wobble_cutoff(self._settings), quality=2.2).render
        if design.sweep and self._settings.builds and not self.strip.keeps_lows:
            source = MovingLowPass(source, sweep_cutoff(self._settings), quality=1.1).render
        return source

    def add(self, start: int, bus: Stereo, reverb_send: Sound, delay_send: Sound) -> None:
        """Add the next block, from frame `start` on, to its bus and to the sends."""
        import numpy as np

        sound = self._source(bus.shape[1]) * self._gain
        depth_db = self._settings.design.pump * self.strip.sidechain
        if depth_db > 0:
            recovery = 0.9 * 60 / self._settings.tempo
            sound = sound * ducking_gain(self._kicks, start, bus.shape[1], depth_db, recovery)
        mid = sound[0] if len(sound) == 1 else 0.5 * (sound[0] + sound[1])
        pan = self.strip.pan
        for channel, gain in enumerate((1.0 - max(0.0, pan), 1.0 + min(0.0, pan))):
            bus[channel] += sound[channel % len(sound)] * np.float32(gain)
        if self.strip.widen_frames:
            self._widen(mid, bus)
        reverb_send[0] += mid * np.float32(self.strip.reverb_send)
        if self.strip.delay_send:
            delay_send[0] += mid * np.float32(self.strip.delay_send)

    def _widen(self, mid: NDArray[np.float32], bus: Stereo) -> None:
        """Add a late copy to the left and subtract it from the right: it cancels in mono.

        Source: H. Lauridsen, 1954.
        """
        import numpy as np

        whole = np.concatenate([self._past, mid])
        self._past = whole[-mixing.WIDEN_FRAMES_AT_MOST :]
        first = mixing.WIDEN_FRAMES_AT_MOST - self.strip.widen_frames
        copy = whole[first : first + len(mid)] * np.float32(0.5)
        bus[0] += copy
        bus[1] -= copy


def _saturated_source(
    source: Callable[[int], Sound], level: float, drive: float
) -> Callable[[int], Sound]:
    return lambda frames: saturate(source(frames), level, drive)


class _MonoBass:
    """Make the lows mono, as records are cut and small speakers play them.

    A `driven` mix loses its DC offset as well, which an asymmetrical wave gets from saturation.
    """

    def __init__(self, driven: bool) -> None:
        self._side = Convolver(_high_pass(*mixing.SIDE_HIGH_PASSES), mixing.BLOCK_FRAMES)
        lowest = (synthesis.LOWEST_HERTZ, synthesis.BUTTERWORTH_Q)
        self._mid = Convolver(_high_pass(lowest), mixing.BLOCK_FRAMES) if driven else None

    def process(self, sound: Stereo) -> Stereo:
        """Return the next frames, at most a block."""
        import numpy as np

        mid, side = sound[:1] + sound[1:], sound[:1] - sound[1:]
        if self._mid is not None:
            mid = self._mid.process(mid)
        side = self._side.process(side)
        return np.concatenate([mid + side, mid - side]) * np.float32(0.5)


def _high_pass(*filters: tuple[float, float]) -> Sound:
    """Return the impulse response of high-passes in series: (hertz, quality) of each."""
    responses = [biquad("high", 1 << 15, hertz, quality) for hertz, quality in filters]
    return impulse_response_of(responses, 1 << 13)[None]


def kick_times(tracks: Sequence[TrackNotes]) -> Times:
    """Return when the kick drum is struck, ascending."""
    import numpy as np

    kicks = [
        track.starts[np.isin(track.keys, drumming.KICK_KEYS)] for track in tracks if track.drums
    ]
    return np.unique(np.concatenate([*kicks, np.zeros(0)]))


def wobble_cutoff(settings: MixSettings) -> Callable[[Times], Times]:
    """Return the cutoff (hertz) of a wobbling bass at some times.

    Every two beats have a rate of their own; the pattern repeats after 16 beats. Outside of drops
    the cutoff rests.
    """
    import numpy as np

    beat = 60 / settings.tempo
    rng = random.Random(settings.seed)
    riff = [rng.choice(mixing.WOBBLES_PER_BEAT) for _ in range(8)]
    depth = settings.design.wobble
    low, high = mixing.WOBBLE_HERTZ
    rest = low * (high / low) ** 0.62

    def cutoff(times: Times) -> Times:
        rates = np.array(riff)[(times / (2 * beat)).astype(int) % len(riff)]
        swing = 0.5 - 0.5 * np.cos(2 * np.pi * (times / beat * rates % 1))
        moving = high * (low / high) ** (depth * (1 - swing))
        cutoffs: Times = np.where(_inside(times, settings.drops), moving, rest)
        return cutoffs

    return cutoff


def sweep_cutoff(settings: MixSettings) -> Callable[[Times], Times]:
    """Return the cutoff (hertz) at some times: it opens through each build, else it is open."""
    import numpy as np

    low, high = mixing.SWEEP_HERTZ

    def cutoff(times: Times) -> Times:
        hertz = np.full(len(times), mixing.OPEN_FILTER_HERTZ)
        for start, end in settings.builds:
            inside = (times >= start) & (times < end)
            done = (times[inside] - start) / (end - start)
            hertz[inside] = low * (high / low) ** done
        return hertz

    return cutoff


def _inside(times: Times, spans: Sequence[Span]) -> NDArray[np.bool_]:
    """Return which times lie in any of the spans."""
    import numpy as np

    found = np.zeros(len(times), bool)
    for start, end in spans:
        found |= (times >= start) & (times < end)
    return found


def _fade_out(block: Stereo, start: int, frames: int) -> None:
    """Fade in place what of a block, from frame `start` on, lies in the song's last moments."""
    import numpy as np

    fade = int(mixing.FADE_SECONDS * mixing.SAMPLE_RATE)
    first = max(0, frames - fade - start)
    if first < block.shape[1]:
        left = frames - start - np.arange(first, block.shape[1])
        block[:, first:] *= (np.minimum(left, fade) / fade).astype(np.float32) ** 2
