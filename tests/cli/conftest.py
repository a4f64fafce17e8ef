"""The command line called from within a test, and something small for it to work on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from byhand.cli import main
from byhand.data.datasets import Dataset
from byhand.runs import plan

UNSET = "DISPLAY WAYLAND_DISPLAY FORCE_COLOR TTY_COMPATIBLE COLUMNS".split()


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Byhand = Callable[..., Ended]


@pytest.fixture
def byhand(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Byhand:
    """Run a command in this process, in an empty folder, without a display."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plan, "DEFAULT", "mlp")  # seconds, and images of any size
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)

    def run(*words: str | Path) -> Ended:
        code = main([str(word) for word in words])
        written = capsys.readouterr()
        return Ended(code, written.out, written.err)

    return run


def save_npz(path: Path, dataset: Dataset) -> Path:
    """Write a data set as `--data` reads it."""
    np.savez(
        path,
        x_train=dataset.train.images,
        y_train=dataset.train.labels,
        x_test=dataset.test.images,
        y_test=dataset.test.labels,
    )
    return path


@pytest.fixture(name="save_npz")
def save_npz_fixture() -> Callable[[Path, Dataset], Path]:
    """The function that writes a data set as `--data` reads it."""
    return save_npz


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory, dataset: Dataset) -> Path:
    """A file of 90 + 30 images of 7 × 6 pixels in three classes."""
    return save_npz(tmp_path_factory.mktemp("data") / "toy.npz", dataset)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, toy: Path) -> Path:
    """A model of the toy data that has most of it right."""
    model = tmp_path_factory.mktemp("run") / "toy.safetensors"
    words = ["train", "--recipe", "mlp", "--data", str(toy), "--steps", "60"]
    words += ["--out", str(model)]
    assert main([*words, "--lr", "0.1", "--no-report", "--quiet"]) == 0
    return model
