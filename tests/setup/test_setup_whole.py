"""Set-up for real, in a folder with a difficult name: interrupted, killed, twice at once, mended.

The requirements are two libraries made here: a wheel, and a stand-in for llama-cpp-python that has
no ready-made build and is "compiled" for as long as the test says. No network is needed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.setup.environment import Environment
from tests.wheel_factory import make_source, make_wheel

REPOSITORY = Path(__file__).resolve().parents[2]
DIFFICULT_NAME = "my songs & (Übung) 100% ♪ !"
REQUIREMENTS = "tiny-song==1.0\nllama-cpp-python>=0.3.35,<0.4\n"
LIMIT_SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals and symbolic links of POSIX"),
]

INTERFACE = """
import json, sys
def main(arguments, root):
    if "--help" in arguments:
        print("usage")
        return 0
    import tiny_song
    print(json.dumps(["menu", arguments, str(root), sys.prefix]))
    return 0 if input() == "X" else 7
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that pip finds the two libraries in."""
    folder = tmp_path_factory.mktemp("wheels")
    make_wheel(folder, "tiny-song", "1.0", "NOTES = 'CDE'\n")
    make_wheel(folder, "tiny-song", "1.1", "NOTES = 'CDEF'\n")
    make_source(folder, tmp_path_factory.mktemp("source"))
    return folder


class Clone:
    """A copy of the program with a stand-in for the menus, and ways to start it."""

    def __init__(self, root: Path, wheels: Path) -> None:
        self.root = root
        self.environment = Environment(root)
        self.variables = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PIP_")},
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_NO_CACHE_DIR": "1",
            "PIP_FIND_LINKS": wheels.as_uri(),
        }

    @classmethod
    def fresh(cls, root: Path, wheels: Path) -> Clone:
        (root / "data").mkdir(parents=True)
        for name in ("setup", "tables"):
            shutil.copytree(REPOSITORY / "scripts" / name, root / "scripts" / name)
        for name in ("launcher.py", "requisites.py"):
            shutil.copy(REPOSITORY / name, root)
        for name in ("__init__.py", "temporary.py", "files.py", "processes.py"):
            shutil.copy(REPOSITORY / "scripts" / name, root / "scripts")
        (root / "scripts" / "interface.py").write_text(INTERFACE, encoding="utf-8")
        (root / "requirements.txt").write_text(REQUIREMENTS, encoding="utf-8")
        return cls(root, wheels)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Begin `python WORDS` in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=self.root.parent,
            env={**self.variables, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def launch(self, *arguments: str, answer: str = "X\n", **variables: str) -> tuple[int, str]:
        """Run launcher.py to its end: its exit code, and all that it showed."""
        child = self.start(str(self.root / "launcher.py"), *arguments, **variables)
        shown, _ = child.communicate(answer, timeout=LIMIT_SECONDS)
        return child.returncode, shown

    def requisites(self, *arguments: str, **variables: str) -> tuple[int, str]:
        child = self.start(str(self.root / "requisites.py"), *arguments, **variables)
        shown, _ = child.communicate("", timeout=LIMIT_SECONDS)
        return child.returncode, shown

    @property
    def log(self) -> str:
        return (self.root / "data" / "set-up.log").read_text(encoding="utf-8")


def await_that(true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + LIMIT_SECONDS
    while not true():
        assert time.monotonic() < limit, f"waited in vain: {what}"
        time.sleep(0.05)


def flat(shown: str) -> str:
    return " ".join(shown.split())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> tuple[Clone, int, str]:
    """A clone whose first start has run, with what that start returned and showed."""
    root = tmp_path_factory.mktemp("first") / DIFFICULT_NAME
    clone = Clone.fresh(root, wheels)
    code, shown = clone.launch("--songs", "ü ♪ & %PATH% !x!", BUILD_SECONDS="0.5")
    return clone, code, shown


@pytest.fixture
def clone(first: tuple[Clone, int, str], tmp_path: Path, wheels: Path) -> Iterator[Clone]:
    """A copy of the clone that was set up, to be damaged."""
    root = tmp_path / "copy of it"
    shutil.copytree(first[0].root, root, symlinks=True)
    yield Clone(root, wheels)


def test_the_first_start_sets_up_and_shows_the_menu(first: tuple[Clone, int, str]) -> None:
    clone, code, shown = first
    assert code == 0, shown
    menu = json.loads(shown.splitlines()[-1])
    assert menu[1] == ["--songs", "ü ♪ & %PATH% !x!"]
    assert Path(menu[2]) == clone.root
    assert Path(menu[3]) == clone.environment.folder
    assert [f"Step {number} of 5:" in shown for number in range(1, 6)] == [True] * 5
    assert "No ready-made llama-cpp-python" in flat(shown)
    assert (clone.root / "data" / "persistent.json").exists()
    assert clone.environment.is_ready()
    assert "-m pip install" in clone.log


def test_the_second_start_installs_nothing_and_passes_the_exit_code_on(clone: Clone) -> None:
    before = clone.log
    code, shown = clone.launch(answer="no\n")
    assert code == 7
    assert len(shown.splitlines()) == 1
    assert clone.log == before


def test_help_needs_no_set_up(tmp_path: Path, wheels: Path) -> None:
    clone = Clone.fresh(tmp_path / "new", wheels)
    assert clone.launch("--help") == (0, "usage\n")
    assert not clone.environment.folder.exists()


def test_settings_that_were_deleted_come_back(clone: Clone) -> None:
    (clone.root / "data" / "persistent.json").unlink()
    assert clone.launch()[0] == 0
    assert (clone.root / "data" / "persistent.json").exists()


def test_new_requirements_are_fetched_and_nothing_else_is_touched(clone: Clone) -> None:
    (clone.root / "requirements.txt").write_text(
        REQUIREMENTS.replace("tiny-song==1.0", "tiny-song==1.1"), encoding="utf-8"
    )
    keep = {"data/persistent.json": "{}", "models/my.gguf": "GGUF", "output/my song.mp3": "la"}
    for name, text in keep.items():
        (clone.root / name).parent.mkdir(exist_ok=True)
        (clone.root / name).write_text(text, encoding="utf-8")
    environments = clone.log.count(" -m venv ")
    code, shown = clone.launch()
    assert code == 0 and "looking everything over" in shown
    assert clone.log.count(" -m venv ") == environments, "the environment was kept"
    for name, text in keep.items():
        assert (clone.root / name).read_text(encoding="utf-8") == text


def lose_base(clone: Clone) -> None:
    clone.environment.python.unlink()
    clone.environment.python.symlink_to("/nowhere/python3")


def lose_stamp_in_the_making(clone: Clone) -> None:
    stamp = clone.environment.folder / "llm-music-gen.json"
    stamp.write_text(stamp.read_text(encoding="utf-8").replace("true", "false"), encoding="utf-8")


def lose_pip(clone: Clone) -> None:
    packages = next(clone.environment.folder.glob("lib/*/site-packages"))
    shutil.rmtree(packages / "pip")
    (clone.root / "requirements.txt").write_text(REQUIREMENTS + "tiny-song\n", encoding="utf-8")


@pytest.mark.parametrize("damage", [lose_base, lose_stamp_in_the_making, lose_pip])
def test_a_broken_environment_is_made_anew(clone: Clone, damage: Callable[[Clone], None]) -> None:
    environments = clone.log.count(" -m venv ")
    damage(clone)
    code, shown = clone.launch()
    assert code == 0, shown
    assert clone.log.count(" -m venv ") == environments + 1
    assert clone.environment.is_ready()


def test_an_environment_made_by_hand_is_kept(clone: Clone) -> None:
    (clone.environment.folder / "llm-music-gen.json").unlink()
    environments = clone.log.count(" -m venv ")
    assert clone.launch()[0] == 0
    assert clone.log.count(" -m venv ") == environments


def test_half_a_library_is_mended(clone: Clone) -> None:
    packages = next(clone.environment.folder.glob("lib/*/site-packages"))
    (packages / "tiny_song" / "__init__.py").write_text("cut off (", encoding="utf-8")
    (packages / "tiny_song-1.0.dist-info" / "RECORD").unlink()  # pip cannot uninstall this
    code, shown = clone.requisites()
    assert code == 0, shown
    assert clone.launch()[0] == 0


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path, wheels: Path) -> None:
    clone = Clone.fresh(tmp_path / "new", wheels)
    clone.environment.folder.mkdir()
    treasure = clone.environment.folder / "treasure.txt"
    treasure.write_text("gold", encoding="utf-8")
    code, shown = clone.launch()
    assert code == 1 and "that no set-up made" in flat(shown)
    assert treasure.read_text(encoding="utf-8") == "gold"


def forget_llama(clone: Clone) -> None:
    """Leave the copy as if set-up still had its third step before it."""
    packages = next(clone.environment.folder.glob("lib/*/site-packages"))
    for path in packages.glob("llama_cpp*"):
        shutil.rmtree(path)
    stamp = clone.environment.folder / "llm-music-gen.json"
    fields = {**json.loads(stamp.read_text(encoding="utf-8")), "libraries": []}
    stamp.write_text(json.dumps(fields), encoding="utf-8")


FAILING_BUILDS = {
    "CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage": "there is no C++ compiler",
    "fatal error: cannot write: No space left on device": "the disk is full",
}


@pytest.mark.parametrize(("said", "told"), FAILING_BUILDS.items())
def test_a_step_that_fails_says_so_and_the_next_start_goes_on(
    clone: Clone, said: str, told: str
) -> None:
    forget_llama(clone)
    code, shown = clone.launch(BUILD_SAYS=said)
    assert code == 1
    assert "Set-up stopped at step 3 of 5" in flat(shown) and told in flat(shown)
    assert "Traceback" not in shown and "then start again" in flat(shown)
    assert clone.launch()[0] == 0


def begin_building(clone: Clone, marks: Path, seconds: str) -> subprocess.Popen[str]:
    forget_llama(clone)
    marks.mkdir()
    child = clone.start(
        str(clone.root / "launcher.py"), BUILD_SECONDS=seconds, BUILD_MARKS=str(marks)
    )
    await_that(lambda: any(marks.iterdir()), "the build begins")
    return child


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_ctrl_c_leaves_nothing_running_and_the_next_start_goes_on(
    clone: Clone, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    child = begin_building(clone, tmp_path / "marks", "60")
    os.killpg(child.pid, signal.SIGINT)
    shown, _ = child.communicate(timeout=30)
    assert child.returncode == 130, shown
    assert "Start again, and it goes on" in flat(shown) and "Traceback" not in shown
    builder = int(next((tmp_path / "marks").iterdir()).name)
    await_that(lambda: not is_alive(builder), "the build ends")
    assert clone.launch()[0] == 0


def test_a_killed_set_up_is_taken_up_when_its_orphans_are_done(
    clone: Clone, tmp_path: Path
) -> None:
    child = begin_building(clone, tmp_path / "marks", "4")
    child.kill()
    child.communicate(timeout=30)
    builder = int(next((tmp_path / "marks").iterdir()).name)
    assert is_alive(builder), "pip goes on by itself"
    code, shown = clone.launch()
    assert code == 0, shown
    assert f"Another set-up (process {child.pid}) is at work" in flat(shown)
    assert not is_alive(builder)


def test_two_at_once_do_it_once(tmp_path: Path, wheels: Path) -> None:
    clone = Clone.fresh(tmp_path / "both", wheels)
    children = [clone.start(str(clone.root / "launcher.py"), BUILD_SECONDS="1") for _ in range(2)]
    shown = [child.communicate("X\n", timeout=LIMIT_SECONDS)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0], shown
    assert clone.log.count(" -m venv ") == 1
    assert sum("Another set-up" in flat(text) for text in shown) == 1


def test_the_check_tells_ready_from_not_ready(clone: Clone) -> None:
    assert "Environment    ok" in clone.requisites("check")[1]
    lose_base(clone)
    code, shown = clone.requisites("check")
    assert code == 1
    assert "Environment    missing  run: python requisites.py" in shown


@pytest.mark.skipif(
    sys.platform == "win32" or not shutil.which("setpriv") or os.geteuid() != 0, reason="needs root"
)
def test_a_folder_that_may_not_be_written_to(tmp_path: Path, wheels: Path) -> None:
    clone = Clone.fresh(Path("/tmp") / f"lmg-readonly-{os.getpid()}", wheels)
    try:
        user = ["setpriv", "--reuid=65534", "--clear-groups"]
        command = [*user, "/usr/bin/python3", str(clone.root / "launcher.py")]
        answer = subprocess.run(command, capture_output=True, text=True, env=clone.variables)
        assert answer.returncode == 1
        assert "may not be written to" in flat(answer.stderr) and "Move" in answer.stderr
    finally:
        shutil.rmtree(clone.root)
