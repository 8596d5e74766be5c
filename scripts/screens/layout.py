"""What all screens share: 80 columns, the heading, the bar, the app's messages."""

from __future__ import annotations

import textwrap

from scripts.console import clip, width_of
from scripts.temporary import application, screens


def heading(title: str) -> list[str]:
    """Return the three lines that head a screen, and the empty one below them."""
    return [screens.DOUBLE_RULE, f"    {application.NAME}: {title}", screens.DOUBLE_RULE, ""]


def menu_screen(title: str, choices: list[tuple[str, str]], selection: str) -> list[str]:
    """Return a menu's lines: heading, numbered choices, rule, and the selection line."""
    lines = [line for key, label in choices for line in f"    {key}. {label}".split("\n")]
    body = [clip(printable(line), application.SCREEN_COLUMNS) for line in lines]
    return ["", *heading(title), *body, "", screens.RULE, selection]


def app_message(sentence: str) -> str:
    """Return a sentence with the app's name before it, wrapped to the screen's columns."""
    # textwrap counts letters: a filler behind each wide letter makes the count the width, and one
    # column less allows for a wide letter that is parted from its filler at the end of a line.
    text = "".join(
        letter + screens.FILLER * (width_of(letter) - 1)
        for letter in printable(f"{application.NAME}: {sentence}")
    )
    wrapped = textwrap.fill(
        text,
        application.SCREEN_COLUMNS - (screens.FILLER in text),
        break_long_words=True,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return wrapped.replace(screens.FILLER, "")


def printable(text: str) -> str:
    """Return text with `?` for control characters: a file's name may hold escape sequences."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def complete_bar(fraction: float) -> str:
    """Return a bar such as `[##########--------------------] 33% Complete`."""
    from tqdm import tqdm

    percent = int(100 * max(0.0, min(1.0, fraction)) + 1e-9)
    filled = round(application.BAR_CHARACTERS * percent / 100)
    drawn: str = tqdm.format_meter(
        filled,
        application.BAR_CHARACTERS,
        0,
        ascii="-#",
        bar_format=f"[{{bar:{application.BAR_CHARACTERS}}}]",
    )
    return f"{drawn} {percent}% Complete"


def size_text(size_bytes: int) -> str:
    """Return a file's size such as `5.4 MB`."""
    size, unit = float(size_bytes), "bytes"
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"


def clock_time(seconds: float) -> str:
    """Return seconds as MM:SS, or H:MM:SS from an hour on."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        return f"{minutes:02}:{rest:02}"
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
