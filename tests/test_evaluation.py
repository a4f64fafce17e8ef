"""Scores against numbers worked out by hand, SciPy and scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import binomtest

import byhand
from byhand.data.datasets import Dataset
from byhand.data.datasets import Split as DataSplit
from byhand.errors import DataError, DivergedError, ShapeError
from byhand.evaluation import (
    check_classes,
    confident_mistakes,
    confusion_matrix,
    evaluate,
    expected_calibration_error,
    training_data,
    wilson,
)


@pytest.fixture(scope="module")
def mnist_model() -> byhand.Model:
    return byhand.load()


@dataclass
class Split:
    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


class TableModel:
    """A model whose answers are written down: image i has the pixel i."""

    class_names = ("cat", "dog", "owl")
    image_shape = (2, 3)

    def __init__(self, probabilities: Any) -> None:
        self.table = np.array(probabilities, np.float32)

    def predict_proba(self, images: np.ndarray) -> np.ndarray:
        return self.table[images[:, 0, 0]]


def split_of(labels: list[int]) -> Split:
    images = np.zeros((len(labels), 2, 3), np.uint8)
    images[:, 0, 0] = np.arange(len(labels))
    return Split(images, np.array(labels, np.int64))


#               truth:  0                1                1                2
TABLE = [[0.5, 0.25, 0.25], [0.25, 0.75, 0], [0.625, 0.375, 0], [0.125, 0.875, 0]]
LABELS = [0, 1, 1, 2]


def test_an_evaluation_counts_what_was_right_and_wrong():
    scores = evaluate(TableModel(TABLE), split_of(LABELS))
    assert (scores.count, scores.correct, scores.accuracy) == (4, 2, 0.5)
    assert_array_equal(scores.predictions, [0, 1, 0, 1])
    assert_array_equal(scores.confidences, [0.5, 0.75, 0.625, 0.875])
    assert_array_equal(scores.confusion, [[1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert_array_equal(scores.mistakes, [3, 2])
    assert scores.interval == wilson(2, 4)


def test_precision_and_recall_are_nan_where_they_are_undefined():
    scores = evaluate(TableModel(TABLE), split_of([0, 1, 1, 1]))
    assert_allclose(scores.precision, [0.5, 1, np.nan])
    assert_allclose(scores.recall, [1, 2 / 3, np.nan])


def test_calibration_error_of_an_evaluation_is_worked_out_by_hand():
    # Four bins of one image: |1 - 0.5|, |1 - 0.75|, |0 - 0.625|, |0 - 0.875|.
    scores = evaluate(TableModel(TABLE), split_of(LABELS))
    assert scores.calibration_error == pytest.approx((0.5 + 0.25 + 0.625 + 0.875) / 4)


def test_images_of_another_size_are_refused():
    split = Split(np.zeros((4, 3, 2), np.uint8), np.array(LABELS))
    with pytest.raises(ShapeError, match=r"expected images of \(2, 3\), got \(3, 2\)"):
        evaluate(TableModel(TABLE), split)


def test_labels_that_the_model_does_not_know_are_refused():
    with pytest.raises(DataError, match=r"expected labels 0..2, got 3"):
        evaluate(TableModel(TABLE), split_of([0, 1, 3, 2]))


def test_no_images_are_refused():
    with pytest.raises(DataError, match="at least 1 image, got 0"):
        evaluate(TableModel(TABLE), split_of([]))


def test_a_model_that_has_diverged_is_refused():
    table = np.array(TABLE)
    table[2, 1] = np.nan
    with pytest.raises(DivergedError, match="try a smaller learning rate"):
        evaluate(TableModel(table), split_of(LABELS))


def test_wilson_agrees_with_its_worked_example():
    # p = 1/2, n = 4, z = 2: centre (1/2 + 1/2) / 2, half 2 √(1/16 + 1/16) / 2.
    low, high = wilson(2, 4, z=2)
    assert (low, high) == pytest.approx((0.5 - 8**-0.5, 0.5 + 8**-0.5), rel=1e-15)


right_of_all = st.integers(1, 10**6).flatmap(
    lambda count: st.tuples(st.integers(0, count), st.just(count))
)


@settings(deadline=None)
@given(right_of_all)
def test_wilson_agrees_with_scipy(case: tuple[int, int]):
    correct, count = case
    low, high = wilson(correct, count)
    theirs = binomtest(correct, count).proportion_ci(method="wilson")
    assert_allclose([low, high], [theirs.low, theirs.high], rtol=1e-5, atol=1e-9)
    assert 0 <= low <= correct / count <= high <= 1


def test_wilson_is_mirrored_when_right_and_wrong_change_places():
    low, high = wilson(3, 40)
    assert wilson(37, 40) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("correct", "count"), [(0, 0), (5, 4), (-1, 4)])
def test_wilson_refuses_impossible_counts(correct: int, count: int):
    with pytest.raises(ValueError, match="expected 0 <= correct <= count"):
        wilson(correct, count)


def test_calibration_error_weighs_bins_by_their_images():
    # Bin (0.4, 0.6]: two of three right at 0.5; bin (0.8, 1]: one wrong at 0.9.
    probabilities = np.array([[0.5, 0.4, 0.1]] * 3 + [[0.05, 0.05, 0.9]])
    labels = np.array([0, 0, 1, 0])
    expected = 3 / 4 * (2 / 3 - 1 / 2) + 1 / 4 * 0.9
    error = expected_calibration_error(probabilities, labels, bins=5)
    assert error == pytest.approx(expected)


def test_a_confidence_on_the_edge_belongs_to_the_lower_bin():
    # 0.5 is in (0, 0.5]: alone, right, a gap of 0.5; 0.75 wrong in (0.5, 1].
    probabilities = np.array([[0.5, 0.5], [0.75, 0.25]])
    error = expected_calibration_error(probabilities, np.array([0, 1]), bins=2)
    assert error == pytest.approx((0.5 + 0.75) / 2)


def test_a_confident_and_right_model_is_calibrated():
    assert expected_calibration_error(np.eye(3), np.array([0, 1, 2])) == 0


def test_mistakes_come_the_most_confident_first():
    found = confident_mistakes(
        np.array([1, 1, 0, 1]), np.array([0.5, 0.75, 1, 0.9]), np.array([0, 0, 0, 2])
    )
    assert_array_equal(found, [3, 1, 0])


def test_equally_confident_mistakes_keep_their_order():
    labels = np.zeros(500, np.int64)
    found = confident_mistakes(labels + 1, np.arange(500) % 2 / 2, labels)
    assert_array_equal(found, [*range(1, 500, 2), *range(0, 500, 2)])


labelled = st.integers(1, 60).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n)] * 2)
)


@settings(deadline=None)
@given(labelled)
def test_scores_agree_with_scikit_learn(case: tuple[list[int], list[int]]):
    metrics = pytest.importorskip("sklearn.metrics")
    truth, called = case
    model = TableModel(np.eye(4)[called])
    model.class_names = ("a", "b", "c", "d")
    scores = evaluate(model, split_of(truth))
    theirs = metrics.confusion_matrix(truth, called, labels=range(4))
    assert_array_equal(scores.confusion, theirs)
    precision, recall, _, _ = metrics.precision_recall_fscore_support(
        truth, called, labels=range(4), zero_division=np.nan
    )
    assert_allclose(scores.precision, precision)
    assert_allclose(scores.recall, recall)
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(truth, called))


def test_confusion_counts_are_integers_with_rows_of_truth():
    counts = confusion_matrix(np.array([2, 2, 0]), np.array([0, 0, 1]), 3)
    assert counts.dtype == np.int64
    assert_array_equal(counts, [[0, 1, 0], [0, 0, 0], [2, 0, 0]])


def data_of(names: str, labels: list[int]) -> Dataset:
    """Return a data set with these test labels; the training images are of class 0."""
    test = split_of(labels)
    return Dataset(
        "pets",
        DataSplit(test.images, np.zeros_like(test.labels)),
        DataSplit(test.images, test.labels),
        tuple(names.split()),
    )


@pytest.mark.parametrize("names", ["cat dog owl", "0 1 2"])
def test_of_a_data_set_the_test_images_are_scored(names: str):
    scores = evaluate(TableModel(TABLE), data_of(names, LABELS))
    assert scores.predictions.tolist() == [0, 1, 0, 1]
    assert scores.correct == 2
    assert scores.confusion.sum(axis=1).tolist() == [1, 2, 1]


@pytest.mark.parametrize("names", ["cat ape", "cat dog owl eel", "Cat dog owl", "0 1"])
def test_a_data_set_of_other_classes_is_refused(names: str):
    model, data = TableModel(TABLE), data_of(names, [0, 1, 1, 1])
    with pytest.raises(
        DataError, match=f"expected the model's classes, cat dog owl, got {names} in pe"
    ):
        evaluate(model, data)
    with pytest.raises(DataError, match="expected the model's classes"):
        check_classes(model, data)


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"dataset": {"name": "kmnist"}}, "kmnist"),
        ({}, "mnist"),
        ({"dataset": 3}, "mnist"),
        ({"dataset": {"name": None}}, "mnist"),
    ],
)
def test_the_training_data_is_what_the_model_records_else_mnist(info, name: str):
    model = TableModel(TABLE)
    model.info = info
    assert training_data(model) == name


def test_pictures_and_labels_are_scored_as_predict_takes_them(mnist_model):
    split = byhand.load_dataset("mnist").test[:20]
    expected = byhand.evaluate(mnist_model, split)
    images, labels = split
    for pair in (
        (images, labels),
        [images / 255, labels.astype(float)],
        (list(images), [str(label) for label in labels]),
        (images.reshape(20, -1).tolist(), labels.tolist()),
    ):
        found = byhand.evaluate(mnist_model, pair)
        assert (found.count, found.correct) == (20, expected.correct)
        assert found.class_names == tuple("0123456789")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((2, 28, 28)), r"Dataset, a Split or \(images, labels\), got ndarray"),
        ("mnist", "got str"),
        ((np.zeros((2, 28, 28)), [1]), r"expected 2 labels.*got \(1,\)"),
        ((np.zeros((2, 28, 28)), None), r"expected 2 labels"),
        ((np.zeros((2, 28, 28)), [1, 10]), r"labels 0\.\.9, got 10"),
        ((np.zeros((2, 28, 28)), ["1", "x"]), "expected labels"),
        (([], []), "at least 1 image"),
    ],
)
def test_what_is_no_labelled_data_is_refused(mnist_model, data, message):
    with pytest.raises(DataError, match=message):
        byhand.evaluate(mnist_model, data)
