"""Named recipes' networks on images of other sizes than MNIST's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset, Split
from byhand.errors import ShapeError, TrainingStopped
from byhand.nn import build
from byhand.training.fitting import fitted, fitting_line
from byhand.training.loop import train
from byhand.training.recipe import read_recipe
from byhand.training.recipes import RECIPES

SHAPES = [(8, 8), (64, 64), (28, 28, 3)]
OTHERS = [
    (8, 8, 3),
    (64, 64, 3),
    (3, 50),
    (20, 30),
    (1, 1),
    (2, 9),
    (4, 4),
    (5, 5),
    (128, 96),
    (300, 31),
]

# the networks that compile most, at one size each; what each of them becomes at every
# size is asked without training
TRAINED = {"standard": [(64, 64)], "best": [(28, 28, 3)], "shipped": [(8, 8)]}


def images(shape: tuple[int, ...], count: int = 44) -> Dataset:
    rng = np.random.default_rng(7)
    labels = np.arange(count) % 10
    patterns = rng.integers(0, 256, (10, *shape))
    drawn = np.where(rng.random((count, *shape)) < 0.8, patterns[labels], 0)
    split = Split(drawn.astype(np.uint8), labels.astype(np.int64))
    return Dataset("toy", split, split, tuple("0123456789"))


@pytest.mark.parametrize(
    ("name", "shape"),
    [(name, shape) for name in RECIPES for shape in TRAINED.get(name, SHAPES)],
    ids=str,
)
def test_every_recipe_trains_on_images_of_any_size(name, shape):
    small = {"batch": 6, "shard": 3, "validation": 2}
    result = train(name, images(shape, 22), steps=2, lr=0.001, **small)
    assert result.model.image_shape == shape
    assert np.isfinite(result.history[-1].loss)
    built = read_recipe(result.model.info["recipe"])
    expected = build(built.architecture_for(10), shape)
    assert str(result.model.network) == str(expected)


@pytest.mark.parametrize("shape", [*SHAPES, *OTHERS], ids=str)
@pytest.mark.parametrize("name", RECIPES)
def test_what_is_flattened_is_neither_tiny_nor_large(name, shape):
    recipe = fitted(RECIPES[name], shape)
    network = build(recipe.architecture_for(10), shape)
    before = network.layers[: [layer.kind for layer in network.layers].index("flatten")]
    side = shape
    for layer in before:
        side = layer.output_shape(side)
    if "conv" in recipe.architecture:
        assert min(2, *shape[:2]) <= min(side[:2]) <= 8


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3), (32, 32, 3), (20, 20)])
@pytest.mark.parametrize("name", RECIPES)
def test_a_network_that_suits_stays_as_it_is(name, shape):
    assert fitted(RECIPES[name], shape) == RECIPES[name]
    assert fitting_line(RECIPES[name], RECIPES[name], shape) == ""


def test_small_images_are_padded_and_pooled_less():
    assert fitted(RECIPES["fast"], (8, 8)).architecture == (
        "pixels 1/255 | conv 16 5x5 pad 2 | relu | maxpool 2 "
        "| conv 32 3x3 pad 1 | relu | maxpool 2 | flatten | dense 64 | relu "
        "| dense {classes}"
    )
    assert fitted(RECIPES["fast"], (4, 4)).architecture.count("maxpool") == 1


def test_large_images_are_pooled_more_and_a_line_says_so():
    built = fitted(RECIPES["standard"], (64, 64))
    assert built.architecture.count("maxpool") == 3
    assert fitting_line(built, RECIPES["standard"], (64, 64)) == (
        f"fitted to images of 64 × 64: network {built.architecture}; "
        "augmentation shift 5, elastic 0.6"
    )


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((8, 8), (1, 0.17)), ((28, 28), (2, 0.6)), ((64, 64), (5, 0.6))],
)
def test_augmentation_is_in_proportion_to_the_images(shape, expected):
    change = fitted(RECIPES["standard"], shape).augmentation
    assert (change.shift, change.elastic) == expected
    assert change.rotate == RECIPES["standard"].augmentation.rotate


def test_augmentation_of_ones_own_stays():
    own = dataclasses.replace(RECIPES["mlp"], augmentation=Augmentation(shift=3))
    assert fitted(own, (8, 8)) == own


def test_what_was_fitted_is_fitted_once():
    for recipe in RECIPES.values():
        for shape in ((8, 8), (64, 64)):
            once = fitted(recipe, shape)
            assert once.architecture == fitted(once, shape).architecture


def test_a_network_of_ones_own_stays_as_it_was_asked_for():
    network = "pixels 1/255 | conv 8 9x9 | relu | flatten | dense {classes}"
    own = dataclasses.replace(RECIPES["fast"], architecture=network)
    assert fitted(own, (8, 8)) == own
    with pytest.raises(ShapeError, match="at least 9x9 pixels"):
        train(own, images((8, 8)), steps=1, threads=1)


def test_a_run_on_small_images_learns_and_goes_on_from_its_checkpoint(tmp_path):
    path, seen = tmp_path / "checkpoint.safetensors", []
    small = {"batch": 20, "shard": 10, "validation": 4, "steps": 100}
    data = images((8, 8), 200)
    result = train("fast", data, **small)
    assert result.history[-1].training_accuracy > 0.8
    stop = {"on_progress": seen.append, "should_stop": lambda: len(seen) == 50}
    with pytest.raises(TrainingStopped):
        train("fast", data, checkpoint=path, **small, **stop)
    resumed = train(resume=path, dataset=data)
    for name, array in resumed.model.network.arrays.items():
        assert_array_equal(array, result.model.network.arrays[name])


def test_images_of_several_channels_are_changed_alike():
    every = RECIPES["shipped"].augmentation
    grey = images((12, 10), 30).train
    colours = np.repeat(grey.images[..., None], 3, axis=3)
    colours[..., 1] //= 2  # the ink is where it was, half as dark
    where, rng = np.arange(30), np.random.default_rng
    alone, together = np.empty_like(grey.images), np.empty_like(colours)
    some = dataclasses.replace(every, damage=0.0, nondigits=0.0, touching=0.0)
    expected = some(grey.images, grey.labels, where, rng(3), alone, 10)
    labels = some(colours, grey.labels, where, rng(3), together, 10)
    assert_array_equal(labels, expected)
    assert_array_equal(together[..., 0], alone)
    assert_array_equal(together[..., 2], alone)
    assert np.corrcoef(together[..., 1].ravel(), alone.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("change", [{}, {"shift": 1}, {"rotate": 9.0, "elastic": 0.5}])
def test_channels_may_differ(change):
    # an image in each channel, not the same one
    rng = np.random.default_rng(2)
    colours = rng.integers(0, 256, (9, 8, 7, 3), np.uint8)
    labels, where, out = (
        np.zeros(9, np.int64),
        np.arange(9)[::-1],
        np.empty_like(colours),
    )
    chance = rng if change else None
    augmentation = Augmentation(**change)
    augmentation(colours, labels, where, chance, out, 1)
    for channel in range(3):
        plane = np.ascontiguousarray(colours[..., channel])
        expected = np.empty_like(plane)
        again = np.random.default_rng(2) if change else None
        if again:
            again.integers(0, 256, (9, 8, 7, 3), np.uint8)
        augmentation(plane, labels, where, again, expected, 1)
        assert_array_equal(out[..., channel], expected)


def test_channels_are_stretched_alike_wherever_their_ink_is():
    grey = images((12, 10), 30).train
    colours = np.repeat(grey.images[..., None], 2, axis=3)
    colours[:, :, 5:, 1] = 0  # ink on the left only: a box of its own
    out = np.empty_like(colours)
    wider = Augmentation(stretch=1.0)
    wider(colours, grey.labels, np.arange(30), np.random.default_rng(3), out, 10)
    assert (out[..., 1] <= out[..., 0]).all() and out[..., 1].any()
