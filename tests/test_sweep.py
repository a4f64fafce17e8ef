"""Sweeps: which runs, what they show, and that none is lost where processes end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks import sweep as on_two_workers
from scipy import stats

import byhand
from byhand import pools
from byhand.comparison import mcnemar
from byhand.errors import ByhandError, DataError, RecipeError
from byhand.reading.results_file import ResultsFile
from byhand.runs import swept
from byhand.runs.grid import PlannedRun, Sweep, load_sweep, read_grid
from byhand.runs.summary import interval, on_test_images, summaries, votes
from byhand.runs.swept import RunResult, sweep
from byhand.training.batches import split
from byhand.training.start import held_out_images


def test_a_grid_is_every_combination_with_every_seed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    grid = read_grid(["lr=0.1,0.3", "augmentation.shift=0,2", "lr=0.1"])
    assert grid == {"lr": [0.1, 0.3, 0.1], "augmentation.shift": [0, 2]}
    runs = Sweep("mlp", "mnist", 2, grid).runs()
    assert [run.number for run in runs] == list(range(8))
    found = [(*run.settings.values(), run.plan.seed) for run in runs]
    assert found == [(lr, n, s) for lr in (0.1, 0.3) for n in (0, 2) for s in (0, 1)]
    last = runs[-1].plan
    assert (last.recipe.lr, last.recipe.augmentation.shift) == (0.3, 2)
    assert runs[-1].file == "runs/mnist-mlp-1-shift-2/model.safetensors"
    assert last.files.model == tmp_path / runs[-1].file


def test_an_architecture_is_not_cut_at_commas():
    texts = ["architecture=flatten | own 1,2 | dense 10", "architecture=dense 10"]
    expected = [text.partition("=")[2] for text in texts]
    assert read_grid(texts) == {"architecture": expected}
    with pytest.raises(RecipeError, match="expected NAME=VALUE,VALUE, got 'lr'"):
        read_grid(["lr"])


def test_a_file_has_what_the_options_have(tmp_path: Path):
    path = tmp_path / "grid.toml"
    path.write_text(
        'recipe = "fast"\nfrom = "shipped"\nseeds = 3\n'
        '[set]\nlr = [0.2, 0.4]\nclip = ["none", 1.0]\n'
        'architecture = "dense\\n10"\naugmentation.shift = [1]\n'
    )
    grid = {"lr": [0.2, 0.4], "clip": [None, 1.0], "architecture": ["dense 10"],
            "augmentation.shift": [1]}  # fmt: skip
    assert load_sweep(path) == Sweep("fast", "mnist", 3, grid, start="shipped")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "recipes = 1",
            "expected a key of a sweep, got 'recipes'; did you mean recipe",
        ),
        ("seeds = 0", "seeds: expected an integer of 1 or more, got 0"),
        ("seeds = true", "seeds: expected an integer of 1 or more, got True"),
        ("data = 1", "data: expected a text, got 1"),
        ("set = 1", r"expected a table \[set\], got 1"),
        ("set", "expected TOML"),
    ],
)
def test_a_file_that_is_wrong_is_one_line(tmp_path: Path, text: str, message: str):
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as raised:
        load_sweep(path)
    assert str(raised.value).startswith(str(path))
    with pytest.raises(RecipeError, match="expected a sweep's file"):
        load_sweep(tmp_path / "none.toml")


def result(lr: float, seed: int, wrong: list[int], **values: Any) -> dict[str, Any]:
    entry = {"settings": {"lr": lr}, "seed": seed, "data": "mnist", "count": 20,
             "accuracy": 1 - len(wrong) / 20, "wrong": wrong,
             "seconds": 2.0, "file": f"{lr}-{seed}"}  # fmt: skip
    return entry | values


def test_means_have_intervals_and_are_compared_with_the_best():
    results = [
        *(result(0.1, 0, [0, 1, 2, 3, 4, 5]), result(0.1, 1, [0, 1, 2, 3, 4])),
        *(result(0.2, 0, [0, 9]), result(0.2, 1, [0, 1])),
    ]
    best, worse = summaries(results)  # the best first
    assert worse.name == "lr=0.1" and best.p is None
    assert best.files == ("0.2-0", "0.2-1")
    assert worse.mean == pytest.approx(0.725)
    low, high = stats.t.interval(0.95, 1, loc=0.725, scale=stats.sem(worse.accuracies))
    assert worse.interval == pytest.approx((low, high))
    # more seeds right: the best at 1, 2, 3, 4 and 5, the other at 9
    assert (worse.only_best, worse.only_this) == (5, 1)
    assert worse.p == mcnemar(5, 1)
    assert votes(results[:2]).tolist() == [0] * 5 + [1] + [2] * 14


def test_one_seed_has_the_interval_of_its_images_and_the_usual_test():
    _, one = summaries([result(0.1, 3, [0, 1, 2]), result(0.2, 3, [5])])
    assert one.interval == byhand.evaluation.wilson(17, 20)
    assert (one.only_best, one.only_this, one.p) == (3, 1, mcnemar(3, 1))
    assert interval([0.5, 0.5, 0.5], 20) == (0.5, 0.5)


def test_seeds_that_only_one_has_are_not_compared():
    best, one = summaries([result(0.1, 0, [0]), result(0.2, 1, [])])
    assert one.p is best.p is None
    with pytest.raises(DataError, match="one data set, got several"):
        summaries([result(0.1, 0, []), result(0.1, 1, [], data="other")])


@pytest.fixture
def data(tmp_path: Path, dataset: byhand.Dataset, monkeypatch) -> str:
    """A file of small images, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    train, test = dataset.train, dataset.test
    np.savez("some.npz", x_train=train.images, y_train=train.labels,
             x_test=test.images, y_test=test.labels)  # fmt: skip
    return str(tmp_path / "some.npz")


def swept_here(what: Sweep, monkeypatch, breaks: int = 0) -> list[RunResult]:
    """Carry out a sweep in this process, of which the pool breaks at each start."""
    left = [breaks]

    def run(function: Any, tasks: Any, shared: Any) -> Iterator[Any]:
        for task in tasks:
            if left[0]:
                left[0] -= 1
                raise RuntimeError
            yield function(task, shared)

    @contextmanager
    def here(jobs: int) -> Iterator[pools.Pool]:
        yield pools.Pool(run, RuntimeError)

    monkeypatch.setattr(pools, "on_cores", here)
    results: list[RunResult] = []
    sweep(what.runs(), results.append)
    return results


SHORT = {"epochs": [2], "batch": [10]}


def test_a_run_is_as_any_other_and_one_that_is_there_is_not_trained_again(
    data: str, monkeypatch
):
    [found] = swept_here(Sweep("mlp", data, grid=SHORT), monkeypatch)
    model = byhand.load(found.run.file)
    train = byhand.load_dataset(data).train
    held_out = train[split(len(train), len(train) // 10)[1]]
    wrong = np.flatnonzero(model.predict(held_out.images) != held_out.labels)
    assert found.wrong == wrong.tolist() and found.count == len(held_out)
    assert found.accuracy == pytest.approx(1 - len(wrong) / len(held_out))
    trained = byhand.train("mlp", data, epochs=2, batch=10, progress=False).model
    for name, array in trained.network.arrays.items():
        assert (model.network.arrays[name] == array).all()
    monkeypatch.setattr(swept, "run", None)  # would be called
    assert swept_here(Sweep("mlp", data, grid=SHORT), monkeypatch) == [found]


def test_runs_are_compared_by_images_that_none_of_them_was_trained_on(
    data: str, monkeypatch
):
    """Of a recipe that would train on all: those of test images choose nothing."""
    recipe = Path("all.toml")
    recipe.write_text('based_on = "mlp"\nepochs = 1\nvalidation = 0\n')
    first, second = swept_here(Sweep(str(recipe), data, 2), monkeypatch)
    assert first.count == second.count == 9
    assert "validation-5000" in first.run.file
    model = byhand.load(first.run.file)
    assert model.info["trained_on"] == 81
    [own] = summaries([first.as_dict(), second.as_dict()])
    tests = [byhand.load(found.run.file).info["test"] for found in (first, second)]
    mean = np.mean([test["accuracy"] for test in tests])
    assert on_test_images(own) == {"accuracy": pytest.approx(mean), "count": 30}
    Path(first.run.file).unlink()
    assert on_test_images(own) == {}


def test_images_held_out_are_refused_where_they_are_none_or_others():
    for values in ([0], [10, 20]):
        with pytest.raises(RecipeError, match="expected one number of 1 or more"):
            Sweep("mlp", grid={"validation": values}).runs()
    few = byhand.Dataset.from_arrays(np.zeros((9, 2, 2)), np.arange(9) % 2)
    with pytest.raises(DataError, match="expected images held out"):
        held_out_images(byhand.find_recipe("mlp"), few)


def test_a_model_is_trained_further_with_each_setting(data: str, monkeypatch):
    [first] = swept_here(Sweep("mlp", data, grid=SHORT), monkeypatch)
    Path("base.safetensors").write_bytes(Path(first.run.file).read_bytes())
    grid = {"epochs": [1], "rehearsal": [0, 0.5]}
    what = Sweep("fast", data, grid=grid, start="base.safetensors")
    found = swept_here(what, monkeypatch)
    assert [result.error for result in found] == ["", ""]
    assert "some-from-base-0-epochs-1-rehearsal-0.5" in found[1].run.file
    assert all("gains" in byhand.load(r.run.file).info["fine_tuned"] for r in found)
    monkeypatch.setattr(swept, "run", None)  # would be called
    again = swept_here(what, monkeypatch)
    assert [r.as_dict() for r in again] == [r.as_dict() for r in found]


def test_a_failure_stays_with_its_run(data: str, monkeypatch):
    grid = {**SHORT, "lr": [1e6, 0.1]}
    failed, fine = swept_here(Sweep("mlp", data, grid=grid), monkeypatch)
    assert "loss" in failed.error and "error" in failed.as_dict()
    assert not fine.error and fine.accuracy > 0
    assert not failed.run.plan.files.model.parent.exists()


def test_another_run_of_the_same_name_is_not_taken_for_this_one(data, monkeypatch):
    recipe = Path("mine.toml")
    recipe.write_text('based_on = "mlp"\nepochs = 1\n')
    swept_here(Sweep(str(recipe), data), monkeypatch)
    recipe.write_text('based_on = "mlp"\nepochs = 1\nbatch = 7\n')
    [found] = swept_here(Sweep(str(recipe), data), monkeypatch)
    assert "a run of other settings under the same name" in found.error


def test_runs_begin_again_a_few_times_where_processes_end(data: str, monkeypatch):
    what = Sweep("mlp", data, grid=SHORT)
    [found] = swept_here(what, monkeypatch, breaks=swept.PATIENCE)
    assert not found.error
    [failed] = swept_here(what, monkeypatch, breaks=swept.PATIENCE + 2)
    assert "the process that trained it ended suddenly" in failed.error


def test_results_are_kept_once_and_errors_are_tried_again(tmp_path: Path):
    runs = Sweep("mlp", "mnist", 3, {"epochs": [1]}).runs()
    path, files = tmp_path / "r.jsonl", [run.file for run in runs]
    with ResultsFile(path, files) as kept:
        kept.add(RunResult(runs[1], accuracy=0.5, count=4, wrong=[0, 1]))
        kept.add(RunResult(runs[0], "no"))
    with ResultsFile(path, files) as kept:
        assert kept.done == {files[1]}
        kept.add(RunResult(runs[0], accuracy=0.25, count=4, wrong=[0, 1, 2]))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["file"] for line in lines] == files[:2]


def test_how_far_a_run_is_can_be_read_while_it_is_under_way(data: str, monkeypatch):
    seen: list[dict[str, Any]] = []
    call = swept.Reporter.__call__

    def spying(self: swept.Reporter, now: Any) -> None:
        self.next = 0
        call(self, now)
        seen.append(swept.progress_of(task))

    monkeypatch.setattr(swept.Reporter, "__call__", spying)
    what = Sweep("mlp", data, grid=SHORT)
    [task] = what.runs()
    swept_here(what, monkeypatch)
    assert [now["step"] for now in seen] == list(range(1, len(seen) + 1))
    assert seen[-1]["epoch"] == 2 and seen[-1]["steps"] == len(seen)
    assert swept.progress_of(task) == {}


def test_no_run_is_lost_where_a_worker_is_killed_twice(data: str):
    pytest.importorskip("distributed")
    grid = {"epochs": [8], "batch": [10], "lr": [0.05, 0.1]}
    found = on_two_workers.survived(Sweep("mlp", data, 3, grid))
    assert found.kills == 2 and found.errors == []
    assert (found.lost, found.twice) == (0, 0)
    assert found.continued  # from a checkpoint, not from the first step
    assert found.same == found.runs == 6


def test_a_chart_has_a_line_for_each_mean(tmp_path: Path):
    plots = pytest.importorskip("byhand.plots")
    drawn = plots.means(["a", "b"], [[0.9, 0.92], [0.8]], [(0.89, 0.93), (0.7, 0.9)])
    [ax] = drawn.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    ends = [list(line.get_xdata()) for line in ax.lines]
    assert [0.89, 0.93] in ends and [0.7, 0.9] in ends
    assert plots.save(plots.means([], [], []), tmp_path / "none.png").exists()


def test_planned_runs_can_be_sent_to_other_processes():
    import pickle

    [run] = Sweep("mlp", "mnist").runs()
    other = pickle.loads(pickle.dumps(run))
    assert isinstance(other, PlannedRun) and other == run


def test_a_setting_that_is_none_is_refused_before_anything_is_trained():
    with pytest.raises(ByhandError, match="did you mean batch"):
        Sweep("mlp", "mnist", 1, {"bach": [1]}).runs()
