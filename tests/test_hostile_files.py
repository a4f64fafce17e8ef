"""A thousand hostile files: each gets an answer, or one short line and exit code 1."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hostile
from byhand.cli import main

LINE = 400  # characters
SECONDS = 2.0  # of the processor, for one file
MEGABYTES = 500
COUNTS = {"idx": 190, "npz": 150, "csv": 150, "model": 210, "checkpoint": 120}
COUNTS |= {"predict": 150, "read": 60, "folders": 60}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("model.safetensors").write_bytes(hostile.small_model())
    Image.fromarray(np.kron(255 - hostile.IMAGES[0], np.ones((4, 4), np.uint8))).save(
        "good.png"
    )


def idx() -> Iterator[tuple[str, list[str]]]:
    folder = Path("idx")
    folder.mkdir()
    labels = hostile.idx(hostile.LABELS.astype(np.uint8))
    good = hostile.idx(hostile.IMAGES)
    for name in ("train", "t10k"):
        (folder / f"{name}-images-idx3-ubyte").write_bytes(good)
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(labels)
    for what, content in hostile.idx_files(COUNTS["idx"]):
        (folder / "train-images-idx3-ubyte").write_bytes(content)
        yield what, ["data", "check", "idx"]


def npz() -> Iterator[tuple[str, list[str]]]:
    for what, content in hostile.npz_files(COUNTS["npz"]):
        Path("x.npz").write_bytes(content)
        yield what, ["data", "check", "x.npz"]


def csv() -> Iterator[tuple[str, list[str]]]:
    for what, content in hostile.csv_files(COUNTS["csv"]):
        Path("x.csv").write_bytes(content)
        yield what, ["data", "check", "x.csv"]


def model() -> Iterator[tuple[str, list[str]]]:
    intact = hostile.small_model()
    for what, content in hostile.tensor_files(intact, COUNTS["model"]):
        Path("x.safetensors").write_bytes(content)
        yield what, ["predict", "--model", "x.safetensors", "good.png"]


def checkpoint() -> Iterator[tuple[str, list[str]]]:
    np.savez("toy.npz", x_train=hostile.IMAGES, y_train=hostile.LABELS,
             x_test=hostile.IMAGES[:12], y_test=hostile.LABELS[:12])  # fmt: skip
    intact = hostile.checkpoint(Path("checkpoint.safetensors"))
    words = ["--data", "toy.npz", "--no-report", "--quiet", "--out", "y.safetensors"]
    for what, content in hostile.tensor_files(intact, COUNTS["checkpoint"]):
        Path("checkpoint.safetensors").write_bytes(content)
        yield what, ["train", "--resume", "checkpoint.safetensors", *words]


def predict() -> Iterator[tuple[str, list[str]]]:
    for what, content in hostile.picture_files(COUNTS["predict"]):
        Path("x.png").write_bytes(content)
        yield what, ["predict", "--model", "model.safetensors", "x.png"]


def read() -> Iterator[tuple[str, list[str]]]:
    for what, content in hostile.picture_files(COUNTS["read"]):
        Path("x.png").write_bytes(content)
        yield what, ["read", "--model", "model.safetensors", "x.png"]


def folders() -> Iterator[tuple[str, list[str]]]:
    for name in "ab":
        Path("sorted", name).mkdir(parents=True)
        Image.fromarray(hostile.IMAGES[0]).resize((32, 32)).save(f"sorted/{name}/0.png")
    for what, content in hostile.picture_files(COUNTS["folders"]):
        Path("sorted/a/x.png").write_bytes(content)
        yield what, ["data", "check", "sorted"]


KINDS = [idx, npz, csv, model, checkpoint, predict, read, folders]


def wrong(words: list[str]) -> str:
    """Run a command in this process; return what is wrong with its end, or ""."""
    out, err = io.StringIO(), io.StringIO()
    start = time.process_time()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    seconds = time.process_time() - start
    lines = err.getvalue().splitlines()
    errors = [line for line in lines if line.startswith("byhand: error: ")]
    if code not in (0, 1):
        return f"exit code {code}"
    if len(errors) != code:
        return f"exit code {code} and {len(errors)} errors"
    if max(map(len, lines), default=0) > LINE:
        return f"a line of {max(map(len, lines))} characters: {lines[0][:200]}"
    return f"{seconds:.1f} seconds" if seconds > SECONDS else ""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_hostile_file_gets_an_answer_or_one_line(kind):
    main(["predict", "--model", "model.safetensors", "good.png"])  # imports, kernels
    faults, count = [], 0
    for what, words in kind():
        try:
            fault = wrong(words)
        except Exception as error:
            fault = f"{type(error).__name__}: {error!s:.200}"
        count += 1
        faults += [f"{what}: {fault}"] if fault else []
    assert not faults, f"{len(faults)} of {count}:\n" + "\n".join(faults)
    assert count >= COUNTS[kind.__name__] - 6


def test_there_are_a_thousand():
    assert sum(COUNTS.values()) - 6 * len(COUNTS) >= 1000


# The most memory of the program itself; what the system counts of a child includes that
# of the process that started it.
MEASURED = """
import sys
from pathlib import Path
from byhand.cli import main
code = main(sys.argv[1:])
status = Path("/proc/self/status").read_text().splitlines()
[most] = [line.split()[1] for line in status if line.startswith("VmHWM")]
print(most, file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux limits and counts memory so")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_sample_in_processes_of_little_memory(kind):
    import resource

    sample = [words for words in _every(kind, 100)]
    environment = os.environ | {"BYHAND_KERNELS": "reference"}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    for words, files in sample:
        for path, content in files.items():
            path.write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *words],
            capture_output=True,
            env=environment,
            encoding="utf-8",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31)),
        )
        *messages, memory = done.stderr.splitlines()
        assert done.returncode in (0, 1), done.stderr
        assert "Traceback" not in "".join(messages)
        assert int(memory) < MEGABYTES * 1000


def _every(kind, step: int) -> Iterator[tuple[list[str], dict[Path, bytes]]]:
    """Yield every step-th command, with the files that it reads."""
    for number, (_, words) in enumerate(kind()):
        if number % step == step // 2:
            names = [p for p in Path().rglob("*") if p.is_file()]
            yield words, {path: path.read_bytes() for path in names}
