"""Atomic file writing: under a temporary name first, renamed at the end. Broken files set aside.

Standard library only: set-up uses it before any library is installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from scripts.temporary import application


def partial_path(path: Path) -> Path:
    """Return the temporary name of a file while it is written, in the same folder."""
    return path.with_name(path.name + application.PARTIAL_SUFFIX)


def partial_files(*folders: Path) -> Iterator[Path]:
    """Yield the temporary files in some folders; a folder may be missing."""
    for folder in folders:
        yield from folder.glob(f"*{application.PARTIAL_SUFFIX}")


@contextmanager
def whole_or_nothing(target: Path, others: Mapping[Path, bytes] | None = None) -> Iterator[Path]:
    """Yield a temporary path to write `target` to; then write `others`, and rename all.

    `target` is renamed last: if it exists, so do the others. After any exception the temporary
    files are deleted, and those of the `others` that did not exist before. Raises OSError; on
    Windows also where another program has a replaced file open.
    """
    others = others or {}
    partials = {path: partial_path(path) for path in (*others, target)}
    new: list[Path] = []
    try:
        yield partials[target]
        for path, content in others.items():
            partials[path].write_bytes(content)
        new = [path for path in others if not path.exists()]
        for path, partial in partials.items():
            os.replace(partial, path)
    except BaseException:  # also Ctrl-C, and a generator that is closed
        _remove((*partials.values(), *new))
        raise


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace a file's content; after an error its old content stays.

    Text is written as UTF-8 with the system's line ends. The folder must exist. Raises OSError.
    """
    with whole_or_nothing(path) as partial:
        if isinstance(content, str):
            partial.write_text(content, encoding="utf-8")
        else:
            partial.write_bytes(content)


def set_aside(path: Path) -> Path:
    """Rename a broken file to a name that is free, such as `x.broken-1.json`; return the new path.

    Nothing is overwritten. Raises OSError.
    """
    numbered = (path.with_name(f"{path.stem}.broken-{n}{path.suffix}") for n in count(1))
    backup = next(name for name in numbered if not name.exists())
    os.replace(path, backup)
    return backup


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)
