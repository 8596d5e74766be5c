"""llama-cpp-python for Windows: its own llama.cpp, cross-compiled, in a wheel like the real ones.

PyPI has only the source; the bed compiles it.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

from tests.windows.bed.store import SOURCES, download, kept, run, text_of

VERSION = "0.3.36"
TOOLS = "x86_64-w64-mingw32"
RUNTIME = ("libstdc++-6.dll", "libgcc_s_seh-1.dll", "libwinpthread-1.dll")
OFF = (
    *("GGML_NATIVE", "GGML_OPENMP", "LLAMA_BUILD_TESTS", "LLAMA_BUILD_EXAMPLES", "LLAMA_CURL"),
    *("LLAMA_BUILD_TOOLS", "LLAMA_BUILD_SERVER", "LLAMA_BUILD_COMMON", "LLAMA_BUILD_APP"),
)
ON = ("GGML_AVX2", "GGML_FMA", "GGML_F16C", "BUILD_SHARED_LIBS")
HEADERS = "windows_headers.h"
SETTINGS = {
    "CMAKE_SYSTEM_NAME": "Windows",
    "CMAKE_SYSTEM_PROCESSOR": "AMD64",
    "CMAKE_BUILD_TYPE": "Release",
    "CMAKE_C_COMPILER": f"{TOOLS}-gcc-posix",
    "CMAKE_CXX_COMPILER": f"{TOOLS}-g++-posix",
    "CMAKE_RC_COMPILER": f"{TOOLS}-windres",
    **dict.fromkeys(OFF, "OFF"),
    **dict.fromkeys(ON, "ON"),
}


def make() -> Path:
    """The folder with the wheel `llama_cpp_python-…-py3-none-win_amd64.whl`."""
    settings = [f"{key}={value}" for key, value in SETTINGS.items()]
    return kept("llama", [VERSION, *settings, *text_of(SOURCES / HEADERS)], _fill)


def _fill(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        wanted = f"llama-cpp-python=={VERSION}"
        packed = download(Path(scratch), "--no-deps", "--no-binary=llama-cpp-python", wanted)[0]
        with tarfile.open(packed) as archive:
            archive.extractall(scratch)
        source = Path(scratch) / f"llama_cpp_python-{VERSION}"
        libraries = _compile(source / "vendor" / "llama.cpp", Path(scratch) / "build")
        _pack(source, libraries, folder)


def _compile(source: Path, build: Path) -> list[Path]:
    """The DLLs, with the compiler's own runtime beside them."""
    flags = f"-D_WIN32_WINNT=0x0A00 -include {SOURCES / HEADERS}"
    given = [f"-D{key}={value}" for key, value in SETTINGS.items()]
    given += [f"-DCMAKE_{language}_FLAGS={flags}" for language in ("C", "CXX")]
    run(["cmake", "-G", "Ninja", "-S", source, "-B", build, *given])
    run(["cmake", "--build", build, "--target", "llama", "ggml"])
    compiler = SETTINGS["CMAKE_CXX_COMPILER"]
    beside = [run([compiler, f"-print-file-name={name}"]).strip() for name in RUNTIME]
    shared = Path("/usr") / TOOLS / "lib"  # Debian keeps winpthread there
    found = [Path(name) if "/" in name else shared / name for name in beside]
    return [*build.rglob("*.dll"), *found]


def _pack(source: Path, libraries: list[Path], folder: Path) -> None:
    """Write the wheel: the Python part, the DLLs in `llama_cpp/lib/`, and what describes them."""
    package = source / "llama_cpp"
    (package / "lib").mkdir(exist_ok=True)
    for library in libraries:
        shutil.copy(library, package / "lib")
    name = f"llama_cpp_python-{VERSION}"
    about = f"{name}.dist-info"
    lines: list[str] = []
    with zipfile.ZipFile(folder / f"{name}-py3-none-win_amd64.whl", "w") as wheel:

        def put(where: str, content: bytes) -> None:
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            lines.append(f"{where},sha256={digest.decode()},{len(content)}")
            wheel.writestr(where, content)

        for path in sorted(package.rglob("*")):
            if path.is_file():
                put(path.relative_to(source).as_posix(), path.read_bytes())
        put(f"{about}/METADATA", (source / "PKG-INFO").read_bytes())
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-win_amd64\n"
        put(f"{about}/WHEEL", tags.encode())
        record = f"{about}/RECORD"
        wheel.writestr(record, "\n".join([*lines, f"{record},,"]) + "\n")
