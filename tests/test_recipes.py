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
from byhand.training.recipe import CONSTRAINTS, RULES, Recipe, read_recipe
from byhand.training.recipes import RECIPES, find_recipe
from byhand.training.shards import Workers
from byhand.training.start import make_job

CLASSIC = RECIPES["classic"]
PLAIN = Recipe(name="plain", summary="for tests", architecture="flatten", steps=10)
ADAMW = dataclasses.replace(PLAIN, optimizer="adamw")


# --- the article's --------------------------------------------------------------------


def test_classic_is_the_articles_network_and_training():
    assert CLASSIC == Recipe(
        name="classic",
        architecture="pixels 1 | flatten | dense 30 | relu | dense 60 | relu "
        "| dense {classes}",
        steps=1000,
        epochs=None,
        batch=2000,
        replacement="per_batch",
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


def test_the_loss_and_gradients_of_classic_are_those_written_down_again(
    rng, make_dataset
):
    data, network = some_digits(rng, 1200), classic_network().astype(np.float64)
    job = make_job(
        CLASSIC, dataclasses.replace(make_dataset(classes=10), train=data), seed=0
    )
    with Workers(2) as workers:  # 1200 images: shards of 1000 and 200
        found = workers.gradients(network, job, 0, np.arange(1200))
    loss, grads = found.loss, found.grads
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
    assert recipe.summary.count("\n") == 0
    dataset = make_dataset(train=20, test=3, shape=(28, 28), classes=10)
    result = train(recipe, dataset, steps=1, threads=1)
    outputs = 11 if recipe.augmentation.nondigits else 10
    assert result.model.network.output_shape((28, 28)) == (outputs,)
    assert math.isfinite(result.history[-1].loss)


@pytest.mark.parametrize(("nondigits", "outputs"), [(0.0, 7), (0.3, 8)])
def test_a_network_has_an_output_a_class_and_one_for_the_reject_class(
    nondigits, outputs
):
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


# --- what a recipe may be -------------------------------------------------------------


def test_every_setting_has_a_constraint_and_its_default_keeps_it():
    assert list(CONSTRAINTS) == [field.name for field in dataclasses.fields(Recipe)]


@pytest.mark.parametrize("name", ["batch", "shard", "epochs", "steps", "validation"])
def test_counts_are_whole_numbers(name):
    recipe = (
        PLAIN if name != "epochs" else dataclasses.replace(PLAIN, epochs=1, steps=None)
    )
    least = 0 if name == "validation" else 1
    assert getattr(dataclasses.replace(recipe, **{name: least}), name) == least
    wrong = [least - 1, -5, 2.0, True, "3", math.nan, math.inf, np.int64(3), [2]]
    for value in [*wrong, None] if name in ("batch", "shard", "validation") else wrong:
        refused(recipe, name, value, f"an integer of {least} or more")


REALS = {
    "lr": ((1e-30, 0.1, 3, 1e300), (0, -0.1), "a finite number above 0"),
    "clip": ((1e-9, 5, None), (0.0, -1), "a finite number above 0, or None"),
    "l2": ((0, 1e-4, 7), (-1, -1e-9), "a finite number of 0 or more"),
    "weight_decay": ((0, 0.1, 1.0), (-1, -1e-9), "a finite number of 0 or more"),
    "momentum": ((0, 0.9, 0.999), (-0.1, 1, 5), "a number from 0 to below 1"),
    "label_smoothing": ((0, 0.1, 0.99), (-0.1, 1, 2), "a number from 0 to below 1"),
    "ema_decay": ((0, 0.9, 0.9999), (-0.1, 1, 2), "a number from 0 to below 1"),
    "rehearsal": ((0, 0.5, 0.99), (-0.1, 1), "a number from 0 to below 1"),
    "interpolation": ((0, 0.5, 0.99), (-0.1, 1), "a number from 0 to below 1"),
    "distill": ((0, 0.5, 1), (-0.1, 1.1), "a number from 0 to 1"),
    "backward": ((1e-9, 0.5, 1), (0, -0.1, 1.1), "a number above 0 to 1"),
}


@pytest.mark.parametrize("name", REALS)
def test_amounts_lie_in_their_intervals(name):
    right, wrong, words = REALS[name]
    recipe = ADAMW if name == "weight_decay" else PLAIN
    for value in right:
        assert getattr(dataclasses.replace(recipe, **{name: value}), name) == value
    others = [math.nan, math.inf, -math.inf, 10**400, "0.5", True, [0.5]]
    for value in [*wrong, *others, np.float32(0.5)]:
        refused(recipe, name, value, words)
    if name != "clip":
        refused(recipe, name, None, words)


WORDS = {
    "replacement": ("per_epoch, per_batch", "afresh"),
    "init": ("he, glorot, normal 0.01", "ones"),
    "loss": ("cross-entropy, own", "hinge"),
    "optimizer": ("sgd, adamw", "adam"),
    "schedule": ("constant, ", "sine"),
}


@pytest.mark.parametrize("name", WORDS)
def test_choices_are_among_their_words(name):
    words, wrong = WORDS[name]
    for value in (wrong, "", None, 3, ["sgd"], math.nan):
        refused(PLAIN, name, value, f"one of {words}")


@pytest.mark.parametrize(
    ("name", "wrong", "words"),
    [
        ("summary", None, "a text"),
        ("name", 3, "a text"),
        ("architecture", ["flatten"], "a text"),
        ("half", 1, "True or False"),
        ("half", "yes", "True or False"),
        ("augmentation", {"shift": 1}, "an Augmentation"),
        ("augmentation", None, "an Augmentation"),
    ],
)
def test_the_other_settings_are_of_their_types(name, wrong, words):
    refused(PLAIN, name, wrong, words)


def refused(recipe: Recipe, name: str, value: Any, words: str) -> None:
    """Expect the message to say the recipe, the setting, and both values."""
    with pytest.raises(RecipeError) as caught:
        dataclasses.replace(recipe, **{name: value})
    message = str(caught.value)
    owner = value if name == "name" else "plain"
    assert message.startswith(f"recipe {owner}, {name}: expected {words}")
    assert f", got {value!r}"[:40] in message
    assert len(message) < 200


def test_every_constraint_has_been_tried():
    tried = {"batch", "shard", "epochs", "steps", "validation", *REALS, *WORDS}
    tried |= {"summary", "name", "architecture", "half", "augmentation"}
    tried |= {"adjustments"}
    assert tried == CONSTRAINTS.keys()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": None}, "exactly one of epochs and steps, got epochs None, steps No"),
        ({"epochs": 3}, "exactly one of epochs and steps, got epochs 3, steps 10"),
        (
            {"optimizer": "adamw", "momentum": 0.9},
            "momentum only with optimizer 'sgd', got optimizer 'adamw', momentum 0.9",
        ),
        (
            {"weight_decay": 0.1},
            "weight_decay only with optimizer 'adamw'; try l2, got optimizer 'sgd', w",
        ),
        (
            {"distill": 0.5, "loss": "own"},
            "distill only with loss 'cross-entropy', got distill 0.5, loss 'own'",
        ),
        (
            {"distill": 0.5, "augmentation": Augmentation(nondigits=0.1)},
            "distill without nondigits, which its teacher does not know, got distill 0",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_refused(change, message):
    with pytest.raises(RecipeError, match=f"recipe plain: expected {message}"):
        dataclasses.replace(PLAIN, **change)


def test_every_rule_between_settings_has_been_tried():
    assert len(RULES) == 5


# --- as a file holds it ---------------------------------------------------------------


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_read_as_it_was_stored(name):
    recipe = RECIPES[name]
    assert read_recipe(dataclasses.asdict(recipe)) == recipe


def of_before(recipe: Recipe, **more: Any) -> dict[str, Any]:
    """Return a recipe's settings under the names of older files."""
    stored = dataclasses.asdict(recipe)
    stored["afresh"] = stored.pop("replacement") == "per_batch"
    stored["average"] = stored.pop("ema_decay")
    return stored | more


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_of_an_older_file_is_read(name):
    assert read_recipe(of_before(RECIPES[name])) == RECIPES[name]


def test_what_an_older_recipe_was_said_to_cost_is_dropped():
    stored = dataclasses.asdict(RECIPES["fast"]) | {"cost": "2 s, 0.2 GB"}
    assert read_recipe(stored) == RECIPES["fast"]
    assert stored["cost"] == "2 s, 0.2 GB"


def test_settings_that_had_no_effect_are_dropped_from_an_older_recipe():
    assert read_recipe(of_before(ADAMW, momentum=0.9)) == ADAMW
    assert read_recipe(of_before(PLAIN, weight_decay=0.9)) == PLAIN
