"""Settings given instead of a recipe's, as keywords of `byhand.train` too."""

from __future__ import annotations

import numpy as np
import pytest

import byhand
from byhand.errors import RecipeError
from byhand.training.recipes import RECIPES
from byhand.training.settings import settled

MLP = RECIPES["mlp"]


def test_settings_replace_the_recipes_and_a_length_its_length():
    changed = settled("mlp", {"lr": 0.5, "batch": 50, "steps": 9})
    assert (changed.lr, changed.batch) == (0.5, 50)
    assert (changed.epochs, changed.steps) == (None, 9)
    assert settled("mlp", {}) == settled(MLP, {}) == MLP


def test_settings_are_keywords_of_train(dataset):
    found = byhand.train("mlp", dataset, threads=1, steps=2, lr=0.01, batch=50)
    recipe = found.model.info["recipe"]
    assert (recipe["lr"], recipe["batch"]) == (0.01, 50)


def test_numbers_of_numpy_are_numbers(dataset, tmp_path):
    changed = settled("mlp", {"lr": np.float32(0.5), "batch": np.int64(50)})
    assert (type(changed.lr), type(changed.batch)) == (float, int)
    found = byhand.train("mlp", dataset, steps=np.int64(2), seed=np.int64(3))
    found.model.save(tmp_path / "model.safetensors")
    assert found.model.info["seed"] == 3


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("learning_rate", "lr"),
        ("batch_size", "batch"),
        ("epoch", "epochs"),
        ("momentm", "momentum"),
        ("optimiser", "optimizer"),
        ("random_state", "seed"),
        ("checkpoints", "checkpoint"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused_with_the_one_meant(
    name, meant, dataset
):
    with pytest.raises(RecipeError, match=f"got '{name}'; did you mean {meant}\\?"):
        byhand.train("mlp", dataset, **{name: 1})


def test_a_setting_like_no_other_is_refused_with_all_there_are():
    with pytest.raises(RecipeError, match=r"there are name, summary, .*lr"):
        settled("mlp", {"zzz": 1})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lr": -1}, "recipe mlp, lr: expected a finite number above 0, got -1"),
        ({"batch": "50"}, "recipe mlp, batch: expected an integer of 1 or more"),
        ({"optimizer": "adam"}, "expected one of sgd, adamw, own"),
        ({"epochs": 1, "steps": 1}, "expected epochs or steps, got both"),
        ({"weight_decay": 0.1}, "weight_decay only with optimizer 'adamw'"),
    ],
)
def test_what_a_setting_cannot_be_is_refused(changes, message):
    with pytest.raises(RecipeError, match=message):
        settled("mlp", changes)


def test_momentum_goes_with_the_optimiser_that_had_it():
    assert MLP.momentum > 0
    assert settled("mlp", {"optimizer": "adamw"}).momentum == 0
    both = {"optimizer": "adamw", "momentum": 0.9}
    with pytest.raises(RecipeError, match="momentum only with"):
        settled("mlp", both)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("standart", "got 'standart'; did you mean standard\\?"),
        ("x" * 999, "got 'x+$"),
        (7, "or a Recipe, got int"),
    ],
)
def test_a_recipe_that_does_not_exist_is_refused_with_the_one_meant(name, message):
    with pytest.raises(RecipeError, match=message) as caught:
        byhand.find_recipe(name)
    assert len(str(caught.value)) < 200


def test_recipes_are_public():
    assert byhand.find_recipe("mlp") == MLP
    assert byhand.Recipe is type(MLP)
