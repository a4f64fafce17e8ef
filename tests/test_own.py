"""An optimiser, a schedule, a loss and an augmentation of the caller's own."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand import nn
from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Split
from byhand.errors import DataError, RecipeError, ShapeError, TrainingStopped
from byhand.training.loop import train
from byhand.training.own import Own
from byhand.training.recipes import RECIPES

RECIPE = dataclasses.replace(
    RECIPES["mlp"],
    architecture="pixels 1/255 | flatten | dense 12 | relu | dense {classes}",
    epochs=None,
    steps=12,
    batch=20,
    shard=8,
    lr=0.1,
    momentum=0.0,
)


class Sign:
    """An optimiser that goes by the signs of the gradients, and counts its steps."""

    def __init__(self) -> None:
        self.state = {"count": np.zeros((), np.int64)}

    def step(self, params: Any, grads: Any, lr: float) -> None:
        self.state["count"] += 1
        for name, g in grads.items():
            mean = self.state.setdefault(f"mean/{name}", np.zeros_like(g))
            mean += 0.5 * (g - mean)
            params[name] -= lr * np.sign(mean)


def halves(progress: float) -> float:
    return 1.0 if progress < 0.5 else 0.5


def squares(logits, labels):
    """The mean square of the distance from one-hot labels, and its gradient."""
    away = logits - np.eye(logits.shape[1], dtype=logits.dtype)[labels]
    return float((away**2).sum() / len(labels)), 2 * away / len(labels)


def speckled(images, rng):
    """A tenth of all pixels white."""
    return np.where(rng.random(images.shape) < 0.1, 255, images).astype(np.uint8)


def params(result) -> dict[str, Any]:
    return result.model.network.params


def stop_at(step: int, path: Path) -> dict[str, Any]:
    """Return the arguments that stop a run after a step, with a checkpoint."""
    steps: list[int] = []
    return {
        "checkpoint": path,
        "on_progress": lambda now: steps.append(now.step),
        "should_stop": lambda: steps[-1] == step,
    }


def test_an_optimiser_of_ones_own_makes_the_steps(dataset):
    mine = Sign()
    result = train(RECIPE, dataset, threads=1, lr=0.01, optimizer=mine)
    assert int(mine.state["count"]) == 0  # it was copied
    assert result.model.info["recipe"]["optimizer"] == "own"
    again = train(RECIPE, dataset, threads=2, lr=0.01, optimizer=mine)
    for name, array in params(result).items():
        assert_array_equal(array, params(again)[name])
    assert result.history[-1].loss < result.history[0].loss


@pytest.mark.parametrize("optimizer", [nn.SGD(0.9, nesterov=True), nn.AdamW()])
def test_one_of_the_packages_gives_the_same_bits_as_by_name(dataset, optimizer):
    name = {"SGD": "sgd", "AdamW": "adamw"}[type(optimizer).__name__]
    settings = {"momentum": 0.9} if name == "sgd" else {}
    named = train(RECIPE, dataset, threads=1, lr=0.01, optimizer=name, **settings)
    own = train(RECIPE, dataset, threads=1, lr=0.01, optimizer=optimizer)
    for key, array in params(named).items():
        assert_array_equal(array, params(own)[key])


def test_a_schedule_of_ones_own_says_the_rate(dataset):
    result = train(RECIPE, dataset, threads=1, lr=0.2, schedule=halves)
    assert [epoch.lr for epoch in result.history] == [0.2, 0.1, 0.1]
    assert result.model.info["recipe"]["schedule"] == "own"


def test_a_loss_of_ones_own_is_minimised(dataset):
    own = train(RECIPE, dataset, threads=2, epochs=30, lr=0.05, loss=squares)
    assert own.model.info["recipe"]["loss"] == "own"
    assert own.history[-1].loss < 0.5 * own.history[0].loss
    logits = own.model.network.forward(dataset.test.images)[0]
    assert squares(logits, dataset.test.labels)[0] < 0.9


def mean_of_shard(logits, labels):
    return nn.softmax_cross_entropy(logits, labels)


@pytest.mark.parametrize("loss", [nn.softmax_cross_entropy, mean_of_shard])
def test_the_loss_of_the_package_gives_the_same_as_without(dataset, loss):
    plain = train(RECIPE, dataset, threads=1)
    own = train(RECIPE, dataset, threads=1, loss=loss)
    for name, array in params(plain).items():
        assert_allclose(params(own)[name], array, rtol=1e-4, atol=1e-6)
    assert own.history[-1].loss == pytest.approx(plain.history[-1].loss, rel=1e-5)


def test_an_augmentation_of_ones_own_changes_what_is_trained_on(dataset):
    """Inverting images as they are drawn is training on inverted images."""
    plain = dataclasses.replace(RECIPE, augmentation=Augmentation(), validation=0)
    split = dataset.train
    inverted = dataclasses.replace(
        dataset, train=Split(255 - split.images, split.labels)
    )
    drawn = train(plain, dataset, augmentation=lambda images, rng: 255 - images)
    for name, array in params(train(plain, inverted)).items():
        assert_array_equal(array, params(drawn)[name])
    recipe = drawn.model.info["recipe"]
    assert recipe["augmentation"] == {
        **dataclasses.asdict(Augmentation()),
        "own": "own",
    }


def test_it_comes_after_the_recipes_and_has_its_chance_from_the_seed(dataset):
    def in_place(images, rng):
        assert images.dtype == np.uint8 and len(images) <= RECIPE.shard
        images[:] = speckled(images, rng)
        return images

    first = params(train(RECIPE, dataset, augmentation=speckled, seed=3))
    again = params(train(RECIPE, dataset, augmentation=in_place, seed=3, threads=1))
    other = params(train(RECIPE, dataset, augmentation=speckled, seed=4))
    same = params(train(RECIPE, dataset, augmentation=lambda images, rng: images))
    for name, array in params(train(RECIPE, dataset)).items():
        assert_array_equal(first[name], again[name])
        assert_array_equal(array, same[name])
    assert not np.array_equal(first["2.w"], other["2.w"])


def test_it_gets_all_channels_at_once(make_dataset):
    seen = []

    def noted(images, rng):
        seen.append(images.shape[1:])
        return images

    grey = make_dataset()
    images = np.repeat(grey.train.images[..., None], 3, axis=3)
    test = np.repeat(grey.test.images[..., None], 3, axis=3)
    colours = dataclasses.replace(
        grey,
        train=Split(images, grey.train.labels),
        test=Split(test, grey.test.labels),
    )
    train(RECIPE, colours, steps=1, augmentation=noted)
    assert set(seen) == {(7, 6, 3)}


def test_a_stopped_run_goes_on_with_the_same_things_and_the_same_bits(
    dataset, tmp_path
):
    path = tmp_path / "checkpoint.safetensors"
    own: dict[str, Any] = {
        "optimizer": Sign(), "schedule": halves, "loss": squares,
        "augmentation": speckled,
    }  # fmt: skip
    throughout = train(RECIPE, dataset, threads=1, lr=0.01, **own)
    with pytest.raises(TrainingStopped):
        train(RECIPE, dataset, threads=1, lr=0.01, **own, **stop_at(7, path))
    resumed = train(resume=path, dataset=dataset, threads=1, **own)
    for name, array in params(throughout).items():
        assert_array_equal(array, params(resumed)[name])


@pytest.mark.parametrize("missing", ["optimizer", "schedule", "loss", "augmentation"])
def test_a_run_cannot_go_on_without_what_it_began_with(dataset, tmp_path, missing):
    path = tmp_path / "checkpoint.safetensors"
    own: dict[str, Any] = {
        "optimizer": Sign(), "schedule": halves, "loss": squares,
        "augmentation": speckled,
    }  # fmt: skip
    with pytest.raises(TrainingStopped):
        train(RECIPE, dataset, threads=1, lr=0.01, **own, **stop_at(7, path))
    del own[missing]
    message = f"expected the {missing} of your own that it began with, got none"
    with pytest.raises(RecipeError, match=message):
        train(resume=path, dataset=dataset, **own)


def test_a_run_does_not_go_on_with_what_it_did_not_begin_with(dataset, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(TrainingStopped):
        train(RECIPE, dataset, threads=1, **stop_at(7, path))
    with pytest.raises(RecipeError, match="leave optimizer out"):
        train(resume=path, dataset=dataset, optimizer=Sign())
    with pytest.raises(RecipeError, match="leave out lr"):
        train(resume=path, dataset=dataset, lr=0.2)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"optimizer": object()}, RecipeError, r"with step\(params, grads, lr\) and"),
        ({"optimizer": nn.SGD}, RecipeError, "got type; try byhand.nn.SGD"),
        ({"optimizer": "own"}, RecipeError, "of your own that it began with"),
        ({"schedule": 0.5}, RecipeError, "schedule: expected a function, got float"),
        ({"loss": 3}, RecipeError, "loss: expected a function, got int"),
        (
            {"augmentation": 3},
            RecipeError,
            "augmentation: expected a function, got int",
        ),
        ({"augmentation": "own"}, RecipeError, "expected an Augmentation, got 'own'"),
        ({"augmentation": lambda x, r: None}, ShapeError, "got NoneType; return them"),
        ({"augmentation": lambda x, r: x[:1]}, ShapeError, r"uint8 \(.*as were given"),
        ({"augmentation": lambda x, r: x / 2}, ShapeError, "got float64"),
        ({"schedule": lambda p: -1.0}, RecipeError, "0 or more, got -1.0 at 0"),
        ({"schedule": lambda p: np.nan}, RecipeError, "0 or more, got nan"),
        ({"schedule": lambda p: "fast"}, RecipeError, "0 or more, got 'fast'"),
        ({"loss": lambda x, y: 1.0}, ShapeError, "d loss / d logits, got float"),
        ({"loss": lambda x, y: (1.0, x[:1])}, ShapeError, "like the logits, got"),
        ({"loss": lambda x, y: (1.0, x > 0)}, ShapeError, "got bool"),
    ],
)
def test_what_does_not_work_is_refused(dataset, given, error, message):
    with pytest.raises(error, match=message):
        train(RECIPE, dataset, threads=1, **given)


def test_nothing_of_ones_own_leaves_the_recipe():
    assert Own().applied(RECIPE) == RECIPE
    with pytest.raises(RecipeError, match="a recipe cannot hold"):
        dataclasses.replace(RECIPE, optimizer="own").make_optimizer()


@pytest.mark.parametrize("channels", [(), (3,)])
def test_images_and_labels_are_a_data_set(rng, channels):
    x, y = rng.integers(0, 256, (60, 9, 8, *channels), np.uint8), np.arange(60) % 3
    result = train("mlp", (x, y), steps=2, threads=1)
    assert result.model.image_shape == (9, 8, *channels)
    assert len(result.model.class_names) == 3


def test_a_split_is_a_data_set(dataset):
    result = train("mlp", dataset.train, steps=2, threads=1)
    assert result.model.image_shape == dataset.image_shape


@pytest.mark.parametrize("wrong", [7, (1, 2, 3), {"x": 1}])
def test_what_is_no_data_set_is_refused(wrong):
    with pytest.raises(DataError, match=r"expected a data set's name.*; try byhand"):
        train("mlp", wrong)


def test_what_is_odd_about_the_data_is_kept_in_the_model(dataset):
    odd = dataclasses.replace(dataset, warnings=("The images seem inverted.",))
    result = train("mlp", odd, steps=2, threads=1)
    assert result.model.info["warnings"] == ["The images seem inverted."]
    assert "warnings" not in train("mlp", dataset, steps=2, threads=1).model.info
