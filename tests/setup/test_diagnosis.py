"""What a failure of set-up says: each is recognised, and each has a remedy."""

from __future__ import annotations

import errno
import os

import pytest

from scripts.setup import diagnosis
from scripts.temporary import setup_failures

# Said by pip 23 to 26, CMake, gcc, MSVC's build and Python, shortened.
SAID = [
    (
        "folder too deep",
        "ERROR: Could not install packages due to an OSError: [WinError 206] The filename or "
        "extension is too long: 'C:\\\\very\\\\deep'",
    ),
    (
        "no network",
        "WARNING: Retrying (Retry(total=0, connect=None, read=None)) after connection broken by "
        "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: "
        "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'\n"
        "ERROR: Could not find a version that satisfies the requirement llguidance<2,>=1.9 (from "
        "versions: none)\nERROR: No matching distribution found for llguidance<2,>=1.9",
    ),
    (
        "no network",
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NameResolutionError(\""
        "HTTPSConnection(host='pypi.org', port=443): Failed to resolve 'pypi.org' ([Errno 11001] "
        "getaddrinfo failed)\")'\nERROR: No matching distribution found for mido",
    ),
    (
        "no network",
        "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool("
        "host='files.pythonhosted.org', port=443): Read timed out.",
    ),
    (
        "certificate refused",
        "Could not fetch URL https://pypi.org/simple/mido/: There was a problem confirming the ssl "
        "certificate: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with "
        "url: /simple/mido/ (Caused by SSLError(SSLCertVerificationError(1, '[SSL: "
        "CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer')))",
    ),
    ("disk full", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left"),
    ("disk full", "OSError: [WinError 112] There is not enough space on the disk"),
    (
        "no permission",
        "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: 'x.so'",
    ),
    ("no permission", "PermissionError: [WinError 5] Access is denied: 'numpy\\\\core.pyd'"),
    (
        "no venv module",
        "The virtual environment was not created successfully because ensurepip is not\n"
        "available.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage",
    ),
    ("no venv module", "/usr/bin/python3: No module named venv"),
    (
        "no compiler",
        "CMakeDetermineCCompiler.cmake:48 (message):\n  Could not find the compiler specified in "
        "the environment variable CC:\n\n  gcc.\nCMake Error: CMAKE_CXX_COMPILER not set, after "
        "EnableLanguage\n  ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "no compiler",
        "CMake Error at CMakeLists.txt:3 (project):\n  No CMAKE_CXX_COMPILER could be found.\n"
        "ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "no compiler",
        "      error: [Errno 2] No such file or directory: 'gcc'\n"
        "  ERROR: Failed building wheel for simpleaudio-patched",
    ),
    (
        "no compiler",
        "CMake Error at CMakeLists.txt:3 (project):\n  Running\n\n   'nmake' '-?'\n\n  failed with:"
        "\n\n   no such file or directory\nERROR: Failed building wheel for llama-cpp-python",
    ),
    ("no compiler", "error: Microsoft Visual C++ 14.0 or greater is required. Get it with"),
    (
        "no ALSA headers",
        "c_src/simpleaudio_alsa.c:8:10: fatal error: alsa/asoundlib.h: No such file or directory\n"
        "error: Command '['gcc']' returned non-zero exit status 1.\n"
        "  ERROR: Failed building wheel for simpleaudio-patched",
    ),
    (
        "out of memory",
        "c++: fatal error: Killed signal terminated program cc1plus\n"
        "  ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "not built",
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError()'\n"
        "ggml.c:11:2: error: #error unknown machine\nninja: build stopped: subcommand failed.\n"
        "  ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "no fitting build",
        "ERROR: Could not find a version that satisfies the requirement numpy==1.21.0 (from "
        "versions: 2.1.0, 2.1.1)\nERROR: No matching distribution found for numpy==1.21.0",
    ),
    (
        "no C++ runtime",
        "FileNotFoundError: Could not find module 'C:\\a\\llama.dll' (or one of its "
        "dependencies). Try using the full path with constructor syntax.",
    ),
    ("no C++ runtime", "ImportError: DLL load failed while importing core: not found"),
    ("unknown", "ValueError: something that nobody has seen"),
    ("unknown", ""),
]


@pytest.mark.parametrize(("name", "output"), SAID)
def test_a_failure_is_known_by_what_was_said(name: str, output: str) -> None:
    assert diagnosis.recognise(output).name == name


def test_every_failure_has_an_example() -> None:
    assert {failure.name for failure in setup_failures.FAILURES} <= {name for name, _ in SAID}


ALL_FAILURES = [
    value for value in vars(diagnosis).values() if isinstance(value, setup_failures.Failure)
]
NEVER_ON_WINDOWS = {"no ALSA headers"}


@pytest.mark.parametrize("platform", ["linux", "win32"])
@pytest.mark.parametrize("failure", ALL_FAILURES, ids=lambda failure: failure.name)
def test_every_failure_says_what_to_do(failure: setup_failures.Failure, platform: str) -> None:
    remedy = failure.remedy(platform)
    assert remedy[0].isupper() and remedy.endswith("."), remedy
    assert failure.what[0].islower() and not failure.what.endswith(".")
    assert (failure.what + remedy).isascii()
    if platform == "win32" and failure.name not in NEVER_ON_WINDOWS:
        assert "apt" not in remedy


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOMEM])
def test_an_error_of_the_system_is_known_too(code: int) -> None:
    failure, about = diagnosis.recognise_error(OSError(code, os.strerror(code), "/x/.venv"))
    assert failure is not setup_failures.UNKNOWN
    assert about == "(/x/.venv)"
