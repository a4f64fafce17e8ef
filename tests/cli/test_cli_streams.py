"""Standard output that is closed or full, and signals that end a command as Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from byhand.cli import main, streams

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such thing")
COMMANDS = [["--version"], ["--help"], ["recipes"], ["recipes", "--json"]]
FULL = "byhand: error: standard output: cannot be written: No space left on device\n"
CLOSED = "byhand: error: standard output: cannot be written: it is closed\n"


def ended(words: list[str], redirected: str, **environment: str):
    """Run the real program with its streams redirected by the shell."""
    command = f'exec "{sys.executable}" -m byhand {" ".join(words)} {redirected}'
    return subprocess.run(
        ["sh", "-c", command],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | environment,
        check=False,
    )


@posix
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_full_disk_under_standard_output_is_one_line(words):
    for unbuffered in ("", "1") if words == ["recipes"] else ("",):
        got = ended(words, ">/dev/full", PYTHONUNBUFFERED=unbuffered)
        assert (got.returncode, got.stderr) == (1, FULL)


@posix
@pytest.mark.parametrize("words", COMMANDS[1:3], ids=" ".join)
def test_closed_standard_output_is_one_line(words):
    got = ended(words, ">&-")
    assert (got.returncode, got.stderr) == (1, CLOSED)


@posix
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_with_nobody_to_complain_to_the_exit_code_is_1(unbuffered):
    for words, where in (
        (["recipes"], ">&- 2>&-"),
        (["recipes"], ">/dev/full 2>/dev/full"),
        (["predict", "none.png"], "2>/dev/full"),
    ):
        assert ended(words, where, PYTHONUNBUFFERED=unbuffered).returncode == 1


@posix
def test_a_command_that_prints_nothing_needs_no_standard_output(byhand):
    Image.new("L", (30, 20), 255).save("a.png")
    got = ended(["read", "missing.png"], ">&-")
    assert got.returncode == 1
    assert "missing.png: expected a picture file" in got.stderr


@posix
def test_a_file_of_results_on_a_full_disk_is_named_and_what_is_in_it_stays(byhand):
    for number in range(40):
        Image.new("L", (30, 20), 255).save(f"{number:02}.png")
    command = (
        "ulimit -f 2; exec "  # blocks of 512 or 1024 bytes
        f'"{sys.executable}" -m byhand read *.png --jobs 1 --out x.jsonl'
    )
    # coverage could not write its own file
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    environment["BYHAND_KERNELS"] = "reference"
    got = subprocess.run(
        ["sh", "-c", command],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        check=False,
    )
    assert got.returncode == 1
    assert "x.jsonl: cannot be written: File too large" in got.stderr
    assert "Traceback" not in got.stderr
    done = len(Path("x.jsonl").read_bytes().splitlines())
    assert 1 < done < 40
    assert byhand("read", *map(str, sorted(Path().glob("*.png"))), "--out", "x.jsonl")
    lines = Path("x.jsonl").read_text().splitlines()
    assert len({json.loads(line)["file"] for line in lines}) == len(lines) == 40


@posix
@pytest.mark.parametrize(("name", "jobs"), [("SIGTERM", "1"), ("SIGHUP", "2")])
def test_a_signal_ends_read_as_ctrl_c_does(byhand, name, jobs):
    number = signal.Signals[name]
    Path("in").mkdir()
    Image.new("L", (30, 20), 255).save("in/0.png")
    for n in range(1, 9000):
        os.link("in/0.png", f"in/{n}.png")
    words = ["read", "in", "--jobs", jobs, "--out", "x.jsonl"]
    with subprocess.Popen(
        [sys.executable, "-m", "byhand", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=os.environ | {"BYHAND_KERNELS": "reference"},  # nothing to compile first
        start_new_session=True,
    ) as process:
        while not (Path("x.jsonl").is_file() and Path("x.jsonl").stat().st_size > 9000):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)  # to the parent alone
        out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert out.startswith("x.jsonl: ")  # what was done until then
    assert "Traceback" not in err
    for line in Path("x.jsonl").read_text().splitlines():
        assert json.loads(line)["lines"] == []
    with pytest.raises(ProcessLookupError):  # nobody of it is left
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.1)


@posix
def test_handlers_are_put_back_and_an_ignored_hangup_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with streams.ended_by_signals() as came:
            signal.raise_signal(signal.SIGHUP)
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)
            assert came() == signal.SIGTERM
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (MemoryError(), "expected more memory, got too little; try a smaller input"),
        (OSError(28, "No space left on device", "a.onnx"), "a.onnx: No space left on"),
        (RecursionError("too deep"), "expected simpler input, got too deep"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_the_machine_are_one_line(monkeypatch, capsys, error, line):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("byhand.cli.app", fail)
    assert main([]) == 1
    assert capsys.readouterr().err.startswith(f"byhand: error: {line}")


def test_an_error_line_stays_short(byhand):
    got = byhand("predict", "x" * 100_000)
    assert got.code == 1
    assert max(map(len, got.err.splitlines())) <= 400
