"""A real Windows Python 3.11 from PyPI alone.

The Windows wheel of panda3d carries CPython's own `python311.dll` and extension modules; the
standard library is that of any Linux Python 3.11. What is left is a few lines of C.
"""

from __future__ import annotations

import compileall
import re
import shutil
import sys
import sysconfig
import tempfile
import warnings
import zipfile
from pathlib import Path

from tests.windows.bed.store import SOURCES, download, kept, run, text_of

PANDA = "panda3d==1.10.16"
WINDOWS_311 = (
    *("--platform", "win_amd64", "--python-version", "311"),
    *("--only-binary=:all:", "--no-deps"),
)
BESIDE_THE_PROGRAM = ("python311.dll", "VCRUNTIME140.dll")
LEFT_OUT = ("lib-dynload", "lib2to3", "site-packages", "test", "idlelib", "config-*", "__pycache__")
COMPILER = "x86_64-w64-mingw32-gcc"
RESOURCES = "x86_64-w64-mingw32-windres"
PROGRAMS = {"python.exe": "python.c", "venvlauncher.exe": "venvlauncher.c"}


def standard_library() -> Path:
    """The standard library of a Linux Python 3.11."""
    if sys.version_info[:2] == (3, 11):
        return Path(sysconfig.get_paths()["stdlib"])
    for name in ("python3.11", *sorted(Path.home().glob(".pyenv/versions/3.11*/bin/python"))):
        program = shutil.which(name)
        ask = "import sysconfig; print(sysconfig.get_paths()['stdlib'])"
        if program:
            try:
                return Path(run([program, "-I", "-c", ask]).strip())
            except RuntimeError:  # a shim whose version is not chosen
                continue
    raise RuntimeError("no Python 3.11 here, whose standard library Windows' Python would use")


def make() -> Path:
    """The folder that becomes C:\\Python311."""
    library = standard_library()
    sources = text_of(Path(__file__), *sorted(SOURCES.iterdir()))
    return kept("python", [PANDA, str(library), *sources], lambda folder: _fill(folder, library))


def _fill(folder: Path, library: Path) -> None:
    shutil.copytree(library, folder / "Lib", ignore=shutil.ignore_patterns(*LEFT_OUT))
    (folder / "Lib" / "site-packages").mkdir()
    _take_cpython(folder)
    manifest = folder / "manifest.o"
    run([RESOURCES, "python.rc", "-o", manifest], cwd=SOURCES)
    for program, source in PROGRAMS.items():
        run([COMPILER, "-O1", "-municode", "-o", folder / program, SOURCES / source, manifest])
    manifest.unlink()
    _make_python3(folder)
    target = folder / "bcryptprimitives.dll"
    run([COMPILER, "-O1", "-shared", "-o", target, SOURCES / "bcryptprimitives.c", "-ladvapi32"])
    if sys.version_info[:2] == (3, 11):
        with warnings.catch_warnings(action="ignore"):
            compileall.compile_dir(folder / "Lib", quiet=2)


def _take_cpython(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        wheel = download(Path(scratch), *WINDOWS_311, PANDA)[0]
        (folder / "DLLs").mkdir()
        with zipfile.ZipFile(wheel) as archive:
            for entry in archive.namelist():
                where, _, name = entry.rpartition("/")
                if where != "deploy_libs" or name.startswith("api-ms-"):
                    continue
                target = folder if name in BESIDE_THE_PROGRAM else folder / "DLLs"
                (target / name).write_bytes(archive.read(entry))


def _make_python3(folder: Path) -> None:
    """`python3.dll`, which wheels for every Python 3 ask for: each name leads to python311.dll."""
    table = run(["x86_64-w64-mingw32-objdump", "-p", folder / "python311.dll"]).partition(
        "[Ordinal/Name Pointer]"
    )[2]
    names = re.findall(r"^\t\[ *\d+\] (?:\+base\[ *\d+\] +\w+ )?(\w+)$", table, re.MULTILINE)
    if len(names) < 1000:
        raise RuntimeError(f"only {len(names)} names found in python311.dll")
    definitions = folder / "python3.def"
    definitions.write_text(
        "LIBRARY python3\nEXPORTS\n" + "".join(f"{name}=python311.{name}\n" for name in names),
        encoding="ascii",
    )
    run([COMPILER, "-shared", "-nostdlib", "-o", folder / "python3.dll", definitions])
    definitions.unlink()
