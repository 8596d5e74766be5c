"""Play a soundfont's instruments: one stem for each track, block by block.

Every note is a wave that was pitched once for its zone and key, shaped by its envelope, scaled by
its velocity and added at its start. Nothing else depends on a note, so blocks of any size give
the same song, and a song of hours needs no more memory than its longest note.
Source of curves and units: SoundFont Technical Specification 2.04, chapters 8 and 9.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin
from typing import TYPE_CHECKING

from scripts.render.filters import filtered
from scripts.render.soundfont import Sample, SoundFont, Zone
from scripts.temporary import mixing, synthesis

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Wave = NDArray[np.float32]  # shape (frames,)
    Sound = NDArray[np.float32]  # shape (1 or 2, frames): one channel where both are the same


@dataclass(frozen=True)
class TrackNotes:
    """One player's notes, ascending by start: starts and lengths in seconds, keys, velocities."""

    player: str
    program: int
    drums: bool
    starts: NDArray[np.float64]
    lengths: NDArray[np.float64]
    keys: NDArray[np.int64]
    velocities: NDArray[np.int64]


@dataclass(frozen=True)
class _Voice:
    """A zone on a key: its wave with the envelope of a held key, its release, and its gains.

    `left`, `right` (the pan) and `gain` are linear.
    """

    wave: Wave
    looped: bool
    release_frames: int
    left: float
    right: float
    gain: float


class Sampler:
    """A soundfont at a tuning: `concert_pitch` is A4 in hertz. Keeps the waves used last."""

    def __init__(self, font: SoundFont, concert_pitch: float = synthesis.CONCERT_PITCH) -> None:
        self.font = font
        self._pitch = concert_pitch / synthesis.CONCERT_PITCH
        self._voices: OrderedDict[tuple[int, int, float], _Voice | None] = OrderedDict()
        self._samples: OrderedDict[int, Sample | None] = OrderedDict()
        self._bytes = 0

    def stem(self, notes: TrackNotes, low_cut: float = synthesis.LOWEST_HERTZ) -> Stem:
        """Return a track's stem, at its start; `low_cut` is in hertz."""
        return Stem(self, notes, low_cut)

    def voice(self, zone: Zone, key: int, frames: int, low_cut: float) -> _Voice | None:
        """Return a zone's voice on a key, long enough to hold it `frames`; None for silence."""
        entry = (id(zone), key, low_cut)
        known = self._voices.get(entry)
        if entry in self._voices and (
            known is None or not known.looped or len(known.wave) >= frames + known.release_frames
        ):
            self._voices.move_to_end(entry)
            return known
        made = self._make_voice(zone, key, frames, low_cut)
        self._bytes += (made.wave.nbytes if made else 0) - (known.wave.nbytes if known else 0)
        self._voices[entry] = made
        self._voices.move_to_end(entry)
        while self._bytes > synthesis.WAVE_CACHE_BYTES and len(self._voices) > 1:
            _, old = self._voices.popitem(last=False)
            self._bytes -= old.wave.nbytes if old else 0
        return made

    def _make_voice(self, zone: Zone, key: int, frames: int, low_cut: float) -> _Voice | None:
        sample = self._sample(zone)
        if sample is None:
            return None
        generators = zone.generators
        release = min(
            synthesis.LONGEST_NOTE_SECONDS,
            max(synthesis.CHOKE_SECONDS, timecents_to_seconds(generators["release"])),
        )
        # By the specification, the release time is that of a fall by 100 dB.
        release_frames = int(release * synthesis.RELEASE_FLOOR_DB / 100 * mixing.SAMPLE_RATE)
        looped = generators["loop_mode"] in (1, 3) and sample.loop_end - sample.loop_start >= 8
        step = synthesis.WAVE_STEP_FRAMES
        size = -(-(frames + release_frames) // step) * step
        ratio = self._ratio(zone, sample, key)
        if not looped:
            whole = int((len(sample.wave) - 3) / ratio)
            size = min(whole, int(synthesis.LONGEST_NOTE_SECONDS * mixing.SAMPLE_RATE))
        if size < 1:
            return None
        wave = _resampled(sample, ratio, size, looped)
        wave = _filtered(wave, generators, low_cut)
        wave *= _volume_envelope(generators, key, size)
        if not looped:
            wave = _trimmed(wave)
        pan = min(500, max(-500, generators["pan"])) / 1000
        attenuation = synthesis.EMU_ATTENUATION_FACTOR * max(0, generators["attenuation"])
        gain = 10 ** (-attenuation / 200)
        left, right = cos((pan + 0.5) * pi / 2), sin((pan + 0.5) * pi / 2)
        return _Voice(wave, looped, release_frames, left, right, gain)

    def _sample(self, zone: Zone) -> Sample | None:
        if id(zone) not in self._samples:
            self._samples[id(zone)] = self.font.sample(zone)
            if len(self._samples) > 64:
                self._samples.popitem(last=False)
        return self._samples[id(zone)]

    def _ratio(self, zone: Zone, sample: Sample, key: int) -> float:
        """Return how many frames of a sample go into one frame of sound."""
        generators = zone.generators
        root = generators["root_key"] if generators["root_key"] >= 0 else sample.key
        played = generators["fixed_key"] if generators["fixed_key"] >= 0 else key
        cents = (played - root) * generators["scale_tuning"] + 100 * generators["coarse_tune"]
        cents += generators["fine_tune"] + sample.correction
        return float(self._pitch * 2 ** (cents / 1200) * sample.rate / mixing.SAMPLE_RATE)


class Stem:
    """One track as sound, before its channel strip; all below `low_cut` (hertz) is cut."""

    def __init__(self, sampler: Sampler, notes: TrackNotes, low_cut: float) -> None:
        import numpy as np

        self._low_cut = low_cut
        self.player = notes.player
        self.notes = notes
        self._sampler = sampler
        self._zones = sampler.font.zones(notes.program, notes.drums)
        self._starts = np.rint(notes.starts * mixing.SAMPLE_RATE).astype(np.int64)
        self._ends = self._starts + np.rint(notes.lengths * mixing.SAMPLE_RATE).astype(np.int64)
        self._next = 0  # note
        self._position = 0  # frame
        self._tail: Sound = np.zeros((1, 0), np.float32)
        self._strokes_by_class = self._exclusive_class_strokes() if notes.drums else {}

    def seek(self, frame: int) -> None:
        """Go on at a frame; notes that began before it are not heard."""
        import numpy as np

        self._position = frame
        self._next = int(np.searchsorted(self._starts, frame))
        self._tail = np.zeros((1, 0), np.float32)

    def render(self, frames: int) -> Sound:
        """Return the next frames; the tails of notes go on into the following call.

        One channel where left and right are the same.
        """
        import numpy as np

        stop = self._position + frames
        first, last = self._next, int(np.searchsorted(self._starts, stop))
        buffer = _StemBuffer(frames, self._tail)
        for number in range(first, last):
            self._add_note(number, buffer)
        self._next, self._position = last, stop
        sound = buffer.sound()
        self._tail = sound[:, frames:].copy()
        return sound[:, :frames]

    def _add_note(self, number: int, buffer: _StemBuffer) -> None:
        """Add a note: all zones that have its key and velocity."""
        key, velocity = int(self.notes.keys[number]), int(self.notes.velocities[number])
        start = int(self._starts[number])
        held = min(
            int(self._ends[number]) - start,
            int(synthesis.LONGEST_NOTE_SECONDS * mixing.SAMPLE_RATE),
        )
        for zone in self._zones:
            if not (zone.keys[0] <= key <= zone.keys[1]):
                continue
            if not (zone.velocities[0] <= velocity <= zone.velocities[1]):
                continue
            voice = self._sampler.voice(zone, key, held, self._low_cut)
            if voice is None:
                continue
            length, release = held, voice.release_frames
            if self.notes.drums and not voice.looped:
                length = min(len(voice.wave), int(synthesis.DRUM_NOTE_SECONDS * mixing.SAMPLE_RATE))
            choked = self._choke_frame(zone, start)
            if choked is not None and choked - start < length:
                length, release = choked - start, int(synthesis.CHOKE_SECONDS * mixing.SAMPLE_RATE)
            fixed = zone.generators["fixed_velocity"]
            gain = voice.gain * ((fixed if fixed > 0 else velocity) / 127) ** 2
            buffer.add(start - self._position, voice, length, release, gain)

    def _exclusive_class_strokes(self) -> dict[int, NDArray[np.int64]]:
        """Return the frames at which each exclusive class is struck; a stroke ends the last one."""
        import numpy as np

        classes: dict[int, set[int]] = {}
        for zone in self._zones:
            if zone.generators["exclusive_class"]:
                keys = range(zone.keys[0], zone.keys[1] + 1)
                classes.setdefault(zone.generators["exclusive_class"], set()).update(keys)
        return {
            number: self._starts[np.isin(self.notes.keys, sorted(keys))]
            for number, keys in classes.items()
        }

    def _choke_frame(self, zone: Zone, start: int) -> int | None:
        """Return the frame at which a stroke of a zone is ended by the next one of its class."""
        strokes = self._strokes_by_class.get(zone.generators["exclusive_class"])
        if strokes is None:
            return None
        import numpy as np

        after = int(np.searchsorted(strokes, start, side="right"))
        return int(strokes[after]) if after < len(strokes) else None


class _StemBuffer:
    """Frames that notes are added to: one channel until a note is panned."""

    def __init__(self, frames: int, tail: Sound) -> None:
        import numpy as np

        self._frames = max(frames, tail.shape[1])
        size = self._frames + mixing.SAMPLE_RATE
        self._sound: Sound = np.zeros((tail.shape[0], size), np.float32)
        self._sound[:, : tail.shape[1]] = tail

    def add(self, start: int, voice: _Voice, held: int, release: int, gain: float) -> None:
        """Add a voice from frame `start` on, held for `held` frames and released in `release`."""
        import numpy as np

        wave = voice.wave[: held + release]
        if not len(wave):
            return
        self._extend(start + len(wave))
        sides = (voice.left, voice.right)
        if abs(voice.left - voice.right) > 1e-6 and len(self._sound) == 1:
            self._sound = np.repeat(self._sound, 2, axis=0)
        fading = _release_envelope(release)[: max(0, len(wave) - held)]
        for channel, side in zip(self._sound, sides):
            scale = np.float32(gain * side)
            channel[start : start + held][: len(wave)] += wave[:held] * scale
            if len(fading):
                channel[start + held : start + len(wave)] += wave[held:] * (fading * scale)

    def _extend(self, frames: int) -> None:
        import numpy as np

        self._frames = max(self._frames, frames)
        if frames > self._sound.shape[1]:
            more = np.zeros((len(self._sound), frames + 4 * mixing.SAMPLE_RATE), np.float32)
            more[:, : self._sound.shape[1]] = self._sound
            self._sound = more

    def sound(self) -> Sound:
        return self._sound[:, : self._frames]


def timecents_to_seconds(value: float) -> float:
    """Return seconds for timecents: -12000 is a thousandth, 0 is one second."""
    return float(2.0 ** (min(8000.0, value) / 1200))


def _resampled(sample: Sample, ratio: float, frames: int, looped: bool) -> Wave:
    """Return a sample played `ratio` times as fast, repeated between its loop points.

    Interpolated by cubic splines (Catmull and Rom, 1974).
    """
    import numpy as np

    wave = sample.wave
    needed = int(frames * ratio) + 4
    if looped and needed > sample.loop_end:
        loop = wave[sample.loop_start : sample.loop_end]
        turns = -(-(needed - sample.loop_end) // len(loop))
        wave = np.concatenate([wave[: sample.loop_end], *([loop] * turns)])
    wave = np.concatenate([wave[:1], wave, np.zeros(4, np.float32)])
    position = np.arange(frames, dtype=np.float64) * ratio
    index = position.astype(np.int32)
    part = (position - index).astype(np.float32)
    before, here, after, beyond = (wave[step:].take(index) for step in range(4))
    linear = after - before
    quadratic = before - 2.5 * here + 2 * after - 0.5 * beyond
    cubic = 1.5 * (here - after) + 0.5 * (beyond - before)
    pitched: Wave = ((cubic * part + quadratic) * part + 0.5 * linear) * part + here
    return pitched


def _filtered(wave: Wave, generators: Mapping[str, int], low_cut: float) -> Wave:
    """Pass a wave through its zone's low-pass, whose cutoff follows the modulation envelope.

    The channel strip's low cut is made here as well: once for a wave, not for each of its notes.
    A moving cutoff is a crossfade from the wave filtered at the peak to that at the sustain level.
    """
    cutoff, depth = generators["filter_cents"], generators["envelope_to_filter"]
    held = cutoff + depth * (1 - min(1000, max(0, generators["filter_sustain"])) / 1000)
    struck = cutoff + depth
    cut = ("high", low_cut, synthesis.BUTTERWORTH_Q)
    quality = synthesis.BUTTERWORTH_Q * 10 ** (generators["filter_q"] / 200)
    if min(held, struck) >= synthesis.OPEN_FILTER_CENTS:
        return filtered(wave, cut)
    late = filtered(wave, cut, ("low", cents_to_hertz(held), quality))
    if abs(struck - held) < 100:
        return late
    import numpy as np

    early = filtered(wave, cut, ("low", cents_to_hertz(struck), quality))
    hold = timecents_to_seconds(generators["filter_attack"])
    hold += timecents_to_seconds(generators["filter_hold"])
    decay = max(0.01, timecents_to_seconds(generators["filter_decay"]))
    time = np.arange(len(wave), dtype=np.float32) / np.float32(mixing.SAMPLE_RATE)
    shut = np.clip((time - np.float32(hold)) / np.float32(decay), 0, 1)
    moving: Wave = early + (late - early) * shut
    return moving


def cents_to_hertz(value: float) -> float:
    """Return hertz for absolute cents: 6900 is 440 Hz."""
    return float(440.0 * 2 ** ((value - 6900) / 1200))


def _volume_envelope(generators: Mapping[str, int], key: int, frames: int) -> Wave:
    """Return the volume envelope of a held key: delay, linear attack, hold, decay linear in dB."""
    import numpy as np

    delay = timecents_to_seconds(generators["delay"])
    attack = timecents_to_seconds(generators["attack"])
    hold = timecents_to_seconds(generators["hold"] + generators["key_to_hold"] * (60 - key))
    decay = timecents_to_seconds(generators["decay"] + generators["key_to_decay"] * (60 - key))
    sustain = min(100.0, max(0.0, generators["sustain"] / 10))  # decibels below the peak
    volume = np.ones(frames, np.float32)
    start, risen = int(delay * mixing.SAMPLE_RATE), int((delay + attack) * mixing.SAMPLE_RATE)
    if delay > 0.002:
        volume[:start] = 0
    else:
        start, risen = 0, int(attack * mixing.SAMPLE_RATE)
    rise = np.linspace(0, 1, max(1, risen - start), endpoint=False, dtype=np.float32)
    volume[start:risen] = rise[: max(0, min(risen, frames) - start)]
    fall = risen + int(hold * mixing.SAMPLE_RATE)
    if sustain > 0 and fall < frames:
        ticks = np.arange(frames - fall, dtype=np.float32)
        loss = np.minimum(ticks * np.float32(100 / max(1.0, decay * mixing.SAMPLE_RATE)), sustain)
        volume[fall:] = np.exp(loss * np.float32(-np.log(10) / 20))
        if sustain >= 100:
            volume[fall:][loss >= 96] = 0
    return volume


def _trimmed(wave: Wave) -> Wave:
    """Cut off a wave's inaudible end, with a fade of 256 frames."""
    import numpy as np

    loud = np.flatnonzero(np.abs(wave) > np.abs(wave).max(initial=0) * synthesis.INAUDIBLE_RATIO)
    end = min(len(wave), int(loud[-1]) + 256) if len(loud) else 0
    kept = wave[:end].copy()
    kept[-256:] *= np.linspace(1, 0, 256, dtype=np.float32)[-len(kept[-256:]) :]
    return kept


@lru_cache(maxsize=64)
def _release_envelope(frames: int) -> Wave:
    """Return the release envelope, linear in decibels, down to the floor."""
    import numpy as np

    slope = -synthesis.RELEASE_FLOOR_DB * np.log(10) / 20 / max(1, frames)
    fading: Wave = np.exp(np.arange(frames, dtype=np.float32) * np.float32(slope))
    return fading
