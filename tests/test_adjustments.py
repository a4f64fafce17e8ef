"""Settings changed while a run goes on: as if they had been given with its recipe."""

from __future__ import annotations

import dataclasses
import itertools
import time

import pytest
from numpy.testing import assert_array_equal

from byhand.augment.augmentation import Augmentation
from byhand.errors import RecipeError, TrainingStopped
from byhand.training.adjustments import adjusted, read_adjustments, with_adjustment
from byhand.training.loop import train
from byhand.training.recipe import Recipe
from byhand.training.recipe_file import load_recipe, recipe_toml

BASE = Recipe(
    name="base",
    summary="for tests",
    architecture="pixels 1/255 | flatten | dense 12 | relu | dropout 0.3"
    " | dense {classes}",
    epochs=4,
    batch=20,
    shard=8,
    lr=0.1,
    schedule="constant",
    momentum=0.9,
    validation=9,
    augmentation=Augmentation(shift=1),
)
# after how many steps, and what then
CHANGES = {
    0: {"lr": 0.2},
    6: {"lr": 0.02, "momentum": 0.0},
    9: {"momentum": 0.5, "dropout": 0.6, "augmentation.rotate": 20.0},
}
TEXT = (
    "0 lr=0.2 | 6 lr=0.02 momentum=0.0"
    " | 9 momentum=0.5 dropout=0.6 augmentation.rotate=20.0"
)


def live(dataset, **more):
    """Train with the changes, made as a person would, between two steps."""
    return train(
        BASE, dataset, adjust=lambda job, state: CHANGES.get(state.step, {}), **more
    )


def arrays(result):
    return result.model.network.arrays


def test_what_was_changed_live_is_recorded_and_can_be_repeated(dataset):
    found = live(dataset)
    recorded = found.model.info["recipe"]["adjustments"]
    again = train(BASE, dataset, adjustments=recorded)
    untouched = train(BASE, dataset)
    assert recorded == TEXT
    for name, array in arrays(found).items():
        assert_array_equal(array, arrays(again)[name])
        assert (array != arrays(untouched)[name]).any()
    assert [epoch.lr for epoch in found.history] == [0.2, 0.02, 0.02, 0.02]
    assert found.model.info["recipe"]["lr"] == 0.1  # as it began


def test_until_a_change_nothing_is_different(dataset):
    found = train(BASE, dataset, steps=5)
    changed = train(BASE, dataset, steps=5, adjustments="5 lr=9.0 | 7 dropout=0.9")
    for name, array in arrays(found).items():
        assert_array_equal(array, arrays(changed)[name])


@pytest.mark.parametrize("steps", [3, 6, 8, 12])
def test_a_run_that_is_resumed_has_the_same_bits(dataset, tmp_path, steps):
    file, count = tmp_path / "checkpoint.safetensors", itertools.count(1)
    with pytest.raises(TrainingStopped):
        live(dataset, checkpoint=file, should_stop=lambda: next(count) == steps)
    found = train(
        None,
        dataset,
        resume=file,
        adjust=lambda job, state: CHANGES.get(state.step, {}),
    )
    assert found.model.info["recipe"]["adjustments"] == TEXT
    for name, array in arrays(live(dataset)).items():
        assert_array_equal(array, arrays(found)[name])


def test_a_recipes_file_has_them(tmp_path):
    file = tmp_path / "mine.toml"
    recipe = dataclasses.replace(BASE, adjustments=TEXT)
    file.write_text(recipe_toml(recipe), "utf-8")
    assert load_recipe(file) == recipe


def test_a_change_forgets_what_was_to_come_and_joins_what_is_at_its_step():
    recipe = dataclasses.replace(BASE, adjustments="2 lr=0.5 | 4 clip=1.0 | 9 lr=0.1")
    new = with_adjustment(recipe, 4, {"lr": 0.3})
    assert new.adjustments == "2 lr=0.5 | 4 clip=1.0 lr=0.3"
    assert adjusted(new, 3)[0].lr == 0.5
    assert (adjusted(new, 4)[0].lr, adjusted(new, 4)[0].clip) == (0.3, 1.0)
    none = with_adjustment(new, 5, {"clip": None})
    assert read_adjustments(none)[-1] == (5, {"clip": None})


def test_waiting_between_steps_does_not_count(dataset):
    def wait() -> bool:
        time.sleep(0.05)
        return False

    assert train(BASE, dataset, should_stop=wait).seconds < 19 * 0.05


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lr=0.1", "expected steps and settings, got 'lr=0.1'"),
        ("5", "expected steps and settings, got '5'"),
        ("5 lr=0.1 | 5 lr=0.2", "expected steps in order, got 5 after 5"),
        ("5 batch=10", "expected one of lr, momentum, .* got 'batch'"),
        ("5 momentun=0.1", r"did you mean momentum\?"),
        ("5 lr=0", "expected a finite number above 0, got 0.0"),
        ("5 augmentation.nondigits=0.1", "augmentation.nondigits"),
        ("5 weight_decay=0.1", "weight_decay only with optimizer 'adamw'"),
    ],
)
def test_what_cannot_be_changed_is_refused_before_the_run(dataset, text, message):
    steps = itertools.count()
    with pytest.raises(RecipeError, match=message):
        train(BASE, dataset, adjustments=text, on_progress=lambda now: next(steps))
    assert next(steps) == 0


def test_dropout_needs_such_a_layer(dataset):
    plain = BASE.architecture.replace(" | dropout 0.3", "")
    with pytest.raises(RecipeError, match="a network with a layer dropout"):
        train(BASE, dataset, architecture=plain, adjustments="3 dropout=0.1")
