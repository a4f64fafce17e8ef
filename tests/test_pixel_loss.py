"""The loss of pixels: worked by hand, checked by differences, compiled or not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import (
    pixel_cross_entropy,
    pixel_probabilities,
    softmax,
    softmax_cross_entropy,
)
from byhand.nn import pixel_loss as module
from byhand.nn.gradcheck import worst_error


@pytest.fixture(params=["plain", "compiled"])
def kind(request, monkeypatch):
    """Both computations of the loss."""
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setattr(module, "compiled_wanted", lambda: request.param == "compiled")
    return request.param


def drawn(rng, shape=(2, 3, 4, 5), dtype=np.float64):
    """Logits, soft targets and weights of that shape."""
    targets = rng.random(shape)
    targets /= targets.sum(axis=-1, keepdims=True)
    logits = rng.standard_normal(shape) * 3
    arrays = logits, targets, rng.random(shape[:-1])
    return [array.astype(dtype) for array in arrays]


def test_one_pixel_by_hand(kind):
    logits = np.log([[[[1.0, 3.0]]]])  # probabilities 1/4 and 3/4
    targets, weights = np.array([[[[0.5, 0.5]]]]), np.array([[[2.0]]])
    loss, dlogits = pixel_cross_entropy(logits, targets, weights)
    assert_allclose(loss, (math.log(4) + math.log(4 / 3)) / 2)
    assert_allclose(dlogits, [[[[-0.25, 0.25]]]])


def test_every_element_of_the_gradient_is_that_of_differences(kind, rng):
    logits, targets, weights = drawn(rng)

    def loss():
        return pixel_cross_entropy(logits, targets, weights)[0]

    gradient = pixel_cross_entropy(logits, targets, weights)[1]
    assert worst_error({"logits": gradient}, loss, {"logits": logits}) < 1e-6


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 7), st.floats(0.5, 9))
def test_loops_over_pixels_give_the_same(seed, classes, count):
    logits, targets, weights = drawn(np.random.default_rng(seed), (2, 3, 2, classes))
    total, expected = 0.0, np.empty_like(logits)
    for at in np.ndindex(weights.shape):
        scores = [math.exp(s) for s in logits[at]]
        p = [s / sum(scores) for s in scores]
        for k in range(classes):
            total -= weights[at] * targets[at][k] * math.log(p[k])
            expected[at][k] = weights[at] * (p[k] - targets[at][k]) / count
    loss, dlogits = pixel_cross_entropy(logits, targets, weights, count)
    assert_allclose(loss, total / count, rtol=1e-10)
    assert_allclose(dlogits, expected, rtol=1e-9, atol=1e-12)


def test_of_hard_targets_and_equal_weights_it_is_softmax_cross_entropy(kind, rng):
    logits = rng.standard_normal((2, 3, 4, 5))
    labels = rng.integers(0, 5, (2, 3, 4))
    loss, dlogits = pixel_cross_entropy(logits, np.eye(5)[labels], np.ones((2, 3, 4)))
    expected, gradient = softmax_cross_entropy(logits.reshape(-1, 5), labels.ravel())
    assert_allclose(loss, expected)
    assert_allclose(dlogits.reshape(-1, 5), gradient, atol=1e-15)


def test_shards_add_up_to_the_batch(kind, rng):
    logits, targets, weights = drawn(rng)
    loss, dlogits = pixel_cross_entropy(logits, targets, weights)
    count = weights.sum()
    shards = [
        pixel_cross_entropy(logits[n : n + 1], targets[n : n + 1], weights[n : n + 1],
                            count)
        for n in range(2)
    ]  # fmt: skip
    assert_allclose(sum(value for value, _ in shards), loss)
    assert_allclose(np.concatenate([d for _, d in shards]), dlogits)


def test_a_pixel_of_weight_0_counts_for_nothing(kind, rng):
    logits, targets, weights = drawn(rng)
    weights[1, 2, 3] = 0
    loss, dlogits = pixel_cross_entropy(logits, targets, weights)
    logits[1, 2, 3] += 5
    assert_allclose(pixel_cross_entropy(logits, targets, weights)[0], loss)
    assert_array_equal(dlogits[1, 2, 3], 0)


def test_large_logits_are_no_problem(kind):
    logits = np.array([[[[1e4, -1e4, 0]]]], np.float32)
    targets = np.array([[[[0, 1, 0]]]], np.float32)
    loss, dlogits = pixel_cross_entropy(logits, targets, np.ones((1, 1, 1), np.float32))
    assert loss == 2e4
    assert_allclose(dlogits, [[[[1, -1, 0]]]], atol=1e-30)


def test_in_float32_it_is_exact_to_the_type(kind, rng):
    single = drawn(rng, (1, 30, 31, 4), np.float32)
    loss, dlogits = pixel_cross_entropy(*single)
    double = pixel_cross_entropy(*(array.astype(np.float64) for array in single))
    assert_allclose(loss, double[0], rtol=1e-6)
    assert_allclose(dlogits, double[1], rtol=0, atol=1e-6 * np.abs(double[1]).max())


def test_float32_stays_float32(kind, rng):
    arrays = drawn(rng, dtype=np.float32)
    assert pixel_cross_entropy(*arrays)[1].dtype == np.float32


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_probabilities_are_softmax_in_255_steps(kind, dtype, rng):
    logits = (rng.standard_normal((3, 17, 23, 5)) * 6).astype(dtype)
    found = pixel_probabilities(logits)
    assert found.dtype == np.uint8
    assert found.shape == logits.shape
    assert_allclose(found, softmax(logits.astype(float)) * 255, atol=0.501)


@pytest.mark.parametrize(
    ("logits", "targets", "weights"),
    [
        ((2, 3, 4, 5), (2, 3, 4, 4), (2, 3, 4)),
        ((2, 3, 4, 5), (2, 3, 4, 5), (2, 3, 5)),
        ((2, 3, 4, 5), (2, 3, 4, 5), (2, 3, 4, 1)),
    ],
)
def test_shapes_that_do_not_belong_together(logits, targets, weights):
    with pytest.raises(ShapeError, match=r"expected logits and targets \(N, H, W, K\)"):
        pixel_cross_entropy(np.ones(logits), np.ones(targets), np.ones(weights))
