"""Models by name: the real client against a fake hub on loopback that can fail."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import requisites
from scripts import hub
from scripts.tables.downloads import ModelQuery
from scripts.tables.program import ModelError
from scripts.temporary import downloads
from tests.hub_server import Hub, serving
from tests.terminal_sessions import STARTER, assert_no_traceback, start

REPOSITORY = "somebody/Tunes-GGUF"
SMALL = b"GGUF" + bytes(range(256)) * 40
BIG = b"GGUF" + bytes(5_000_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with one repository; the client is directed to it, never to the real one."""
    with serving(
        Hub({REPOSITORY: {"Tunes.Q4_K_M.gguf": SMALL, "Tunes.Q6_K.gguf": BIG}})
    ) as running:
        lead_to(running.address, monkeypatch)
        yield running


def lead_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the client waits between its tries


class Told:
    """Records the progress reports; raises KeyboardInterrupt at `stop_at` bytes."""

    def __init__(self, stop_at: int = 1 << 60) -> None:
        self.steps: list[tuple[int, int]] = []
        self.stop_at = stop_at

    def __call__(self, done: int, total: int) -> None:
        self.steps.append((done, total))
        if done >= self.stop_at:
            raise KeyboardInterrupt


# --- Names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("owner/name", ModelQuery(("owner/name",))),
        ("owner/name:q4_k_m", ModelQuery(("owner/name",), "", "q4_k_m")),
        ("owner/name/some file.Q6_K.gguf", ModelQuery(("owner/name",), "some file.Q6_K.gguf")),
        ("owner/name/sub/x.gguf", ModelQuery(("owner/name",), "sub/x.gguf")),
        ("https://huggingface.co/owner/name", ModelQuery(("owner/name",))),
        ("hf.co/owner/name/tree/main", ModelQuery(("owner/name",))),
        (
            "https://huggingface.co/owner/name/blob/main/x.Q8_0.gguf?download=true",
            ModelQuery(("owner/name",), "x.Q8_0.gguf"),
        ),
        (
            "https://huggingface.co/owner/name/resolve/main/sub/x.gguf",
            ModelQuery(("owner/name",), "sub/x.gguf"),
        ),
        (
            "chatmusician:Q4_K_M",
            ModelQuery(hub.parse_model_name("ChatMusician").repositories, "", "Q4_K_M"),
        ),
        ("ILM3-8B-Ruby-Music-GGUF", ModelQuery(("mradermacher/ILM3-8B-Ruby-Music-GGUF",))),
    ],
)
def test_what_can_be_asked_for(text: str, meant: ModelQuery) -> None:
    assert hub.parse_model_name(text) == meant


@pytest.mark.parametrize("model", downloads.NAMED_MODELS, ids=lambda model: model.name)
def test_every_name_leads_to_repositories(model: Any) -> None:
    assert hub.parse_model_name(model.name).repositories == model.repositories
    assert all(hub.parse_model_name(place).repositories == (place,) for place in model.repositories)


@pytest.mark.parametrize("text", ["", "nonsense", "a/b/c.txt", "../../etc/passwd", "a b/c", "/x"])
def test_nonsense_is_answered_with_what_can_be_asked(text: str) -> None:
    with pytest.raises(ModelError, match=r"ChatMusician.*owner/repository"):
        hub.parse_model_name(text)


@pytest.mark.parametrize(
    ("file", "quantisation"),
    [
        ("ILM3-8B-Ruby-Music.Q6_K.gguf", "Q6_K"),
        ("a-q4_k_m.gguf", "Q4_K_M"),
        ("a.i1-IQ3_XXS.gguf", "IQ3_XXS"),
        ("a.f16.gguf", "F16"),
        ("a-BF16-00001-of-00003.gguf", "BF16"),
        ("music.gguf", ""),
    ],
)
def test_quantisations_are_read_off_names(file: str, quantisation: str) -> None:
    assert hub.quantisation_of(file) == quantisation


# --- Fetching ------------------------------------------------------------------------------------


def test_a_model_is_fetched_whole(server: Hub, tmp_path: Path) -> None:
    remote, told = hub.find_remote_file(REPOSITORY), Told()
    assert (remote.name, remote.size_bytes) == ("Tunes.Q6_K.gguf", len(BIG))
    words = hub.describe_download(remote, tmp_path)
    assert "5.0 MB" in words and "free on this drive" in words
    path = hub.fetch(remote, tmp_path, told)
    assert path == tmp_path / "Tunes.Q6_K.gguf"
    assert path.read_bytes() == BIG
    assert told.steps[-1] == (len(BIG), len(BIG))
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_model_that_is_here_is_not_fetched_again(server: Hub, tmp_path: Path) -> None:
    remote = hub.find_remote_file(f"{REPOSITORY}:q4_k_m")
    hub.fetch(remote, tmp_path, Told())
    asked = len(server.asked)
    assert hub.fetch(remote, tmp_path, Told()).read_bytes() == SMALL
    assert len(server.asked) == asked
    (tmp_path / remote.name).write_bytes(b"another model of the same name")
    with pytest.raises(ModelError, match="another Tunes"):
        hub.fetch(remote, tmp_path, Told())
    assert (tmp_path / remote.name).read_bytes() == b"another model of the same name"


def test_a_stopped_download_goes_on_where_it_was(server: Hub, tmp_path: Path) -> None:
    remote = hub.find_remote_file(REPOSITORY)
    with pytest.raises(KeyboardInterrupt):
        hub.fetch(remote, tmp_path, Told(stop_at=3_000_000))
    assert not list(tmp_path.glob("*.gguf"))
    assert "are here already" in hub.describe_download(remote, tmp_path)
    server.asked.clear()
    told = Told()
    assert hub.fetch(remote, tmp_path, told).read_bytes() == BIG
    assert told.steps[0][0] >= 2_000_000
    assert any(asked.startswith("bytes=2") for _, asked in server.asked)
    assert not (tmp_path / downloads.FETCHING_FOLDER).exists()


def test_a_connection_that_breaks_again_and_again_is_taken_up(server: Hub, tmp_path: Path) -> None:
    server.break_after = 2_000_000
    assert hub.fetch(hub.find_remote_file(REPOSITORY), tmp_path, Told()).read_bytes() == BIG
    assert len([one for one in server.asked if one[1].startswith("bytes=")]) >= 2


def test_a_server_that_goes_away_leaves_what_arrived(server: Hub, tmp_path: Path) -> None:
    remote = hub.find_remote_file(REPOSITORY)

    def gone(done: int, total: int) -> None:
        server.status = 503 if done >= 2_000_000 else 0

    server.break_after = 2_500_000
    with pytest.raises(ModelError):
        hub.fetch(remote, tmp_path, gone)
    assert not list(tmp_path.glob("*.gguf"))
    server.status = server.break_after = 0
    assert hub.fetch(remote, tmp_path, Told()).read_bytes() == BIG


def test_a_wrong_checksum_is_never_kept(server: Hub, tmp_path: Path) -> None:
    server.wrong_checksum = True
    remote = hub.find_remote_file(REPOSITORY)
    with pytest.raises(ModelError, match="checksum is wrong"):
        hub.fetch(remote, tmp_path, Told())
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


# --- Errors --------------------------------------------------------------------------------------


def test_several_quantisations_and_none_that_is_usual(server: Hub) -> None:
    server.files[REPOSITORY] = {"T.Q4_K_M.gguf": SMALL, "T.Q8_0.gguf": SMALL, "mmproj.gguf": SMALL}
    with pytest.raises(ModelError, match=r"has no Q6_K.*Q4_K_M, Q8_0.*:Q4_K_M"):
        hub.find_remote_file(REPOSITORY)
    assert hub.find_remote_file(f"{REPOSITORY}:q8_0").file == "T.Q8_0.gguf"
    assert hub.find_remote_file(f"{REPOSITORY}/T.Q4_K_M.gguf").file == "T.Q4_K_M.gguf"


def test_an_only_file_is_taken_whatever_it_is_called(server: Hub) -> None:
    server.files[REPOSITORY] = {"README.md": b"hello", "music.gguf": SMALL}
    assert hub.find_remote_file(REPOSITORY).file == "music.gguf"


def test_a_model_in_parts_is_refused(server: Hub) -> None:
    server.files[REPOSITORY] = {"T.Q6_K-00001-of-00002.gguf": SMALL}
    with pytest.raises(ModelError, match="several parts"):
        hub.find_remote_file(REPOSITORY)


@pytest.mark.parametrize("text", ["nobody/Nothing-GGUF", "chatmusician"])
def test_what_is_not_there(server: Hub, text: str) -> None:
    with pytest.raises(ModelError, match="has no repository"):
        hub.find_remote_file(text)


def test_a_repository_without_models(server: Hub) -> None:
    server.files[REPOSITORY] = {"README.md": b"hello"}
    with pytest.raises(ModelError, match="holds no GGUF"):
        hub.find_remote_file(REPOSITORY)


def test_the_second_repository_of_a_name_is_asked_when_the_first_is_gone(server: Hub) -> None:
    second = hub.parse_model_name("ChatMusician").repositories[1]
    server.files[second] = {"ChatMusician.Q6_K.gguf": SMALL}
    assert hub.find_remote_file("ChatMusician").repository == second


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_hub_in_trouble(server: Hub, status: int) -> None:
    server.status = status
    with pytest.raises(ModelError, match=f"answered {status}"):
        hub.find_remote_file(REPOSITORY)


def test_no_network_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: every call is refused
        lead_to(f"http://127.0.0.1:{nobody.getsockname()[1]}", monkeypatch)
        with pytest.raises(ModelError, match="does not answer"):
            hub.find_remote_file(REPOSITORY)


def test_a_disk_that_is_too_small_is_told_before(server: Hub, tmp_path: Path) -> None:
    server.sizes["Tunes.Q6_K.gguf"] = shutil.disk_usage(tmp_path).free + 1
    remote = hub.find_remote_file(REPOSITORY)
    with pytest.raises(ModelError, match=r"needs .* more on this drive"):
        hub.fetch(remote, tmp_path, Told())
    assert not list(tmp_path.iterdir())


# --- From the screens and the command line -------------------------------------------------------


def test_options_fetch_a_model_and_choose_it(root: Path) -> None:
    repository = "somebody/Starter-GGUF"
    with serving(Hub({repository: {"Fetched.Q6_K.gguf": STARTER.read_bytes()}})) as running:
        session = start(
            root,
            said=f"3\n1\nF\n{repository}\n1\nB\nB\nX\n",
            variables={"HF_ENDPOINT": running.address},
        )
    assert session.returncode == 0
    assert "Fetched.Q6_K.gguf is here and whole." in session.stdout.replace("\n", " ")
    assert "100% Complete" in session.stdout
    assert "1. Model: Fetched.Q6_K" in session.stdout
    assert (root / "models" / "Fetched.Q6_K.gguf").read_bytes() == STARTER.read_bytes()
    assert_no_traceback(root, session.stdout + session.stderr)


def test_options_say_what_cannot_be_fetched_and_go_on(root: Path) -> None:
    with serving(Hub()) as running:
        said = "3\n1\nF\nnobody/nothing\nB\nX\n"
        session = start(root, said=said, variables={"HF_ENDPOINT": running.address})
    assert session.returncode == 0
    assert "has no repository nobody/nothing" in " ".join(session.stdout.split())
    assert_no_traceback(root, session.stdout + session.stderr)


def test_the_command_fetches_a_model(
    server: Hub, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(requisites, "ROOT", root)
    assert requisites.fetch_model(REPOSITORY, requisites.TerminalReporter()) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Tunes.Q6_K.gguf from somebody/Tunes-GGUF: 5.0 MB" in shown
    assert "is here and whole" in shown
    assert (root / "models" / "Tunes.Q6_K.gguf").read_bytes() == BIG


def test_the_command_names_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert requisites.main(["model"]) == 0
    shown = capsys.readouterr().out
    assert all(model.name in shown for model in downloads.NAMED_MODELS)
