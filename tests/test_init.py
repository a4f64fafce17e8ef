"""Initialisers: their spread, their type, and placeholders that take no memory."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.nn import HE, INITS, he_normal
from byhand.nn.init import PLACEHOLDERS, start

SHAPE, FAN_IN = (800, 300), 800
every_init = pytest.mark.parametrize("name", INITS)


def test_he_keeps_the_variance_through_relu(rng):
    w = INITS["he"].weights(rng, SHAPE, FAN_IN)
    assert w.std() == pytest.approx(math.sqrt(2 / 800), rel=0.01)
    assert w.mean() == pytest.approx(0, abs=4 * math.sqrt(2 / 800 / w.size))
    # of a normal distribution 4.55 % lie beyond two standard deviations
    assert (abs(w) > 2 * w.std()).mean() == pytest.approx(0.0455, abs=0.002)


def test_glorot_fills_its_interval_evenly(rng):
    w = INITS["glorot"].weights(rng, SHAPE, FAN_IN)
    limit = math.sqrt(6 / (800 + 300))
    assert 0.999 * limit < abs(w).max() <= limit
    assert w.std() == pytest.approx(limit / math.sqrt(3), rel=0.01)
    assert w.mean() == pytest.approx(0, abs=4 * limit / math.sqrt(3 * w.size))


@pytest.mark.parametrize("fan_in", [1, 784])
def test_the_articles_weights_and_biases_spread_by_a_hundredth(rng, fan_in):
    init = INITS["normal 0.01"]
    for array in (init.weights(rng, SHAPE, fan_in), init.bias(rng, (90_000,), fan_in)):
        assert array.std() == pytest.approx(0.01, rel=0.01)
        assert array.mean() == pytest.approx(0, abs=4 * 0.01 / math.sqrt(array.size))
        assert (abs(array) > 0.02).mean() == pytest.approx(0.0455, abs=0.003)


@pytest.mark.parametrize("name", ["he", "glorot", "zeros"])
def test_other_biases_start_at_0(name, rng):
    assert_array_equal(INITS[name].bias(rng, (7,), 5), np.zeros(7))


def test_weights_can_start_at_0(rng):
    assert_array_equal(INITS["zeros"].weights(rng, (3, 4), 3), np.zeros((3, 4)))


@every_init
def test_what_is_drawn_is_float32_and_decided_by_the_generator(name):
    for initialiser in INITS[name]:
        a, b = (initialiser(np.random.default_rng(1), (5, 3), 5) for _ in range(2))
        assert a.dtype == np.float32
        assert a.shape == (5, 3)
        assert_array_equal(a, b)


def test_with_a_generator_an_array_starts_as_drawn():
    drawn = start(he_normal, np.random.default_rng(1), (5, 3), 5)
    assert_array_equal(drawn, he_normal(np.random.default_rng(1), (5, 3), 5))


def test_a_placeholder_takes_no_memory_and_cannot_be_written():
    array = start(PLACEHOLDERS.weights, None, (10**9, 10**9), 10**9)
    assert array.shape == (10**9, 10**9)
    assert array.dtype == np.float32
    assert array.strides == (0, 0)
    assert not array.flags.writeable


def test_without_a_generator_an_array_is_drawn_and_can_be_trained():
    first, second = (start(HE.weights, None, (40, 30), 40) for _ in range(2))
    assert first.flags.writeable
    assert not np.array_equal(first, second)
    assert first.std() == pytest.approx(np.sqrt(2 / 40), rel=0.2)
