"""Synthesis: the soundfont format, the sampler's bounds, filter blocks."""

from __future__ import annotations

# --- Sampler ---------------------------------------------------------------------------------

WAVE_CACHE_BYTES = 48_000_000  # of pitched waves
LONGEST_NOTE_SECONDS = 40.0  # of a note, whatever the MIDI says

# --- Filters ---------------------------------------------------------------------------------

FFT_FRAMES = 16_384  # of the transforms that a wave is filtered in
FILTER_RING_FRAMES = 4096  # frames after which a filter has stopped ringing
FILTER_PIECE_FRAMES = FFT_FRAMES - FILTER_RING_FRAMES

# --- Sampler ---------------------------------------------------------------------------------

# Waves are made in such steps: few are made twice, and all begin alike.
WAVE_STEP_FRAMES = 2 * FILTER_PIECE_FRAMES
OPEN_FILTER_CENTS = 13_000  # a filter that opens so far (absolute cents: 15 kHz) is not heard
LOWEST_HERTZ = 28.0  # what is lower moves loudspeakers and is not heard
BUTTERWORTH_Q = 0.7071  # the quality of a filter without a peak
RELEASE_FLOOR_DB = 84.0  # below the peak, a released note is over
INAUDIBLE = 10 ** (-66 / 20)  # of a wave's peak
CHOKE_SECONDS = 0.012  # how fast a closed hi-hat ends the open one
EMU_ATTENUATION = 0.4  # soundfonts are balanced for hardware that read centibels like this
DRUM_NOTE_SECONDS = 6.0  # of a drum, which rings until it is over

# --- Soundfont -------------------------------------------------------------------------------

DRUM_BANK = 128
COMPRESSED_SAMPLE = 0x10  # a bit of a sample's type: Ogg Vorbis
# Generators by the specification's numbers: name -> (number, default).
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
KEY_RANGE_GENERATOR, VELOCITY_RANGE_GENERATOR, INSTRUMENT_GENERATOR, SAMPLE_GENERATOR = (
    43,
    44,
    41,
    53,
)
# What a preset may not change, by the specification; everything else it adds to.
INSTRUMENT_ONLY_GENERATORS = frozenset(
    GENERATORS[name][0]
    for name in ("start_fine", "end_fine", "loop_start_fine", "loop_end_fine", "start_coarse",
                 "end_coarse", "loop_start_coarse", "loop_end_coarse", "fixed_key",
                 "fixed_velocity", "loop_mode", "exclusive_class", "root_key")
)  # fmt: skip
SOUNDFONT_RECORDS = {
    "phdr": "20sHHHIII", "pbag": "HH", "pgen": "HH", "inst": "20sH", "ibag": "HH", "igen": "HH",
    "shdr": "20sIIIIIBbHH",
}  # fmt: skip

# Well-known tunings: A4 in hertz, and what it is called.
TUNINGS = {
    415.0: "Baroque", 430.0: "Classical", 432.0: "Verdi", 440.0: "Concert", 442.0: "Orchestra",
    443.0: "Vienna", 466.0: "Chorton",
}  # fmt: skip
CONCERT_PITCH = 440.0  # A4 in hertz, where nothing else is asked for
