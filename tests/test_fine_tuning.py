"""A model trained further: what it learns, what it keeps, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from tests.conftest import toy_dataset

import byhand
from byhand import nn
from byhand.data.datasets import Dataset, Split
from byhand.errors import DataError, RecipeError, TrainingStopped
from byhand.model import Model
from byhand.runs.plan import new_plan
from byhand.training import rehearsal
from byhand.training.checkpoint import described
from byhand.training.fine_tuning import (
    held_out_of_each,
    start_of,
    started_line,
    tuning_job,
    tuning_recipe,
)
from byhand.training.start import first_state

SHORT = {"steps": 40, "threads": 1, "progress": False}
LONG = {"steps": 200, "lr": 0.01, "threads": 1, "progress": False}


@pytest.fixture(scope="module")
def toy() -> Dataset:
    return toy_dataset(noise=30)


@pytest.fixture
def known(toy, monkeypatch) -> Dataset:
    """The toy data, found again by its name."""
    every = {"toy": toy}
    monkeypatch.setattr(rehearsal, "load_dataset", lambda name, **_: every[name])
    return toy


@pytest.fixture
def model(trained, known) -> Model:
    """A model that knows a, b and c, and rejects."""
    return Model(trained.network, "abc", (7, 6), {**trained.info})


@pytest.fixture(scope="module")
def trained(toy) -> Model:
    change = byhand.Augmentation(shift=1, nondigits=0.1)
    recipe = byhand.Recipe(
        "toy", "", "pixels 1/255 | flatten | dense 16 | relu | dense {classes}",
        steps=200, batch=30, shard=15, augmentation=change, lr=0.1, momentum=0.9,
    )  # fmt: skip
    return byhand.train(recipe, toy, threads=1, progress=False).model


@pytest.fixture
def mine(make_dataset) -> Dataset:
    """Few images of c and b in another hand, and of a new class."""
    return replace(
        make_dataset(24, 30, noise=30, seed=8),
        name="mine",
        class_names=("c", "new", "b"),
    )


def accuracy(model: Model, dataset: Dataset) -> float:
    return byhand.evaluate(model, dataset).accuracy


def test_a_model_learns_new_images_and_a_class_and_keeps_what_it_knew(
    model, known, mine
):
    result = byhand.train(model, mine, **LONG)
    tuned = result.model
    assert tuned.class_names == ("a", "b", "c", "new") and tuned.has_reject_class
    new, old = result.gains
    assert (new.data, new.new, new.count) == ("mine", True, 30)
    assert (old.data, old.new, old.count) == ("toy", False, 30)
    assert new.after == accuracy(tuned, mine) > new.before + 0.3
    assert old.before == accuracy(model, known)
    assert old.after == accuracy(tuned, known) > old.before - 0.1
    assert tuned.info["fine_tuned"]["gains"][0]["after"] == new.after


def test_without_old_images_it_forgets(model, known, mine):
    kept = byhand.train(model, mine, **LONG).gains[1]
    lost = byhand.train(model, mine, rehearsal=0.0, **LONG).gains[1]
    assert lost.after < kept.after - 0.1


def test_the_old_outputs_are_the_same_before_the_first_step(model, known, mine):
    job = tuning_job(tuning_recipe(model), mine, 0, model)
    network = first_state(job, drawn=True).network
    scores, _ = network.forward(known.test.images)
    before, _ = model.network.forward(known.test.images)
    assert_array_equal(scores[:, [0, 1, 2, 4]], before)  # the reject class is the last
    assert_array_equal(scores[:, 3], np.zeros(30))


def test_weights_go_back_towards_where_they_began_but_for_the_new_class(model, mine):
    full = byhand.train(model, mine, interpolation=0.0, **SHORT).model.network
    part = byhand.train(model, mine, interpolation=0.25, **SHORT).model.network
    began = model.network
    for name in ("2.w", "2.b"):
        expected = 0.75 * full.params[name] + 0.25 * began.params[name]
        np.testing.assert_allclose(part.params[name], expected, rtol=1e-5)
    w, old = part.params["4.w"], [0, 1, 2, 4]
    expected = 0.75 * full.params["4.w"][:, old] + 0.25 * began.params["4.w"]
    np.testing.assert_allclose(w[:, old], expected, rtol=1e-5)
    assert_array_equal(w[:, 3], full.params["4.w"][:, 3])


def test_the_model_that_is_trained_further_stays_as_it_is(model, mine):
    before = {name: a.copy() for name, a in model.network.arrays.items()}
    byhand.train(model, mine, **SHORT)
    for name, array in model.network.arrays.items():
        assert_array_equal(array, before[name])


def test_a_stopped_run_ends_with_the_same_bits(model, mine, tmp_path):
    straight = byhand.train(model, mine, seed=3, **SHORT)
    steps: list[int] = []
    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(TrainingStopped):
        byhand.train(
            model, mine, seed=3, checkpoint=path, should_stop=lambda: steps[-1] == 25,
            on_progress=lambda now: steps.append(now.step), **SHORT,
        )  # fmt: skip
    resumed = byhand.train(resume=path, dataset=mine, threads=2, progress=False)
    for name, array in resumed.model.network.arrays.items():
        assert_array_equal(array, straight.model.network.arrays[name])
    assert resumed.model.calibration == straight.model.calibration
    assert resumed.gains == straight.gains


def test_a_model_remembers_all_that_it_was_trained_on(model, known, mine, monkeypatch):
    once = byhand.train(model, mine, **SHORT).model
    every = {"toy": known, "mine": mine}
    monkeypatch.setattr(rehearsal, "load_dataset", lambda name, **_: every[name])
    third = replace(mine, name="third")
    twice = byhand.train(once, third, **SHORT)
    assert [gain.data for gain in twice.gains] == ["third", "toy", "mine"]
    assert [d["name"] for d in rehearsal.trained_on(twice.model)] == [
        "toy",
        "mine",
        "third",
    ]


def test_what_is_not_here_any_more_is_a_warning(model, mine):
    model.info["dataset"] = described(replace(mine, name="toy"))
    start = start_of(model, mine)
    assert start.olds == ()
    assert (
        "may forget what it was trained on, toy: the images" in start.mine.warnings[-1]
    )
    assert started_line(start).endswith("old images mixed in: none")
    assert started_line(start).startswith("3 classes of before, new ones new;")
    model.info.clear()
    assert [gain.data for gain in byhand.train(model, mine, **SHORT).gains] == ["mine"]


def test_each_class_has_images_held_out_and_none_is_trained_on():
    labels = np.repeat([0, 1, 2], [2, 8, 30])
    kept, held = held_out_of_each(labels, 100)
    assert np.bincount(labels[held]).tolist() == [1, 1, 5]
    assert sorted([*kept, *held]) == list(range(40))
    assert np.bincount(labels[held_out_of_each(labels, 3)[1]]).tolist() == [1, 1, 1]
    assert len(held_out_of_each(labels, 0)[1]) == 0


def test_new_images_are_not_made_non_digits_and_each_shard_has_both(model, mine):
    recipe = tuning_recipe(model)
    job = tuning_job(recipe, mine, 0, model)
    new, old = job.augmentation.each
    assert recipe.augmentation.nondigits == old.nondigits == 0.15
    assert new.nondigits == 0 and new.elastic == old.elastic > 0
    chosen = job.batches[7]
    first = len(job.batches.indices)
    assert (chosen < first).sum() == 40
    assert 3 < (chosen[:40] < first).sum() < 19
    assert not set(job.held_out) & set(chosen)


@pytest.mark.parametrize(
    ("change", "error", "line"),
    [
        (lambda d: replace(d, train=cropped(d.train)), DataError,
         "mine: expected images of 6×7, as the model takes them, got 6×5; try --prep"),
        (lambda d: replace(d, train=d.train[[0, 1, 3, 5, 6, 8]]), DataError,
         "mine: expected 2 training images or more of class new, got 1, and 10 for"),
    ],
)  # fmt: skip
def test_data_that_cannot_be_learnt_is_refused(model, mine, change, error, line):
    with pytest.raises(error) as raised:
        byhand.train(model, change(mine), **SHORT)
    assert str(raised.value).startswith(line)


def cropped(split: Split) -> Split:
    return Split(split.images[:, 1:-1], split.labels)


def test_another_recipe_is_refused(model, mine):
    with pytest.raises(RecipeError, match="expected the layers of the model"):
        byhand.train("mlp", mine, from_model=model)


@pytest.mark.parametrize("name", ["rehearsal", "interpolation"])
def test_settings_of_training_further_need_a_model_to_begin_with(mine, name):
    with pytest.raises(RecipeError, match=f"mlp, {name}: expected 0, .* try --from"):
        byhand.train("mlp", mine, epochs=1, **{name: 0.5})


def test_a_network_without_a_layer_for_each_output_is_refused(mine):
    network = nn.build("pixels 1/255 | conv 3 3x3 | batchnorm | globalpool", (7, 6))
    with pytest.raises(RecipeError, match="ends with a layer of 3 outputs"):
        tuning_recipe(Model(network, ("a", "b", "c"), (7, 6)))


def test_convolutions_and_batch_norm_are_trained_further(make_dataset, known):
    network = nn.build(
        "pixels 1/255 | conv 4 3x3 | batchnorm | relu | conv 3 1x1 | globalpool",
        (7, 6), rng=np.random.default_rng(0),
    )  # fmt: skip
    model = Model(network, ("a", "b", "c"), (7, 6), {"dataset": described(known)})
    mine = replace(
        make_dataset(24, 30, noise=30, seed=8), class_names=("c", "new", "b")
    )
    tuned = byhand.train(model, mine, **SHORT).model
    assert tuned.class_names == ("a", "b", "c", "new")
    assert str(tuned.network).endswith("conv 4 1x1 | globalpool")
    assert (tuned.network.state["2.mean"] != network.state["2.mean"]).any()


def test_numbers_stand_for_the_classes_of_the_model(model, mine):
    numbered = replace(mine, class_names=("0", "1", "2"))
    assert start_of(model, numbered).mine.class_names == ("a", "b", "c")


def test_weights_of_reading_stay_with_the_ten_digits_alone(make_dataset, monkeypatch):
    ten = replace(make_dataset(60, 20, classes=10), class_names=tuple("0123456789"))
    monkeypatch.setattr(rehearsal, "load_dataset", lambda name, **_: ten)
    model = byhand.train("mlp", ten, **SHORT).model
    model.info["reading"] = {"of": "digits"}
    assert byhand.train(model, ten, **SHORT).model.info["reading"] == {"of": "digits"}
    sign = replace(ten, class_names=("0", "1", "2", "sign", *"456789"))
    assert "reading" not in byhand.train(model, sign, **SHORT).model.info


def test_one_new_class_alone_is_enough_where_a_model_has_others(
    model, known, tmp_path, capsys
):
    """Drawings of a sign, from a folder that holds nothing else."""
    for number in range(12):
        image = np.zeros((7, 6), np.uint8)
        image[number % 3 + 2, 1:5] = 255
        path = tmp_path / "signs" / "bar" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    signs = str(tmp_path / "signs")
    with pytest.raises(DataError, match="each of two classes or more, got bar only"):
        byhand.train("mlp", signs, **SHORT)
    tuned = byhand.train(model, signs, **LONG)
    assert tuned.model.class_names == ("a", "b", "c", "bar")
    assert tuned.gains[0].after == 1.0 > tuned.gains[0].before
    assert tuned.gains[1].after > 0.9

    model.save(tmp_path / "base.safetensors")
    plan = new_plan(data=signs, start=tmp_path / "base.safetensors")
    assert len(byhand.load_dataset(signs, **plan.loading).class_names) == 1


def test_a_model_of_the_digits_that_rejects_is_shown_what_is_no_digit(trained):
    """Else it forgets what it rejected: nothing of that is in the data it knew."""
    assert rehearsal.no_digits(trained, 4) is None  # not of the ten digits
    shipped = byhand.load()
    drawn = rehearsal.no_digits(shipped, 11)
    assert drawn is not None and set(drawn.labels.tolist()) == {11}
    assert drawn.images.shape == (rehearsal.DRAWN, 28, 28)
    two = drawn.images[:40]
    data = Dataset("two", Split(two, np.arange(40) % 2), Split(two[:2], [0, 1]), "xy")
    job = tuning_job(tuning_recipe(shipped), data, 0, shipped)
    labels = job.dataset.train.labels
    share = np.mean([(labels[job.batches[n]] == 12).mean() for n in range(5)])
    assert share == pytest.approx(0.25)  # a third of what is rehearsed
