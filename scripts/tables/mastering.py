"""Mastering: loudness measurement, gain planning, limiter and true-peak ceilings."""

from __future__ import annotations

from scripts.tables import mixing

# --- Loudness (ITU-R BS.1770-4) --------------------------------------------------------------

TENTH_FRAMES = mixing.SAMPLE_RATE // 10  # loudness is measured in tenths of a second
ABSOLUTE_GATE_LUFS = -70.0  # blocks at or below it do not count
RELATIVE_GATE_LU = -10.0  # nor blocks so far below the mean of those that are left
LOUDNESS_TARGET_LUFS = -14.0  # what our own songs are made for, and the jukebox brings others to
LUFS_OFFSET = -0.691  # so that a sine of 997 Hz at full scale in one channel is -3.01 LUFS

# --- Ceilings --------------------------------------------------------------------------------

CEILING_DBFS = -2.5  # of the master before encoding: an MP3 decodes to higher peaks
TRUE_PEAK_CEILING_DBTP = -1.0  # of the finished file (EBU R128)
PEAK_MARGIN_DB = 0.3  # more than a peak's excess: an encoder passes on only part of a reduction
MASTERING_TRIES = 4  # until the file's true peak is low enough; the second nearly always is

# --- Gain plan and limiter -------------------------------------------------------------------

GAIN_AT_MOST_DB = 40.0  # by which a quiet song is turned up
GAIN_TOLERANCE_LU = 0.02  # from the loudness target
GAIN_ROUNDS = 6  # of correcting the gain; each at least halves what is missing
GAIN_STEP_FRAMES = 128  # between the points of the gain curve
STEPS_IN_TENTH = TENTH_FRAMES / GAIN_STEP_FRAMES
TENTHS_AT_ONCE = 3000  # of the gain curve in memory: five minutes
LIMITER_LOOKAHEAD_STEPS = 14  # before a peak, and as many after it: 41 ms each
# On either side of a step: how far away a peak may change its gain.
LIMITER_CONTEXT_STEPS = 2 * LIMITER_LOOKAHEAD_STEPS + 1
# A sinc half-way between samples under a Hann window: weights of the nearest four on either side.
HALF_SAMPLE_SINC = (0.6171, -0.1591, 0.0526, -0.0106)

# --- Export ----------------------------------------------------------------------------------

MIX_KEPT_SECONDS = 300.0  # the longest mix that is held in memory (106 MB)
MIXING_SHARE = 0.6  # of a song's progress, before mastering and encoding begin
