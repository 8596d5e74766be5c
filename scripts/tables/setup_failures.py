"""What can go wrong during set-up: how each failure is recognised, and what to do about it."""

from __future__ import annotations

import errno
import sys
from dataclasses import dataclass

PYTHON_DOWNLOADS = "https://www.python.org/downloads/"
WINDOWS_RUNTIME = "https://aka.ms/vs/17/release/vc_redist.x64.exe"
WINDOWS_COMPILER = "https://visualstudio.microsoft.com/visual-cpp-build-tools/"


@dataclass(frozen=True)
class Failure:
    """A way to fail: `patterns` recognise it in a command's output, `advice` says what to do."""

    name: str
    what: str
    advice: str
    patterns: tuple[str, ...] = ()
    advice_on_windows: str = ""

    def remedy(self, platform: str = sys.platform) -> str:
        return (self.advice_on_windows if platform == "win32" else "") or self.advice


DISK_FULL = Failure(
    "disk full",
    "the disk is full",
    "Free about 2 GB on this drive and on the one with the temporary folder, then start again.",
    (
        r"No space left on device",
        r"\[Errno 28\]",
        r"WinError 112\b",
        r"not enough space on the disk",
        r"Disk quota exceeded",
    ),
)
NO_PERMISSION = Failure(
    "no permission",
    "this folder may not be written to",
    "Move the whole Llm-Music-Gen folder to a place of your own, such as your home folder, then "
    "start again.",
    (
        r"Permission denied",
        r"\[Errno 13\]",
        r"WinError 5\b",
        r"Access is denied",
        r"Read-only file system",
    ),
    "Move the whole Llm-Music-Gen folder to a place of your own, such as Documents, close other "
    "windows that use it, then start again.",
)
TOO_DEEP = Failure(
    "folder too deep",
    "this folder's path is too long for what lies in it",
    "Move the whole Llm-Music-Gen folder to a shorter place, then start again.",
    (r"WinError 206\b", r"file name or extension is too long", r"File name too long"),
    "Move the whole Llm-Music-Gen folder to a shorter place, such as C:\\Music, then start again.",
)
NO_VENV = Failure(
    "no venv module",
    "this Python cannot make environments: its venv part is missing",
    "Install it (Debian, Ubuntu: sudo apt install python3-venv), then start again.",
    (r"ensurepip is not available", r"No module named '?(venv|ensurepip)'?"),
    f"Install Python with its usual installer from {PYTHON_DOWNLOADS} and start again.",
)
NO_COMPILER = Failure(
    "no compiler",
    "no ready-made build fits here, and there is no C++ compiler to make one",
    "Install a compiler (Debian, Ubuntu: sudo apt install build-essential), then start again.",
    (
        r"CMAKE_CXX?_COMPILER (not set|could be found)",
        r"No CMAKE_CXX?_COMPILER",
        r"Microsoft Visual C\+\+ 14\.0 or greater is required",
        r"could not find any instance of Visual",
        r"nmake' '-\?' failed",
        r"command '\S*(gcc|cc|g\+\+|clang)' failed: No such file",
        r"No such file or directory: '\S*(gcc|cc|g\+\+|clang)'",
        r"(unable to|could not) find .{0,20}compiler",
    ),
    "See that github.io can be reached and that this is Python 3.10 to 3.12, or install the C++ "
    f"Build Tools from {WINDOWS_COMPILER}, then start again.",
)
NO_SOUND_HEADERS = Failure(
    "no ALSA headers",
    "the ALSA headers are missing",
    "Install them (Debian, Ubuntu: sudo apt install libasound2-dev), then run requisites.py.",
    (r"alsa/asoundlib\.h", r"cannot find -lasound"),
)
NO_MEMORY = Failure(
    "out of memory",
    "memory ran out while compiling",
    "Close other programs, then start again.",
    (
        r"Killed signal terminated program",
        r"virtual memory exhausted",
        r"out of heap space",
        r"Cannot allocate memory",
        r"MemoryError",
    ),
)
NOT_BUILT = Failure(
    "not built",
    "a library did not compile here",
    "Bring the compiler up to date (Debian, Ubuntu: sudo apt install build-essential), or use "
    f"Python 3.12 from {PYTHON_DOWNLOADS}; then start again.",
    (r"Failed building wheel for", r"ninja: build stopped"),
    f"Install Python 3.12 from {PYTHON_DOWNLOADS}, for which ready-made builds exist, delete the "
    ".venv folder, then start again.",
)
DISTRUSTED = Failure(
    "certificate refused",
    "the download server's certificate is not trusted here",
    "Check the computer's clock, and ask whoever runs this network about its proxy; then start "
    "again.",
    (r"CERTIFICATE_VERIFY_FAILED", r"SSLCertVerificationError", r"SSLError"),
)
NO_NETWORK = Failure(
    "no network",
    "the libraries could not be downloaded",
    "Check the internet connection (or the proxy settings), then start again.",
    (
        r"NewConnectionError",
        r"Failed to establish a new connection",
        r"Name or service not known",
        r"Temporary failure in name resolution",
        r"getaddrinfo failed",
        r"Network is unreachable",
        r"ReadTimeoutError",
        r"ConnectTimeoutError",
        r"Read timed out",
        r"ProxyError",
        r"Could not fetch URL",
        r"Connection (to \S+ )?(timed out|reset|refused|aborted|broken)",
        r"ConnectionResetError",
        r"Max retries exceeded",
        r"IncompleteRead",
        r"RemoteDisconnected",
        r"HTTP error [45]\d\d",
    ),
)
NO_BUILD = Failure(
    "no fitting build",
    "one library has no build for this Python",
    f"Install Python 3.12 from {PYTHON_DOWNLOADS}, delete the .venv folder, then start again.",
    (r"No matching distribution found", r"requires a different Python", r"ResolutionImpossible"),
)
NO_GPU_BUILD = Failure(
    "no GPU build",
    "no llama.cpp for this kind of graphics card could be fetched and started",
    "See that github.io can be reached and the card's driver is up to date (cuda also wants "
    "NVIDIA's CUDA 12 toolkit), or go back to the processor: python requisites.py --gpu none.",
)
NO_RUNTIME = Failure(
    "no C++ runtime",
    "a library does not load, because the Visual C++ runtime is missing",
    "Install the system's C++ runtime (libstdc++, libgomp), then start again.",
    (
        r"DLL load failed",
        r"Could not find module '.*\.dll'",
        r"WinError (126|127|193)\b",
        r"lib(stdc\+\+|gomp|gcc_s)\S*: cannot open shared object",
    ),
    f"Install it from {WINDOWS_RUNTIME}, then start again.",
)
NOT_OURS = Failure(
    "not ours",
    "there is a .venv in this folder that no set-up made",
    "Move it away or rename it, then start again.",
)
IN_USE = Failure(
    "in use",
    "the .venv folder must be made anew, and this window is using it",
    "Delete the .venv folder, then start again.",
)
UNKNOWN = Failure(
    "unknown",
    "something unexpected happened",
    "Look at the end of the log; deleting the .venv folder and starting again often helps.",
)
# Causes stand before their consequences: a full disk breaks downloads and compilers, a compiler may
# be missing or fail, and a download that fails ends in "No matching distribution".
FAILURES = (
    DISK_FULL,
    TOO_DEEP,
    NO_VENV,
    NO_SOUND_HEADERS,
    NO_COMPILER,
    NO_MEMORY,
    NO_RUNTIME,
    NOT_BUILT,
    DISTRUSTED,
    NO_NETWORK,
    NO_PERMISSION,
    NO_BUILD,
)
WINDOWS_DISK_FULL = 112  # ERROR_DISK_FULL, as `winerror`
BY_ERRNO = {
    errno.ENOSPC: DISK_FULL,
    errno.EDQUOT if hasattr(errno, "EDQUOT") else errno.ENOSPC: DISK_FULL,
    errno.EACCES: NO_PERMISSION,
    errno.EPERM: NO_PERMISSION,
    errno.EROFS: NO_PERMISSION,
    errno.ENOMEM: NO_MEMORY,
    errno.ENAMETOOLONG: TOO_DEEP,
}
