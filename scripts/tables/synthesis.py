"""Synthesis: the soundfont format, the sampler's bounds, tunings."""

from __future__ import annotations

# --- Tuning ----------------------------------------------------------------------------------

CONCERT_PITCH = 440.0  # A4 in hertz, where nothing else is asked for
# Well-known tunings: A4 in hertz -> name.
TUNINGS = {
    415.0: "Baroque", 430.0: "Classical", 432.0: "Verdi", 440.0: "Concert", 442.0: "Orchestra",
    443.0: "Vienna", 466.0: "Chorton",
}  # fmt: skip

# --- Soundfont format (SoundFont Technical Specification 2.04) -------------------------------

# Chunk -> its record for `struct`.
SOUNDFONT_RECORDS = {
    "phdr": "20sHHHIII", "pbag": "HH", "pgen": "HH", "inst": "20sH", "ibag": "HH", "igen": "HH",
    "shdr": "20sIIIIIBbHH",
}  # fmt: skip
DRUM_BANK = 128
COMPRESSED_SAMPLE_BIT = 0x10  # of a sample's type: Ogg Vorbis (SF3)
# Generators: name -> (number, default). Times are timecents, cutoffs absolute cents, levels
# centibels; pan and filter_sustain count thousandths.
GENERATORS = {
    "start_fine": (0, 0), "end_fine": (1, 0), "loop_start_fine": (2, 0), "loop_end_fine": (3, 0),
    "start_coarse": (4, 0), "end_coarse": (12, 0), "loop_start_coarse": (45, 0),
    "loop_end_coarse": (50, 0), "filter_cents": (8, 13500), "filter_q": (9, 0),
    "envelope_to_filter": (11, 0), "pan": (17, 0),
    "filter_attack": (26, -12000), "filter_hold": (27, -12000), "filter_decay": (28, -12000),
    "filter_sustain": (29, 0),
    "delay": (33, -12000), "attack": (34, -12000), "hold": (35, -12000), "decay": (36, -12000),
    "sustain": (37, 0), "release": (38, -12000), "key_to_hold": (39, 0), "key_to_decay": (40, 0),
    "fixed_key": (46, -1), "fixed_velocity": (47, -1), "attenuation": (48, 0),
    "coarse_tune": (51, 0), "fine_tune": (52, 0), "loop_mode": (54, 0), "scale_tuning": (56, 100),
    "exclusive_class": (57, 0), "root_key": (58, -1),
}  # fmt: skip
INSTRUMENT_GENERATOR, SAMPLE_GENERATOR = 41, 53  # end a zone: the index of what it plays
KEY_RANGE_GENERATOR, VELOCITY_RANGE_GENERATOR = 43, 44
# Numbers of the generators that only an instrument may have; to the others a preset adds.
INSTRUMENT_ONLY_GENERATORS = frozenset(
    GENERATORS[name][0]
    for name in ("start_fine", "end_fine", "loop_start_fine", "loop_end_fine", "start_coarse",
                 "end_coarse", "loop_start_coarse", "loop_end_coarse", "fixed_key",
                 "fixed_velocity", "loop_mode", "exclusive_class", "root_key")
)  # fmt: skip

# --- Sampler ---------------------------------------------------------------------------------

WAVE_CACHE_BYTES = 48_000_000  # of pitched waves
LONGEST_NOTE_SECONDS = 40.0  # whatever the MIDI says
DRUM_NOTE_SECONDS = 6.0  # at most: a drum rings until its wave is over
CHOKE_SECONDS = 0.012  # in which a closed hi-hat ends the open one
RELEASE_FLOOR_DB = 84.0  # below the peak, where a released note is over
INAUDIBLE_RATIO = 10 ** (-66 / 20)  # of a wave's peak: the end below it is left out
EMU_ATTENUATION_FACTOR = 0.4  # soundfonts are balanced for E-mu's hardware, which attenuates so
OPEN_FILTER_CENTS = 13_000  # a low-pass at or above this cutoff (15 kHz) is left out
LOWEST_HERTZ = 28.0  # what is lower moves loudspeakers and is not heard
BUTTERWORTH_Q = 0.7071  # the quality of a filter without resonance

# --- Filters (overlap-add) -------------------------------------------------------------------

FFT_FRAMES = 16_384  # of a transform: a piece of the wave, and room for its ringing
FILTER_RING_FRAMES = 4096  # after which a filter has stopped ringing
FILTER_PIECE_FRAMES = FFT_FRAMES - FILTER_RING_FRAMES
# Lengths of looped waves are rounded up to it: few are made twice, and all begin alike.
WAVE_STEP_FRAMES = 2 * FILTER_PIECE_FRAMES
