"""Calibration: probabilities come true, and digits pass."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from byhand.nn.calibration import (
    ACCEPTED,
    Calibration,
    calibrate,
    digit_scores,
    fitted_temperature,
)


@pytest.fixture
def scores(rng):
    """Scores of which softmax would be right, were they half as large."""
    true = rng.normal(size=(20_000, 5)) * 2
    probabilities = np.exp(log_softmax(true, axis=1))
    drawn = (probabilities.cumsum(axis=1) > rng.random((20_000, 1))).argmax(axis=1)
    return (2 * true).astype(np.float32), drawn


def test_the_temperature_makes_probabilities_come_true(scores):
    assert fitted_temperature(*scores) == pytest.approx(2, rel=0.03)


def test_the_temperature_is_the_one_scipy_finds(scores):
    x, labels = scores

    def loss(t):
        return -log_softmax(x / t, axis=1)[np.arange(len(x)), labels].mean()

    found = minimize_scalar(loss, bounds=(0.1, 10), method="bounded").x
    assert fitted_temperature(x, labels) == pytest.approx(found, rel=1e-3)


def test_the_share_that_is_to_pass_passes(rng):
    scores = rng.normal(size=(5000, 11)).astype(np.float32)
    fitted = calibrate(scores, rng.integers(0, 10, 5000), 10)
    passed = digit_scores(scores, 10) >= fitted.threshold
    assert passed.mean() == pytest.approx(ACCEPTED, abs=0.001)


@pytest.mark.parametrize("classes", [3, 4])
def test_a_digits_score_is_its_best_log_probability_and_a_share_of_the_score(
    classes, rng
):
    scores = rng.normal(size=(50, 4)) * 9
    expected = log_softmax(scores, axis=1) + 0.3 * scores
    best = scores[:, :classes].argmax(axis=1)
    assert_allclose(
        digit_scores(scores, classes), expected[range(50), best], atol=1e-12
    )


def test_what_no_output_knows_scores_lower_though_one_is_the_highest_by_far():
    known, unknown = np.array([[12.0, 0, 0]]), np.array([[2.0, -10, -10]])
    assert digit_scores(known, 2) > digit_scores(unknown, 2) + 2


def test_all_right_and_all_sure_is_as_cool_as_may_be():
    scores = np.array([[9.0, 0], [0, 9]])
    assert fitted_temperature(scores, np.array([0, 1])) < 0.5


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": 0}, {"temperature": -1}, {"temperature": float("nan")},
     {"temperature": float("inf")}, {"threshold": float("inf")},
     {"threshold": float("nan")}],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="calibration: expected a temperature above 0"):
        Calibration(**wrong)
