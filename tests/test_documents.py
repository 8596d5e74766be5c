"""The documents: their links lead somewhere, their commands exist, one place says the version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest

import requisites
from scripts.temporary import application

REPOSITORY = Path(__file__).resolve().parent.parent
# Where documents of ours lie; elsewhere are the user's files, libraries and caches.
PLACES = (
    "*.md",
    ".github/**/*.md",
    "data/*.md",
    "docs/**/*.md",
    "models/*.md",
    "models/starter/*.md",
    "output/*.md",
    "tests/**/*.md",
)
DOCUMENTS = sorted(path for place in PLACES for path in REPOSITORY.glob(place))
EACH_DOCUMENT = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix()
)
README = REPOSITORY / "README.md"
PROJECT = REPOSITORY / "pyproject.toml"

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
OUTSIDE = ("https://", "http://", "mailto:")
HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
IN_LINE_CODE = re.compile(r"`[^`\n]*`")
RUN_SCRIPT = re.compile(r"python3? ([\w./-]+\.py)\b")
RUN_MODULE = re.compile(r"python3? -m ((?:tests|models)(?:\.\w+)+)")
REQUISITES_COMMAND = re.compile(r"requisites\.py ([a-z]+)")


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """The names that headings get in links, as GitHub makes them."""
    headings = (re.sub(r"[^\w\- ]", "", title.lower()) for title in HEADING.findall(text))
    return {heading.strip().replace(" ", "-") for heading in headings}


def links(document: Path) -> Iterator[tuple[str, str]]:
    """Every relative link outside of code, as a path and an anchor; either may be empty."""
    text = IN_LINE_CODE.sub("", FENCED.sub("", text_of(document)))
    for target in LINK.findall(text):
        if not target.startswith(OUTSIDE):
            path, _, anchor = unquote(target).partition("#")
            yield path, anchor


def leads_nowhere(document: Path, path: str, anchor: str) -> bool:
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return True
    return bool(anchor) and (target.suffix != ".md" or anchor not in anchors(text_of(target)))


def spoken_of(document: Path, name: str) -> bool:
    """Whether a file that a document tells to run lies beside it, or in the program's folder."""
    return (document.parent / name).is_file() or (REPOSITORY / name).is_file()


def exists_as_module(name: str) -> bool:
    path = REPOSITORY.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()


@EACH_DOCUMENT
def test_relative_links_lead_somewhere(document: Path) -> None:
    dead = [link for link in links(document) if leads_nowhere(document, *link)]
    assert not dead


@EACH_DOCUMENT
def test_what_it_tells_to_run_exists(document: Path) -> None:
    text = text_of(document)
    dead = [name for name in RUN_SCRIPT.findall(text) if not spoken_of(document, name)]
    dead += [name for name in RUN_MODULE.findall(text) if not exists_as_module(name)]
    dead += set(REQUISITES_COMMAND.findall(text)) - requisites.COMMANDS.keys()
    assert not dead


def test_the_readme_says_both_commands() -> None:
    text = text_of(README)
    assert "`python launcher.py`" in text
    assert "`python requisites.py test`" in text
    assert spoken_of(README, "launcher.py")


def test_the_readme_leads_to_what_a_maintainer_looks_for() -> None:
    linked = {path for path, _ in links(README)}
    assert {
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "docs/ARCHITECTURE.md",
        "docs/BENCHMARKS.md",
        "docs/GLOSSARY.md",
    } <= linked


def test_the_version_is_said_in_one_place() -> None:
    sources = [PROJECT, *REPOSITORY.glob("*.py"), *REPOSITORY.glob("*.bat")]
    sources += sorted((REPOSITORY / "scripts").rglob("*.py"))
    literal = re.compile(rf"(?<![\d.]){re.escape(application.VERSION)}(?![\d.])")
    saying = [path.name for path in sources if literal.search(text_of(path))]
    assert len(saying) == 1, saying


def test_the_package_takes_its_version_from_there() -> None:
    attribute = re.search(r'^version = \{ attr = "([\w.]+)" \}', text_of(PROJECT), re.MULTILINE)
    assert attribute, "pyproject.toml names no attribute"
    module, _, name = attribute[1].rpartition(".")
    assert getattr(import_module(module), name) == application.VERSION


def test_the_newest_release_in_the_changelog_is_this_version() -> None:
    releases = re.findall(r"^## \[?(\d[\w.]*)", text_of(REPOSITORY / "CHANGELOG.md"), re.MULTILINE)
    assert releases[0] == application.VERSION


def test_the_picture_of_the_rooms_is_current() -> None:
    """`python docs/draw_rooms.py` draws it anew."""
    from docs.draw_rooms import PICTURE, picture

    assert PICTURE.read_text(encoding="utf-8") == picture()
