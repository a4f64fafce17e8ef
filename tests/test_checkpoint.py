"""Checkpoints: what they hold, when they are written, and which are refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from byhand import tensors
from byhand.data.datasets import Dataset, Split
from byhand.errors import ByhandError, ModelError, TrainingStopped
from byhand.training import checkpoint, loop
from byhand.training.checkpoint import fingerprint, read_checkpoint_header
from byhand.training.loop import Progress, train
from byhand.training.recipe import Recipe

RECIPE = Recipe(
    name="small",
    summary="for tests",
    architecture="pixels 1/255 | flatten | dense 5 | relu | dense {classes}",
    epochs=3,
    batch=30,
    shard=10,
    lr=0.01,
    optimizer="adamw",
    validation=9,
)


def stopped(dataset: Dataset, path: Path, after: int, recipe: Recipe = RECIPE) -> Path:
    """Return a checkpoint of a run that was stopped after some steps."""
    steps: list[int] = []
    with pytest.raises(TrainingStopped) as caught:
        train(
            recipe,
            dataset,
            seed=4,
            threads=1,
            checkpoint=path,
            on_progress=lambda progress: steps.append(progress.step),
            should_stop=lambda: steps[-1] == after,
        )
    assert caught.value.checkpoint == path
    return path


@pytest.fixture
def path(tmp_path: Path, dataset: Dataset) -> Path:
    """A checkpoint in the second epoch, three steps each."""
    return stopped(dataset, tmp_path / "run.checkpoint", after=4)


def changed(path: Path, change: Callable[[dict[str, Any], Any], object]) -> Path:
    """Write the checkpoint again with its header and arrays changed."""
    header, arrays = tensors.read(path, "checkpoint")
    change(header, arrays)
    del header["format"], header["kind"]
    tensors.write(path, arrays, "checkpoint", header)
    return path


def test_a_checkpoint_says_what_its_run_is(path, dataset):
    header = read_checkpoint_header(path)
    assert header["recipe"] == RECIPE
    assert (header["seed"], header["step"], header["steps"]) == (4, 4, 9)
    assert header["dataset"] == fingerprint(dataset)
    assert [epoch["step"] for epoch in header["history"]] == [3]
    assert header["images"] == 30
    assert header["seen"] == 81 + 30


def test_a_checkpoint_holds_parameters_best_and_optimizer(path):
    _, arrays = tensors.read(path, "checkpoint")
    names = ["2.w", "2.b", "4.w", "4.b"]
    assert arrays.keys() == {
        *(f"{part}/{name}" for part in ("network", "best") for name in names),
        *(f"optimizer/{moment}.{name}" for moment in "mv" for name in names),
        "optimizer/t",
    }
    assert arrays["optimizer/t"] == 4
    assert (arrays["best/2.w"] != arrays["network/2.w"]).any()


def test_the_fingerprint_distinguishes_data_sets(dataset, make_dataset):
    found = fingerprint(dataset)
    assert fingerprint(make_dataset()) == found
    labels = dataset.train.labels.copy()
    labels[[0, 1]] = labels[[1, 0]]
    swapped = dataclasses.replace(dataset, train=Split(dataset.train.images, labels))
    others = [swapped, make_dataset(train=60), make_dataset(shape=(6, 7))]
    others += [dataclasses.replace(dataset, class_names=("a", "b", "c", "d"))]
    assert all(fingerprint(other) != found for other in others)


# --- when it is written ---------------------------------------------------------------


def test_a_run_is_saved_at_the_end_of_an_epoch_if_ten_seconds_have_passed(
    dataset, tmp_path, monkeypatch
):
    now, saved = 0.0, []
    save = checkpoint.Saver.save

    def clock() -> float:
        nonlocal now
        now += 1e-6
        return now

    def work(progress: Progress) -> None:
        nonlocal now
        now += 2.5  # so the epochs end after 5, 12.5, 20 and 27.5 s

    def noting(self: checkpoint.Saver) -> Path:
        saved.append(self.state.step)
        return save(self)

    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=clock))
    monkeypatch.setattr(checkpoint.Saver, "save", noting)
    path = tmp_path / "run.checkpoint"
    train(RECIPE, dataset, epochs=4, threads=1, checkpoint=path, on_progress=work)
    assert saved == [6, 12]


# --- which are refused ----------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [{"train": 93}, {"classes": 4}, {"shape": (6, 7)}],
    ids=["another count", "another class", "another shape"],
)
def test_a_run_cannot_go_on_with_other_data(path, make_dataset, changes):
    with pytest.raises(
        ModelError, match=r"expected the data it was started on.*--data"
    ):
        train(resume=path, dataset=make_dataset(**changes), threads=1)


def test_a_resumed_run_counts_the_seconds_before(path, dataset):
    changed(path, lambda header, _: header.update(seconds=1000.0))
    result = train(resume=path, dataset=dataset, threads=1)
    assert 1000 < result.history[-1].seconds < result.seconds < 2000


def test_a_run_may_go_on_with_data_that_was_moved(path, dataset):
    moved = dataclasses.replace(dataset, name="/elsewhere/toy")
    assert train(resume=path, dataset=moved, threads=1).steps == 9


def test_a_run_loads_the_data_of_its_name(path, dataset, monkeypatch):
    asked = {}

    def load(name, **loading):
        asked.update(loading)
        return {"toy": dataset}[name]

    monkeypatch.setattr("byhand.training.start.load_dataset", load)
    assert train(resume=path, threads=1).steps == 9
    assert asked == {"prepare": False, "first_label": 0}


@pytest.mark.parametrize(
    "change",
    [
        lambda header, arrays: header.pop("recipe"),
        lambda header, arrays: header.pop("seed"),
        lambda header, arrays: header.pop("step"),
        lambda header, arrays: header.pop("steps"),
        lambda header, arrays: header.pop("dataset"),
        lambda header, arrays: header["dataset"].pop("name"),
        lambda header, arrays: header.update(recipe="mlp"),
        lambda header, arrays: header.update(seed="4"),
        lambda header, arrays: header.update(step=4.5),
        lambda header, arrays: header.update(dataset=[]),
        lambda header, arrays: header["dataset"].update(name=3),
        lambda header, arrays: header["recipe"].update(lr=-1),
        lambda header, arrays: header["recipe"].update(lr="high"),
        lambda header, arrays: header["recipe"].update(new_setting=1),
    ],
)
def test_a_header_that_does_not_say_what_the_run_is_is_refused(path, change):
    changed(path, change)
    with pytest.raises(
        ModelError, match=f"{path.name}: a checkpoint that does not fit"
    ):
        read_checkpoint_header(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda header, arrays: header.pop("history"),
        lambda header, arrays: header.pop("best_accuracy"),
        lambda header, arrays: header.update(history=3),
        lambda header, arrays: header.update(history=[{"loss": 1}]),
        lambda header, arrays: header.update(seen="many"),
        lambda header, arrays: header.update(loss=None),
        lambda header, arrays: arrays.pop("network/2.w"),
        lambda header, arrays: arrays.update({"network/9.w": np.zeros(2)}),
        lambda header, arrays: arrays.update({"network/2.w": np.zeros((5, 42))}),
        lambda header, arrays: arrays.pop("best/2.w"),
        lambda header, arrays: arrays.pop("optimizer/t"),
        lambda header, arrays: arrays.update({"optimizer/t": np.zeros(2, int)}),
        lambda header, arrays: arrays.update({"optimizer/m.2.b": np.zeros(4)}),
        lambda header, arrays: arrays.update({"optimizer/m.9.b": np.zeros(5)}),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(path, dataset, change):
    changed(path, change)
    with pytest.raises(
        ModelError, match=f"{path.name}: a checkpoint that does not fit"
    ):
        train(resume=path, dataset=dataset, threads=1)


def test_a_checkpoint_that_claims_a_huge_network_is_refused(path, dataset):
    architecture = "flatten | dense 999999999999 | dense {classes}"
    changed(path, lambda header, _: header["recipe"].update(architecture=architecture))
    with pytest.raises(ModelError, match=r"expected .* of shape .*999999999999"):
        train(resume=path, dataset=dataset, threads=1)


@pytest.mark.parametrize("content", [b"", b"no checkpoint, but a text file\n" * 9])
def test_a_file_that_is_no_checkpoint_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ModelError, match="expected a whole safetensors file"):
        train(resume=path)


def test_a_model_is_no_checkpoint(path, dataset):
    train(RECIPE, dataset, steps=1, threads=1).model.save(path)
    with pytest.raises(ModelError, match="expected a checkpoint, found a model"):
        train(resume=path, dataset=dataset)


@pytest.fixture(scope="module")
def undamaged(tmp_path_factory: Any, dataset: Dataset) -> bytes:
    path = tmp_path_factory.mktemp("undamaged") / "run.checkpoint"
    return stopped(dataset, path, after=4).read_bytes()


@given(data=st.data())
@settings(max_examples=60)
def test_a_damaged_header_is_read_or_refused(tmp_path_factory, undamaged, data):
    path = tmp_path_factory.getbasetemp() / "damaged.checkpoint"
    content = bytearray(undamaged)
    end = 8 + int.from_bytes(undamaged[:8], "little")
    for place in data.draw(st.lists(st.integers(0, end), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        assert isinstance(read_checkpoint_header(path)["recipe"], Recipe)
    except ByhandError as error:
        assert isinstance(error, ModelError)


def test_a_resumed_run_has_the_arrays_that_were_saved(path, dataset):
    _, arrays = tensors.read(path, "checkpoint")
    copied = path.with_name("copy.checkpoint")
    with pytest.raises(TrainingStopped):
        train(
            resume=path,
            dataset=dataset,
            threads=1,
            checkpoint=copied,
            should_stop=lambda: True,
        )
    _, later = tensors.read(copied, "checkpoint")
    assert later.keys() == arrays.keys()
    assert later["optimizer/t"] == 5
    assert_array_equal(later["best/2.w"], arrays["best/2.w"])


# --- older files ----------------------------------------------------------------------

OLD = Path(__file__).parent / "data" / "old-checkpoint.safetensors"


def test_a_checkpoint_of_the_first_format_is_resumed(dataset):
    """Its recipe has `afresh` and `average`, its arrays lie under "average/"."""
    recipe = read_checkpoint_header(OLD)["recipe"]
    assert (recipe.replacement, recipe.ema_decay) == ("per_batch", 0.9)
    resumed = train(resume=OLD, dataset=dataset, threads=1)
    throughout = train(recipe, dataset, seed=3, threads=1)
    assert resumed.steps == throughout.steps == 12
    expected = throughout.model.network.arrays
    for name, array in resumed.model.network.arrays.items():
        assert_allclose(array, expected[name], rtol=1e-3, atol=1e-5, err_msg=name)
