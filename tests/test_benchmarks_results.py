"""Results on record: what a model file says, kept and shown; votes of several."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import records, results

import byhand
from byhand.comparison import mcnemar
from byhand.errors import DataError, ModelError
from byhand.evaluation import wilson
from byhand.training.recipes import MLP, RECIPES

TINY = replace(
    MLP,
    name="tiny",
    epochs=None,
    steps=4,
    batch=30,
    validation=0,
    architecture="pixels 1/255 | flatten | dense {classes}",
)


@pytest.fixture
def model(tmp_path, dataset):
    """The function that trains a tiny model with a seed and returns its file."""

    def make(seed: int = 0, **changes) -> Path:
        recipe = replace(TINY, **changes)
        made = byhand.train(recipe, dataset, seed=seed, threads=1).model
        made.save(tmp_path / f"tiny-{seed}.safetensors")
        return tmp_path / f"tiny-{seed}.safetensors"

    return make


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "results"


def test_a_record_is_what_the_model_says_and_reaches(model, dataset, folder):
    file = model(seed=3)
    record = records.add(file, dataset, folder=folder)
    made = byhand.load(file)
    expected = made.predict_proba(dataset.test.images)
    correct = int((expected.argmax(axis=1) == dataset.test.labels).sum())
    assert record.key == ("tiny", 3)
    assert (record.correct, record.accuracy) == (correct, correct / 30)
    assert record.interval == wilson(correct, 30)
    assert record.seconds == round(made.info["seconds"], 2)
    assert records.read(folder) == [record]
    found = records.read_probabilities(record, folder)
    assert_allclose(found, expected, atol=2**-11)
    assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))


def test_the_same_recipe_and_seed_again_replaces_it(model, dataset, folder):
    for file in (model(0), model(1), model(0, lr=0.01)):
        last = records.add(file, dataset, folder=folder)
    found = records.read(folder)
    assert [record.key for record in found] == [("tiny", 0), ("tiny", 1)]
    assert found[0] == last
    assert len(list((folder / "probabilities").iterdir())) == 2


def test_rounding_leaves_the_likeliest_class_the_likeliest():
    proba = np.array([[0.49999, 0.50001, 0], [0.50001, 0.49999, 0]], np.float32)
    assert_array_equal(proba.astype(np.float16).argmax(axis=1), [0, 0])  # the danger
    assert_array_equal(records.halved(proba).argmax(axis=1), [1, 0])


def test_a_model_of_other_settings_than_its_recipe_has_is_refused(
    model, dataset, folder, monkeypatch
):
    file = model(summary="an older summary")
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    assert records.add(file, dataset, folder=folder).recipe == "tiny"
    monkeypatch.setitem(RECIPES, "tiny", replace(TINY, lr=0.05, momentum=0.5))
    with pytest.raises(ModelError, match=r"has now, got other lr, momentum; train"):
        records.add(file, dataset, folder=folder)
    assert records.add(file, dataset, "lr-0_3", folder).recipe == "lr-0_3"


def test_a_model_of_other_data_or_other_figures_is_refused(
    model, dataset, make_dataset, folder
):
    with pytest.raises(ModelError, match="expected a model of toy, got"):
        records.add(model(), make_dataset(train=80), folder=folder)
    made = byhand.load(file := model())
    correct = records.add(file, dataset, folder=folder).correct
    made.info["test"] = {"count": 30, "accuracy": (correct + 6) / 30}
    made.save(file)
    with pytest.raises(ModelError, match=f"as it says, got {correct}"):
        records.add(file, dataset, folder=folder)


def test_files_that_are_damaged_are_named(model, dataset, folder):
    record = records.add(model(), dataset, folder=folder)
    path = folder / "probabilities" / "tiny-0.npz"
    np.savez(path, probabilities=np.zeros((29, 3), np.float16))
    with pytest.raises(DataError, match=r"expected float16 \(30, K\), got"):
        records.read_probabilities(record, folder)
    np.savez(path, probabilities=np.array([{"a": 1}], object))  # would be unpickled
    with pytest.raises(DataError, match="expected the model's probabilities, got"):
        records.read_probabilities(record, folder)
    (folder / "results.jsonl").write_text('{"recipe": "x"}\n')
    with pytest.raises(DataError, match="line 1: expected a record, got"):
        records.read(folder)


def test_an_ensemble_is_measured_and_compared_with_its_best_member(
    model, dataset, folder
):
    members = [records.add(model(seed), dataset, folder=folder) for seed in range(3)]
    report = results.ensembles({"tiny": members}, dataset, folder)
    arrays = [records.read_probabilities(m, folder) for m in members]
    labels = dataset.test.labels
    ok = np.mean(arrays, axis=0, dtype=np.float64).argmax(axis=1) == labels
    best = max(members, key=lambda member: member.accuracy)
    alone = arrays[members.index(best)].argmax(axis=1) == labels
    assert report.figures["tiny"] == {
        "accuracy": ok.mean(),
        "interval": wilson(int(ok.sum()), 30),
        "p": mcnemar(int((ok & ~alone).sum()), int((alone & ~ok).sum())),
    }


def test_the_command_adds_models_and_prints_all_tables(
    model, dataset, folder, monkeypatch, capsys
):
    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)

    def command(*words: str | Path) -> tuple[int, str, str]:
        code = results.main([str(word) for word in words], folder)
        return code, *capsys.readouterr()

    assert "expected results, got none; try add MODEL" in command()[2]
    code, out, err = command("add", model(0), model(1))
    assert (code, err, out.count("tiny, seed ")) == (0, "", 2)
    command("add", model(2), "--name", "third")
    code, out, err = command("--markdown", "-e", "tiny", "third")
    rows = [line.split(" | ")[:2] for line in out.splitlines() if line[:2] == "| "]
    assert rows == [
        *(["| recipe", "parameters"], ["| ---", "---:"]),
        *(["| third", "129"], ["| tiny", "129"]),
        *(["| members of", "members"], ["| ---", "---:"]),
        *(["| tiny", "2"], ["| tiny + third", "3"]),
    ]
    assert "recipes among third, tiny, got cake" in command("-e", "cake")[2]
