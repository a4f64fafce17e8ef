"""byhand evaluate."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from byhand import evaluate, load, load_dataset
from byhand.cli import output
from byhand.cli import robustness as conditions
from byhand.robustness.scores import mean_accuracy, robustness


@pytest.fixture
def noisy(tmp_path, make_dataset, save_npz):
    """Data on which the trained model makes mistakes: the test labels are moved on."""
    data = make_dataset()
    labels = data.test.labels.copy()
    labels[:5] = (labels[:5] + 1) % 3
    test = replace(data.test, labels=labels)
    return save_npz(tmp_path / "noisy.npz", replace(data, test=test))


def test_json_holds_what_the_library_measured(byhand, trained, noisy):
    answer = byhand("evaluate", trained, "--data", noisy, "--json").json
    scores = evaluate(load(trained), load_dataset(noisy).test)
    assert (answer["count"], answer["correct"]) == (30, scores.correct)
    assert answer["accuracy"] == scores.accuracy
    assert answer["interval"] == list(scores.interval)
    assert answer["confusion"] == scores.confusion.tolist()
    assert answer["calibration_error"] == scores.calibration_error
    assert [c["precision"] for c in answer["classes"]] == scores.precision.tolist()
    assert [c["recall"] for c in answer["classes"]] == scores.recall.tolist()
    assert [m["index"] for m in answer["mistakes"]] == scores.mistakes.tolist()
    first = answer["mistakes"][0]
    assert first["confidence"] == scores.confidences[first["index"]]
    assert first["prediction"] == str(scores.predictions[first["index"]])
    assert first["truth"] != first["prediction"]


def test_the_tables_show_classes_confusion_and_mistakes(byhand, trained, noisy):
    out = byhand("evaluate", trained, "--data", noisy).out
    scores = evaluate(load(trained), load_dataset(noisy).test)
    accuracy, calibration, _, *rest = out.splitlines()
    assert accuracy.split()[1] == f"{100 * scores.accuracy:.2f}"
    assert f"{scores.correct} of 30 test images of {noisy}" in accuracy
    assert calibration.split()[2] == f"{100 * scores.calibration_error:.2f}"
    assert rest[0].split() == ["class", "images", "precision", "recall"]
    assert [line.split()[0] for line in rest[1:4]] == ["0", "1", "2"]
    rows = rest[rest.index("Confusion: rows are the truth, columns the prediction.") :]
    counts = [line.replace("·", "0").split()[1:] for line in rows[2:5]]
    assert np.array_equal(np.array(counts, int), scores.confusion)
    listed = rows[rows.index("The most confident mistakes:") + 2 :]
    assert [int(line.split()[0]) for line in listed] == scores.mistakes[:10].tolist()


def test_without_mistakes_none_are_announced(
    byhand, trained, tmp_path, make_dataset, save_npz
):
    easy = save_npz(tmp_path / "easy.npz", make_dataset(noise=0))
    out = byhand("evaluate", trained, "--data", easy).out
    assert "100.00 %" in out and "confident mistakes" not in out


def test_the_data_is_what_the_model_was_trained_on_unless_given(byhand, trained, toy):
    assert byhand("evaluate", trained, "--json").json["dataset"] == str(toy)


def test_images_of_another_size_are_refused(
    byhand, trained, tmp_path, make_dataset, save_npz
):
    other = save_npz(tmp_path / "other.npz", make_dataset(shape=(5, 5)))
    ended = byhand("evaluate", trained, "--data", other)
    assert ended.code == 1
    assert "expected images of (7, 6), got (5, 5)" in ended.err


def test_another_number_of_classes_is_refused(
    byhand, trained, tmp_path, make_dataset, save_npz
):
    other = save_npz(tmp_path / "other.npz", make_dataset(classes=4))
    ended = byhand("evaluate", trained, "--data", other)
    assert ended.code == 1
    assert "expected the model's classes, 0 1 2, got 0 1 2 3" in ended.err


def test_a_missing_model_is_one_line(byhand):
    ended = byhand("evaluate", "none.safetensors")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1 and "none.safetensors" in ended.err


def test_robustness_is_measured_only_if_asked(byhand, trained, toy):
    assert "robustness" not in byhand("evaluate", trained, "--json").json
    assert "degraded" not in byhand("evaluate", trained).out


def test_robustness_as_json_is_what_the_library_measured(byhand, trained, noisy):
    ended = byhand("evaluate", trained, "--data", noisy, "--robustness", "--json")
    answer, rows = ended.json, robustness(load(trained), load_dataset(noisy).test)
    assert answer["robustness"]["mnist_c_mean"] == mean_accuracy(rows)
    assert answer["robustness"]["conditions"] == [
        {
            "group": row.group,
            "name": row.name,
            "count": 30,
            "correct": row.correct,
            "accuracy": row.accuracy,
            "interval": list(row.interval),
        }
        for row in rows
    ]
    assert answer["robustness"]["conditions"][0]["accuracy"] == answer["accuracy"]


def test_robustness_is_a_table_with_a_line_a_condition(byhand, trained, noisy):
    out = byhand("evaluate", trained, "--data", noisy, "--robustness").out
    rows = robustness(load(trained), load_dataset(noisy).test)
    lines = out.splitlines()
    head, *lines = lines[lines.index("Test images changed and degraded:") + 1 :]
    assert head.split() == ["group", "condition", "accuracy", "95", "%", "interval",
                            "right"]  # fmt: skip
    *lines, mean = lines
    groups = []
    for row, line in zip(rows, lines, strict=True):
        first = row.group not in groups
        groups.append(row.group)
        begin = f"{row.group} {row.name}" if first else row.name
        low, high = (f"{100 * end:.2f}" for end in row.interval)
        numbers = f"{100 * row.accuracy:.2f} % {low} to {high} % {row.correct}"
        assert line.split() == f"{begin} {numbers}".split()
    assert mean.split() == f"MNIST-C mean {100 * mean_accuracy(rows):.2f} %".split()


def test_robustness_is_drawn_with_the_other_pictures(byhand, trained, tmp_path):
    pytest.importorskip("matplotlib")
    words = ("evaluate", trained, "--robustness", "--pictures", "scores")
    ended = byhand(*words, "--json")
    assert ended.json["pictures"][-1] == "scores/robustness.png"
    assert (tmp_path / "scores/robustness.png").read_bytes().startswith(b"\x89PNG")
    assert byhand(*words).err.splitlines()[-1] == "picture  scores/robustness.png"


def test_a_terminal_shows_a_bar_while_conditions_are_measured(
    trained, dataset, monkeypatch
):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(output, "notes", lambda quiet: console)
    model = load(trained)
    rows = conditions.measure(model, dataset)
    assert "condition" in screen.getvalue()
    assert f"{len(rows)}/{len(rows)}" in screen.getvalue()
    shown = screen.getvalue()
    conditions.measure(model, dataset, quiet=True)
    assert screen.getvalue() == shown
