"""Mastering: loudness measurement, gain planning, true-peak limits."""

from __future__ import annotations

from scripts.tables import mixing

# --- Lufs ------------------------------------------------------------------------------------

TENTH_FRAMES = mixing.SAMPLE_RATE // 10
ABSOLUTE_GATE_LUFS, RELATIVE_GATE_LU = -70.0, -10.0
LUFS_OFFSET = -0.691  # so that a sine of 997 Hz at full scale in one channel is -3.01 LUFS

# --- Mastering -------------------------------------------------------------------------------

GAIN_STEP_FRAMES = 128  # samples that share a step of the gain
STEPS_IN_TENTH = TENTH_FRAMES / GAIN_STEP_FRAMES
TENTHS_AT_ONCE = 3000  # of the gain that is looked at: five minutes
LIMITER_REACH_STEPS = 14  # steps before and after a peak over which the gain bends: 41 ms
# Steps on either side on which a step's gain may depend.
LIMITER_CONTEXT_STEPS = 2 * LIMITER_REACH_STEPS + 1
GAIN_ROUNDS = 6  # of turning up and looking again; each halves what is missing at least
GAIN_TOLERANCE_LU = 0.02
# A sinc half-way between samples under a Hann window: weights of the nearest four on either side.
HALF_SAMPLE_SINC = (0.6171, -0.1591, 0.0526, -0.0106)
GAIN_AT_MOST_DB = 40.0  # that a song is turned up

# --- Export ----------------------------------------------------------------------------------

MIX_KEPT_SECONDS = 300.0  # of a mix held in memory: 106 MB
MIXING_SHARE = 0.6  # the share of the work that is done when a song is mixed
MASTERING_TRIES = 4  # of mastering; the second does nearly always
PEAK_MARGIN_DB = 0.3  # so much lower than what was too high, for not all of it comes down

CEILING_DB = -2.5  # of samples: what is decoded from an MP3 swings higher than what went in
HIGHEST_DBTP = -1.0  # of the finished file (EBU R128: true peak)
