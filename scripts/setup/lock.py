"""A lock file: one set-up at a time in a folder.

The operating system holds the lock, so it is released when its holders end, however they do. On
POSIX a pip that outlives a killed set-up still holds it: nothing else writes into the environment
before that pip is done. The process number in the file is only for the message.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.temporary import installing

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes
else:
    import fcntl


# A file system without locks (some network drives) must not keep anybody from setting up: the lock
# counts as taken only where the error says that another process holds it.
if sys.platform == "win32":

    def _try_to_lock(handle: int) -> bool:
        # Not msvcrt.locking: its error does not say everywhere (Wine) why it failed.
        lock = ctypes.WinDLL("kernel32", use_last_error=True).LockFile
        lock.argtypes = [wintypes.HANDLE, *[wintypes.DWORD] * 4]
        if lock(msvcrt.get_osfhandle(handle), installing.LOCKED_BYTE, 0, 1, 0):
            return True
        return ctypes.get_last_error() not in (
            installing.ERROR_SHARING_VIOLATION,
            installing.ERROR_LOCK_VIOLATION,
        )

else:

    def _try_to_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in installing.BUSY_ERRNOS
        return True


def _holder(handle: int) -> str:
    """Return the process number in the file, for the message."""
    os.lseek(handle, 0, os.SEEK_SET)
    return os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"


def _write_pid(handle: int) -> None:
    os.lseek(handle, 0, os.SEEK_SET)
    os.ftruncate(handle, 0)
    os.write(handle, f"{os.getpid()}\n".encode("ascii"))


@contextmanager
def exclusive_lock(path: Path, waiting: Callable[[str], None]) -> Iterator[int]:
    """Hold the lock in `path`; until it is free, call `waiting(process number)` repeatedly.

    Yields the open handle, to be passed on to child processes. Raises OSError.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while not _try_to_lock(handle):
            waiting(_holder(handle))
            time.sleep(installing.LOCK_POLL_SECONDS)
        _write_pid(handle)
        yield handle
    finally:
        os.close(handle)
