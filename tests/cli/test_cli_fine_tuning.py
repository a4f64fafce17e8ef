"""byhand train --from: a model trained further by the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from byhand import load, tensors
from byhand.cli import main

SHORT = ("--steps", "20", "--no-report")


@pytest.fixture
def mine(tmp_path, make_dataset, save_npz) -> Path:
    """Images of classes 0, 2 and 3; the model knows 0, 1 and 2."""
    data = make_dataset(24, 30, seed=8)
    for split in (data.train, data.test):
        split.labels.flags.writeable = True
        split.labels[split.labels == 1] = 3
    return save_npz(tmp_path / "mine.npz", data)


def test_gains_and_losses_are_said_and_saved(byhand, trained, mine):
    ended = byhand("train", "--from", trained, "--data", mine, *SHORT)
    assert ended.code == 0, ended.err
    path = Path("runs/mine-from-toy-0-steps-20/model.safetensors")
    yours, known = load(path).info["fine_tuned"]["gains"]
    lines = ended.out.splitlines()
    assert lines[1] == (
        f"yours          {100 * yours['before']:.2f} % -> {100 * yours['after']:.2f} %"
        "  (30 images held out)"
    )
    assert lines[2].endswith("(30 test images)") and "toy.npz" in lines[2]
    assert f"-> {100 * known['after']:.2f} %" in lines[2]
    assert "3 classes of before, new ones 3; old images mixed in:" in ended.err
    assert load(path).class_names == ("0", "1", "2", "3")


def test_json_has_the_gains(byhand, trained, mine):
    ended = byhand("train", "--from", trained, "--data", mine, *SHORT, "--json")
    new, old = ended.json["gains"]
    assert new["new"] and new["count"] == 30 and 0 <= new["before"] <= 1
    assert not old["new"] and old["data"].endswith("toy.npz")
    assert ended.json["recipe"] == "from-toy"


def test_a_stopped_run_goes_on_to_the_same_bits(byhand, trained, mine, monkeypatch):
    words = ("train", "--from", trained, "--data", mine, *SHORT)
    byhand(*words, "--out", "straight.safetensors")
    stop = "byhand.cli.running.stop_on_signal"
    monkeypatch.setattr(stop, lambda: Stopped())
    ended = byhand(*words, "--out", "again.safetensors")
    assert ended.code == 130
    monkeypatch.undo()
    monkeypatch.chdir(mine.parent)
    assert "go on with" in ended.err
    path = next(mine.parent.glob("again*checkpoint*"))
    assert main(["train", "--resume", str(path), "--no-report", "--quiet"]) == 0
    straight, again = (
        tensors.read(mine.parent / f"{name}.safetensors", "model")[1]
        for name in ("straight", "again")
    )
    for name, array in straight.items():
        np.testing.assert_array_equal(array, again[name])


class Stopped:
    """A signal that has come already."""

    def __enter__(self):
        return lambda: 2

    def __exit__(self, *_):
        pass


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--recipe", "fast"), "leave out --recipe, and change single settings"),
        (("--resume", "x.safetensors"), "leave out --from"),
    ],
)
def test_options_that_exclude_each_other_are_refused(byhand, trained, words, line):
    ended = byhand("train", "--from", trained, "--data", "mine.npz", *words)
    assert ended.code in (1, 2) and line in " ".join(ended.err.replace("│", "").split())
    assert "Traceback" not in ended.err


def test_without_data_or_a_model_it_is_refused(byhand, trained):
    ended = byhand("train", "--from", trained)
    assert ended.code == 2 and "--from needs new images" in ended.err
    ended = byhand("train", "--from", "nothing.safetensors", "--data", "mnist")
    assert ended.code == 1 and ended.err.startswith("byhand: error: nothing.safetens")


def test_images_of_another_size_are_one_line(
    byhand, trained, tmp_path, make_dataset, save_npz
):
    other = save_npz(tmp_path / "other.npz", make_dataset(24, 30, shape=(8, 9)))
    ended = byhand("train", "--from", trained, "--data", other, *SHORT)
    assert ended.code == 1 and ended.err.count("\n") == 1
    assert "expected images of 6×7, as the model takes them, got 9×8" in ended.err
    assert not Path("runs").exists()
