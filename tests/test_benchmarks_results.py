"""Results on record: what a model file tells, kept and shown; votes of several."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

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

    def make(seed: int = 0, name: str = "tiny", **changes) -> Path:
        recipe = replace(TINY, name=name, **changes)
        made = byhand.train(recipe, dataset, seed=seed, threads=1).model
        made.save(tmp_path / f"{name}-{seed}.safetensors")
        return tmp_path / f"{name}-{seed}.safetensors"

    return make


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "results"


def right(file: Path, dataset) -> int:
    said = byhand.load(file).predict(dataset.test.images)
    return int((said == dataset.test.labels).sum())


# records


def test_a_record_is_what_the_model_tells(model, dataset, folder):
    file = model(seed=3)
    record = records.add(file, dataset, folder=folder)
    info = byhand.load(file).info
    assert record.key == ("tiny", 3)
    assert (record.correct, record.count) == (right(file, dataset), 30)
    assert record.accuracy == record.correct / 30
    assert record.interval == wilson(record.correct, 30)
    assert record.parameters == 42 * 3 + 3
    assert record.seconds == round(info["seconds"], 2)
    assert record.versions == info["versions"]
    assert record.cpu
    assert records.read(folder) == [record]


def test_a_line_is_strict_json_without_a_date(model, dataset, folder):
    records.add(model(), dataset, folder=folder)
    (line,) = (folder / "results.jsonl").read_text("utf-8").splitlines()
    assert list(json.loads(line)) == [
        *("recipe", "seed", "correct", "count", "accuracy", "interval", "seconds"),
        *("parameters", "versions", "cpu"),
    ]


def test_a_model_that_does_not_say_its_seconds_has_null(model, dataset, folder):
    made = byhand.load(model())
    del made.info["seconds"]
    made.save(folder.parent / "old.safetensors")
    records.add(folder.parent / "old.safetensors", dataset, folder=folder)
    assert '"seconds": null' in (folder / "results.jsonl").read_text("utf-8")
    (record,) = records.read(folder)
    assert np.isnan(record.seconds)
    assert results.singles([record]).rows[0][-1] == "–"


def test_the_same_recipe_and_seed_again_replaces_it(model, dataset, folder):
    for file in (model(0), model(1), model(0, lr=0.01)):
        last = records.add(file, dataset, folder=folder)
    found = records.read(folder)
    assert [record.key for record in found] == [("tiny", 0), ("tiny", 1)]
    assert found[0] == last
    said = records.read_probabilities(last, folder).argmax(axis=1)
    assert int((said == dataset.test.labels).sum()) == last.correct
    assert len(list((folder / "probabilities").iterdir())) == 2


def test_probabilities_come_back_and_the_same_model_gives_the_same_bytes(
    model, dataset, folder
):
    record = records.add(file := model(), dataset, folder=folder)
    path = folder / "probabilities" / "tiny-0.npz"
    before = path.read_bytes()
    expected = byhand.load(file).predict_proba(dataset.test.images)
    found = records.read_probabilities(record, folder)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, expected, atol=2**-11)
    assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))
    records.add(file, dataset, folder=folder)
    assert path.read_bytes() == before


def test_ten_thousand_images_fit_in_two_hundred_kilobytes(tmp_path, rng):
    proba = rng.dirichlet(np.full(10, 0.3), 10_000).astype(np.float32)
    records._write_probabilities(tmp_path / "p.npz", records.halved(proba))
    assert (tmp_path / "p.npz").stat().st_size <= 200_000


def test_rounding_leaves_the_likeliest_class_the_likeliest():
    proba = np.array([[0.49999, 0.50001, 0], [0.50001, 0.49999, 0]], np.float32)
    assert_array_equal(proba.astype(np.float16).argmax(axis=1), [0, 0])  # the danger
    assert_array_equal(records.halved(proba).argmax(axis=1), [1, 0])
    assert records.halved(proba).dtype == np.float16


def test_records_are_in_the_order_of_the_recipes_then_of_seeds(model, dataset, folder):
    for seed, name in ((1, "other"), (2, "another"), (10, "fast"), (9, "fast")):
        records.add(model(seed), dataset, name, folder)
    found = [record.key for record in records.read(folder)]
    assert found == [("fast", 9), ("fast", 10), ("another", 2), ("other", 1)]


def test_a_model_of_other_settings_than_its_recipe_has_is_refused(
    model, dataset, folder, monkeypatch
):
    file = model(summary="as it was called then")
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    assert records.add(file, dataset, folder=folder).recipe == "tiny"
    monkeypatch.setitem(RECIPES, "tiny", replace(TINY, lr=0.05, momentum=0.5))
    with pytest.raises(ModelError, match=r"has now, got other lr, momentum; train"):
        records.add(file, dataset, folder=folder)
    assert records.add(file, dataset, "lr-0_3", folder).recipe == "lr-0_3"


@pytest.mark.parametrize("name", ["../elsewhere", "a b", "x/y"])
def test_a_name_that_is_no_file_name_is_refused(model, dataset, folder, name):
    with pytest.raises(ModelError, match="expected a recipe of letters and a seed"):
        records.add(model(), dataset, name, folder)
    assert not folder.exists()


def test_a_model_of_other_data_is_refused(model, dataset, make_dataset, folder):
    with pytest.raises(ModelError, match="expected a model of toy, got"):
        records.add(model(), make_dataset(train=80), folder=folder)
    moved = replace(dataset, name="the same by another name")
    assert records.add(model(), moved, folder=folder)


def test_a_model_that_says_other_figures_than_it_reaches_is_refused(
    model, dataset, folder
):
    made = byhand.load(model())
    said = right(model(), dataset)
    for more, fits in ((3, True), (6, False), (-6, False)):
        made.info["test"] = {"count": 30, "accuracy": (said + more) / 30}
        made.save(folder.parent / "told.safetensors")
        if fits:
            records.add(folder.parent / "told.safetensors", dataset, folder=folder)
        else:
            with pytest.raises(ModelError, match=f"as it says, got {said}"):
                records.add(folder.parent / "told.safetensors", dataset, folder=folder)


@pytest.mark.parametrize("line", ["{", "{}", "3", '{"recipe": "x", "interval": 1}'])
def test_a_line_that_is_no_record_is_named(folder, line):
    folder.mkdir()
    (folder / "results.jsonl").write_text(line + "\n")
    with pytest.raises(DataError, match="line 1: expected a record, got"):
        records.read(folder)


def test_probabilities_that_are_missing_or_another_array_are_named(
    model, dataset, folder
):
    record = records.add(model(), dataset, folder=folder)
    path = folder / "probabilities" / "tiny-0.npz"
    bad = [np.zeros((29, 3), np.float16), np.zeros((30, 3)), np.zeros(30, np.float16)]
    for array in bad:
        np.savez(path, probabilities=array)
        with pytest.raises(DataError, match=r"expected float16 \(30, K\), got"):
            records.read_probabilities(record, folder)
    np.savez(path, probabilities=np.array([{"a": 1}], object))  # would be unpickled
    with pytest.raises(DataError, match="expected the model's probabilities, got"):
        records.read_probabilities(record, folder)
    for content in (b"PK\x03\x04 broken", b"", b"\x93NUMPY"):
        path.write_bytes(content)
        with pytest.raises(DataError, match="expected the model's probabilities, got"):
            records.read_probabilities(record, folder)
    path.unlink()
    with pytest.raises(DataError, match="add it again"):
        records.read_probabilities(record, folder)


# votes and tables


def test_the_highest_mean_wins_though_two_of_three_say_otherwise():
    members = [[[0.6, 0.4]], [[0.55, 0.45]], [[0.1, 0.9]]]
    said = results.vote(np.array(member, np.float16) for member in members)
    assert_array_equal(said, [1])


def test_members_of_different_shapes_cannot_vote():
    with pytest.raises(DataError, match=r"expected members of one shape \(N, K\)"):
        results.vote([np.zeros((3, 2), np.float16), np.zeros((2, 2), np.float16)])


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
    name, count, votes, single, _ = report.rows[0]
    assert (name, count) == ("tiny", "3")
    assert votes.startswith(f"{100 * ok.mean():.2f} (")
    assert single == f"tiny-{best.seed}: {100 * best.accuracy:.2f}"


def test_single_models_have_a_row_a_recipe(model, dataset, folder):
    for seed in range(2):
        records.add(model(seed), dataset, folder=folder)
    records.add(model(0), dataset, "alone", folder)
    found = records.read(folder)
    report = results.singles(found)
    alone, tiny = report.rows
    low, high = found[0].interval
    accuracy = f"{100 * found[0].accuracy:.2f}"
    best = f"{accuracy} ({100 * low:.2f} to {100 * high:.2f})"
    assert alone[:5] == ("alone", "129", "1", accuracy, best)
    values = [100 * record.accuracy for record in found[1:]]
    spread = f"{np.mean(values):.2f} ± {np.std(values, ddof=1):.2f}"
    assert tiny[:4] == ("tiny", "129", "2", spread)
    assert report.timer.splitlines()[-1].startswith(found[0].cpu)


# the command


@pytest.fixture
def command(dataset, folder, monkeypatch, capsys):
    """Run the command on the toy data; its code, stdout and stderr."""
    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)

    def run(*words: str | Path):
        code = results.main([str(word) for word in words], folder)
        return code, *capsys.readouterr()

    return run


def test_models_are_added_and_all_tables_printed(command, model):
    code, out, err = command("add", model(0), model(1))
    assert (code, err) == (0, "")
    assert [line.split(":")[0] for line in out.splitlines()] == [
        *("tiny, seed 0", "tiny, seed 1")
    ]
    command("add", model(2), "--name", "third")
    code, out, err = command("--ensemble", "tiny", "third", "-e", "third", "third")
    assert (code, err) == (0, "")
    assert "results: single models" in out and "results: ensembles" in out
    code, out, err = command(
        "--markdown", "-e", "tiny", "third", "-e", "third", "third"
    )
    rows = [line.split(" | ")[:2] for line in out.splitlines() if line[:2] == "| "]
    assert rows == [
        *(["| recipe", "parameters"], ["| ---", "---:"]),
        *(["| third", "129"], ["| tiny", "129"]),
        *(["| members of", "members"], ["| ---", "---:"]),
        *(["| tiny", "2"], ["| tiny + third", "3"], ["| third", "1"]),
    ]


def test_a_table_in_markdown_is_whole(command, model):
    command("add", model(0))
    lines = command("--markdown")[1].splitlines()
    assert lines[0] == "**results: single models**"
    assert {line.count("|") for line in lines if line.startswith("|")} == {7}
    assert not any("ensemble" in line for line in lines)  # a single one has no votes


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "expected results, got none; try add MODEL"),
        (["add", "none.safetensors"], "expected a model file, found none"),
    ],
)
def test_what_is_missing_is_one_line(command, words, complaint):
    code, out, err = command(*words)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert complaint in err


def test_an_ensemble_of_a_recipe_that_has_none_is_refused(command, model):
    command("add", model(0))
    code, _, err = command("-e", "tiny", "cake")
    assert (code, err.count("\n")) == (1, 1)
    assert "--ensemble: expected recipes among tiny, got cake" in err
