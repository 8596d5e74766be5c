"""Packages written by hand, for pip: a wheel, and a source package that takes its time to build."""

from __future__ import annotations

import base64
import hashlib
import tarfile
import zipfile
from pathlib import Path

# A build backend (PEP 517) that takes its time and says what it is told to.
BACKEND = """
import os, pathlib, shutil, sys, time
HERE = pathlib.Path(__file__).parent
def get_requires_for_build_wheel(settings=None):
    return []
def build_wheel(folder, settings=None, metadata=None):
    marks = os.environ.get("BUILD_MARKS")
    if marks:
        pathlib.Path(marks, str(os.getpid())).touch()
    time.sleep(float(os.environ.get("BUILD_SECONDS", "0")))
    if os.environ.get("BUILD_SAYS"):
        sys.exit(os.environ["BUILD_SAYS"])
    wheel = next(HERE.glob("*.whl"))
    shutil.copy(wheel, folder)
    return wheel.name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def make_wheel(folder: Path, name: str, version: str, code: str) -> Path:
    """Write a wheel with one module, by hand: the tests need no build tools."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        record += f"{path},sha256={digest.rstrip('=')},{len(text.encode())}\n"
    wheel = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return wheel


def make_source(folder: Path, work: Path) -> None:
    """Write a source package named as llama-cpp-python is, with the slow backend."""
    top = work / "llama_cpp_python-0.3.35"
    top.mkdir()
    built = make_wheel(top, "llama-cpp-python", "0.3.35", "")
    with zipfile.ZipFile(built, "a") as archive:
        archive.writestr("llama_cpp/__init__.py", "def llama_backend_init(): pass\n")
    (top / "backend.py").write_text(BACKEND, encoding="utf-8")
    (top / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (top / "PKG-INFO").write_text(
        "Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.35\n", encoding="utf-8"
    )
    with tarfile.open(folder / f"{top.name}.tar.gz", "w:gz") as archive:
        archive.add(top, top.name)
