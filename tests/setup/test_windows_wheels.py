"""What set-up installs on Windows is there ready-made, on every Python: nobody needs a compiler.

pip fetches the files, and installs none. It reads the markers of requirements as the system does
that it runs on, so what Windows needs besides is found out here and asked for as well.
llama-cpp-python is the exception: PyPI has only its source. Its builds for Windows lie on
an index of its project's own (`steps.LLAMA_WHEELS`), which this does not ask; what it needs of
other libraries is asked for here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from email.parser import BytesParser
from importlib.metadata import requires
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.setup import diagnosis, steps
from scripts.setup.environment import requirement_lines
from scripts.temporary import installing
from tests.conftest import REPOSITORY

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="asked once is enough, on Linux"),
]

VERSIONS = ("3.10", "3.11", "3.12", "3.13")
ROUNDS_AT_MOST = 4  # of asking for what the libraries found so far need besides
SIMPLEAUDIO_UNTIL = (3, 12)  # beyond it has no build for Windows, and miniaudio plays


def surroundings(version: str) -> dict[str, str]:
    """What markers of requirements ask about, as 64-bit Windows answers."""
    ours = {str(name): str(value) for name, value in default_environment().items()}
    system = {"os_name": "nt", "sys_platform": "win32", "platform_system": "Windows"}
    python = {"python_version": version, "python_full_version": f"{version}.0"}
    return {**ours, **system, **python, "platform_machine": "AMD64", "platform_release": "10"}


def needed(lines: Iterable[str], version: str) -> list[str]:
    """The requirements among `lines` that hold on Windows, without their markers."""
    found = []
    for line in lines:
        wish = Requirement(line)
        if wish.marker is None or wish.marker.evaluate({**surroundings(version), "extra": ""}):
            wish.marker = None
            found.append(str(wish))
    return found


def name_of(line: str) -> str:
    return canonicalize_name(Requirement(line).name)


def fetched(lines: Iterable[str], version: str, folder: Path) -> dict[str, Path]:
    """The ready-made builds that pip takes, by their names. (Its `install` asks less: there the
    version of Python counts for the builds, but not for what their makers say they run on.)
    """
    windows = ("--platform", "win_amd64", "--python-version", version, "--only-binary=:all:")
    patience = ("--retries", "1", "--timeout", "15", "--disable-pip-version-check", "--quiet")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *windows, *patience, "--dest", folder, *lines],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr
    if done.returncode and diagnosis.recognise(said).name == "no network":
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no network to ask PyPI")
    assert done.returncode == 0, said[-2000:]
    return {canonicalize_name(path.name.split("-")[0]): path for path in folder.iterdir()}


def requirements_of(wheel: Path) -> list[str]:
    """What the library in a wheel says that it needs."""
    with zipfile.ZipFile(wheel) as archive:
        names = (name for name in archive.namelist() if name.count("/") == 1)
        [about] = [name for name in names if name.endswith(".dist-info/METADATA")]
        message = BytesParser().parsebytes(archive.read(about), headersonly=True)
    return [str(line) for line in message.get_all("Requires-Dist", [])]


def all_needed(lines: list[str], version: str, folder: Path) -> dict[str, Path]:
    """The same, with all that those libraries need on Windows in their turn."""
    for _ in range(ROUNDS_AT_MOST):
        found = fetched(lines, version, folder)
        wishes = [
            line for wheel in found.values() for line in needed(requirements_of(wheel), version)
        ]
        missing = {line for line in wishes if name_of(line) not in found}
        if not missing:
            return found
        lines = sorted(missing)  # the rest is there
    raise AssertionError(f"there is always more to ask for: {sorted(missing)}")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_library_has_a_build_for_windows(version: str) -> None:
    files = ("requirements.txt", "requirements-dev.txt")
    written = [line for name in files for line in requirement_lines(REPOSITORY / name)]
    asked = [line for line in needed(written, version) if name_of(line) != installing.LLAMA]
    of_llama = needed(requires(installing.LLAMA) or [], version)
    with TemporaryDirectory() as folder:  # a hundred megabytes: gone at once
        found = all_needed([*asked, *of_llama], version, Path(folder))
    assert {name_of(line) for line in (*asked, *of_llama)} <= found.keys()
    files_taken = {name: path.name for name, path in found.items()}
    ends = ("-none-any.whl", "-win_amd64.whl")
    assert all(name.endswith(ends) for name in files_taken.values()), files_taken
    assert files_taken["miniaudio"].endswith("-win_amd64.whl")
    wanted = tuple(map(int, version.split("."))) <= SIMPLEAUDIO_UNTIL
    assert (installing.SIMPLEAUDIO in files_taken) == wanted


def test_what_has_no_build_for_windows_is_found_out(tmp_path: Path) -> None:
    """The way of asking can say no: simpleaudio has none beyond Python 3.12."""
    [line] = [
        line
        for line in requirement_lines(REPOSITORY / "requirements.txt")
        if steps.library_name(line) == installing.SIMPLEAUDIO
    ]
    with pytest.raises(AssertionError, match="No matching distribution"):
        fetched([line.partition(";")[0]], "3.13", tmp_path)
