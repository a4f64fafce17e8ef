"""Named recipes' networks on images of other sizes than MNIST's."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from byhand.data.datasets import Dataset, Split
from byhand.errors import ShapeError
from byhand.nn import build
from byhand.training.fitting import fitted, fitting_line
from byhand.training.loop import train
from byhand.training.recipe import read_recipe
from byhand.training.recipes import RECIPES

SHAPES = [(8, 8), (64, 64), (28, 28, 3), (8, 8, 3), (64, 64, 3), (3, 50), (20, 30)]
TINY = [(1, 1), (2, 9), (4, 4), (5, 5), (128, 96), (300, 31)]
DISTILLED = [recipe.name for recipe in RECIPES.values() if recipe.distill]


def images(shape: tuple[int, ...], count: int = 44) -> Dataset:
    rng = np.random.default_rng(7)
    labels = np.arange(count) % 10
    patterns = rng.integers(0, 256, (10, *shape))
    drawn = np.where(rng.random((count, *shape)) < 0.8, patterns[labels], 0)
    split = Split(drawn.astype(np.uint8), labels.astype(np.int64))
    return Dataset("toy", split, split, tuple("0123456789"))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_trains_on_images_of_any_size(name, shape):
    small = {"batch": 20, "shard": 10, "validation": 4}
    result = train(name, images(shape), steps=2, lr=0.001, threads=1, **small)
    assert result.model.image_shape == shape
    assert np.isfinite(result.history[-1].loss)
    built = read_recipe(result.model.info["recipe"])
    classes = 10
    expected = build(built.architecture_for(classes), shape)
    assert str(result.model.network) == str(expected)


@pytest.mark.parametrize("shape", [*SHAPES, *TINY], ids=str)
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
    assert fitted(RECIPES[name], shape) is not None
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
    line = fitting_line(built, RECIPES["standard"], (64, 64))
    assert line == f"network fitted to images of 64 × 64: {built.architecture}"


def test_a_network_of_ones_own_stays_as_it_was_asked_for():
    network = "pixels 1/255 | conv 8 9x9 | relu | flatten | dense {classes}"
    own = dataclasses.replace(RECIPES["fast"], architecture=network)
    assert fitted(own, (8, 8)) == own
    with pytest.raises(ShapeError, match="at least 9x9 pixels"):
        train(own, images((8, 8)), steps=1, threads=1)


def test_a_run_on_small_images_learns_and_goes_on_from_its_checkpoint(tmp_path):
    small = {"batch": 20, "shard": 10, "validation": 4, "threads": 1}
    result = train("fast", images((8, 8), 200), steps=40, lr=0.05, **small)
    assert result.history[-1].training_accuracy > 0.9
