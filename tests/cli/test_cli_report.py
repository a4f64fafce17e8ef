"""The pictures of a finished run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand import load, load_dataset

pytest.importorskip("matplotlib")
from byhand import plots

SHORT = ("--steps", "10")
NAMES = ["history.png", "confusion.png", "first-ten.png", "example.png"]


def test_a_run_draws_its_report(byhand, toy):
    ended = byhand("train", "--data", toy, *SHORT)
    report = Path("runs/toy-mlp-0-steps-10/report")
    assert sorted(path.name for path in report.iterdir()) == sorted(NAMES)
    for name in NAMES[:3]:
        with Image.open(report / name) as picture:
            assert min(picture.size) > 200
    assert "report         runs/toy-mlp-0-steps-10/report" in ended.out.splitlines()


def test_the_ten_are_the_first_with_their_predictions(byhand, toy, monkeypatch):
    drawn = []
    digits = plots.digits
    monkeypatch.setattr(plots, "digits", lambda *a: drawn.append(a) or digits(*a))
    byhand("train", "--data", toy, *SHORT)
    [(images, labels, predictions, confidences, names)] = drawn
    test = load_dataset(toy).test
    probabilities = load("runs/toy-mlp-0-steps-10/model.safetensors").predict_proba(
        test.images[:10]
    )
    assert np.array_equal(images, test.images[:10])
    assert np.array_equal(labels, test.labels[:10])
    assert np.array_equal(predictions, probabilities.argmax(axis=1))
    assert np.allclose(confidences, probabilities.max(axis=1))
    assert names == ("0", "1", "2")


def test_json_lists_the_pictures(byhand, toy):
    ended = byhand("train", "--data", toy, *SHORT, "--json", "--out", "a.safetensors")
    assert ended.json["report"] == [f"a-report/{name}" for name in NAMES]


def test_no_report_is_drawn_where_none_is_wanted(byhand, toy):
    byhand("train", "--data", toy, *SHORT, "--no-report")
    assert not Path("runs/toy-mlp-0-steps-10/report").exists()


def test_the_example_is_the_first_test_image_and_the_next_line_reads_it(byhand, toy):
    ended = byhand("train", "--data", toy, *SHORT)
    with Image.open("runs/toy-mlp-0-steps-10/report/example.png") as picture:
        assert np.array_equal(np.asarray(picture), load_dataset(toy).test.images[0])
    words = ended.err.splitlines()[-1].split()
    assert words[:3] == ["try", "byhand", "predict"]
    assert byhand(*words[2:]).code == 0


def test_a_report_that_cannot_be_written_does_not_spoil_the_run(byhand, toy):
    Path("runs/toy-mlp-0-steps-10").mkdir(parents=True)
    Path("runs/toy-mlp-0-steps-10/report").write_text("in the way")
    ended = byhand("train", "--data", toy, *SHORT, "--quiet")
    assert ended.code == 0
    assert ended.out.startswith("test accuracy")
    assert ended.err.startswith("byhand: no report: ")


def test_pictures_of_an_evaluation_go_into_the_folder(byhand, toy, trained):
    ended = byhand("evaluate", trained, "--pictures", "scores", "--json")
    names = ["scores/first-ten.png", "scores/confusion.png", "scores/mistakes.png"]
    assert ended.json["pictures"] == names
    assert all(Path(name).read_bytes().startswith(b"\x89PNG") for name in names)
    assert byhand("evaluate", trained, "--pictures", "scores").err.splitlines() == [
        f"picture  {name}" for name in names
    ]
