"""kill -9 at any moment: nothing is lost, nothing is left over, the same bits."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand.cli import main
from byhand.model import load

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
# A run saves after each epoch, not each ten seconds, so that kills meet files that are
# being written. The process kills itself, some seconds after it began to train.
TRAIN = """
import os, signal, sys, threading
from byhand.training import checkpoint, loop
checkpoint.SECONDS_BETWEEN = 0.0
fit = loop._fit
def then_die(*arguments):
    if (seconds := float(sys.argv[1])) > 0:
        die = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGKILL))
        die.daemon = True
        die.start()
    fit(*arguments)
loop._fit = then_die
from byhand.cli import main
sys.exit(main(["train", *sys.argv[2:]]))
"""
PICTURES = 160


@pytest.fixture
def toy(tmp_path, monkeypatch, make_dataset):
    """An empty folder with a data set in it."""
    monkeypatch.chdir(tmp_path)
    data = make_dataset()
    np.savez("toy.npz", x_train=data.train.images, y_train=data.train.labels,
             x_test=data.test.images, y_test=data.test.labels)  # fmt: skip
    Path("out").mkdir()


def ended(seconds: float, *words: str) -> int:
    """Train in a process that kills itself after some seconds; 0 for never."""
    program = [sys.executable, "-c", TRAIN, str(seconds), *words, "--quiet"]
    environment = os.environ | {"BYHAND_KERNELS": "reference"}
    done = subprocess.run(program, env=environment, capture_output=True, check=False)
    assert b"Traceback" not in done.stderr
    return done.returncode


@pytest.mark.parametrize(
    ("kills", "epochs"), [(3, 200), pytest.param(50, 4000, marks=pytest.mark.slow)]
)
def test_a_killed_training_goes_on_bit_for_bit(toy, kills, epochs):
    words = ["--data", "toy.npz", "--recipe", "classic", "--epochs", str(epochs)]
    words += ["--no-report", "--out"]
    checkpoint = Path("out/m.checkpoint.safetensors")
    draw, resumed = random.Random(kills), 0
    for _ in range(kills):
        again = ["--resume", str(checkpoint), "--no-report"]
        resumed += checkpoint.exists()
        again = again if checkpoint.exists() else [*words, "out/m.safetensors"]
        assert ended(draw.uniform(0.02, 0.2), *again) == -signal.SIGKILL
        assert len(list(Path("out").iterdir())) <= 3
    assert resumed
    assert ended(0, "--resume", str(checkpoint), "--no-report") == 0
    assert os.listdir("out") == ["m.safetensors"]
    assert ended(0, *words, "uninterrupted.safetensors") == 0
    a, b = (
        load(p).network.arrays
        for p in ("out/m.safetensors", "uninterrupted.safetensors")
    )
    assert a.keys() == b.keys()
    assert all(a[name].tobytes() == b[name].tobytes() for name in a)


def results(path: str) -> dict[str, object]:
    """Return the results in a file by the names of their files, each there once."""
    lines = [json.loads(line) for line in Path(path).read_text().splitlines()]
    found = {line["file"]: line for line in lines}
    assert len(found) == len(lines)
    return found


def living(group: int) -> bool:
    """Return whether a process of a group is left; zombies do not count."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        return True
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = path.read_text().rpartition(")")[2].split()[:3]
        except (OSError, ValueError):  # it has just ended
            continue
        if int(its_group) == group and state not in "ZX":
            return True
    return False


def wait_until_alone(group: int) -> None:
    """Wait until no process of a group is left."""
    deadline = time.monotonic() + 30
    while living(group):
        assert time.monotonic() < deadline, "processes are left"
        time.sleep(0.05)


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.slow)])
def test_a_killed_reading_loses_nothing(tmp_path, monkeypatch, kills):
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    image = Image.new("L", (30, 20), 255)
    image.paste(0, (12, 4, 15, 16))
    image.save("in/000.png")
    pictures = PICTURES * max(kills // 3, 1)  # enough that none ends by itself
    for number in range(1, pictures):
        shutil.copy("in/000.png", f"in/{number:03}.png")
    words = ["read", "in", "--jobs", "2", "--out", "out/x.jsonl", "--annotate", "seen"]
    environment = os.environ | {"BYHAND_KERNELS": "reference"}
    draw, before = random.Random(kills), 0
    for kill in range(kills):
        with subprocess.Popen(
            [sys.executable, "-m", "byhand", *words],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            while process.poll() is None and lines("out/x.jsonl") <= before:
                time.sleep(0.01)
            time.sleep(draw.uniform(0, 0.05))
            # by turns all of its processes, and the parent alone
            (os.kill if kill % 2 else os.killpg)(process.pid, signal.SIGKILL)
        wait_until_alone(process.pid)
        before = lines("out/x.jsonl")
    assert before
    assert main(words) == 0
    found = results("out/x.jsonl")
    assert set(found) == {f"in/{number:03}.png" for number in range(pictures)}
    assert {str(result.get("error")) for result in found.values()} == {"None"}
    assert os.listdir("out") == ["x.jsonl"]
    assert sorted(os.listdir("seen")) == sorted(os.listdir("in"))


def lines(path: str) -> int:
    """Return how many lines a file has; 0 if there is none."""
    return Path(path).read_bytes().count(b"\n") if Path(path).exists() else 0
