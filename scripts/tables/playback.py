"""Playback: the player's sample rate, buffers, device timing."""

from __future__ import annotations

from collections.abc import Mapping

# --- Miniaudio player ------------------------------------------------------------------------

# At 50 a machine at full load now and then let the device run dry; beyond 80 keys would be slow.
DEVICE_BLOCK_MSEC = 80
DEVICE_BLOCKS = 4  # held by the device: while Python is busy elsewhere, it plays on

SAMPLE_RATE = 44_100  # frames a second of everything that is played, 16-bit stereo

# --- Playback mixer --------------------------------------------------------------------------

RAMP_FRAMES = SAMPLE_RATE * 15 // 1000
SAMPLE_MAX, SAMPLE_MIN = 32_767.0, -32_768.0

CHANNELS = 2

# --- Decoder ---------------------------------------------------------------------------------

FRAME_BYTES = CHANNELS * 2
DECODED_BLOCK_FRAMES = SAMPLE_RATE // 10
STREAM_WINDOW_FRAMES = SAMPLE_RATE * 30  # what a stream holds: 5 MB
# Kept behind the reader, who may read again to change the volume.
STREAM_BEHIND_FRAMES = SAMPLE_RATE * 8

# --- Mixer player ----------------------------------------------------------------------------

WATCHDOG_SECONDS = 1.0
NO_DEVICE = "No audio device could be opened: connect or switch on speakers, then try again."
DEVICE_LOST = "The audio device is gone: connect it again."

# --- Player ----------------------------------------------------------------------------------

# simpleaudio asks ALSA for a buffer of 100 ms, compiled in: a key is heard 180 ms after it was
# pressed. With miniaudio it is 130 (tests/bench/jukebox.py). On Windows simpleaudio comes first,
# for the whole program was heard through it there.
FIRST_PLAYERS: Mapping[str, tuple[str, ...]] = {"win32": ("simpleaudio", "miniaudio")}
FIRST_PLAYERS_ELSEWHERE = ("miniaudio", "simpleaudio")

# --- Simpleaudio player ----------------------------------------------------------------------

BUFFER_SECONDS = 600
LEAD_FRAMES = SAMPLE_RATE * 115 // 1000  # the device reads up to 0.1 s ahead; the rest is reserve
# Written ahead, so that a busy machine does not make it stutter.
WRITE_AHEAD_FRAMES = SAMPLE_RATE * 4
RENDERED_PIECE_FRAMES = SAMPLE_RATE // 4
# Windows repeats the last 50 ms unless a tape has whole blocks.
BUFFER_BLOCK_FRAMES = SAMPLE_RATE // 20
REFILL_SECONDS = 0.05
ASLEEP_SECONDS = 3.5  # the process or the machine stood still: the tape is no longer in step
DRAIN_SECONDS = 0.7  # the device empties its buffer before it lets go
