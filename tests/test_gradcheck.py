"""The gradient check itself: it is right, and planted bugs make it fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import Dense, Dropout, Network, ReLU, build
from byhand.nn.gradcheck import (
    TOLERANCE,
    check_all,
    check_layer,
    check_network,
    numerical_gradient,
    spread,
    worst_error,
)
from byhand.nn.network import LAYERS


def differences(function: Any, values: list[float]) -> list[float]:
    """Return the central differences of a function of a list, in plain Python."""
    answer = []
    for n in range(len(values)):
        sides = []
        for sign in (1, -1):
            moved = list(values)
            moved[n] += sign * 1e-5
            sides.append(function(moved))
        answer.append((sides[0] - sides[1]) / 2e-5)
    return answer


def cubic(values: Any) -> float:
    """Return a polynomial in which each value has another part."""
    return float(sum((n + 1) * v**3 - v * values[0] for n, v in enumerate(values)))


# --- numerical gradient ---------------------------------------------------------------


def test_the_numerical_gradient_is_what_plain_python_gives(rng):
    array = rng.standard_normal((2, 3))
    gradient = numerical_gradient(lambda: cubic(list(array.flat)), array)
    assert gradient.shape == (2, 3)
    assert_allclose(gradient.ravel(), differences(cubic, list(array.flat)), rtol=1e-13)


def test_the_numerical_gradient_is_the_derivative_of_calculus(rng):
    array = rng.standard_normal((2, 3))
    gradient = numerical_gradient(lambda: float(np.sin(array).sum()), array)
    assert_allclose(gradient, np.cos(array), rtol=1e-9)


def test_the_elements_that_were_moved_are_put_back(rng):
    array = rng.standard_normal((2, 3))
    before = array.copy()
    numerical_gradient(lambda: float((array**2).sum()), array)
    assert_array_equal(array, before)


# --- worst error ----------------------------------------------------------------------


def worst_of(gradient: Any) -> float:
    """Return the error of a gradient of x0² + x1² at (3, 0.001)."""
    x = np.array([3.0, 0.001])
    return worst_error({"x": np.array(gradient)}, lambda: float(x @ x), {"x": x})


def test_an_error_is_relative_to_the_larger_number_or_to_a_hundredth():
    assert worst_of([6.0, 0.002]) < 1e-8
    assert worst_of([6.6, 0.002]) == pytest.approx(0.6 / 6.6, rel=1e-6)
    assert worst_of([5.4, 0.002]) == pytest.approx(0.6 / 6, rel=1e-6)
    assert worst_of([6.0, 0.0021]) == pytest.approx(0.0001 / 0.01, rel=1e-4)


def test_the_worst_of_several_arrays_counts():
    a, b = np.array([1.0]), np.array([1.0])
    gradients = {"a": np.array([1.1]), "b": np.array([1.0])}
    moved = {"a": a, "b": b}
    assert worst_error(gradients, lambda: float(a[0] + b[0]), moved) > 0.09


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_gradient_that_is_no_number_is_no_small_error(bad):
    # whichever element it is in, and whatever comes after it
    a, b = np.array([1.0, 1.0]), np.array([1.0])
    gradients = {"a": np.array([1.0, bad]), "b": np.array([1.0])}
    with np.errstate(invalid="ignore"):  # inf / inf
        error = worst_error(gradients, lambda: float(a.sum() + b[0]), {"a": a, "b": b})
    assert not error <= TOLERANCE


def test_gradients_of_other_names_or_shapes_are_refused():
    x = np.array([1.0, 2.0])
    with pytest.raises(ShapeError, match=r"gradients of \['y'\], expected of \['x"):
        worst_error({"y": x}, lambda: 0.0, {"x": x})
    with pytest.raises(ShapeError, match=r"x: gradient of \(1, 2\), expected \(2,"):
        worst_error({"x": x[None]}, lambda: 0.0, {"x": x})


# --- inputs ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 4), (3, 3), (2, 3, 5), (1,)])
def test_spread_values_are_distinct_and_away_from_0(shape, rng):
    values = spread(rng, shape)
    assert values.shape == shape
    assert abs(values).min() == pytest.approx(0.05)
    assert (np.diff(np.sort(values, axis=None)) > 0.0999).all()


def test_spread_values_are_in_an_order_of_chance(rng):
    orders = [tuple(spread(rng, (5, 4)).flat) for _ in range(3)]
    assert len({*orders, tuple(sorted(orders[0]))}) == 4


# --- planted bugs ---------------------------------------------------------------------


class MeanBias(Dense):
    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        dx, grads = super().backward(dy, cache, need_dx)
        return dx, {**grads, "b": dy.mean(axis=0)}


class StretchedDx(Dense):
    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        dx, grads = super().backward(dy, cache, need_dx)
        assert dx is not None
        return dx * 1.00001, grads


class NoMask(ReLU):
    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        return dy, {}


class OtherMask(Dropout):
    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        return dy * cache[::-1], {}


@pytest.mark.parametrize(
    "layer",
    [MeanBias(4, 3), StretchedDx(4, 3), NoMask(), OtherMask(0.4)],
    ids=lambda layer: type(layer).__name__,
)
def test_a_wrong_backward_is_found(layer, rng):
    assert check_layer(layer, spread(rng, (5, 4)), rng, seed=7) > TOLERANCE


def test_a_wrong_gradient_anywhere_in_a_network_is_found(rng):
    network = build("pixels | flatten | dense 5 | relu | dense 3", (4, 2), rng=rng)
    images = rng.integers(0, 256, (6, 4, 2)).astype(np.uint8)
    labels = np.array([0, 1, 2, 2, 1, 0])
    assert check_network(network, images, labels, rng) <= TOLERANCE
    wrong = Network([*network.layers[:3], NoMask(), network.layers[4]])
    assert check_network(wrong, images, labels, rng) > TOLERANCE


# --- everything -----------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_everything_is_within_the_tolerance(seed):
    errors = check_all(seed)
    assert {*LAYERS, "softmax cross-entropy", "whole network"} <= errors.keys()
    assert {name: e for name, e in errors.items() if not e <= TOLERANCE} == {}


def test_the_tolerance_is_a_millionth():
    assert TOLERANCE == 1e-6
