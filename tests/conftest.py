"""What every test shares: a program folder of its own, and a sound device that can be listened to.

No test may write into the repository's own `data/` or `output/`: a user's settings and songs live
there. `guarded_folders` looks before and after each test.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from scripts.tables.program import Paths

REPOSITORY = Path(__file__).resolve().parent.parent
GUARDED = ("data", "output", "models")
SINK = "jukebox"
SOUND_TOOLS = ("pulseaudio", "parec", "pactl")
SOUND_START_SECONDS = 15.0
SOUND_NICENESS = -15  # desktops let their sound server go first, too; only root may here
TAIL_SECONDS = 0.15  # what the sink and parec still hold when the last sound was sent

# No test is timed: on a busy machine even reading a line can take a second.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Tests that were started in the background ignore Ctrl-C, and so would all that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have one worker run all that is listened to: it goes on in real time, one after another."""
    if config.pluginmanager.hasplugin("xdist"):
        for item in items:
            if item.get_closest_marker("sound"):
                item.add_marker(pytest.mark.xdist_group("sound"))


# --- The program folder --------------------------------------------------------------------------


def _snapshot() -> dict[str, tuple[int, int]]:
    """Size and time of change of every file in the folders that tests must leave alone."""
    seen = {}
    for name in GUARDED:
        for path in (REPOSITORY / name).rglob("*"):
            if path.is_file():
                stat = path.stat()
                seen[path.relative_to(REPOSITORY).as_posix()] = (stat.st_size, stat.st_mtime_ns)
    return seen


@pytest.fixture(autouse=True)
def guarded_folders() -> Iterator[None]:
    """Fail a test that changes anything in the repository's own `data/` or `output/`."""
    before = _snapshot()
    yield
    after = _snapshot()
    names = before.keys() | after.keys()
    changed = sorted(name for name in names if before.get(name) != after.get(name))
    assert not changed, f"a test changed the repository's own files: {', '.join(changed)}"


def link_or_copy(source: Path, target: Path) -> None:
    """Put `source` at `target`, as a link where the system allows it."""
    with suppress(OSError):  # Windows without developer mode
        target.symlink_to(source, target_is_directory=source.is_dir())
    if target.exists():  # Wine says yes to a link, and makes none
        return
    copy(source, target, _second_name_or_copy)


def copy(
    source: Path, target: Path, copy_file: Callable[[Any, Any], object] = shutil.copy2
) -> None:
    """Copy a file or a folder with all that is in it."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=copy_file)
    else:
        copy_file(source, target)


def _second_name_or_copy(source: Any, target: Any) -> None:
    try:
        os.link(source, target)
    except OSError:  # another drive
        shutil.copy2(source, target)


def _user_made(name: str) -> bool:
    """Whether a file in `data/` belongs to the user of this clone and not to the program."""
    return name.startswith(("persistent", "jukebox")) or name.endswith((".log", ".lock"))


def make_program_folder(folder: Path, linked: bool = True) -> Path:
    """Make `folder` look like a fresh clone's: `data/`, `models/starter/`, an empty `output/`.

    What is `linked` must not be written to: it is the repository's own.
    """
    put = link_or_copy if linked else copy
    for name in ("data", "models", "output"):
        (folder / name).mkdir(parents=True)
    for source in (REPOSITORY / "data").iterdir():
        if not _user_made(source.name):
            put(source, folder / "data" / source.name)
    starter = REPOSITORY / "models" / "starter"
    if starter.is_dir():
        put(starter, folder / "models" / "starter")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A program folder of the test's own, to pass where the app wants its `root`."""
    return make_program_folder(tmp_path / "Llm-Music-Gen")


@pytest.fixture
def paths(root: Path) -> Paths:
    """The `Paths` of the test's own program folder."""
    return Paths.under(root)


# --- A sound device that can be listened to ------------------------------------------------------


@dataclass(frozen=True)
class NullSink:
    """A private sound server whose one device keeps real time and makes no noise.

    `variables` are the settings that lead a player to it (for `monkeypatch.setenv`);
    `environment` is the whole environment with them, ready for `subprocess.run(env=...)`.
    """

    folder: Path
    variables: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.variables}

    @contextmanager
    def recording(self, path: Path) -> Iterator[Path]:
        """Record what is played inside the `with` block into the WAV file `path`."""
        command = ["parec", "-d", f"{SINK}.monitor", "--file-format=wav", "--latency-msec=20"]
        recorder = subprocess.Popen([*command, str(path)], env=self.environment)
        try:
            self._await(lambda: self._listens(recorder.pid), "parec")
            yield path
            time.sleep(TAIL_SECONDS)
        finally:
            recorder.terminate()  # parec then completes the header
            recorder.wait(timeout=10)

    def record(self, path: Path, seconds: float) -> Path:
        """Record `seconds` of what is played into the WAV file `path`, and return it."""
        with self.recording(path):
            time.sleep(seconds)
        return path

    def ask(self, *arguments: str) -> str:
        """What `pactl` answers, e.g. `ask("list", "short", "sink-inputs")`."""
        return subprocess.run(
            ["pactl", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        ).stdout

    def _listens(self, pid: int) -> bool:
        return f'application.process.id = "{pid}"' in self.ask("list", "source-outputs")

    @staticmethod
    def _await(ready: Callable[[], bool], what: str) -> None:
        limit = time.monotonic() + SOUND_START_SECONDS
        while not ready():
            if time.monotonic() > limit:
                pytest.fail(f"{what} did not start within {SOUND_START_SECONDS:.0f} s")
            time.sleep(0.05)


def _sound_variables(folder: Path) -> dict[str, str]:
    """Point ALSA and PulseAudio at the server in `folder`, past anything of the user's own."""
    config = folder / "asound.conf"
    config.write_text(
        "pcm.!default { type pulse }\nctl.!default { type pulse }\n", encoding="ascii"
    )
    return {
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "PULSE_SERVER": f"unix:{folder}/pulse/native",
        "PULSE_COOKIE": str(folder / "cookie"),
        "ALSA_CONFIG_PATH": str(config),
    }


def _start_sound_server(folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    command += ["-L", f"module-native-protocol-unix socket={folder}/pulse/native"]
    # norewinds: a null sink otherwise works in blocks of two seconds, and their last one is lost.
    command += ["-L", f"module-null-sink sink_name={SINK} norewinds=1"]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    if sys.platform == "win32":
        raise NotImplementedError  # what follows is POSIX alone
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, server.pid, SOUND_NICENESS)
    return server


def _answers(sink: NullSink) -> bool:
    try:
        return SINK in sink.ask("list", "short", "sinks")
    except subprocess.CalledProcessError:
        return False


@pytest.fixture(scope="session")
def null_sink() -> Iterator[NullSink]:
    """A private PulseAudio with a null sink; skipped where there is none, except in CI."""
    missing = [tool for tool in SOUND_TOOLS if shutil.which(tool) is None]
    if missing:
        reason = f"no test sound device: {', '.join(missing)} not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # A socket's path may have 108 characters, so the folder is a short one.
    folder = Path(tempfile.mkdtemp(prefix="lmg-", dir="/tmp"))
    (folder / "pulse").mkdir(mode=0o700)
    sink = NullSink(folder, _sound_variables(folder))
    server = _start_sound_server(folder, sink.environment)
    try:
        sink._await(lambda: _answers(sink), "the test sound server")
        yield sink
    finally:
        server.terminate()
        server.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)
