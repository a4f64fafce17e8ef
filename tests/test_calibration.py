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


def test_a_digits_score_is_the_log_probability_of_its_best_class(rng):
    scores = rng.normal(size=(50, 4)) * 9
    expected = log_softmax(scores, axis=1)
    assert_allclose(digit_scores(scores, 4), expected.max(axis=1), atol=1e-12)
    assert_allclose(digit_scores(scores, 3), expected[:, :3].max(axis=1), atol=1e-12)


def test_all_right_and_all_sure_is_as_cool_as_may_be():
    scores = np.array([[9.0, 0], [0, 9]])
    assert fitted_temperature(scores, np.array([0, 1])) < 0.5


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": 0}, {"temperature": -1}, {"temperature": float("nan")},
     {"temperature": float("inf")}, {"threshold": 0.5}, {"threshold": float("nan")}],
)  # fmt: skip
def test_numbers_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="calibration: expected a temperature above 0"):
        Calibration(**wrong)
