"""What can go wrong in set-up, how to know it by its output, and what to tell the user.

One table: a failure is recognised by the first pattern that the output of a command holds.
"""

from __future__ import annotations

import re

from scripts.tables.program import UserError
from scripts.tables.setup_failures import Failure
from scripts.temporary import setup_failures


class SetupError(UserError):
    """Set-up cannot go on: which step, what happened, and what to do."""

    def __init__(self, sentence: str, failure: Failure) -> None:
        super().__init__(sentence)
        self.failure = failure


class StepError(Exception):
    """A step failed for a reason out of the table below."""

    def __init__(self, failure: Failure, detail: str = "") -> None:
        super().__init__(f"{failure.what} {detail}".strip())
        self.failure = failure
        self.detail = detail


def recognise(output: str) -> Failure:
    """The failure that the output of a command tells of."""
    text = re.sub(r"\s+", " ", output)  # some tools break their lines in mid-sentence
    for failure in setup_failures.FAILURES:
        if any(re.search(pattern, text, re.IGNORECASE) for pattern in failure.patterns):
            return failure
    return setup_failures.UNKNOWN


def recognise_error(error: OSError) -> tuple[Failure, str]:
    """The failure that an error of the operating system tells of, and what it was about."""
    if getattr(error, "winerror", None) == 112:
        return setup_failures.DISK_FULL, ""
    failure = setup_failures.BY_ERRNO.get(error.errno or 0, setup_failures.UNKNOWN)
    about = error if failure is setup_failures.UNKNOWN else error.filename
    return failure, f"({about})" if about else ""
