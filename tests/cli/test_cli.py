"""The command line as a whole: help, exit codes, pipes, and the real program."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from byhand import __version__, load
from byhand.cli import app

COMMANDS = [
    [],
    ["train"],
    ["recipes"],
    ["evaluate"],
    ["compare"],
    ["predict"],
    ["read"],
    ["gradcheck"],
    ["show"],
    ["data"],
    *(["show", what] for what in ("data", "mistakes", "weights", "history", "digit")),
    *(["data", what] for what in ("list", "info", "fetch", "check")),
]


def examples(page: str) -> list[str]:
    """The command lines on a help page."""
    below = page.partition("Examples:")[2].partition("╭─")[0]
    return [line.strip() for line in below.splitlines() if line.strip()]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples(byhand, command: list[str]):
    ended = byhand(*command, "--help")
    assert ended.code == 0
    found = examples(ended.out)
    assert found
    assert all(line.startswith(" ".join(["byhand", *command])) for line in found)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_example_is_understood(byhand, command: list[str]):
    for line in examples(byhand(*command, "--help").out):
        words, *_ = line.split(" > ")  # the shell's, to a file
        parse(shlex.split(words)[1:])


def parse(words: list[str]) -> None:
    """Parse a command line as the program does, without running it."""
    command = typer.main.get_command(app)
    context = command.make_context("byhand", list(words), resilient_parsing=False)
    while hasattr(command, "resolve_command"):
        _, command, words = command.resolve_command(context, words)
        context = command.make_context(command.name, list(words), parent=context)


def test_an_example_that_is_wrong_would_not_be_understood():
    with pytest.raises(Exception, match="No such option"):
        parse(["train", "--colour"])
    with pytest.raises(Exception, match="No such command"):
        parse(["draw"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_that_answers_has_json_and_quiet(byhand, command: list[str]):
    page = byhand(*command, "--help").out
    answers = command[:1] != ["show"] and command not in ([], ["data"])
    assert ("--json" in page) is ("--quiet" in page) is answers


def test_help_keeps_no_paragraph_broken_in_its_middle(byhand, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    lines = [line.strip() for line in byhand("evaluate", "--help").out.splitlines()]
    assert any(
        line.startswith("Accuracy with") and line.endswith("confident mistakes.")
        for line in lines
    )


def test_the_version_is_the_packages(byhand):
    assert byhand("--version").out == f"byhand {__version__}\n"


@pytest.mark.parametrize(
    "words", [["draw"], ["train", "--colour"], ["predict"], ["data", "info"]]
)
def test_wrong_usage_is_exit_code_2(byhand, words: list[str]):
    ended = byhand(*words)
    assert (ended.code, ended.out) == (2, "")
    assert "Usage: byhand" in ended.err


def test_an_interrupt_is_exit_code_130(byhand, monkeypatch):
    def press(seed):
        raise KeyboardInterrupt

    monkeypatch.setattr("byhand.nn.gradcheck.check_all", press)
    assert byhand("gradcheck").code == 130


def test_a_full_disk_is_one_line(byhand, monkeypatch):
    def fill(seed):
        raise OSError(28, "No space left on device", "a/file")

    monkeypatch.setattr("byhand.nn.gradcheck.check_all", fill)
    ended = byhand("gradcheck")
    assert ended.code == 1
    assert ended.err == "byhand: error: a/file: No space left on device\n"


def test_our_own_mistakes_are_not_hidden(byhand, monkeypatch):
    monkeypatch.setattr("byhand.nn.gradcheck.check_all", lambda seed: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        byhand("gradcheck")


def real(*words: str | Path, **settings) -> subprocess.CompletedProcess[str]:
    """Run the real program in a process of its own."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        **settings,
    )


def imported(*words: str) -> set[str]:
    """The packages that the real program has imported at its end."""
    ended = real("-X", "importtime", *words)
    assert ended.returncode == 0, ended.stderr
    names = re.findall(r"\| +([\w.]+)$", ended.stderr, flags=re.MULTILINE)
    return {name.partition(".")[0] for name in names}


HEAVY = {"numpy", "scipy", "PIL", "matplotlib", "numba", "pooch", "requests", "joblib"}


def test_help_imports_nothing_heavy():
    found = imported("-m", "byhand", "--help")
    assert {"byhand", "typer"} <= found
    assert not found & {*HEAVY, "safetensors", "platformdirs", "threadpoolctl"}


def test_importing_the_package_imports_nothing_heavy():
    found = imported("-c", "import byhand")
    assert "byhand" in found
    assert not found & {*HEAVY, "typer", "rich"}


@pytest.mark.parametrize("words", [["list"], ["info", "mnist", "--json"]])
def test_a_reader_that_has_enough_is_no_error(words: list[str]):
    command = [sys.executable, "-m", "byhand", "data", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    with subprocess.Popen(command, env=buffered, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ctrl_c_leaves_a_run_that_can_be_resumed_bit_for_bit(byhand, toy):
    words = ["train", "--data", str(toy), "--recipe", "classic", "--epochs", "1000"]
    command = [sys.executable, "-m", "byhand", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as process:
        line = process.stderr.readline()
        if line.startswith("compiling the kernels"):  # the first run on this machine
            line = process.stderr.readline()
        assert line.startswith("recipe classic: 1000 epochs, about ")
        assert process.stderr.readline().startswith("epoch  1")
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    line = err.splitlines()[-1].split()
    assert line[:3] == ["byhand", "train", "--resume"]
    assert byhand(*line[1:], "--no-report").code == 0
    byhand(*words, "--no-report", "--out", "uninterrupted.safetensors")
    a = load("runs/toy-classic-0-epochs-1000/model.safetensors").network.params
    b = load("uninterrupted.safetensors").network.params
    assert all((a[name] == b[name]).all() for name in b)


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("byhand train --recipe cl", ["classic"]),
        ("byhand evaluate --data emnist-", ["emnist-digits", "emnist-letters"]),
        ("byhand data info km", ["kmnist"]),
        ("byhand gradch", ["gradcheck"]),
    ],
)
def test_the_shell_completes(byhand, monkeypatch, words: str, completed: list[str]):
    monkeypatch.setenv("_BYHAND_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert byhand().out.split() == completed


def test_a_terminal_that_lacks_a_character_gets_another():
    settings = {**os.environ, "PYTHONIOENCODING": "ascii"}
    ended = real("-m", "byhand", "data", "info", "kmnist", env=settings)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "28?28" in ended.stdout


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_is_respected(no_color: str, coloured: bool):
    settings = {**os.environ, "FORCE_COLOR": "1", "NO_COLOR": no_color}
    page = real("-m", "byhand", "--help", env=settings).stdout
    assert bool(re.search(r"\x1b\[[\d;]*3[0-7]m", page)) is coloured
