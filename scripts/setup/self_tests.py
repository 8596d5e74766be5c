"""Self-tests of the program's parts, each in a process of its own, so that a crash is contained.

Each self-test (`scripts/tables/installing.py`) is a few lines of Python that run inside the
environment, with `ROOT` as the program's folder, and end by printing their result as JSON.
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
    """What a self-test printed (its JSON, read), or why it failed."""

    result: object = None
    problem: str = ""


def run_self_test(root: Path, code: str, *words: str) -> SelfTestResult:
    """Run a self-test in the environment of the program in `root`, with `words` as arguments."""
    code = installing.SELF_TEST_HEAD + code
    python = [str(Environment(root).python), "-I", "-X", "utf8"]
    command = [*python, "-c", code, str(root), *words]
    try:
        done = run_captured(
            command, installing.SELF_TEST_SECONDS, Console.SHARED, clean_environment()
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
    """Return the instruction sets that ready-made llama.cpp uses and this processor lacks.

    Empty where the system cannot be asked.
    """
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
    known = "fpu" in flags or "sse2" in flags  # x86: other processors list other flags
    return [
        name
        for name, (flag, _) in installing.CPU_INSTRUCTIONS.items()
        if known and flag not in flags
    ]
