"""Losses: made from the recipe, and those of shards add up to that of the batch."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.errors import RecipeError
from byhand.nn import softmax_cross_entropy
from byhand.nn.run import Arena
from byhand.training.objective import (
    CrossEntropy,
    Distillation,
    Examples,
    Loss,
    make_loss,
)
from byhand.training.recipe import Recipe

RECIPE = Recipe(name="small", summary="", architecture="flatten", steps=1)
TEACHING = dataclasses.replace(RECIPE, distill=0.25, label_smoothing=0.1)


@pytest.fixture
def digits(make_dataset):
    return make_dataset(train=20, test=2, shape=(28, 28), classes=10)


def test_without_a_teacher_the_loss_is_the_labels(dataset):
    assert make_loss(RECIPE, dataset) == CrossEntropy(0.0)
    smoothed = dataclasses.replace(RECIPE, label_smoothing=0.2)
    assert make_loss(smoothed, dataset) == CrossEntropy(0.2)


def test_with_a_teacher_the_loss_is_in_part_its(digits):
    loss = make_loss(TEACHING, digits)
    assert isinstance(loss, Distillation)
    assert (loss.labelled, loss.share) == (CrossEntropy(0.1), 0.25)


def test_a_teacher_of_other_images_is_refused(dataset):
    with pytest.raises(RecipeError, match="recipe small: expected images of"):
        make_loss(TEACHING, dataset)


def test_cross_entropy_is_that_of_the_losses(dataset, rng):
    logits = rng.standard_normal((20, 3))
    images, labels = dataset.train.images[:20], dataset.train.labels[:20]
    loss, dlogits = CrossEntropy(0.1)(logits, Examples(images, labels, 50, Arena()))
    expected, dexpected = softmax_cross_entropy(logits, labels, 50, 0.1)
    assert_allclose(loss, expected, rtol=1e-6)
    assert_allclose(dlogits, dexpected, rtol=1e-6, atol=1e-9)


def of(loss: Loss, digits, logits, part: slice) -> tuple[float, np.ndarray]:
    data = digits.train
    return loss(
        logits[part], Examples(data.images[part], data.labels[part], 20, Arena())
    )


@pytest.mark.parametrize("recipe", [RECIPE, TEACHING], ids=["labels", "teacher"])
def test_shards_add_up_to_the_batch(recipe, digits, rng):
    loss, logits = make_loss(recipe, digits), rng.standard_normal((20, 10))
    total, dtotal = of(loss, digits, logits, slice(20))
    one, done = of(loss, digits, logits, slice(7))
    two, dtwo = of(loss, digits, logits, slice(7, 20))
    assert_allclose(one + two, total, rtol=1e-6)
    assert_allclose(np.concatenate([done, dtwo]), dtotal, rtol=1e-4, atol=1e-9)


def test_a_teachers_loss_and_gradient_belong_together(digits, rng):
    loss, logits = make_loss(TEACHING, digits), rng.standard_normal((20, 10))
    _, dlogits = of(loss, digits, logits, slice(20))
    h = 1e-5
    for place in ((0, 0), (3, 7), (19, 9)):
        ends = []
        for step in (h, -h):
            moved = logits.copy()
            moved[place] += step
            ends.append(of(loss, digits, moved, slice(20))[0])
        numeric = (ends[0] - ends[1]) / (2 * h)
        assert dlogits[place] == pytest.approx(numeric, rel=1e-5, abs=1e-9)
