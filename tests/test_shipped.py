"""The model in the package keeps what its card promises."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources

import numpy as np
import pytest

import byhand
from byhand.evaluation import evaluate
from byhand.model import SHIPPED
from byhand.robustness.conditions import CONDITIONS
from byhand.robustness.scores import robustness
from byhand.training.recipe import read_recipe
from byhand.training.recipes import find_recipe


@pytest.fixture(scope="module")
def model():
    return byhand.load()


@pytest.fixture(scope="module")
def test():
    return byhand.load_dataset("mnist").test


def test_the_file_is_small():
    with resources.as_file(resources.files("byhand") / "models" / SHIPPED) as file:
        assert file.stat().st_size <= 1_500_000


def test_it_was_made_by_the_recipe_as_it_is_now(model):
    then, now = read_recipe(model.info["recipe"]), find_recipe("shipped")
    assert replace(then, summary="") == replace(now, summary="")
    assert model.info["seed"] == 0


def test_it_reads_the_test_images_and_knows_how_well(model, test):
    scores = evaluate(model, test)
    assert scores.accuracy == model.info["test"]["accuracy"]
    assert scores.accuracy >= 0.995
    assert scores.calibration_error <= 0.003
    assert scores.recall.min() >= 0.99


def test_it_takes_digits_for_digits_and_little_else(model, test):
    rng = np.random.default_rng(0)
    assert model.is_digit(test.images).mean() >= 0.995
    shape = (1000, 28, 28)
    noise = rng.integers(0, 256, shape).astype(np.uint8)
    sparse = np.where(rng.random(shape) < 0.1, noise, 0).astype(np.uint8)
    for nothing in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)):
        assert not model.is_digit(nothing).any()
    for other in (noise, sparse):
        assert model.is_digit(other).mean() <= 0.01
    assert model.is_digit(255 - test.images[:1000]).mean() <= 0.03


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("shift 3", 0.985),
        ("shift 6", 0.97),
        ("half size, centred", 0.96),
        ("half size, anywhere", 0.94),
        ("rotation 15°", 0.985),
        ("inverted, prepared", 0.99),
    ],
)
def test_it_reads_two_thousand_elsewhere_and_otherwise(name, least, model, test):
    (condition,) = [c for c in CONDITIONS if c.name == name]
    some = byhand.Split(test.images[:2000], test.labels[:2000])
    (row,) = robustness(model, some, [condition])
    assert row.accuracy >= least
