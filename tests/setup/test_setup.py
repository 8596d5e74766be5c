"""Set-up's decisions: is the environment ready, what does a failure say, what is never touched."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import launcher
import requisites
from scripts.setup import checks, commands, diagnosis, installer, lock, self_tests, steps, suite
from scripts.setup.environment import Environment, Stamp, python_version, requirement_lines
from scripts.tables.program import Paths, Settings, UserError
from scripts.temporary import application, installing, setup_failures

REPOSITORY = Path(__file__).resolve().parents[2]

# --- Requirements --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_and_has_a_reason(name: str) -> None:
    paragraphs = (REPOSITORY / name).read_text(encoding="utf-8").split("\n\n")
    for line in requirement_lines(REPOSITORY / name):
        assert "==" in line or (">=" in line and "<" in line), line
        home = next(part for part in paragraphs if line in part)
        assert home.lstrip().startswith("#"), f"no reason above {line}"


def test_comments_and_line_ends_install_nothing(tmp_path: Path) -> None:
    first, second = tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_bytes(b"# one\nmido>=1.3,<2\n\ntqdm>=4 # two\n")
    second.write_bytes(b"mido>=1.3,<2\r\n# three\r\ntqdm>=4\r\n")
    assert requirement_lines(first) == requirement_lines(second) == ["mido>=1.3,<2", "tqdm>=4"]


def test_the_special_libraries_are_in_the_requirements() -> None:
    names = {
        steps.library_name(line) for line in requirement_lines(REPOSITORY / "requirements.txt")
    }
    assert {installing.LLAMA, installing.SIMPLEAUDIO, "miniaudio"} <= names


# --- Is the environment ready? -------------------------------------------------------------------


@pytest.fixture
def ready(tmp_path: Path) -> Environment:
    """An environment that passes for ready: a Python, a stamp, today's requirements."""
    environment = Environment(tmp_path)
    environment.requirements.write_text("mido>=1.3,<2\n", encoding="utf-8")
    environment.python.parent.mkdir(parents=True)
    (environment.folder / "pyvenv.cfg").write_text(
        f"home = {Path(sys.executable).parent}\n", encoding="utf-8"
    )
    if sys.platform == "win32":
        shutil.copy(sys.executable, environment.python)
    else:
        environment.python.symlink_to(sys.executable)
    stamp = Stamp(made=True, python=python_version(), libraries=["mido>=1.3,<2"])
    environment.write_stamp(dataclasses.replace(stamp, base=environment.base()))
    return environment


def change_stamp(**changes: object) -> Callable[[Environment], None]:
    def change(environment: Environment) -> None:
        path = environment.folder / "llm-music-gen.json"
        stamp = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**stamp, **changes}), encoding="utf-8")

    return change


def write_stamp_text(text: str) -> Callable[[Environment], object]:
    return lambda environment: (environment.folder / "llm-music-gen.json").write_text(text)


def lose_base(environment: Environment) -> None:
    """Take away the Python that it stands on: on Windows the configuration names that."""
    if sys.platform == "win32":
        (environment.folder / "pyvenv.cfg").write_text("home = C:\\nowhere\n", encoding="utf-8")
        return
    environment.python.unlink()
    environment.python.symlink_to("/nowhere/python3")


NOT_READY: dict[str, Callable[[Environment], object]] = {
    "other requirements": lambda e: e.requirements.write_text("mido>=1.4,<2\n"),
    "older layout": change_stamp(layout=0),
    "cut off while it was made": change_stamp(made=False),
    "libraries not all in": change_stamp(libraries=[]),
    "base Python changed": change_stamp(base=["/usr/bin/python3", 1, 1]),
    "stamp of another make": change_stamp(surprise=1),
    "stamp with nonsense types": change_stamp(base=[]),
    "stamp cut short": write_stamp_text('{"layout": 1'),
    "stamp is a list": write_stamp_text("[1]"),
    "stamp empty": write_stamp_text(""),
    "stamp gone": lambda e: (e.folder / "llm-music-gen.json").unlink(),
    "base Python gone": lose_base,
    "Python gone": lambda e: e.python.unlink(),
}


def test_a_finished_environment_is_ready(ready: Environment) -> None:
    assert ready.is_ready()


def test_a_moved_environment_is_ready(ready: Environment, tmp_path: Path) -> None:
    moved = tmp_path.with_name("moved here")
    tmp_path.rename(moved)
    assert Environment(moved).is_ready()
    moved.rename(tmp_path)


@pytest.mark.parametrize("damage", NOT_READY.values(), ids=NOT_READY.keys())
def test_any_other_environment_is_not(
    ready: Environment, damage: Callable[[Environment], None]
) -> None:
    damage(ready)
    assert not ready.is_ready()


def test_nothing_but_an_environment_is_removed(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    assert environment.looks_like_one()  # nothing there
    environment.folder.mkdir()
    assert environment.looks_like_one()  # empty
    (environment.folder / "my thesis.txt").write_text("!")
    assert not environment.looks_like_one()
    (environment.folder / "pyvenv.cfg").write_text("")
    assert environment.looks_like_one()


# --- What a failure says -------------------------------------------------------------------------

# Said by pip 23 to 26, CMake, gcc, MSVC's build and Python, shortened.
SAID = [
    (
        "folder too deep",
        "ERROR: Could not install packages due to an OSError: [WinError 206] The filename or "
        "extension is too long: 'C:\\\\very\\\\deep'",
    ),
    (
        "no network",
        "WARNING: Retrying (Retry(total=0, connect=None, read=None)) after connection broken by "
        "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: "
        "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')'\n"
        "ERROR: Could not find a version that satisfies the requirement llguidance<2,>=1.9 (from "
        "versions: none)\nERROR: No matching distribution found for llguidance<2,>=1.9",
    ),
    (
        "no network",
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NameResolutionError(\""
        "HTTPSConnection(host='pypi.org', port=443): Failed to resolve 'pypi.org' ([Errno 11001] "
        "getaddrinfo failed)\")'\nERROR: No matching distribution found for mido",
    ),
    (
        "no network",
        "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool("
        "host='files.pythonhosted.org', port=443): Read timed out.",
    ),
    (
        "certificate refused",
        "Could not fetch URL https://pypi.org/simple/mido/: There was a problem confirming the ssl "
        "certificate: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with "
        "url: /simple/mido/ (Caused by SSLError(SSLCertVerificationError(1, '[SSL: "
        "CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer')))",
    ),
    ("disk full", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left"),
    ("disk full", "OSError: [WinError 112] There is not enough space on the disk"),
    (
        "no permission",
        "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: 'x.so'",
    ),
    ("no permission", "PermissionError: [WinError 5] Access is denied: 'numpy\\\\core.pyd'"),
    (
        "no venv module",
        "The virtual environment was not created successfully because ensurepip is not\n"
        "available.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage",
    ),
    ("no venv module", "/usr/bin/python3: No module named venv"),
    (
        "no compiler",
        "CMakeDetermineCCompiler.cmake:48 (message):\n  Could not find the compiler specified in "
        "the environment variable CC:\n\n  gcc.\nCMake Error: CMAKE_CXX_COMPILER not set, after "
        "EnableLanguage\n  ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "no compiler",
        "CMake Error at CMakeLists.txt:3 (project):\n  No CMAKE_CXX_COMPILER could be found.\n"
        "ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "no compiler",
        "      error: [Errno 2] No such file or directory: 'gcc'\n"
        "  ERROR: Failed building wheel for simpleaudio-patched",
    ),
    (
        "no compiler",
        "CMake Error at CMakeLists.txt:3 (project):\n  Running\n\n   'nmake' '-?'\n\n  failed with:"
        "\n\n   no such file or directory\nERROR: Failed building wheel for llama-cpp-python",
    ),
    ("no compiler", "error: Microsoft Visual C++ 14.0 or greater is required. Get it with"),
    (
        "no ALSA headers",
        "c_src/simpleaudio_alsa.c:8:10: fatal error: alsa/asoundlib.h: No such file or directory\n"
        "error: Command '['gcc']' returned non-zero exit status 1.\n"
        "  ERROR: Failed building wheel for simpleaudio-patched",
    ),
    (
        "out of memory",
        "c++: fatal error: Killed signal terminated program cc1plus\n"
        "  ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "not built",
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError()'\n"
        "ggml.c:11:2: error: #error unknown machine\nninja: build stopped: subcommand failed.\n"
        "  ERROR: Failed building wheel for llama-cpp-python",
    ),
    (
        "no fitting build",
        "ERROR: Could not find a version that satisfies the requirement numpy==1.21.0 (from "
        "versions: 2.1.0, 2.1.1)\nERROR: No matching distribution found for numpy==1.21.0",
    ),
    (
        "no C++ runtime",
        "FileNotFoundError: Could not find module 'C:\\a\\llama.dll' (or one of its "
        "dependencies). Try using the full path with constructor syntax.",
    ),
    ("no C++ runtime", "ImportError: DLL load failed while importing core: not found"),
    ("unknown", "ValueError: something that nobody has seen"),
    ("unknown", ""),
]


@pytest.mark.parametrize(("name", "output"), SAID)
def test_a_failure_is_known_by_what_was_said(name: str, output: str) -> None:
    assert diagnosis.recognise(output).name == name


def test_every_failure_has_an_example() -> None:
    assert {failure.name for failure in setup_failures.FAILURES} <= {name for name, _ in SAID}


ALL_FAILURES = [
    value for value in vars(diagnosis).values() if isinstance(value, setup_failures.Failure)
]
NEVER_ON_WINDOWS = {"no ALSA headers"}


@pytest.mark.parametrize("platform", ["linux", "win32"])
@pytest.mark.parametrize("failure", ALL_FAILURES, ids=lambda failure: failure.name)
def test_every_failure_says_what_to_do(failure: setup_failures.Failure, platform: str) -> None:
    remedy = failure.remedy(platform)
    assert remedy[0].isupper() and remedy.endswith("."), remedy
    assert failure.what[0].islower() and not failure.what.endswith(".")
    assert (failure.what + remedy).isascii()
    if platform == "win32" and failure.name not in NEVER_ON_WINDOWS:
        assert "apt" not in remedy


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOMEM])
def test_an_error_of_the_system_is_known_too(code: int) -> None:
    failure, about = diagnosis.recognise_error(OSError(code, os.strerror(code), "/x/.venv"))
    assert failure is not setup_failures.UNKNOWN
    assert about == "(/x/.venv)"


@pytest.mark.parametrize("version", ["3.6", "3.7", "3.8", "3.9"])
@pytest.mark.parametrize("script", ["launcher.py", "requisites.py"])
def test_an_old_python_can_read_the_scripts_that_turn_it_away(script: str, version: str) -> None:
    import ast

    text = (REPOSITORY / script).read_text(encoding="utf-8")
    minor = int(version.split(".")[1])
    ast.parse(text, feature_version=(3, minor))
    head = text[: text.index("sys.exit(")]
    assert "from __future__" not in text
    assert head.count("import ") == 1, "only sys is imported before the version is looked at"


# --- Settings, and what is never touched ---------------------------------------------------------


def test_settings_are_written_once(paths: Paths) -> None:
    steps.write_settings(paths)
    text = paths.persistent.read_text(encoding="utf-8")
    assert json.loads(text) == dataclasses.asdict(Settings())
    assert text.count("\n") > 3, "a user may want to read it"
    paths.persistent.write_text('{"mine": 1}', encoding="utf-8")
    steps.write_settings(paths)
    assert paths.persistent.read_text(encoding="utf-8") == '{"mine": 1}'
    assert not list(paths.data.glob("*.partial"))


# --- The lock, the log, the environment of children ----------------------------------------------


def test_the_lock_lets_one_in_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "LOCK_POLL_SECONDS", 0.01)
    path = tmp_path / "set-up.lock"
    met: list[str] = []

    class SeenError(Exception):
        pass

    def waiting(holder: str) -> None:
        met.append(holder)
        if len(met) > 2:
            raise SeenError

    with (
        lock.exclusive_lock(path, waiting),
        pytest.raises(SeenError),
        lock.exclusive_lock(path, waiting),
    ):
        pass
    assert met == [str(os.getpid())] * 3
    with lock.exclusive_lock(path, waiting):  # free again
        assert len(met) == 3


@pytest.mark.parametrize("content", [b"", b"999999\n", b"\xff\xfe nonsense"])
def test_a_left_over_lock_file_holds_nobody_up(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set-up.lock"
    path.write_bytes(content)
    with lock.exclusive_lock(path, lambda holder: pytest.fail("waited")):
        assert path.read_bytes().split() == [str(os.getpid()).encode()]


def test_a_command_leaves_its_words_in_the_log_and_shows_signs_of_life(tmp_path: Path) -> None:
    beats: list[int] = []
    log = tmp_path / "data" / "set-up.log"
    commands.open_log(log, "a test")
    code = "import time; print('h\\u00e4llo', flush=True); time.sleep(0.7); raise SystemExit(3)"
    outcome = commands.run_logged([sys.executable, "-c", code], log, lambda: beats.append(1))
    assert (outcome.code, outcome.output.strip()) == (3, "hällo")
    assert len(beats) >= 2
    assert "hällo" in log.read_text(encoding="utf-8")


def test_an_overgrown_log_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "LOG_BYTES_AT_MOST", 100)
    log = tmp_path / "set-up.log"
    for number in range(20):
        commands.open_log(log, f"run {number}")
    assert log.stat().st_size < 200
    assert "run 19" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", installing.MISLEADING_VARIABLES)
def test_children_are_not_led_astray(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/elsewhere")
    assert name not in commands.clean_environment()


# --- What is said --------------------------------------------------------------------------------


def test_a_pipe_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = requisites.TerminalReporter()
    terminal.say("Step 1 of 5: " + "words " * 30)
    for second in range(35):
        terminal.progress(1, 5, float(second), "about a minute")
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert sum("still at work" in line for line in lines) == 3


def test_a_terminal_gets_one_moving_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = requisites.TerminalReporter()
    terminal.moving = True
    for second in (0.0, 0.2, 1.0, 2.0):
        terminal.progress(2, 5, second, "about a minute")
    terminal.say("done")
    out = capsys.readouterr().out
    assert out.count("\r") == 3, "drawn again only when it changes"
    assert "[############------------------] 40% Complete  0:02 of about a minute" in out
    assert out.endswith("\nLlm-Music-Gen: done\n")


def test_the_table_of_the_check_names_each_thing_once(root: Path) -> None:
    rows = list(checks.rows(root))
    assert len({row.what for row in rows}) == len(checks.ROWS)
    assert all(row.state in (installing.OK, installing.NOTE, installing.MISSING) for row in rows)
    assert all(len(line) <= 80 for row in rows for line in row.line().splitlines())
    assert all(row.line().isascii() for row in rows)
    by_name = {row.what: row for row in rows}
    assert by_name["Environment"].state == by_name["Libraries"].state == installing.MISSING
    assert by_name["Soundfont"].state == installing.OK


@pytest.mark.parametrize("script", ["launcher.py", "requisites.py"])
def test_words_in_any_alphabet_reach_an_ascii_pipe(script: str, tmp_path: Path) -> None:
    module = script.removesuffix(".py")
    code = f"import {module}; {module}.main(['--help'])"
    if module == "launcher":
        code = (
            "import launcher\nfrom scripts.tables.program import UserError\n"
            "def fail(arguments): raise UserError('Kein Platz f\\u00fcr \\u266a.')\n"
            "launcher.run = fail\nraise SystemExit(launcher.main([]))"
        )
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environment, capture_output=True
    )
    words = (answer.stdout + answer.stderr).decode("ascii")
    assert "Traceback" not in words
    if module == "launcher":
        assert words.splitlines() == ["Llm-Music-Gen: Kein Platz f\\xfcr \\u266a."]


# --- What the launcher does with errors ----------------------------------------------------------


class BrokenError(Exception):
    pass


ENDINGS = [
    (UserError("There is no model. Put one into models."), 1, "There is no model."),
    (BrokenError("gears"), 1, "written in data/Llm-Music-Gen.log"),
    (KeyboardInterrupt(), 130, ""),
    (EOFError(), 130, ""),
]


@pytest.mark.parametrize(("error", "code", "words"), ENDINGS, ids=lambda value: str(value)[:20])
def test_an_error_is_one_sentence(
    error: BaseException,
    code: int,
    words: str,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(arguments: list[str]) -> int:
        raise error

    monkeypatch.setattr(launcher, "ROOT", root)
    monkeypatch.setattr(launcher, "run", fail)
    assert launcher.main([]) == code
    shown = " ".join(capsys.readouterr().err.split())
    assert words in shown and "Traceback" not in shown
    log = Paths.under(root).log
    assert log.exists() == isinstance(error, BrokenError)
    if log.exists():
        assert "BrokenError: gears" in log.read_text(encoding="utf-8")


def test_the_exit_code_of_the_app_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher, "run", lambda arguments: 7)
    assert launcher.main([]) == 7


def test_the_suite_is_not_passed_when_a_part_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter([0, 1, 0, 0, 0])
    monkeypatch.setattr(requisites, "set_up", lambda root: None)
    monkeypatch.setattr(installer, "add_development", lambda root, voice: None)
    monkeypatch.setattr(suite, "run", lambda command, root: next(codes))
    assert requisites.main(["test", "-k", "nothing"]) == 1
    assert next(codes, None) is None, "the parts after a failure ran too"


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        ([], ["-m", "not slow"]),
        (["-k", "disk"], ["-m", "not slow", "-k", "disk"]),
        (["--all"], []),
        (["-x", "--all"], ["-x"]),
    ],
)
def test_the_slow_tests_run_when_all_are_asked_for(
    given: list[str], passed_on: list[str], tmp_path: Path
) -> None:
    *_, tests = suite.commands(tmp_path, given)
    assert tests.module[0] == "pytest"
    assert list(tests.module[5:]) == passed_on


@pytest.mark.parametrize(
    ("words", "command", "rest"),
    [
        ([], "install", []),
        (["--gpu", "vulkan"], "install", ["--gpu", "vulkan"]),
        (["install", "--gpu", "cuda"], "install", ["--gpu", "cuda"]),
        (["check"], "check", []),
        (["model", "ChatMusician:Q4_K_M"], "model", ["ChatMusician:Q4_K_M"]),
        (["test", "-k", "bat"], "test", ["-k", "bat"]),
    ],
)
def test_each_command_gets_its_words(words: list[str], command: str, rest: list[str]) -> None:
    assert requisites.parse(words) == (command, rest)


def test_an_unknown_command_is_turned_away(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        requisites.main(["instal"])
    assert leaving.value.code == 2
    assert "choose from" in capsys.readouterr().err


# --- The check and the choice of a build ---------------------------------------------------------


def test_each_part_works_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-tests themselves, in the environment that runs the tests."""
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    for look in (checks.model_row, checks.grammar_row, checks.band_row, checks.mp3_row):
        row = look(REPOSITORY)
        assert row.state == installing.OK, row


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ValueError('no such note')", "no such note"),
        ("import os; os._exit(3)", "it ended Python (3)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", "lacks instructions"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGILL to send there")
def test_a_part_that_breaks_says_how(
    code: str, said: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    found = self_tests.run_self_test(root, code)
    assert found.result is None and said in found.problem


def test_a_damaged_model_is_found_by_trying_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Environment, "python", Path(sys.executable))
    model = root / "models" / application.STARTER_MODEL
    content = model.read_bytes()
    shutil.rmtree(model.parent) if not model.parent.is_symlink() else model.parent.unlink()
    model.parent.mkdir()
    model.write_bytes(content[:100_000])
    assert checks.model_row(root).state == installing.MISSING


@pytest.mark.parametrize(
    ("folder", "allowed", "deep"),
    [
        ("C:/Users/Anna/Documents/Llm-Music-Gen-main", False, False),
        ("C:/" + "long/" * 40, False, True),
        ("C:/" + "long/" * 40, True, False),
    ],
)
def test_a_folder_too_deep_for_windows_is_told(folder: str, allowed: bool, deep: bool) -> None:
    assert steps.is_too_deep(Path(folder), allowed) == deep


class Quiet:
    """A reporter that prints nothing."""

    def title(self, text: str) -> None: ...
    def say(self, text: str) -> None: ...
    def progress(self, done: int, total: int, seconds: float, expected: str) -> None: ...


@pytest.mark.parametrize(
    ("before", "asked", "folder", "again"),
    [
        ("none", "vulkan", "/whl/vulkan", True),
        ("none", "cuda", "/whl/cu124", True),
        ("vulkan", "none", "/whl/cpu", True),
        ("vulkan", None, "", False),  # a repair keeps what was chosen, and this one works
        ("none", "none", "", False),
    ],
)
def test_a_build_for_graphics_cards_is_fetched_when_asked_for(
    before: str,
    asked: str | None,
    folder: str,
    again: bool,
    ready: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[str, ...]] = []

    def pip(self: steps.SetupRun, *words: str, extra: object = None) -> commands.Outcome:
        called.append(words)
        return commands.Outcome(0, "")

    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    monkeypatch.setattr(steps.SetupRun, "pip", pip)
    monkeypatch.setattr(
        steps.SetupRun, "requirements_for", lambda self, *names: [f"{installing.LLAMA}>=0.3.35"]
    )
    monkeypatch.setattr(
        steps, "check_libraries", lambda *_: [steps.LibraryCheck(installing.LLAMA, True, "0.3.36")]
    )
    stamp = ready.read_stamp()
    assert stamp is not None
    ready.write_stamp(dataclasses.replace(stamp, gpu=before))
    run = steps.SetupRun(ready, Quiet(), ready.root / "log", 0, asked)
    steps.install_llama(run)
    assert any(word.endswith(folder) for words in called for word in words) == again
    assert any("--force-reinstall" in words for words in called) == again
    kept = ready.read_stamp()
    assert kept is not None and kept.gpu == (asked or before)
