"""Files that are written whole or not at all: under a temporary name first, renamed at the end.

Standard library only: set-up writes with it before any library is there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.temporary import application


def partial_path(path: Path) -> Path:
    """Return the temporary name beside a file, under which it is written."""
    return path.with_name(path.name + application.PARTIAL_SUFFIX)


def partial_files(*folders: Path) -> Iterator[Path]:
    """Yield the temporary files that lie in some folders; a folder that is missing has none."""
    for folder in folders:
        yield from folder.glob(f"*{application.PARTIAL_SUFFIX}")


@contextmanager
def whole_or_nothing(target: Path, others: Mapping[Path, bytes] | None = None) -> Iterator[Path]:
    """Give a temporary path to write `target` to; then write `others`, and name them all.

    `target` gets its name last: where it lies, the others do. When anything fails, or the body
    ends by any exception, the temporary files go, and those of the `others` that were not there
    before. Raises OSError; on Windows also where another program holds a file that is replaced.
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
    except BaseException:  # Ctrl-C and a generator that is closed, too
        _remove((*partials.values(), *new))
        raise


def write_whole(path: Path, content: str | bytes) -> None:
    """Replace what a file holds in one go; where that fails, its old content stays.

    Text is written as UTF-8 with the system's line ends. The folder must exist. Raises OSError.
    """
    with whole_or_nothing(path) as partial:
        if isinstance(content, str):
            partial.write_text(content, encoding="utf-8")
        else:
            partial.write_bytes(content)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)
