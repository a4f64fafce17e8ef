"""Recipes: the article's to the letter, and settings that cannot be are refused."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Split, load_dataset
from byhand.errors import RecipeError
from byhand.nn import INITS, SGD, AdamW, Network, Run, build
from byhand.training.loop import train
from byhand.training.recipes import RECIPES, Recipe, find_recipe
from byhand.training.shards import Workers

CLASSIC = RECIPES["classic"]
PLAIN = Recipe(name="plain", summary="for tests", architecture="flatten", steps=10)


# --- the article's --------------------------------------------------------------------


def test_classic_is_the_articles_network_and_training():
    assert CLASSIC == Recipe(
        name="classic",
        architecture="pixels 1 | flatten | dense 30 | relu | dense 60 | relu "
        "| dense {classes}",
        steps=1000,
        epochs=None,
        batch=2000,
        afresh=True,
        augmentation=Augmentation(shift=0),
        init="normal 0.01",
        optimizer="sgd",
        lr=0.01,
        schedule="constant",
        momentum=0.0,
        weight_decay=0.0,
        l2=1e-3,
        clip=None,
        validation=0,
        summary=CLASSIC.summary,
        cost=CLASSIC.cost,
        shard=CLASSIC.shard,
    )


def classic_network() -> Network:
    rng = np.random.default_rng(1)
    architecture = CLASSIC.architecture.format(classes=10)
    return build(architecture, (28, 28), rng=rng, init=INITS[CLASSIC.init])


def test_classic_has_784_30_60_10_units_all_drawn_with_a_spread_of_a_hundredth():
    params = classic_network().params
    assert [p.shape for p in params.values()] == [
        *[(784, 30), (30,), (30, 60), (60,), (60, 10), (10,)]
    ]
    for p in params.values():
        expected = 0.01 * (1 + 3 / math.sqrt(2 * p.size))  # three standard errors
        assert 0.01**2 / expected < p.std() < expected


def test_classic_takes_the_raw_pixels_and_a_constant_rate():
    images = np.full((1, 28, 28), 200, np.uint8)
    y, _ = classic_network().layers[0].forward(images, Run())
    assert (y == 200).all()
    assert {CLASSIC.lr_at(step, 1000) for step in (0, 1, 500, 999)} == {0.01}


def by_the_article(
    params: dict[str, np.ndarray], images: np.ndarray, labels: np.ndarray
) -> tuple[float, dict[str, np.ndarray]]:
    """Return the loss and its gradients as the issue states them, in plain NumPy."""
    p = [a.astype(np.float64) for a in params.values()]
    x0 = images.reshape(len(images), 784).astype(np.float64)
    z1 = x0 @ p[0] + p[1]
    z2 = np.where(z1 > 0, z1, 0) @ p[2] + p[3]
    z3 = np.where(z2 > 0, z2, 0) @ p[4] + p[5]
    q = np.exp(z3) / np.exp(z3).sum(axis=1)[:, None]
    picked = np.eye(10)[labels]
    loss = -np.log((q * picked).sum(axis=1)).mean()
    loss += 0.5 * 1e-3 * ((p[0] ** 2).sum() + (p[2] ** 2).sum() + (p[4] ** 2).sum())
    d3 = (q - picked) / len(images)
    d2 = (d3 @ p[4].T) * (z2 > 0)
    d1 = (d2 @ p[2].T) * (z1 > 0)
    grads = [
        x0.T @ d1 + 1e-3 * p[0],
        d1.sum(axis=0),
        np.where(z1 > 0, z1, 0).T @ d2 + 1e-3 * p[2],
        d2.sum(axis=0),
        np.where(z2 > 0, z2, 0).T @ d3 + 1e-3 * p[4],
        d3.sum(axis=0),
    ]
    return float(loss), dict(zip(params, grads, strict=True))


def some_digits(rng: np.random.Generator, count: int) -> Split:
    images = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    images[:, :3] = 0  # as the margin of a digit: pixels that only the penalty moves
    return Split(images, rng.integers(0, 10, count))


def test_the_loss_and_gradients_of_classic_are_those_written_down_again(rng):
    data, network = some_digits(rng, 1200), classic_network().astype(np.float64)
    with Workers(2) as workers:  # 1200 images: shards of 500, 500 and 200
        loss, _, grads = workers.gradients(
            network, data, np.arange(1200), CLASSIC, seed=0, step=0
        )[:3]
    expected_loss, expected = by_the_article(network.params, data.images, data.labels)
    assert loss == pytest.approx(expected_loss, rel=1e-12)
    assert grads.keys() == expected.keys()
    for name, g in expected.items():
        assert_allclose(grads[name], g, rtol=1e-9, atol=1e-13, err_msg=name)


def test_a_step_of_classic_goes_a_hundredth_down_those_gradients(rng, make_dataset):
    dataset = dataclasses.replace(
        make_dataset(classes=10), train=some_digits(rng, 40), test=some_digits(rng, 10)
    )
    one = train(CLASSIC, dataset, steps=1, threads=1)
    two = train(CLASSIC, dataset, steps=2, threads=1)
    before, after = one.model.network.params, two.model.network.params
    loss, grads = by_the_article(before, dataset.train.images, dataset.train.labels)
    for name, p in before.items():
        expected = p - 0.01 * grads[name]
        assert_allclose(after[name], expected, rtol=1e-6, atol=5e-9, err_msg=name)
    assert two.history[-1].loss == pytest.approx(loss, rel=1e-5)


@pytest.mark.slow
def test_classic_reaches_what_the_article_reached():
    mnist = load_dataset("mnist")
    model = train("classic", mnist).model
    accuracy = (model.predict(mnist.test.images) == mnist.test.labels).mean()
    assert accuracy == pytest.approx(0.961, abs=0.008)  # the article's: one run, 96.1 %


# --- all ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_found_by_its_name_and_trains(name, make_dataset):
    recipe = find_recipe(name)
    assert recipe.name == name
    assert recipe.summary.count("\n") == recipe.cost.count("\n") == 0
    dataset = make_dataset(train=20, test=3, shape=(28, 28), classes=10)
    result = train(recipe, dataset, steps=1, threads=1)
    outputs = 11 if recipe.augmentation.nondigits else 10
    assert result.model.network.output_shape((28, 28)) == (outputs,)
    assert math.isfinite(result.history[-1].loss)


@pytest.mark.parametrize(("nondigits", "outputs"), [(0.0, 7), (0.3, 8)])
def test_a_network_has_an_output_a_class_and_one_for_something_else(nondigits, outputs):
    recipe = dataclasses.replace(
        CLASSIC, augmentation=Augmentation(nondigits=nondigits)
    )
    assert recipe.architecture_for(7).endswith(f"| relu | dense {outputs}")


def test_an_unknown_recipe_is_answered_with_the_names_there_are():
    with pytest.raises(RecipeError, match=r"one of classic, mlp.*, got 'clasic'"):
        find_recipe("clasic")


def test_a_recipe_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLAIN.lr = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": None}, "expected one of epochs and steps"),
        ({"epochs": 3}, "expected one of epochs and steps"),
        ({"steps": None, "epochs": 0}, "expected epochs of 1 or more"),
        ({"steps": 0}, "expected steps of 1 or more"),
        ({"steps": -5}, "expected steps of 1 or more"),
        ({"batch": 0}, "expected batch and shard of 1 or more"),
        ({"shard": 0}, "expected batch and shard of 1 or more"),
        ({"lr": 0.0}, "expected a learning rate above 0"),
        ({"lr": -0.1}, "expected a learning rate above 0"),
        ({"average": 1.0}, "expected label smoothing and average from 0 to below 1"),
        ({"lr": math.inf}, "expected a learning rate above 0"),
        ({"lr": math.nan}, "expected a learning rate above 0"),
        ({"validation": -1}, "expected validation of 0 or more"),
        ({"schedule": "sine"}, "expected schedule among constant, .*one-cycle"),
        ({"init": "ones"}, "expected init among he, glorot, normal 0.01"),
        ({"optimizer": "adam"}, "expected optimizer sgd or adamw"),
    ],
)
def test_settings_that_cannot_be_trained_with_are_refused(change, message):
    with pytest.raises(RecipeError, match=f"recipe plain: {message}"):
        dataclasses.replace(PLAIN, **change)


@pytest.mark.parametrize(
    ("change", "kind", "attributes"),
    [
        ({}, SGD, {"momentum": 0.0, "nesterov": False}),
        ({"momentum": 0.9}, SGD, {"momentum": 0.9, "nesterov": True}),
        ({"optimizer": "adamw"}, AdamW, {"weight_decay": 0.0}),
        ({"optimizer": "adamw", "weight_decay": 0.1}, AdamW, {"weight_decay": 0.1}),
    ],
)
def test_a_recipe_makes_its_optimizer(change: Any, kind: type, attributes: Any):
    optimizer = dataclasses.replace(PLAIN, **change).make_optimizer()
    assert type(optimizer) is kind
    assert {name: getattr(optimizer, name) for name in attributes} == attributes


@pytest.mark.parametrize(
    ("schedule", "step", "expected"),
    [
        ("constant", 7, 0.4),
        ("step", 50, 0.04),
        ("cosine", 50, 0.2),
        ("one-cycle", 0, 0.04),
        ("one-cycle", 25, 0.4),
    ],
)
def test_the_learning_rate_follows_the_schedule(schedule, step, expected):
    recipe = dataclasses.replace(PLAIN, lr=0.4, schedule=schedule)
    assert recipe.lr_at(step, 100) == pytest.approx(expected, rel=1e-12)
