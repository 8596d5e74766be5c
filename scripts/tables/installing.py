"""Set-up, the check of this computer and its self-tests."""

from __future__ import annotations

import errno
import signal
import sys

# --- Environment ---------------------------------------------------------------------------------

ENVIRONMENT_FOLDER = ".venv"
STAMP_NAME = "llm-music-gen.json"  # in that folder: what was finished
ENVIRONMENT_LAYOUT = 1  # raise it when older environments must be made anew
ON_WINDOWS = sys.platform == "win32"

# --- Set-up: its log, its lock, its messages -----------------------------------------------------

SET_UP_LOG_NAME = "set-up.log"
SET_UP_LOCK_NAME = "set-up.lock"
BEGINNING = "I am fetching my libraries: 2 to 8 minutes, this once."
REPAIRING = "I am looking everything over, and fetching what is missing."
SECONDS_BETWEEN_LINES = 10.0  # of progress, where the output is no terminal

LOCK_POLL_SECONDS = 0.5
LOCKED_BYTE = 1 << 20  # Windows forbids reading locked bytes: lock one far behind the number
BUSY_ERRNOS = {errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK}
# https://learn.microsoft.com/windows/win32/debug/system-error-codes--0-499-
ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION = 32, 33

# --- Commands of set-up --------------------------------------------------------------------------

COMMAND_POLL_SECONDS = 0.2
COMMAND_END_SECONDS = 5.0  # after Ctrl-C and after each harder measure
LOG_BYTES_AT_MOST = 4_000_000
OUTPUT_BYTES_READ = 400_000  # of a command's output, from its end
# Environment variables of the user's that would lead pip or Python out of the environment.
MISLEADING_VARIABLES = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_NO_DEPS",
    "PIP_DRY_RUN",
)

# --- Steps ---------------------------------------------------------------------------------------

OLDEST_PIP = 23  # major version
SPACE_NEEDED_BYTES = 1_200_000_000
VERSION_TIMEOUT_SECONDS = 20
DEEPEST_PATH_INSIDE = 140  # characters of the longest path in .venv, with a margin
LLAMA = "llama-cpp-python"
SIMPLEAUDIO = "simpleaudio-patched"
LLAMA_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"
# What may be chosen → the folder there. CUDA 12.4's build runs on later 12s, too.
GPU_BUILDS = {"none": "cpu", "vulkan": "vulkan", "cuda": "cu124"}
# Without the vision parts, which music does not need, compiling takes a quarter less.
LLAMA_BUILD = {"CMAKE_ARGS": "-DLLAVA_BUILD=OFF"}
READY_MADE = "about a minute"
COMPILED = "about 5 minutes"

# --- Checks of this computer ---------------------------------------------------------------------

OK, NOTE, MISSING = "ok", "note", "missing"  # states of a row
INSTALL_HINT = "run: python requisites.py"
CHECK_INDENT = 24  # columns before the third
PROBE_SECONDS = 300  # for loading all libraries
DISK_LOW_BYTES = 1_000_000_000
MEMORY_LOW_BYTES = 1_000_000_000
SOUNDFONT_START = b"RIFF"
MODEL_START = b"GGUF"

# --- Self-tests: code that runs in the environment, each in a process of its own -----------------

SELF_TEST_SECONDS = 180
# Exit codes: Windows' STATUS_ILLEGAL_INSTRUCTION, unsigned and signed, and POSIX' signal.
ILLEGAL_INSTRUCTION = (0xC000001D, 0xC000001D - (1 << 32), -getattr(signal, "SIGILL", 4))
SELF_TEST_HEAD = """
import json, sys
from pathlib import Path
ROOT = Path(sys.argv[1])
sys.path.insert(0, str(ROOT))
"""
MODEL_SELF_TEST = """
import time
import llama_cpp
llama = llama_cpp.Llama(sys.argv[2], n_ctx=256, n_threads=1, verbose=False)
llama.eval([1, 2, 3])
start = time.perf_counter()  # monotonic stands still for 16 ms on Windows
for _ in range(50):
    llama.eval([llama.sample(temp=0.0)])
speed = 50 / (time.perf_counter() - start)
where = "graphics card" if llama_cpp.llama_supports_gpu_offload() else "processor"
print(json.dumps(f"writes {speed:.0f} tokens a second on the {where}"))
"""
GRAMMAR_SELF_TEST = """
import llguidance
from llguidance.numpy import allocate_token_bitmask
print(json.dumps(f"llguidance {llguidance.__version__}"))
"""
SOUND_SELF_TEST = """
import time
from array import array
import mido
import numpy as np
from scripts.render.track_notes import open_soundfont, track_notes
from scripts.tables.sound import TimedSong, TimedTrack
note = (array("i", [0]), array("i", [480]), bytes([69]), bytes([64]))
start = time.perf_counter()
[notes] = track_notes(TimedSong(120, "4/4", 4, (TimedTrack("melody", 0, False, *note),)))
sound = open_soundfont(Path(sys.argv[2])).stem(notes).render(44100)
assert float(np.abs(sound).max()) > 0.001, "a note was silent"
print(json.dumps(f"a note sounds after {time.perf_counter() - start:.1f} s"))
"""
MP3_SELF_TEST = """
import tempfile
import numpy as np
from pydub import AudioSegment
import imageio_ffmpeg
AudioSegment.converter = imageio_ffmpeg.get_ffmpeg_exe()
tone = (8000 * np.sin(np.arange(44100) * 0.0627)).astype("<i2")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "tone.mp3")
    sound = AudioSegment(tone.tobytes(), frame_rate=44100, sample_width=2, channels=1)
    sound.export(str(path), format="mp3").close()
    back = AudioSegment.from_file(str(path), format="mp3", codec="mp3")
assert back.duration_seconds > 0.9 and back.rms > 1000, "what was encoded is not what came back"
print(json.dumps(f"ffmpeg {imageio_ffmpeg.get_ffmpeg_version()}"))
"""
DEVICE_SELF_TEST = """
from scripts.playback.player import open_player
player = open_player()
print(json.dumps(f"opened by {type(player).__module__.rpartition('.')[2].replace('_', ' ')}"))
"""
MEMORY_SELF_TEST = """
import psutil
memory = psutil.virtual_memory()
print(json.dumps([memory.total, memory.available]))
"""

# --- Processor -----------------------------------------------------------------------------------

# What ready-made builds of llama.cpp use: name → (flag in /proc/cpuinfo, number for
# IsProcessorFeaturePresent; 0 where Windows cannot be asked).
CPU_INSTRUCTIONS = {
    "AVX": ("avx", 39),
    "AVX2": ("avx2", 40),
    "FMA": ("fma", 0),
    "F16C": ("f16c", 0),
}
