"""Mixing: channel strips, rooms, effects, fades."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.tables.sound import ChannelStrip

# --- Effects ---------------------------------------------------------------------------------

OPEN_FILTER_HERTZ = 20_000.0  # a low-pass here or above leaves the sound alone
FILTER_FRAME, FILTER_HOP = 2048, 512  # of the moving low-pass
GAIN_STEP_FRAMES = 64  # frames that share a step of a gain that moves

# --- Mix -------------------------------------------------------------------------------------

BLOCK_FRAMES = 1 << 18
FADE_SECONDS = 1.5
DRY_TAIL_SECONDS = 2.0  # after the last bar: instruments die away
PROBE_SECONDS, PROBES = 5.0, 6  # of each track, over the song, by which its level is known
ROOM_RETURN = 1.5  # how loud a room of 1 answers a send of 1
ECHO_BEATS = 0.75
ECHO_FEEDBACK = 0.42
WOBBLES_PER_BEAT = (1, 2, 2, 3, 4, 4, 6)  # swings of the wobble in a beat: what a bar may draw
WOBBLE_HERTZ = (130.0, 3200.0)
SWEEP_HERTZ = (280.0, 16_000.0)
# Below, what is left and right becomes one: a Butterworth filter of the fourth order.
SIDE_FILTERS = ((140.0, 0.5412), (140.0, 1.3066))
WIDENING_FRAMES_AT_MOST = 1024  # frames by which a copy may be late

# --- Reverb ----------------------------------------------------------------------------------

# Hertz below which a room gives nothing back: mud, and bass that is not mono.
ROOM_LOW_CUT_HERTZ = 220.0
ROOM_SEED = 1979


@dataclass(frozen=True)
class ReverbPreset:
    """A room: seconds until its sound has fallen by 60 dB, seconds before it answers, how many
    early reflections it has, and the hertz above which it swallows.
    """

    decay: float
    delay: float
    reflections: int
    damping: float


SPACE_TABLE = {
    "room": ReverbPreset(0.55, 0.004, 14, 6500.0),
    "plate": ReverbPreset(1.5, 0.008, 0, 9000.0),
    "hall": ReverbPreset(2.2, 0.022, 20, 5500.0),
    "cathedral": ReverbPreset(4.2, 0.038, 24, 4000.0),
}

SAMPLE_RATE = 44100
CHANNEL_STRIPS = {
    "melody": ChannelStrip(-18.0, 0.06, 130.0, reverb_send=0.5, delay_send=0.7, drive=0.6),
    "counter": ChannelStrip(-23.0, 0.35, 140.0, reverb_send=0.6, delay_send=0.4, drive=0.3),
    "chords": ChannelStrip(
        -22.5, -0.15, 110.0, reverb_send=0.45, sidechain=1.0, drive=1.0, widen_frames=480
    ),
    "pad": ChannelStrip(-25.0, 0.0, 130.0, reverb_send=0.7, sidechain=1.0, widen_frames=760),
    "bass": ChannelStrip(
        -21.5, 0.0, 30.0, reverb_send=0.0, sidechain=0.7, drive=0.7, keeps_lows=True
    ),
    "drums": ChannelStrip(-19.0, 0.0, 30.0, reverb_send=0.16, keeps_lows=True),
}
SPACES = ("dry", "room", "plate", "hall", "cathedral")  # where a record is made, small to large
# The bounds of a design's numbers; pump is decibels.
SOUND_RANGES = {
    "reverb": (0.0, 1.0), "delay": (0.0, 1.0), "pump": (0.0, 24.0), "wobble": (0.0, 1.0),
    "drive": (0.0, 1.0), "lofi": (0.0, 1.0), "width": (0.0, 2.0),
}  # fmt: skip
