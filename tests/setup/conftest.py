"""What the tests of set-up share."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from pathlib import Path

import pytest

from scripts.setup.environment import Environment, Stamp, python_version


@pytest.fixture
def ready(tmp_path: Path) -> Environment:
    """An environment that passes for ready: a Python, a stamp, today's requirements."""
    environment = Environment(tmp_path)
    environment.requirements.write_text("mido>=1.3,<2\n", encoding="utf-8")
    environment.python.parent.mkdir(parents=True)
    (environment.folder / "pyvenv.cfg").write_text(
        f"home = {Path(sys.executable).parent}\n", encoding="utf-8"
    )
    if sys.platform == "win32":
        shutil.copy(sys.executable, environment.python)
    else:
        environment.python.symlink_to(sys.executable)
    stamp = Stamp(made=True, python=python_version(), libraries=["mido>=1.3,<2"])
    environment.write_stamp(dataclasses.replace(stamp, base=environment.base()))
    return environment
