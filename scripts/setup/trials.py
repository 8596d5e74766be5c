"""The parts of the program tried out, each in a process of its own: a crash shows which it was.

Each trial is a few lines of Python that run inside the environment, with `ROOT` as the program's
folder, and end by printing what they found as JSON.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.processes import Console, run_captured
from scripts.setup.commands import clean_environment
from scripts.setup.environment import Environment

TRIAL_SECONDS = 180
ILLEGAL_INSTRUCTION = (0xC000001D, 0xC000001D - (1 << 32), -getattr(signal, "SIGILL", 4))
HEAD = """
import json, sys
from pathlib import Path
ROOT = Path(sys.argv[1])
sys.path.insert(0, str(ROOT))
"""
MODEL = """
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
GRAMMAR = """
import llguidance
from llguidance.numpy import allocate_token_bitmask
print(json.dumps(f"llguidance {llguidance.__version__}"))
"""
SOUND = """
import time
from array import array
import mido
import numpy as np
from scripts.audio.synthesizer import open_soundfont, track_notes
from scripts.temporary import TimedSong, TimedTrack
note = (array("i", [0]), array("i", [480]), bytes([69]), bytes([64]))
start = time.perf_counter()
[notes] = track_notes(TimedSong(120, "4/4", 4, (TimedTrack("melody", 0, False, *note),)))
sound = open_soundfont(Path(sys.argv[2])).stem(notes).render(44100)
assert float(np.abs(sound).max()) > 0.001, "a note was silent"
print(json.dumps(f"a note sounds after {time.perf_counter() - start:.1f} s"))
"""
MP3 = """
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
DEVICE = """
from scripts.audio.player import open_player
player = open_player()
print(json.dumps(f"opened by {type(player).__module__.rpartition('.')[2].replace('_', ' ')}"))
"""
MEMORY = """
import psutil
memory = psutil.virtual_memory()
print(json.dumps([memory.total, memory.available]))
"""


@dataclass(frozen=True)
class Trial:
    """What a trial found (from its JSON), or why it failed."""

    found: object = None
    problem: str = ""


def attempt(root: Path, code: str, *words: str) -> Trial:
    """Run a few lines inside the environment of the program in `root`."""
    command = [str(Environment(root).python), "-I", "-X", "utf8", "-c", HEAD + code, str(root)]
    try:
        done = run_captured([*command, *words], TRIAL_SECONDS, Console.SHARED, clean_environment())
    except subprocess.TimeoutExpired:
        return Trial(problem=f"no answer within {TRIAL_SECONDS} s")
    except OSError:
        return Trial(problem="the environment's Python does not run")
    if done.returncode in ILLEGAL_INSTRUCTION:
        return Trial(problem="this processor lacks instructions that the build uses")
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines:
        return Trial(json.loads(lines[-1]))
    said = [line for line in done.stderr.splitlines() if line.strip()]
    why = re.sub(r"^[\w.]+Error: ", "", said[-1].strip()) if said else ""
    return Trial(problem=why or f"it ended Python ({done.returncode})")


# --- The processor -------------------------------------------------------------------------------

# name -> (in /proc/cpuinfo, for IsProcessorFeaturePresent; 0 where Windows cannot be asked)
INSTRUCTIONS = {"AVX": ("avx", 39), "AVX2": ("avx2", 40), "FMA": ("fma", 0), "F16C": ("f16c", 0)}


def missing_instructions() -> list[str]:
    """What ready-made builds of llama.cpp use and this processor is known to lack."""
    if sys.platform == "win32":
        import ctypes

        has = ctypes.windll.kernel32.IsProcessorFeaturePresent
        return [name for name, (_, number) in INSTRUCTIONS.items() if number and not has(number)]
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return []
    known = "fpu" in flags or "sse2" in flags  # other kinds of processors list other things
    return [name for name, (flag, _) in INSTRUCTIONS.items() if known and flag not in flags]
