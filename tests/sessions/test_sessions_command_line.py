"""The command line goes the same way without menus: its options, and the same seed twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.terminal_sessions import STARTER, assert_no_traceback, everything_in, songs, start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STARTER.exists(), reason="the starter model is not there"),
]


def test_help_is_worth_reading(root: Path) -> None:
    session = start(root, "--help")
    assert session.returncode == 0
    for option in ("--styles", "--songs", "--model", "--seed", "--length", "--takes", "--output"):
        assert option in session.stdout
    assert 'python launcher.py --styles "Chill, Dubstep" --songs 3' in session.stdout
    assert "without menus" in " ".join(session.stdout.split())
    assert all(len(line) <= 80 for line in session.stdout.splitlines())
    assert not everything_in(root / "output")


@pytest.mark.model
def test_the_same_seed_makes_the_same_songs(root: Path, tmp_path: Path) -> None:
    made = []
    for name, seed in (("first", "7"), ("second", "7"), ("other", "90")):
        folder = tmp_path / name
        line = ("--styles", "Chill, Dubstep", "--songs", "2", "--length", "0.5-0.7")
        session = start(root, *line, "--seed", seed, "--output", str(folder))
        assert session.returncode == 0, session.stderr
        assert len(list(folder.glob("*.mp3"))) == 2
        scores = sorted((folder / "scores").glob("*.[am]*"))
        made.append([(path.name, path.read_bytes()) for path in scores])
    first, second, other = made
    assert len(first) == 4
    assert first == second
    assert {content for _, content in first}.isdisjoint(content for _, content in other)
    assert not everything_in(root / "output")


@pytest.mark.model
def test_a_song_of_a_run_can_be_made_alone_from_its_own_seed(root: Path, tmp_path: Path) -> None:
    line: tuple[str, ...] = ("--styles", "Folk", "--length", "0.5")
    run = start(root, *line, "--songs", "2", "--seed", "40", "--output", str(tmp_path / "run"))
    [how] = [
        path.read_text("utf-8")
        for path in (tmp_path / "run" / "scores").glob("*.json")
        if json.loads(path.read_text("utf-8"))["seed"] == 41
    ]
    order = json.loads(how)["order"]
    assert (order["first seed"], order["number"], order["styles"]) == (40, 2, "Folk")
    line = (*line, "--takes", str(order["takes"]))
    alone = start(root, *line, "--seed", "41", "--output", str(tmp_path / "alone"))
    assert run.returncode == alone.returncode == 0
    [again] = (tmp_path / "alone" / "scores").glob("*.mid")
    contents = [path.read_bytes() for path in (tmp_path / "run" / "scores").glob("*.mid")]
    assert again.read_bytes() in contents


@pytest.mark.model
def test_model_length_and_output_are_for_this_run_only(root: Path, tmp_path: Path) -> None:
    model = tmp_path / "elsewhere.gguf"
    shutil.copy(STARTER, model)
    folder = tmp_path / "songs" / "of mine"
    options = ("--model", str(model), "--length", "00:01", "--output", str(folder))
    session = start(root, "--styles", "Waltz", *options)
    assert session.returncode == 0, session.stderr
    [document] = [json.loads(path.read_text("utf-8")) for path in folder.glob("scores/*.json")]
    assert document["model"] == "elsewhere"
    assert len(list(folder.glob("*.mp3"))) == 1
    assert not songs(root)
    kept = root / "data" / "persistent.json"
    assert not kept.exists() or json.loads(kept.read_text("utf-8"))["length"] != "00:01"
    assert_no_traceback(root, session.stdout)


@pytest.mark.model
def test_what_is_not_known_is_said_before_the_songs(root: Path) -> None:
    session = start(root, "--styles", "Chill, Flumpcore", "--length", "0.5")
    assert session.returncode == 0
    assert session.stdout.startswith('Llm-Music-Gen: The style book does not know "Flumpcore"')
    assert 'Producing "Chill, Flumpcore" themed song number 1...' in session.stdout


@pytest.mark.model
def test_a_template_that_cannot_be_used_is_named_after_the_songs(root: Path) -> None:
    settings = {"templates": {"starter": "{title:>999999999}"}}
    (root / "data" / "persistent.json").write_text(json.dumps(settings), encoding="utf-8")
    session = start(root, "--styles", "Chill", "--length", "0.5")
    assert session.returncode == 0, session.stderr
    assert session.stdout.count("A prompt template in data/persistent.json cannot be used") == 1
    assert len(songs(root)) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--length", "0"), "choose from half a minute"),
        (("--length", "5-2"), "the shorter one first"),
        (("--length", "99:99"), "is no song length"),
        (("--length", "-3"), "is no song length"),
        (("--length=-3",), "is no song length"),
        (("--length", "abc"), "is no song length"),
        (("--length", ""), "is no song length"),
        (("--songs", "0"), "from 1 to 99"),
        (("--songs", "-1"), "from 1 to 99"),
        (("--songs", "100"), "from 1 to 99"),
        (("--songs", "abc"), "argument --songs"),
        (("--songs", "1e9"), "argument --songs"),
        (("--songs", "99999999999999999999"), "from 1 to 99"),
        (("--model", "nothere"), '"nothere"'),
        (("--model", "."), "models folder"),
        (("--model", "x" * 5000), "models folder"),
        (("--model", "../../../../etc/hostname"), "models folder|not a GGUF model"),
        (("--seed", "abc"), "argument --seed"),
        (("--seed", "1.5"), "argument --seed"),
        (("--styles", ""), "at least one style"),
        (("--styles", "?!,;"), "at least one style"),
        (("--styles", "x" * 10_000), "10,000 characters"),
        (("--nonsense",), "unrecognized arguments"),
    ],
)
def test_a_wrong_option_is_one_clear_sentence(
    root: Path, options: tuple[str, ...], said: str
) -> None:
    session = start(root, "--styles", "Chill", *options)
    assert session.returncode not in (0, 130)
    told = " ".join(session.stderr.split())
    assert any(part in told for part in said.split("|")), told
    assert len(session.stdout) < 200
    assert len(session.stderr) < 500
    assert_no_traceback(root, session.stdout + session.stderr)
    assert not everything_in(root / "output")


@pytest.mark.model
@pytest.mark.parametrize("seed", ["0", "-5", "9" * 30])
def test_any_whole_number_is_a_seed(root: Path, seed: str) -> None:
    session = start(root, "--styles", "Chill", "--length", "0.5", "--seed", seed)
    assert session.returncode == 0, session.stderr
    assert len(songs(root)) == 1
