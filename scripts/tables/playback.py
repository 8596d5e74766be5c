"""Playback: sample format, ramps, decoding, and how each audio library is fed."""

from __future__ import annotations

from collections.abc import Mapping

from scripts.tables import mixing

# --- Sample format: everything that is played is 16-bit stereo -------------------------------

SAMPLE_RATE = mixing.SAMPLE_RATE  # frames a second
CHANNELS = 2
FRAME_BYTES = CHANNELS * 2
SAMPLE_MAX, SAMPLE_MIN = 32_767.0, -32_768.0

# --- Playback mixer --------------------------------------------------------------------------

RAMP_FRAMES = SAMPLE_RATE * 15 // 1000  # of every change of gain, so that it makes no click

# --- Decoder ---------------------------------------------------------------------------------

DECODED_BLOCK_FRAMES = SAMPLE_RATE // 10
STREAM_WINDOW_FRAMES = SAMPLE_RATE * 30  # held in memory by a song's stream: 5 MB
STREAM_BEHIND_FRAMES = SAMPLE_RATE * 8  # kept behind the reader, who reads again after a change

# --- Players ---------------------------------------------------------------------------------

# simpleaudio asks ALSA for a buffer of 100 ms, compiled in: a key is heard 180 ms after it was
# pressed. With miniaudio it is 130 (tests/bench/jukebox.py). On Windows simpleaudio comes first,
# for the whole program was heard through it there.
PLAYER_ORDER: Mapping[str, tuple[str, ...]] = {"win32": ("simpleaudio", "miniaudio")}
PLAYER_ORDER_ELSEWHERE = ("miniaudio", "simpleaudio")

WATCHDOG_SECONDS = 1.0
NO_DEVICE = "No audio device could be opened: connect or switch on speakers, then try again."
DEVICE_LOST = "The audio device is gone: connect it again."

# --- Miniaudio -------------------------------------------------------------------------------

# At 50 a machine at full load now and then let the device run dry; beyond 80 keys would be slow.
DEVICE_BLOCK_MSEC = 80
DEVICE_BLOCKS = 4  # held by the device: it plays on from these while Python is busy elsewhere

# --- Simpleaudio -----------------------------------------------------------------------------

BUFFER_SECONDS = 600
BUFFER_BLOCK_FRAMES = SAMPLE_RATE // 20  # Windows repeats the last 50 ms unless blocks are whole
LEAD_FRAMES = SAMPLE_RATE * 115 // 1000  # the device reads up to 0.1 s ahead; the rest is reserve
WRITE_AHEAD_FRAMES = SAMPLE_RATE * 4  # so that a busy machine causes no drop-outs
RENDER_BLOCK_FRAMES = SAMPLE_RATE // 4
REFILL_SECONDS = 0.05
SUSPENDED_SECONDS = 3.5  # without a refill: process or machine stood still, the clock is off
DRAIN_SECONDS = 0.7  # within which the device empties its buffer before it is closed
