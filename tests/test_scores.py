"""byhand.robustness.scores: what a model reads right under each condition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.data.datasets import Split
from byhand.errors import DataError, ShapeError
from byhand.evaluation import wilson
from byhand.robustness import conditions as module
from byhand.robustness.conditions import CONDITIONS, Condition, changed
from byhand.robustness.scores import mean_accuracy, robustness

BY_NAME = {condition.name: condition for condition in CONDITIONS}


class CornerModel:
    """Reads the number that stands in the first pixel."""

    class_names = ("0", "1", "2")

    def __init__(self, shape):
        self.image_shape = shape
        self.seen = []

    def predict(self, images):
        self.seen.append(images.copy())
        return images[:, 0, 0].astype(np.int64)


def numbered(count, shape=(4, 5)):
    """Return a split in which every third of the first pixels is a wrong number."""
    labels = np.arange(count) % 3
    images = np.zeros((count, *shape), np.uint8)
    images[:, 0, 0] = np.where(np.arange(count) % 3 == 1, 0, labels)
    images.flags.writeable = labels.flags.writeable = False
    return Split(images, labels)


def test_a_score_counts_over_all_chunks(monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 9)
    model, split = CornerModel((4, 5)), numbered(28)
    (score,) = robustness(model, split, CONDITIONS[:1])
    assert [len(images) for images in model.seen] == [9, 9, 9, 1]
    assert (score.count, score.correct, score.accuracy) == (28, 19, 19 / 28)
    assert score.interval == wilson(19, 28)
    assert_array_equal(score.examples, split.images[:8])
    assert_array_equal(score.labels, split.labels[:8])
    assert_array_equal(score.predictions, split.images[:8, 0, 0])


def test_the_network_sees_the_changed_images_and_the_examples_are_the_first():
    model, split = CornerModel((4, 5)), numbered(30)
    (score,) = robustness(model, split, [BY_NAME["inverted"]])
    assert_array_equal(model.seen[0], 255 - split.images)
    assert_array_equal(score.examples, 255 - split.images[:8])
    assert (score.correct, score.count) == (0, 30)
    assert_array_equal(score.predictions, 255 - split.images[:8, 0, 0])


def test_scores_come_in_order_and_each_is_reported_as_soon_as_it_is_known():
    reported, split = [], numbered(9)
    scores = robustness(CornerModel((4, 5)), split, on_score=reported.append)
    assert reported == scores
    assert [(s.group, s.name) for s in scores] == [
        (c.group, c.name) for c in CONDITIONS
    ]


def test_what_is_drawn_does_not_depend_on_the_other_conditions(rng):
    images = rng.integers(0, 256, (30, 28, 28), dtype=np.uint8)
    split = Split(images, np.zeros(30, np.int64))
    model = CornerModel((28, 28))
    robustness(model, split)
    for condition, seen in zip(CONDITIONS, model.seen, strict=True):
        alone = next(changed(split, condition))
        assert_array_equal(seen, alone, err_msg=condition.name)


def test_the_mean_is_over_one_group():
    (score,) = robustness(CornerModel((4, 5)), numbered(9), CONDITIONS[:1])
    scores = [
        score,
        replace(score, group="MNIST-C", accuracy=0.5),
        replace(score, group="MNIST-C", accuracy=0.25),
    ]
    assert mean_accuracy(scores) == 0.375
    assert mean_accuracy(scores, "unchanged") == score.accuracy
    assert np.isnan(mean_accuracy(scores, "pen"))


def test_images_of_another_size_and_none_at_all_are_refused():
    with pytest.raises(ShapeError, match=r"expected images of \(4, 5\), got \(5, 4\)"):
        robustness(CornerModel((4, 5)), numbered(9, (5, 4)))
    with pytest.raises(DataError, match="expected at least 1 image, got 0"):
        robustness(CornerModel((4, 5)), numbered(0))


def test_other_conditions_may_be_asked():
    dark = Condition("mine", "dark", lambda images, rng: images * 0)
    (score,) = robustness(CornerModel((4, 5)), numbered(30), [dark])
    assert (score.group, score.name, score.correct) == ("mine", "dark", 10)
