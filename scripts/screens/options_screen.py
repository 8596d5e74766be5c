"""The Options screen: a table of settings, each with how it is shown, asked and read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill, indent
from typing import Any

from scripts import models
from scripts.screens.layout import size_text
from scripts.settings import validated
from scripts.tables.models import ModelInfo
from scripts.tables.program import Session, UserError
from scripts.temporary import application, exporting, profiles, synthesis


@dataclass(frozen=True)
class Option:
    """One line of the screen: the setting `name`, and how it is shown, asked and read."""

    name: str
    label: str
    show: Callable[[Session], str]
    question: str
    read: Callable[[str], Any]


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UserError(f'"{text[:20]}" is not a whole number.') from None


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise UserError(f'"{text[:20]}" is not a number.') from None


def _yes_or_no(text: str) -> bool:
    answers = {"y": True, "yes": True, "on": True, "n": False, "no": False, "off": False}
    if text.lower() not in answers:
        raise UserError(f'Please answer yes or no, not "{text[:20]}".')
    return answers[text.lower()]


def _tuning(text: str) -> float:
    """Read hertz, or the name of a tuning. Raises UserError."""
    named = {name.casefold(): hertz for hertz, name in synthesis.TUNINGS.items()}
    hertz = named.get(text.strip().casefold())
    return hertz if hertz is not None else _number(text.lower().removesuffix("hz").strip())


def _show_tuning(hertz: float) -> str:
    name = synthesis.TUNINGS.get(hertz)
    return f"A4 = {hertz:g} Hz" + (f" ({name})" if name else "")


def _show_soundfont(session: Session) -> str:
    return session.settings.soundfont or application.SOUNDFONT_NAME


def _show_model(session: Session) -> str:
    return Path(session.settings.model or application.STARTER_MODEL).stem


def _show_threads(session: Session) -> str:
    return str(session.settings.threads or "automatic (one for each physical core)")


def _show_takes(session: Session) -> str:
    """Show the number of takes, and the seconds a song if the model's pace was measured."""
    settings = session.settings
    info = _chosen_model(session)
    if info and profiles.PROFILES[info.profile or "completion"].song_format == "notes":
        return "1 (this model writes all the parts at once)"
    pace = info and settings.paces.get(models.pace_key(info, settings.threads))
    if not pace:
        return str(settings.takes or "automatic (as many as the seconds for takes allow)")
    takes = models.takes_for(settings, pace)
    seconds = models.seconds_for(pace, takes)
    about = f"about {seconds:.0f} s a song" if seconds >= 1 else "less than 1 s a song"
    return f"{takes} ({about})" if settings.takes else f"automatic ({takes}, {about})"


def _chosen_model(session: Session) -> ModelInfo | None:
    try:
        return models.choose_model(session.settings, session.paths.models)
    except UserError:
        return None


def _show_megabytes(megabytes: int) -> str:
    return f"{megabytes} MB" if megabytes else "all songs"


OPTIONS = (
    Option("model", "Model", _show_model, "", str),
    Option(
        "length",
        "Song Length",
        lambda session: f"{session.settings.length} (minutes, or HH:MM)",
        "How long shall songs be? (minutes such as 3, a range such as 2-4, or HH:MM, from half a "
        "minute to 8 hours)",
        str,
    ),
    Option(
        "temperature",
        "Temperature",
        lambda session: f"{session.settings.temperature:g}",
        f"How adventurous? ({application.TEMPERATURE_RANGE[0]:g} is strict, 1 is usual, "
        f"{application.TEMPERATURE_RANGE[1]:g} is wild)",
        _number,
    ),
    Option(
        "threads",
        "Threads",
        _show_threads,
        "How many threads may the model use? (0 is automatic)",
        _whole_number,
    ),
    Option(
        "volume",
        "Volume",
        lambda session: f"{session.settings.volume}%",
        f"How loud shall the jukebox be, in percent? ({application.VOLUME_RANGE[0]} to "
        f"{application.VOLUME_RANGE[1]})",
        _whole_number,
    ),
    Option(
        "auto_play",
        "Auto-Play After Converting",
        lambda session: "on" if session.settings.auto_play else "off",
        "Shall the jukebox start by itself when songs are done? (yes or no)",
        _yes_or_no,
    ),
    Option(
        "same_loudness",
        "Same Loudness for All Songs",
        lambda session: "on" if session.settings.same_loudness else "off",
        "Shall the jukebox play songs from elsewhere as loud as its own? (yes or no)",
        _yes_or_no,
    ),
    Option(
        "keep_megabytes",
        "Radio Keeps at Most",
        lambda session: _show_megabytes(session.settings.keep_megabytes),
        "How many megabytes of songs may the radio keep, before the oldest that are no "
        "favourites go for good? (0 keeps all)",
        _whole_number,
    ),
    Option(
        "takes",
        "Takes",
        _show_takes,
        "How many takes of each part, of which the best is kept? "
        f"(1 to {application.TAKES_RANGE[1]}; 0: as many as the seconds for takes allow)",
        _whole_number,
    ),
    Option(
        "take_seconds",
        "Seconds for Takes",
        lambda session: f"{session.settings.take_seconds:g} a song",
        "How many seconds may the takes of a song last, where their number is automatic?",
        _number,
    ),
    Option(
        "model_plans",
        "Let the Model Plan",
        lambda session: "on" if session.settings.model_plans else "off",
        "Shall a chat model name the song and choose its tempo, mode and chords? (yes or no)",
        _yes_or_no,
    ),
    Option(
        "tuning",
        "Tuning",
        lambda session: _show_tuning(session.settings.tuning),
        f"At how many hertz is A4? ({application.TUNING_RANGE[0]:g} to "
        f"{application.TUNING_RANGE[1]:g}; well known are "
        + ", ".join(f"{hertz:g} {name}" for hertz, name in synthesis.TUNINGS.items())
        + ")",
        _tuning,
    ),
    Option(
        "file_format",
        "File Format",
        lambda session: exporting.FILE_FORMATS[session.settings.file_format].label.upper(),
        "What shall songs be kept as? (MP3, or WAV: seven times as big, nothing lost)",
        str,
    ),
    Option("soundfont", "Soundfont", _show_soundfont, "", str),
)


def option_choices(session: Session) -> list[tuple[str, str]]:
    """Return the menu of options with their values, by number."""
    return [
        (str(number), f"{option.label}: {option.show(session)}")
        for number, option in enumerate(OPTIONS, start=1)
    ]


def set_option(session: Session, option: Option, answer: str) -> None:
    """Put a user's answer into the settings. Raises UserError, with the bounds."""
    try:
        value = validated(option.name, option.read(answer))
    except UserError as error:
        text = str(error)
        raise UserError(text[0].upper() + text[1:]) from None
    setattr(session.settings, option.name, value)
    session.saved_values.pop(option.name, None)  # chosen here, so it is saved


def model_choices(session: Session) -> tuple[list[ModelInfo], list[tuple[str, str]]]:
    """Return the models found, and their menu."""
    found = models.find_models(session.paths.models)
    lines = [(str(number), _describe(info)) for number, info in enumerate(found, start=1)]
    return found, lines


def _describe(info: ModelInfo) -> str:
    """Return a model's menu line, and below it how it is prompted and what to expect."""
    if info.problem:
        problem = fill(f"Cannot be used: {info.problem}", application.SCREEN_COLUMNS - 7)
        return f"{info.name}\n{indent(problem, ' ' * 7)}"
    profile = profiles.PROFILES[info.profile]
    return (
        f"{info.name} ({size_text(info.size_bytes)}, {info.quantisation})\n"
        f"       Spoken to {profile.label}.\n       {profile.expectation}"
    )


def choose_model_file(session: Session, info: ModelInfo) -> None:
    """Make a file the model that writes. Raises ModelError if it is not a model."""
    models.check_file(info)
    relative = info.path.relative_to(session.paths.models).as_posix()
    session.saved_values.pop("model", None)
    session.settings.model = "" if relative == application.STARTER_MODEL else relative


def soundfont_choices(session: Session) -> tuple[list[Path], list[tuple[str, str]]]:
    """Return the soundfonts found, and their menu."""
    from scripts.render.soundfont_choice import find_soundfonts

    found = find_soundfonts(session.paths.data)
    lines = []
    for number, path in enumerate(found, start=1):
        with suppress(OSError):
            lines.append((str(number), f"{path.name} ({size_text(path.stat().st_size)})"))
    return found, lines


def choose_soundfont(session: Session, path: Path) -> None:
    """Make a file the soundfont that plays. Raises SoundError if it is not a soundfont."""
    from scripts.render.soundfont import SoundFont

    SoundFont(path)
    session.saved_values.pop("soundfont", None)
    session.settings.soundfont = "" if path.name == application.SOUNDFONT_NAME else path.name
