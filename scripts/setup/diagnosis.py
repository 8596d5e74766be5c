"""Recognise why set-up failed, by a command's output or by an OSError.

The table of failures is `scripts/tables/setup_failures.py`; its first match counts.
"""

from __future__ import annotations

import re

from scripts.tables.program import UserError
from scripts.tables.setup_failures import Failure
from scripts.temporary import setup_failures


class SetupError(UserError):
    """Set-up cannot go on: the sentence says at which step, what happened and what to do."""

    def __init__(self, sentence: str, failure: Failure) -> None:
        super().__init__(sentence)
        self.failure = failure


class StepError(Exception):
    """A step failed; `failure` is a row of the table."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure.what} {detail}".strip())
        self.failure = failure
        self.detail = detail


def recognise(output: str) -> Failure:
    """Return the failure that a command's output tells of, UNKNOWN where none matches."""
    text = re.sub(r"\s+", " ", output)  # some tools break their lines in mid-sentence
    for failure in setup_failures.FAILURES:
        if any(re.search(pattern, text, re.IGNORECASE) for pattern in failure.patterns):
            return failure
    return setup_failures.UNKNOWN


def recognise_error(error: OSError) -> tuple[Failure, str]:
    """Return the failure behind an OSError, and the file in brackets where it names one."""
    if getattr(error, "winerror", None) == setup_failures.WINDOWS_DISK_FULL:
        return setup_failures.DISK_FULL, ""
    failure = setup_failures.BY_ERRNO.get(error.errno or 0, setup_failures.UNKNOWN)
    about = error if failure is setup_failures.UNKNOWN else error.filename
    return failure, f"({about})" if about else ""
