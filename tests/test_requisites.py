"""The command line of requisites.py, and the progress that it shows."""

from __future__ import annotations

import pytest

import requisites


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
