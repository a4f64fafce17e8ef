"""A student's path: ten drawings of each digit and of two signs, and what comes of it.

The benchmark does it with the model in the package; here it is a small network.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from benchmarks import fine_tuning
from benchmarks.fine_tuning import Outcome, bent, report, student
from benchmarks.hands import write_drawings
from PIL import Image

import byhand
from byhand.cli import main

CLASSES = [*"0123456789", "curl", "gable"]


@pytest.fixture(scope="module")
def drawings(tmp_path_factory) -> Path:
    """Ten drawings of each class to learn from, and ten more by the same hand."""
    folder = tmp_path_factory.mktemp("student")
    write_drawings(folder / "ten", 10, seed=0)
    write_drawings(folder / "more", 10, seed=1)
    return folder


def test_drawings_are_of_any_size_and_polarity(drawings):
    paths = sorted((drawings / "ten").glob("*/*.png"))
    pictures = [np.asarray(Image.open(path)) for path in paths]
    assert sorted({path.parent.name for path in paths}) == CLASSES
    sides = [max(picture.shape) for picture in pictures]
    assert min(sides) < 80 and max(sides) > 300
    bright = np.mean([np.median(picture) > 128 for picture in pictures])
    assert 0.5 < bright < 0.8


def test_ten_drawings_of_each_class_are_enough(drawings, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    byhand.train("fast", "mnist", steps=200, progress=False).model.save("small")
    words = ["train", "--from", "small", "--data", str(drawings / "ten")]
    assert main([*words, "--prepare", "--no-report", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"] == "runs/ten-from-small-0/model.safetensors"
    mnist = found["gains"][1]
    assert mnist["data"] == "mnist" and mnist["count"] == 10_000
    assert mnist["after"] >= mnist["before"] - 0.003

    model = byhand.load(found["model"])
    assert list(model.class_names) == CLASSES
    paths = sorted((drawings / "more").glob("*/*.png"))
    names = [model.class_names[k] for k in model.predict(paths)]
    right = [name == path.parent.name for name, path in zip(names, paths, strict=True)]
    assert len(right) == 120 and np.mean(right) >= 0.9
    signs = [r for r, path in zip(right, paths, strict=True) if "l" in path.parent.name]
    assert len(signs) == 20 and np.mean(signs) >= 0.9


def test_a_hand_has_other_digits_to_train_on_than_to_be_measured_on():
    data = bent(100)
    assert np.bincount(data.train.labels).tolist() == [10] * 10
    assert np.bincount(data.test.labels).tolist() == [20] * 10
    train, test = ({i.tobytes() for i in s.images} for s in (data.train, data.test))
    assert len(train) == 100 and not train & test


def test_the_students_drawings_are_prepared_for_the_network():
    data = student()
    assert data.image_shape == (28, 28) and list(data.class_names) == CLASSES
    assert len(data.train) == len(data.test) == 120


def test_the_report_has_the_share_of_the_errors_that_is_gone(monkeypatch):
    hands = [Outcome(0.8, 0.95, 0.996, 0.994, 7.0), Outcome(0.6, 0.8, 0.996, 0.995, 9)]
    found = report({"hands": hands})
    row = dict(zip(found.columns, found.rows[0], strict=True))
    assert row["gained"] == "62%"  # the mean of 3/4 and 1/2
    assert row["error before"].startswith("30")
    monkeypatch.setattr(fine_tuning, "tuned", lambda data, seed: hands[seed % 2])
    monkeypatch.setattr(fine_tuning, "student", lambda: None)
    figures = fine_tuning.run(2, lambda line: None).figures
    assert [len(outcomes) for outcomes in figures.values()] == [2, 1]
