"""Mixing: channel strips, reverb presets, effects, fades."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.tables.sound import ChannelStrip

SAMPLE_RATE = 44_100  # hertz, of all sound that is made or played
BLOCK_FRAMES = 1 << 18  # mixed at once: six seconds

# --- Channel strips --------------------------------------------------------------------------

# Player -> level (LUFS), pan, low cut (hertz), and what differs from the defaults.
CHANNEL_STRIPS = {
    "melody": ChannelStrip(-18.0, 0.06, 130.0, reverb_send=0.5, delay_send=0.7, drive=0.6),
    "counter": ChannelStrip(-23.0, 0.35, 140.0, reverb_send=0.6, delay_send=0.4, drive=0.3),
    "chords": ChannelStrip(-22.5, -0.15, 110.0, reverb_send=0.45, sidechain=1.0, drive=1.0,
                           widen_frames=480),
    "pad": ChannelStrip(-25.0, 0.0, 130.0, reverb_send=0.7, sidechain=1.0, widen_frames=760),
    "bass": ChannelStrip(-21.5, 0.0, 30.0, reverb_send=0.0, sidechain=0.7, drive=0.7,
                         keeps_lows=True),
    "drums": ChannelStrip(-19.0, 0.0, 30.0, reverb_send=0.16, keeps_lows=True),
}  # fmt: skip
# A track's own level is measured in short probes spread over the song.
LEVEL_PROBES, LEVEL_PROBE_SECONDS = 6, 5.0
WIDEN_FRAMES_AT_MOST = 1024  # by which the widening copy may be late

# --- Reverb ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReverbPreset:
    """How a reverb's impulse response is made.

    `decay` is its RT60: seconds until the sound has fallen by 60 dB. `delay` is its pre-delay in
    seconds, `reflections` the number of early reflections. `damping` is the cutoff in hertz of a
    low-pass on the tail; above a quarter of it, the tail decays twice as fast.
    """

    decay: float
    delay: float
    reflections: int
    damping: float


# Small to large; "dry" is the mix without a reverb.
SPACES = ("dry", "room", "plate", "hall", "cathedral")
REVERB_PRESETS = {
    "room":      ReverbPreset(0.55, 0.004, 14, 6500.0),
    "plate":     ReverbPreset(1.5,  0.008,  0, 9000.0),
    "hall":      ReverbPreset(2.2,  0.022, 20, 5500.0),
    "cathedral": ReverbPreset(4.2,  0.038, 24, 4000.0),
}  # fmt: skip
REVERB_RETURN_GAIN = 1.5  # linear, where a style's `reverb` is 1
REVERB_LOW_CUT_HERTZ = 220.0  # below, the reverb would be mud, and bass that is not mono
REVERB_SEED = 1979  # of the noise in the impulse responses: the same in every song

# --- Delay -----------------------------------------------------------------------------------

ECHO_BEATS = 0.75  # from repeat to repeat: a dotted eighth
ECHO_FEEDBACK = 0.42  # linear gain from repeat to repeat

# --- Moving filters and gains ----------------------------------------------------------------

OPEN_FILTER_HERTZ = 20_000.0  # a low-pass at or above this cutoff changes nothing
STFT_FRAMES, STFT_HOP_FRAMES = 2048, 512  # of the short-time Fourier transform of a moving low-pass
WOBBLE_HERTZ = (130.0, 3200.0)  # cutoffs between which the bass wobbles
WOBBLES_PER_BEAT = (1, 2, 2, 3, 4, 4, 6)  # rates to choose from; what stands twice is likelier
SWEEP_HERTZ = (280.0, 16_000.0)  # cutoff at the start and at the end of a build

DUCKING_STEP_FRAMES = 64  # between the points of the sidechain's gain curve

TAPE_DELAY_FRAMES = 512  # by which the tape may run late

# --- Master bus ------------------------------------------------------------------------------

# High-passes (hertz, quality) of the side signal, which make the lows mono: together a
# Butterworth filter of the fourth order.
SIDE_HIGH_PASSES = ((140.0, 0.5412), (140.0, 1.3066))
FADE_SECONDS = 1.5  # at the end of every song
DRY_TAIL_SECONDS = 2.0  # for the last notes to die away, where no reverb lasts longer

# --- Bounds of a style's sound design --------------------------------------------------------

# `pump` (sidechain depth) is in decibels; the others have no unit.
SOUND_RANGES = {
    "reverb": (0.0, 1.0), "delay": (0.0, 1.0), "pump": (0.0, 24.0), "wobble": (0.0, 1.0),
    "drive": (0.0, 1.0), "lofi": (0.0, 1.0), "width": (0.0, 2.0),
}  # fmt: skip
