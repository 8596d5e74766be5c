"""The parts of the program tried out, each in a process of its own: a crash shows which it was.

Each trial is a few lines of Python that run inside the environment, with `ROOT` as the program's
folder, and end by printing what they found as JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.processes import Console, run_captured
from scripts.setup.commands import clean_environment
from scripts.setup.environment import Environment
from scripts.temporary import installing


@dataclass(frozen=True)
class SelfTestResult:
    """What a trial found (from its JSON), or why it failed."""

    result: object = None
    problem: str = ""


def run_self_test(root: Path, code: str, *words: str) -> SelfTestResult:
    """Run a few lines inside the environment of the program in `root`."""
    command = [
        str(Environment(root).python),
        "-I",
        "-X",
        "utf8",
        "-c",
        installing.SELF_TEST_HEAD + code,
        str(root),
    ]
    try:
        done = run_captured(
            [*command, *words], installing.SELF_TEST_SECONDS, Console.SHARED, clean_environment()
        )
    except subprocess.TimeoutExpired:
        return SelfTestResult(problem=f"no answer within {installing.SELF_TEST_SECONDS} s")
    except OSError:
        return SelfTestResult(problem="the environment's Python does not run")
    if done.returncode in installing.ILLEGAL_INSTRUCTION:
        return SelfTestResult(problem="this processor lacks instructions that the build uses")
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines:
        return SelfTestResult(json.loads(lines[-1]))
    said = [line for line in done.stderr.splitlines() if line.strip()]
    why = re.sub(r"^[\w.]+Error: ", "", said[-1].strip()) if said else ""
    return SelfTestResult(problem=why or f"it ended Python ({done.returncode})")


# --- The processor -------------------------------------------------------------------------------


def missing_instructions() -> list[str]:
    """What ready-made builds of llama.cpp use and this processor is known to lack."""
    if sys.platform == "win32":
        import ctypes

        has = ctypes.windll.kernel32.IsProcessorFeaturePresent
        return [
            name
            for name, (_, number) in installing.CPU_INSTRUCTIONS.items()
            if number and not has(number)
        ]
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").split())
    except OSError:
        return []
    known = "fpu" in flags or "sse2" in flags  # other kinds of processors list other things
    return [
        name
        for name, (flag, _) in installing.CPU_INSTRUCTIONS.items()
        if known and flag not in flags
    ]
