"""How other programs are started."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import processes
from scripts.processes import (
    Console,
    kill_and_close,
    run_captured,
    run_in_console,
    start_dialogue,
    start_process,
)
from scripts.temporary import application

NOT_ON_WINDOWS = "sessions and niceness are of other systems"
# Numbers of Windows, which other systems' subprocess does not have.
NO_WINDOW, BELOW_NORMAL = 0x0800_0000, 0x4000


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-c", code]


@pytest.mark.parametrize("console", Console)
def test_only_what_is_apart_has_a_session_of_its_own(console: Console) -> None:
    if sys.platform == "win32":
        pytest.skip(NOT_ON_WINDOWS)
    code = "import os, sys; print(os.getsid(0), sys.stdin.read() == '')"
    session, silent = run_captured(python(code), 60, console).stdout.split()
    assert (int(session) != os.getsid(0)) == (console is Console.APART)
    assert silent == "True"


def test_a_process_in_the_background_gives_way() -> None:
    if sys.platform == "win32":
        pytest.skip(NOT_ON_WINDOWS)
    waiting = python("import sys; sys.stdin.read()")
    for in_background in (False, True):
        with start_process(waiting, stdin=subprocess.PIPE, in_background=in_background) as process:
            niceness = os.getpriority(os.PRIO_PROCESS, process.pid)
            if in_background:
                assert niceness >= application.BACKGROUND_NICENESS
            else:
                assert niceness == os.getpriority(os.PRIO_PROCESS, 0)


@pytest.mark.parametrize(
    ("console", "in_background", "flags"),
    [
        (Console.SHARED, False, 0),
        (Console.HIDDEN, False, NO_WINDOW),
        (Console.APART, False, NO_WINDOW),
        (Console.APART, True, NO_WINDOW | BELOW_NORMAL),
    ],
)
def test_on_windows_no_window_flashes_up(
    console: Console, in_background: bool, flags: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", NO_WINDOW, raising=False)
    monkeypatch.setattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", BELOW_NORMAL, raising=False)
    assert processes._console_options(console, in_background) == {"creationflags": flags}


def test_what_a_program_writes_is_kept_whatever_it_is() -> None:
    code = r"import sys; sys.stdout.buffer.write(b'Gr\xc3\xbcn \xff\n'); sys.exit('so')"
    done = run_captured(python(code), 60)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "Grün \ufffd\n", "so")


def test_a_program_that_does_not_end_is_ended() -> None:
    before = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        run_captured(python("import time; time.sleep(60)"), 0.2)
    assert time.monotonic() - before < 30


def test_a_dialogue_is_in_utf_8_line_by_line() -> None:
    code = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line); break"
    with start_dialogue(python(code)) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("Ночь\n")
        process.stdin.flush()
        assert process.stdout.readline() == "Ночь\n"


def test_a_program_in_the_console_writes_to_our_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import os; print(os.getcwd(), os.environ['OF_OURS'], flush=True); raise SystemExit(7)"
    environment = {**os.environ, "OF_OURS": "told"}
    assert run_in_console(python(code), tmp_path, environment) == 7
    folder, told = capfd.readouterr().out.split()
    assert (Path(folder).resolve(), told) == (tmp_path.resolve(), "told")


def test_a_program_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    for start in (start_process, start_dialogue, run_in_console):
        with pytest.raises(OSError):
            start([str(tmp_path / "missing")])


def test_a_process_that_is_killed_leaves_no_pipe_open() -> None:
    waiting = python("import sys; sys.stdin.read()")
    pipe = subprocess.PIPE
    with start_process(waiting, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        for _ in range(2):
            kill_and_close(process)
            assert process.returncode not in (None, 0)
            assert process.stdin and process.stdin.closed
            assert process.stdout and process.stdout.closed
            assert process.stderr and process.stderr.closed
